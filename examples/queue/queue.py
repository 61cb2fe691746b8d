#!/usr/bin/env python3
"""A call queue with agents, as a program beside the switch.

    queue.py [--switch HOST:PORT] [--password WORD] [--queue NAME] [--ring SECONDS] [--wrap-up SECONDS] AGENT ...

Callers wait in the order they came in; an agent is a dial string, user/1000 for example. README.md tells the rest.
"""

import argparse
import collections
import pathlib
import sys
import threading
import uuid

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from eventsocket import Switch  # noqa: E402

MUSIC = "tone_stream://%(400,3600,440);loops=-1"


class Queue:
    def __init__(self, options):
        self.options = options
        self.switch = Switch(options.switch, options.password)
        self.free = collections.deque(options.agents)
        self.callers = collections.deque()  # the calls that wait, by their UUIDs
        self.rung = {}  # an agent's call: the agent
        self.jobs = {}  # a job that rings an agent: that call, and the caller it is for
        self.talks = {}  # an agent's call: the caller

    def run(self):
        self.switch.command("event plain CHANNEL_PARK CHANNEL_HANGUP BACKGROUND_JOB CUSTOM queue::agent_rested")
        print("queue", self.options.queue, "has", len(self.free), "agents", flush=True)
        for event in self.switch:
            handle = getattr(self, event["Event-Name"].lower(), None)
            if handle:
                handle(event)
            self.ring()

    def channel_park(self, event):
        """A caller: the dialplan put the queue's name on the call and parked it."""
        call = event["Unique-ID"]
        if event.get("variable_queue") == self.options.queue and call not in self.callers:
            self.callers.append(call)
            self.switch.api(f"uuid_broadcast {call} {MUSIC} aleg")
            print(event["Caller-Caller-ID-Number"], "waits,", len(self.callers), "in line", flush=True)

    def ring(self):
        """Calls an agent for each caller that nobody is called for."""
        while self.free and len(self.jobs) < len(self.callers):
            agent, call = self.free.popleft(), str(uuid.uuid4())
            self.rung[call] = agent
            variables = f"origination_uuid={call},originate_timeout={self.options.ring},ignore_early_media=true"
            job = self.switch.bgapi(f"originate {{{variables},hangup_after_bridge=true}}{agent} &park()")
            self.jobs[job] = call
            print(agent, "rings", flush=True)

    def background_job(self, event):
        """An agent answered, or did not."""
        call = self.jobs.pop(event["Job-UUID"], None)
        if call is None:
            return
        if not event["body"].startswith("+OK"):
            print(self.rung[call], "does not answer:", event["body"].strip(), flush=True)
            self.rest(call)
        elif not self.callers:
            self.switch.api(f"uuid_kill {call} ORIGINATOR_CANCEL")  # nobody waits any more
        else:
            self.join(self.callers.popleft(), call)

    def join(self, caller, call):
        """Joins caller and agent. Either may just have hung up: then the other one waits, or is let go."""
        self.talks[call] = caller
        if self.switch.api(f"uuid_bridge {caller} {call}").startswith("+OK"):
            print(self.rung[call], "talks", flush=True)
            return
        del self.talks[call]
        if self.switch.api(f"uuid_exists {caller}") == "true":
            self.callers.appendleft(caller)
        if not self.switch.api(f"uuid_kill {call}").startswith("+OK"):
            self.rest(call)  # no event tells of its end any more

    def channel_hangup(self, event):
        """A caller gave up, or a talk is over."""
        call = event["Unique-ID"]
        if call in self.callers:
            self.callers.remove(call)
            print(event["Caller-Caller-ID-Number"], "gave up", flush=True)
        elif call in self.rung and call not in self.jobs.values():
            self.switch.api(f"uuid_kill {self.talks.pop(call, None)}")
            self.rest(call)
        else:
            for agent, caller in self.talks.items():
                if caller == call:
                    self.switch.api(f"uuid_kill {agent}")  # they may not have been joined yet

    def rest(self, call):
        """Gives an agent the time to write things down; then an event of our own brings the agent back."""
        agent = self.rung.pop(call, None)
        if agent is None:
            return
        threading.Timer(self.options.wrap_up, rested, [self.options, agent]).start()

    def custom(self, event):
        if event["Event-Subclass"] == "queue::agent_rested" and event["Queue"] == self.options.queue:
            self.free.append(event["Agent"])
            print(event["Agent"], "is free", flush=True)


def rested(options, agent):
    """Fires the event from a connection of its own: the queue's is another thread's."""
    Switch(options.switch, options.password).command(
        f"sendevent CUSTOM\nEvent-Subclass: queue::agent_rested\nQueue: {options.queue}\nAgent: {agent}")


def options():
    parser = argparse.ArgumentParser(description="A call queue with agents.")
    parser.add_argument("--switch", default="127.0.0.1:8021", help="its event socket (%(default)s)")
    parser.add_argument("--password", default="ClueCon")
    parser.add_argument("--queue", default="support", help="which callers: those with this in `queue` (%(default)s)")
    parser.add_argument("--ring", type=int, default=20, help="seconds an agent has to answer (%(default)s)")
    parser.add_argument("--wrap-up", type=float, default=5, help="seconds between two calls (%(default)s)")
    parser.add_argument("agents", nargs="+", metavar="AGENT", help="a dial string, such as user/1000")
    return parser.parse_args()


if __name__ == "__main__":
    Queue(options()).run()
