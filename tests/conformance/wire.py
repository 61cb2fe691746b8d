"""The event socket as a client sees it: packets off the stream, and the events inside them."""
import json, queue, threading, time, urllib.parse
import xml.etree.ElementTree as ET

REPLY_TYPES = ("command/reply", "api/response")


class Conn:
    """One event-socket connection: a reader thread splits the stream into packets."""

    def __init__(self, sock):
        sock.settimeout(None)
        self.sock, self.packets, self.pushed = sock, queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        buf = b""
        try:
            while True:
                while b"\n\n" not in buf:
                    chunk = self.sock.recv(65536)
                    if not chunk:
                        raise OSError
                    buf += chunk
                head, buf = buf.split(b"\n\n", 1)
                headers = parse_headers(head.decode("utf-8", "replace"))
                length = int(first(headers, "Content-Length") or 0)
                while len(buf) < length:
                    chunk = self.sock.recv(65536)
                    if not chunk:
                        raise OSError
                    buf += chunk
                body, buf = buf[:length], buf[length:]
                if headers:
                    self.packets.put({"headers": headers, "body": body.decode("utf-8", "replace") if length else None})
        except (OSError, ValueError):
            self.packets.put(None)

    def next(self, within, want):
        """The next packet that `want` accepts; others stay for later, in order."""
        for i, p in enumerate(self.pushed):
            if p is None or want(p):
                return self.pushed[i] if p is None else self.pushed.pop(i)
        end = time.monotonic() + within
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return False
            try:
                p = self.packets.get(timeout=left)
            except queue.Empty:
                return False
            if p is None:
                self.pushed.append(None)
                return None
            if want(p):
                return p
            self.pushed.append(p)


def parse_headers(text):
    return [tuple(s.strip(" ") for s in line.split(":", 1)) for line in text.replace("\r", "").split("\n") if ":" in line]


def first(headers, name):
    return next((v for k, v in headers if k.lower() == name.lower()), None)


def kind(p):
    return first(p["headers"], "Content-Type") or ("command/reply" if first(p["headers"], "Reply-Text") else "?")


def is_event(p):
    return kind(p).startswith("text/event-")


def open_event(p):
    """The event inside a text/event-* packet: {"format", "headers": [[k, v]], "body"}."""
    k, text = kind(p), p["body"] or ""
    if k == "text/event-json":
        pairs = json.loads(text, object_pairs_hook=lambda x: x)
        body = next((v for n, v in pairs if n == "_body"), None)
        flat = [(n, v if isinstance(v, str) else json.dumps(v)) for n, v in pairs if n != "_body"]
        return {"format": "json", "headers": flat, "body": body}
    if k == "text/event-xml":
        root = ET.fromstring(text)
        heads = [(h.tag, urllib.parse.unquote(h.text or "")) for h in root.find("headers")]
        return {"format": "xml", "headers": heads, "body": root.findtext("body")}
    head, _, body = text.partition("\n\n")
    heads = [(n, urllib.parse.unquote(v)) for n, v in parse_headers(head)]
    return {"format": "plain", "headers": heads, "body": body or None}
