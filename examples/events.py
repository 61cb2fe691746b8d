#!/usr/bin/env python3
"""Prints events as they happen, a line each.

  events.py [NAME ...]          ALL without names; `CUSTOM app::note` for a subclass

SWITCH=HOST:PORT and PASSWORD in the environment say where, 127.0.0.1:8021 and ClueCon otherwise. Ends with Ctrl-C.
"""
import json
import os
import socket
import sys


def read_packet(stream):
    """One packet: its headers, and its body where it has one. None at the end of the stream."""
    headers = {}
    for line in iter(stream.readline, b""):
        name, colon, value = line.decode().strip().partition(": ")
        if colon:
            headers[name] = value
        elif headers:
            return headers, stream.read(int(headers.get("Content-Length", 0)))
    return None


def command(stream, text):
    """Sends a command and waits for its reply."""
    stream.write(f"{text}\n\n".encode())
    stream.flush()
    headers, _ = read_packet(stream) or ({}, b"")
    if not headers.get("Reply-Text", "").startswith("+OK"):
        sys.exit(f"{text.split()[0]}: {headers.get('Reply-Text', 'the connection was closed')}")


def main():
    host, port = os.environ.get("SWITCH", "127.0.0.1:8021").rsplit(":", 1)
    with socket.create_connection((host, int(port))) as s, s.makefile("rwb") as stream:
        read_packet(stream)  # auth/request
        command(stream, f"auth {os.environ.get('PASSWORD', 'ClueCon')}")
        command(stream, f"event json {' '.join(sys.argv[1:]) or 'ALL'}")
        while packet := read_packet(stream):
            headers, body = packet
            if headers["Content-Type"] == "text/event-json":
                event = json.loads(body)
                about = [event.get(k) for k in ("Event-Subclass", "Unique-ID", "Channel-Name", "Hangup-Cause")]
                print(event["Event-Sequence"], event["Event-Name"], *filter(None, about), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
    except OSError as error:
        sys.exit(f"events.py: {error}")
