"""Greets callers and programs: what the page python.md tries."""
import freeswitch


def handler(session, args):
    session.answer()
    session.setVariable("greeted", args or "nobody")


def fsapi(session, stream, env, args):
    stream.write("hello " + args + "\n")


def runtime(args):
    freeswitch.consoleLog("notice", "greetings to " + args + "\n")
