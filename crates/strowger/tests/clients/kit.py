"""What the Python checks have in common: a small event-socket peer of our own, and the ok / FAIL / skip lines."""
import contextlib, json, os, signal, socket, sys, time, urllib.parse, uuid

HOST, PORT, PASSWORD = sys.argv[1].rsplit(":", 1)[0], int(sys.argv[1].rsplit(":", 1)[1]), sys.argv[2]
OUTBOUND_PORT = int(os.environ.get("STROWGER_OUTBOUND_PORT", "8084"))   # where extension 8084's `socket` application calls
WAIT = 8        # seconds to wait for one thing
LIMIT = 14      # seconds for one check
CHECKS = []


class Skip(Exception):
    """The check cannot run on this machine."""


def check(name, first=False):
    """Registers a check; when a `first` check falls short, the rest of the script fails without being tried."""
    def add(function):
        CHECKS.append((name, function, first))
        return function
    return add


@contextlib.contextmanager
def limit(seconds):
    """Raises TimeoutError in the body after so many seconds, under gevent too."""
    if "gevent" in sys.modules:
        import gevent
        with gevent.Timeout(seconds, TimeoutError("no answer in %d s" % seconds)):
            yield
        return
    def ring(*_):
        raise TimeoutError("no answer in %d s" % seconds)
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main():
    dead = None
    for name, function, first in CHECKS:
        if dead:
            say("FAIL", name, "not tried, %s failed" % dead)
            continue
        try:
            with limit(LIMIT):
                function()
        except Skip as why:
            say("skip", name, why)
        except BaseException as why:
            say("FAIL", name, "%s: %s" % (type(why).__name__, why))
            dead = name if first else None
        else:
            say("ok", name)
    say("done", os.path.basename(sys.argv[0]))
    sys.stdout.flush()
    os._exit(0)      # clients leave threads and greenlets behind


def say(word, name, why=""):
    why = " ".join(str(why).split())[:300]
    print("%s %s%s" % (word, name, ": " + why if why else ""), flush=True)


def want(truth, text):
    if not truth:
        raise AssertionError(text)


def until(probe, what, seconds=WAIT):
    """The first true value of probe(), polled; fails after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError("did not come in %d s: %s" % (seconds, what))
        time.sleep(0.02)


def new_uuid():
    return str(uuid.uuid4())


def port_is_free(port):
    """Waits until nobody listens on a local port, so that an outbound server can."""
    def probe():
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return True
            except OSError:
                return False
    until(probe, "port %d to be free on this machine" % port)


class Wire:
    """A plain inbound connection: the second party who starts calls and looks at what arrived."""

    def __init__(self, events=None, auth=True):
        self.sock = socket.create_connection((HOST, PORT), WAIT)
        self.buffer, self.seen = b"", []
        if auth:
            headers, _ = self.packet()
            want(headers.get("Content-Type") == "auth/request", "the greeting is %r" % headers)
            want(self.command("auth " + PASSWORD)[0].get("Reply-Text") == "+OK accepted", "auth was not accepted")
        if events:
            reply = self.command("event json " + events)[0].get("Reply-Text", "")
            want(reply.startswith("+OK"), "event json %s answers %r" % (events, reply))

    def fill(self, seconds):
        self.sock.settimeout(max(seconds, 0.01))
        data = self.sock.recv(65536)
        if not data:
            raise EOFError("the server closed the connection")
        self.buffer += data

    def packet(self, seconds=WAIT):
        end = time.monotonic() + seconds
        while b"\n\n" not in self.buffer:
            self.fill(end - time.monotonic())
        head, self.buffer = self.buffer.split(b"\n\n", 1)
        headers = dict(line.split(": ", 1) for line in head.decode().split("\n") if ": " in line)
        length = int(headers.get("Content-Length", 0))
        while len(self.buffer) < length:
            self.fill(end - time.monotonic())
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return headers, body.decode()

    def command(self, text):
        """Sends one command; returns its reply's headers and body, keeping events for later."""
        self.sock.sendall(text.encode() + b"\n\n")
        while True:
            headers, body = self.packet()
            if headers.get("Content-Type") in ("command/reply", "api/response"):
                return headers, body
            self.seen.append((headers, body))

    def api(self, text):
        return self.command("api " + text)[1]

    def event(self, what, match, seconds=WAIT):
        """The first event, already here or to come, whose headers are as in `match`."""
        end = time.monotonic() + seconds
        index = 0
        while True:
            while index < len(self.seen):
                headers, body = self.seen[index]
                if headers.get("Content-Type") == "text/event-json":
                    event = json.loads(body)
                    if all(event.get(key) == value for key, value in match.items()):
                        del self.seen[index]
                        return event
                index += 1
            left = end - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                self.seen.append(self.packet(left))
            except (TimeoutError, socket.timeout):
                raise AssertionError("%s did not come in %d s" % (what, seconds)) from None

    def parked(self):
        """A new parked call's identifier."""
        one = new_uuid()
        answer = self.api("originate {origination_uuid=%s}null/x &park()" % one)
        want(answer.strip() == "+OK " + one, "originate answers %r" % answer)
        return one

    def call_8084(self, variables=""):
        """Has the switch call the outbound server; returns the call's identifier at once."""
        one = new_uuid()
        headers, _ = self.command("bgapi originate {origination_uuid=%s%s}null/one 8084 XML default" % (one, variables))
        want(headers.get("Job-UUID"), "bgapi answers %r" % headers)
        return one

    def end_call(self, one):
        with contextlib.suppress(Exception):
            self.api("uuid_kill " + one)
