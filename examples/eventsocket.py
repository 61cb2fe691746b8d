"""The event socket in some lines, for the examples in the folders beside this file.

    switch = Switch("127.0.0.1:8021", "ClueCon")         # a connection to the switch
    switch.command("event plain CHANNEL_ANSWER")
    print(switch.api("status"))
    for event in switch:
        print(event["Event-Name"])

    call = Call(accepted_socket)                         # a call that `socket` of the dialplan handed over
    call.execute("playback", "tone_stream://%(500,0,800)")

For anything larger take a library.
"""

import collections
import socket
import socketserver
import urllib.parse


class Connection:
    """Packets over a socket. Events that come while an answer is waited for are kept for the loop."""

    def __init__(self, stream):
        self.socket = stream
        self.file = stream.makefile("rb")
        self.waiting = collections.deque()

    def command(self, text):
        """Sends a command and gives its reply's headers; one that is refused raises."""
        headers, _ = self.ask(text)
        if not headers.get("Reply-Text", "+OK").startswith("+OK"):
            raise RuntimeError(f"{text.splitlines()[0]}: {headers['Reply-Text']}")
        return headers

    def __iter__(self):
        """The events, until the connection ends."""
        while True:
            try:
                yield self.waiting.popleft() if self.waiting else self.event()
            except ConnectionError:
                return

    def ask(self, text):
        self.socket.sendall(f"{text}\n\n".encode())
        while True:
            headers, body = self.packet()
            if headers["Content-Type"] in ("command/reply", "api/response"):
                return headers, body
            if headers["Content-Type"] == "text/event-plain":
                self.waiting.append(parse(body))

    def event(self):
        while True:
            headers, body = self.packet()
            if headers["Content-Type"] == "text/event-plain":
                return parse(body)

    def packet(self):
        headers = parse("".join(iter(self.line, "\n")))
        return headers, self.file.read(int(headers.get("Content-Length", 0))).decode()

    def line(self):
        line = self.file.readline().decode()
        if not line:
            raise ConnectionError("the switch closed the connection")
        return line


class Switch(Connection):
    """A connection that asks the whole switch."""

    def __init__(self, address="127.0.0.1:8021", password="ClueCon"):
        host, port = address.rsplit(":", 1)
        super().__init__(socket.create_connection((host, int(port))))
        self.packet()  # auth/request
        self.command(f"auth {password}")

    def api(self, text):
        """Runs an API command and gives what it prints."""
        return self.ask(f"api {text}")[1].strip()

    def bgapi(self, text):
        """Begins an API command; BACKGROUND_JOB tells its end, under the Job-UUID that this gives."""
        return self.command(f"bgapi {text}")["Job-UUID"]


class Call(Connection):
    """A call that was handed to us; `data` is what the switch says of it."""

    def __init__(self, stream):
        super().__init__(stream)
        self.data = self.command("connect")
        self.command("myevents")

    def execute(self, application, argument=""):
        """Has the call run an application and gives the event that it ended with, or None: the call is over."""
        self.command(f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\nexecute-app-arg: {argument}")
        for event in self:
            if event["Event-Name"] == "CHANNEL_EXECUTE_COMPLETE" and event["Application"] == application:
                return event
        return None


class Calls(socketserver.ThreadingTCPServer):
    """Where calls are handed to, each in a thread of its own."""

    allow_reuse_address = True
    daemon_threads = True


def serve(handler, options):
    """Takes calls on `options.port` for ever, 0 for a free one; the handler has the options as self.server.options."""
    with Calls(("127.0.0.1", options.port), handler) as server:
        server.options = options
        print("waiting for calls on port", server.server_address[1], flush=True)
        server.serve_forever()


def parse(text):
    """The headers of a packet or an event; an event's own body is under "body"."""
    head, _, body = text.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    return {name: urllib.parse.unquote(value) for name, value in headers.items()} | {"body": body}
