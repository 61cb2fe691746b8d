#!/usr/bin/env python3
"""A predictive dialer: calls people ahead of the agents who will talk with them.

    dialer.py [--switch HOST:PORT] [--password WORD] [--trunk DIALSTRING] [--ring SECONDS] [--abandon SHARE]
              --agent DIALSTRING [--agent DIALSTRING ...] FILE

FILE has a number a line, - is standard input; {number} of the trunk stands for it. README.md tells the rest.
"""

import argparse
import collections
import math
import pathlib
import sys
import uuid

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from eventsocket import Switch  # noqa: E402

KNOWN = 10  # calls after which the share that is answered means something


class Dialer:
    def __init__(self, options):
        self.options = options
        self.switch = Switch(options.switch, options.password)
        with sys.stdin if options.file == "-" else open(options.file) as file:
            self.numbers = collections.deque(filter(None, (line.strip() for line in file)))
        self.jobs = {}  # an originate that runs: its call
        self.names = {}  # a call: the agent's dial string, or the person's number
        self.agents = {}  # an agent's call: the person it talks with, or None
        self.ringing = set()
        self.waiting = collections.deque()  # people who answered and have no agent yet
        self.count = collections.Counter()

    def run(self):
        self.switch.command("event plain BACKGROUND_JOB CHANNEL_PARK CHANNEL_HANGUP_COMPLETE")
        for agent in self.options.agent:
            self.agents[self.originate(agent, agent, "park_after_bridge=true")] = "not there yet"
        for event in self.switch:
            getattr(self, event["Event-Name"].lower())(event)
            self.join()
            self.dial()
            people = self.numbers or self.ringing or self.waiting or any(self.agents.values())
            if not self.agents or not people:
                break
        for call in self.agents:
            self.switch.api(f"uuid_kill {call}")
        print(", ".join(f"{self.count[what]} {what}" for what in ("called", "talked", "abandoned", "unanswered")))

    def originate(self, name, dial_string, variables):
        call = str(uuid.uuid4())
        self.names[call] = name
        variables += f",origination_uuid={call},originate_timeout={self.options.ring},ignore_early_media=true"
        self.jobs[self.switch.bgapi(f"originate {{{variables}}}{dial_string} &park()")] = call
        return call

    def dial(self):
        """Calls as many as will bring one answer for each free agent."""
        free = [person for person in self.agents.values()].count(None)
        while self.numbers and len(self.ringing) + len(self.waiting) < math.ceil(free * self.ahead()):
            number = self.numbers.popleft()
            self.count["called"] += 1
            self.ringing.add(self.originate(number, self.options.trunk.format(number=number), "hangup_after_bridge=true"))

    def ahead(self):
        """How many calls bring one answer; one for one while too many people are left without an agent."""
        tried = self.count["answered"] + self.count["unanswered"]
        if tried < KNOWN or self.count["abandoned"] > self.options.abandon * self.count["answered"]:
            return 1
        return tried / max(self.count["answered"], 1)

    def join(self):
        """Gives whoever waits longest to a free agent."""
        for agent in [agent for agent, person in self.agents.items() if person is None]:
            if self.waiting:
                person = self.agents[agent] = self.waiting.popleft()
                if self.switch.api(f"uuid_bridge {agent} {person}").startswith("+OK"):
                    print(self.names[agent], "talks with", self.names[person], flush=True)
                    self.count["talked"] += 1
                else:
                    self.agents[agent] = None  # one of them just hung up, and an event tells which
                    self.count["abandoned"] += 1

    def channel_park(self, event):
        """An agent is there, or has talked; a person answered."""
        call = event["Unique-ID"]
        if call in self.agents:
            self.agents[call] = None
            print(self.names[call], "is free", flush=True)
        elif call in self.ringing:
            self.ringing.remove(call)
            self.waiting.append(call)
            self.count["answered"] += 1

    def channel_hangup_complete(self, event):
        """An agent went home, or a person did not wait for one."""
        call = event["Unique-ID"]
        if self.agents.pop(call, "no agent") != "no agent":
            print(self.names[call], "is gone", flush=True)
        elif call in self.waiting:
            self.waiting.remove(call)
            self.count["abandoned"] += 1
            print(self.names[call], "was left without an agent", flush=True)

    def background_job(self, event):
        """Somebody did not answer."""
        call = self.jobs.pop(event["Job-UUID"], None)
        if call and not event["body"].startswith("+OK"):
            print(self.names[call], "does not answer:", event["body"].strip(), flush=True)
            self.agents.pop(call, None)
            if call in self.ringing:
                self.ringing.remove(call)
                self.count["unanswered"] += 1


def options():
    parser = argparse.ArgumentParser(description="A predictive dialer.")
    parser.add_argument("--switch", default="127.0.0.1:8021", help="its event socket (%(default)s)")
    parser.add_argument("--password", default="ClueCon")
    parser.add_argument("--trunk", default="sofia/gateway/peer/{number}", help="how people are called (%(default)s)")
    parser.add_argument("--ring", type=int, default=20, help="seconds until nobody answers (%(default)s)")
    parser.add_argument("--abandon", type=float, default=0.03,
                        help="the share of answered calls that may be left without an agent (%(default)s)")
    parser.add_argument("--agent", action="append", required=True, help="a dial string, such as user/1000")
    parser.add_argument("file", help="a number a line; - is standard input")
    return parser.parse_args()


if __name__ == "__main__":
    Dialer(options()).run()
