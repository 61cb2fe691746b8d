#!/usr/bin/env python3
"""A program that calls are handed to.

The dialplan hands it a call with

    <action application="socket" data="127.0.0.1:8084 async full"/>

It answers, plays a tone, waits until that has ended, and hangs up. Run it, then call that extension:

    ./greet.py [PORT]
"""

import socketserver
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8084


class Call(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"connect\n\n")
        caller = self.packet()["Caller-Caller-ID-Number"]
        print("a call from", caller, flush=True)
        self.wfile.write(b"myevents\n\n")
        self.execute("answer")
        self.execute("playback", "tone_stream://%(500,0,800)")
        self.execute("hangup")
        print("done with", caller, flush=True)

    def execute(self, application, argument=""):
        """Has the call run an application, and waits until it has ended."""
        self.wfile.write(f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\n"
                         f"execute-app-arg: {argument}\n\n".encode())
        while True:
            packet = self.packet()
            if not packet or packet.get("Content-Type") == "text/disconnect-notice":
                return
            event = packet.get("event", {})
            if event.get("Event-Name") == "CHANNEL_EXECUTE_COMPLETE" and event.get("Application") == application:
                return

    def packet(self):
        """The next packet's headers; those of an event in it under "event"."""
        headers = self.headers()
        body = self.rfile.read(int(headers.get("Content-Length", 0))).decode()
        if headers.get("Content-Type") == "text/event-plain":
            headers["event"] = dict(line.split(": ", 1) for line in body.splitlines() if ": " in line)
        return headers

    def headers(self):
        lines = iter(lambda: self.rfile.readline().decode().rstrip("\n"), "")
        return dict(line.split(": ", 1) for line in lines if ": " in line)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    with Server(("127.0.0.1", PORT), Call) as server:
        print("waiting for calls on port", server.server_address[1], flush=True)
        server.serve_forever()
