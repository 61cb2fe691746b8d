"""What the parts of the user agent share."""
import random


def need(truth, what):
    if not truth:
        raise AssertionError(what)


def say(*words):
    print(*words, flush=True)


def fresh():
    return "%016x" % random.getrandbits(64)
