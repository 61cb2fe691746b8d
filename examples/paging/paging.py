#!/usr/bin/env python3
"""A paging group: who calls it says something, and each phone of the group plays it.

    paging.py [--switch HOST:PORT] [--password WORD] [--port PORT] [--longest SECONDS] [--ring SECONDS] MEMBER ...

The dialplan hands it calls with <action application="socket" data="127.0.0.1:8085 async full"/>; a member is a dial
string, user/1000 for example. README.md tells the rest.
"""

import argparse
import pathlib
import socketserver
import sys
import tempfile
import uuid

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from eventsocket import Call, Switch, serve  # noqa: E402

BEEP = "tone_stream://%(200,0,800)"


class Caller(socketserver.BaseRequestHandler):
    """The call of who pages: what is said until `#`, the hangup or the longest time goes to the group."""

    def handle(self):
        call = Call(self.request)
        caller = call.data["Caller-Caller-ID-Number"]
        with tempfile.TemporaryDirectory(prefix="paging") as folder:
            said = f"{folder}/said.wav"
            try:
                call.execute("answer")
                call.execute("playback", BEEP)
                call.execute("set", "playback_terminators=#")
                call.execute("record", f"{said} {self.server.options.longest}")
                call.execute("playback", BEEP)
                call.execute("hangup")
            except (ConnectionError, RuntimeError):
                pass  # hung up: what was said until then counts
            print(caller, "pages", flush=True)
            page(self.server.options, caller, said)


def page(options, caller, said):
    """Calls every member at once, and waits until each has heard it or has not answered."""
    switch = Switch(options.switch, options.password)
    switch.command("event plain BACKGROUND_JOB CHANNEL_HANGUP_COMPLETE")
    members = {str(uuid.uuid4()): member for member in options.members}
    jobs = {switch.bgapi(f"originate {{{variables(options, caller, call)}}}{member} &playback({said})"): call
            for call, member in members.items()}
    for event in switch:
        call = jobs.get(event.get("Job-UUID")) or event.get("Unique-ID")
        if call not in members:
            continue
        if event["Event-Name"] == "CHANNEL_HANGUP_COMPLETE" and event["Caller-Channel-Answered-Time"] != "0":
            print(members.pop(call), "heard it", flush=True)
        elif event["Event-Name"] == "BACKGROUND_JOB" and event["body"].startswith("-ERR"):
            print(members.pop(call), "does not hear it:", event["body"].strip(), flush=True)
        if not members:
            return


def variables(options, caller, call):
    return ",".join([f"origination_uuid={call}", f"originate_timeout={options.ring}", "ignore_early_media=true",
                     "sip_auto_answer=true", "origination_caller_id_name=Page",
                     f"origination_caller_id_number={caller}"])


def options():
    parser = argparse.ArgumentParser(description="A paging group.")
    parser.add_argument("--switch", default="127.0.0.1:8021", help="its event socket (%(default)s)")
    parser.add_argument("--password", default="ClueCon")
    parser.add_argument("--port", type=int, default=8085, help="where calls are handed to (%(default)s)")
    parser.add_argument("--longest", type=int, default=30, help="seconds that may be said (%(default)s)")
    parser.add_argument("--ring", type=int, default=10, help="seconds a phone may ring (%(default)s)")
    parser.add_argument("members", nargs="+", metavar="MEMBER", help="a dial string, such as user/1000")
    return parser.parse_args()


if __name__ == "__main__":
    serve(Caller, options())
