#!/usr/bin/env python3
"""Fires one event over a bare socket: password and event are written back to back, and nothing needs to be read.

  raw_socket.py [HOST:PORT [PASSWORD]]

Listen for it with `examples/events.py CUSTOM calltest1::calltest1_sub`.
"""
import socket
import sys

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8021"
password = sys.argv[2] if len(sys.argv) > 2 else "ClueCon"
host, port = address.rsplit(":", 1)

event = [
    "sendevent CUSTOM",
    "Event-Name: CUSTOM",
    "Event-Subclass: calltest1::calltest1_sub",
    "callee_uuid: 42e36a32-d6c9-4fac-841d-95bbab9ce2f5",
    "caller_num: 1000",
    "callee_num: 1001",
    "failed_reason: pytest reason",
]
with socket.create_connection((host, int(port)), timeout=10) as s:
    s.sendall(f"auth {password}\r\n\r\n".encode())
    s.sendall(("\r\n".join(event) + "\r\n\r\n").encode())
    s.shutdown(socket.SHUT_WR)  # nothing more to say; the replies tell whether it was heard
    replies = b"".join(iter(lambda: s.recv(4096), b"")).decode()

print(replies.strip())
sys.exit(0 if "Reply-Text: +OK accepted" in replies else 1)
