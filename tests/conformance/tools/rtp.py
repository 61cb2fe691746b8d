#!/usr/bin/env python3
"""A small SIP user agent with real media, for cases that measure what a call carries.

  rtp.py HOST:PORT SCRIPT [ARG ...]

HOST:PORT is the server's SIP address. SCRIPT is Python run with everything below in its namespace: UA, Media, DIGITS, Msg,
Refused, SERVER, need(), say(), fresh(), wav(), raw_exchange(), args. It ends with 0 unless it raises.
Only the Python standard library is used.
"""
import random, struct, sys, threading, time  # a script finds all of these in its namespace

import sip
from basics import fresh, need, say
from media import DIGITS, Media
from sip import Msg, Refused, UA, raw_exchange
from sound import wav


def main():
    host, port = sys.argv[1].split(":")
    sip.SERVER = (host, int(port))
    space = dict(globals(), args=sys.argv[3:], SERVER=sip.SERVER, __name__="script")
    with open(sys.argv[2], encoding="utf-8") as f:
        exec(compile(f.read(), sys.argv[2], "exec"), space)


if __name__ == "__main__":
    main()
