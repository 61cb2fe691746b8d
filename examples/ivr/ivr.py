#!/usr/bin/env python3
"""An IVR as a program that calls are handed to: a greeting, a menu, a number that is asked for and said back, a transfer.

    ivr.py [--port PORT] [--operator EXTENSION] [--prompts FOLDER]

The dialplan hands it calls with <action application="socket" data="127.0.0.1:8086 async full"/>. README.md tells the rest.
"""

import argparse
import pathlib
import socketserver
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from eventsocket import Call, serve  # noqa: E402

# What is played where there is no recording NAME.wav in the folder of prompts.
TONES = {
    "welcome": "tone_stream://%(200,50,500);%(200,50,600);%(200,0,700)",
    "menu": "tone_stream://%(100,100,600);loops=2",
    "account": "tone_stream://%(400,0,500)",
    "wrong": "tone_stream://%(500,0,300)",
    "goodbye": "tone_stream://%(200,0,700);%(200,0,500)",
}


class Caller(socketserver.BaseRequestHandler):
    """One call, from the greeting to the end."""

    def handle(self):
        self.call = Call(self.request)
        self.number = self.call.data["Caller-Caller-ID-Number"]
        self.tell("calls")
        try:
            self.call.execute("answer")
            self.play("welcome")
            while self.menu():
                pass
        except (ConnectionError, RuntimeError):
            self.tell("hung up")  # the call is over: nothing can be done with it any more

    def menu(self):
        """One turn of the menu; whether there is another."""
        choice = self.ask("menu", "choice", longest=1, expected="[0-2]", tries=3)
        if choice == "1":
            account = self.ask("account", "account", longest=6, expected=r"\d{4,6}", tries=2)
            self.tell(f"has account {account}" if account else "has no account")
            return True
        if choice == "0":
            self.tell("goes to the operator")
            self.call.execute("transfer", self.server.options.operator)
        else:
            self.tell("says goodbye" if choice == "2" else "chooses nothing")
            self.play("goodbye")
            self.call.execute("hangup")
        return False

    def ask(self, prompt, variable, longest, expected, tries):
        """Plays a prompt and takes digits, `#` ending them; None when what came was wrong every time."""
        ended = self.call.execute("play_and_get_digits", f"1 {longest} {tries} 4000 # {self.prompt(prompt)} "
                                                         f"{self.prompt('wrong')} {variable} ^{expected}$ 2000")
        if ended is None:
            raise ConnectionError
        return ended.get(f"variable_{variable}")

    def play(self, prompt):
        if self.call.execute("playback", self.prompt(prompt)) is None:
            raise ConnectionError

    def prompt(self, name):
        recording = pathlib.Path(self.server.options.prompts) / f"{name}.wav"
        return recording if recording.exists() else TONES[name]

    def tell(self, what):
        print(self.number, what, flush=True)


def options():
    parser = argparse.ArgumentParser(description="An IVR.")
    parser.add_argument("--port", type=int, default=8086, help="where calls are handed to (%(default)s)")
    parser.add_argument("--operator", default="9901", help="the extension behind 0 (%(default)s)")
    parser.add_argument("--prompts", default="prompts", help="a folder with recordings (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    serve(Caller, options())
