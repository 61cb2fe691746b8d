"""A case: its steps, played against a server."""
import json, os, re, shlex, shutil, socket, subprocess, tempfile, time, urllib.parse

from compare import Masks
from wire import Conn, REPLY_TYPES, first, is_event, kind, open_event

HERE = os.path.dirname(os.path.abspath(__file__))


class Fault(Exception):
    """The case could not go on: nothing arrived in time, the socket closed, a process failed."""


class Case:
    def __init__(self, path, opts):
        self.path, self.name, self.opts = path, os.path.basename(path)[:-5], opts
        self.conns, self.listeners, self.procs, self.kept, self.steps = {}, {}, {}, {}, []
        self.tmp = tempfile.mkdtemp(prefix="conform-")
        os.chmod(self.tmp, 0o777)
        self.vars = {"tmp": self.tmp, "here": HERE, "sip": opts.sip, "sip_host": opts.sip.split(":")[0],
                     "sip_port": opts.sip.split(":")[1], "sip2": opts.sip2, "password": opts.password,
                     "uac_port": str(opts.uac), "uas_port": str(opts.uas), "app_port": str(opts.app)}
        ports = {self.vars["sip_port"]: "15060", opts.sip2.split(":")[1]: "15070",
                 self.vars["uac_port"]: "5071", self.vars["uas_port"]: "5090",
                 self.vars["app_port"]: "8084"}  # as they were when the cases were recorded
        self.masks = Masks([(self.tmp, "<tmp>"), (HERE, "<here>")], ports)

    def lines(self):
        out = []
        for n, raw in enumerate(open(self.path, encoding="utf-8"), 1):
            raw = raw.rstrip("\n")
            if raw.lstrip().startswith("|") and out:
                out[-1][2].append(raw.lstrip()[1:].removeprefix(" "))
            elif raw.strip() and not raw.startswith("#"):
                out.append((n, raw.strip(), []))
        return out

    def sub(self, s):
        return re.sub(r"\$\{(\w+)\}", lambda m: self.vars.get(m.group(1), m.group(0)), s)

    def quiesce(self):
        """End the calls an earlier case left, so that none of their events falls into this one."""
        self.source = "Z login"
        self.step(0, "Z login", [])
        self.conns["Z"].sock.sendall(b"api hupall\n\n")
        self.take(self.conns["Z"], 5, lambda p: kind(p) == "api/response")
        time.sleep(0.1)

    def play(self):
        try:
            self.quiesce()
            for n, line, more in self.lines():
                try:
                    self.source = line
                    self.step(n, self.sub(line), [self.sub(m) for m in more])
                except (Fault, OSError) as f:
                    raise Fault(f"line {n}: {line}: {f}") from None
        finally:
            for p in self.procs.values():
                if p.poll() is None:
                    p.terminate()
            for c in self.conns.values():
                try:
                    c.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                c.sock.close()
            for l in self.listeners.values():
                l.close()
            shutil.rmtree(self.tmp, ignore_errors=True)
        return self.steps

    def keep(self, n, line, packets, name=None):
        self.steps.append({"line": n, "does": self.source, "packets": packets})
        if name and packets:
            self.kept[name] = packets[-1]["raw"]
        for p in packets:
            p.pop("raw", None)

    def packet(self, p):
        """A packet as it is recorded; the event inside it, where it holds one."""
        got = {"type": kind(p), "raw": p}
        if is_event(p):
            e = open_event(p)
            got.update(format=e["format"], headers=self.masks.headers(e["headers"]), body=self.masks.text(e["body"]))
            got["raw"] = e
        else:
            heads = [h for h in p["headers"] if h[0].lower() != "content-length"]
            if first(heads, "Event-Name"):  # the answer to connect: a percent-encoded header block
                heads = [(k, urllib.parse.unquote(v)) for k, v in heads]
            got.update(headers=self.masks.headers(heads), body=self.masks.text(p["body"]))
        return got

    def step(self, n, line, more):
        within, name = 10.0, None
        m = re.search(r" as (\w+)$", line)
        if m:
            name, line = m.group(1), line[:m.start()]
        m = re.search(r" within ([\d.]+)$", line)
        if m:
            within, line = float(m.group(1)), line[:m.start()]
        word, _, rest = line.partition(" ")
        if word == "sleep":
            return time.sleep(float(rest) / 1000)
        if word == "let":
            return self.let(rest)
        if word == "write":
            with open(os.path.join(self.tmp, rest), "w", encoding="utf-8") as f:
                f.write("\n".join(more) + "\n")
            return
        if word == "run":
            name, _, cmd = rest.partition(" ")
            self.procs[name] = subprocess.Popen(shlex.split(cmd), cwd=self.tmp, stdin=subprocess.DEVNULL,
                                                stdout=open(f"{self.tmp}/{name}.out", "w"), stderr=subprocess.STDOUT)
            return
        if word in ("wait", "output"):
            try:
                code = self.procs[rest].wait(timeout=within)
            except subprocess.TimeoutExpired:
                raise Fault("still running: " + open(f"{self.tmp}/{rest}.out").read()[-600:])
            if code:
                raise Fault(f"ended with {code}: " + open(f"{self.tmp}/{rest}.out").read()[-600:])
            if word == "output":  # what it printed is recorded, as a packet of its own
                said = self.masks.text(open(f"{self.tmp}/{rest}.out", encoding="utf-8", errors="replace").read())
                self.keep(n, line, [{"type": "output", "headers": [], "body": said, "raw": {"headers": [], "body": said}}], name)
            return
        conn, (verb, _, arg) = word, rest.partition(" ")
        if verb == "listen":
            l = socket.socket()
            l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            l.bind(("127.0.0.1", int(arg)))
            l.listen(5)
            self.listeners[conn] = l
            return
        if verb == "accept":
            self.listeners[arg].settimeout(within)
            try:
                self.conns[conn] = Conn(self.listeners[arg].accept()[0])
            except TimeoutError:
                raise Fault("nobody connected")
            return
        if verb in ("open", "login"):
            host, port = self.opts.esl.split(":")
            try:
                c = self.conns[conn] = Conn(socket.create_connection((host, int(port)), 5))
            except OSError as e:
                raise Fault(f"no connection to {self.opts.esl}: {e}")
            p = self.take(c, within, lambda p: True)
            if verb == "open":
                return self.keep(n, line, [self.packet(p)], name)
            c.sock.sendall(f"auth {self.opts.password}\n\n".encode())
            if "+OK" not in (first(self.take(c, within, lambda p: True)["headers"], "Reply-Text") or ""):
                raise Fault("the password was refused")
            return
        c = self.conns.get(conn)
        if c is None:
            raise Fault(f"no connection {conn}")
        if verb == "send":
            head, body = [arg] + more, ""
            if "" in more:
                head, body = [arg] + more[:more.index("")], "\n".join(more[more.index("") + 1:])
                head = [h.replace("@len", str(len(body.encode()))) for h in head]
            c.sock.sendall(("\n".join(head) + "\n\n" + body).encode())
        elif verb == "raw":
            c.sock.sendall(json.loads(arg).encode())
        elif verb == "reply":
            self.keep(n, line, [self.packet(self.take(c, within, lambda p: kind(p) in REPLY_TYPES))], name)
        elif verb == "packet":
            self.keep(n, line, [self.packet(self.take(c, within, lambda p: not arg or kind(p) == arg))], name)
        elif verb in ("event", "until"):
            want, got, end = matcher(arg), [], time.monotonic() + within
            while True:
                p = self.take(c, max(0.01, end - time.monotonic()), is_event)
                e = open_event(p)
                if verb == "until" or want(e["headers"]):
                    got.append(self.packet(p))
                if want(e["headers"]):
                    break
            self.keep(n, line, got, name)
        elif verb == "drain":
            got, end = [], time.monotonic() + float(arg) / 1000
            while (p := c.next(max(0.01, end - time.monotonic()), is_event)):
                got.append(self.packet(p))
            self.keep(n, line, got, name)
        elif verb == "quiet":
            p = c.next(float(arg) / 1000, is_event)
            if p:
                raise Fault("an event came: " + str(first(open_event(p)["headers"], "Event-Name")))
        elif verb == "closed":
            got = []
            while (p := c.next(within, lambda p: True)):
                got.append(self.packet(p))
            if p is False:
                raise Fault("still open")
            self.keep(n, line, [p for p in got if not p["type"].startswith("text/event-")], name)
        elif verb == "close":
            c.sock.shutdown(socket.SHUT_RDWR)
        else:
            raise Fault(f"no verb {verb}")

    def take(self, c, within, want):
        p = c.next(within, want)
        if p is None:
            raise Fault("the server closed the connection")
        if p is False:
            raise Fault(f"nothing came in {within:g} s")
        return p

    def let(self, rest):
        m = re.match(r"(\w+) from (\w+)\[(.+?)\](?: /(.*)/)?$", rest)
        if m:
            name, kept, header, pattern = m.groups()
            raw = self.kept.get(kept)
            if raw is None:
                raise Fault(f"nothing is kept as {kept}")
            text = (raw["body"] if header == "body" else first(raw["headers"], header)) or ""
            found = re.search(pattern or "(.*)", text)
            if not found:
                raise Fault(f"{header} was {text!r}")
            self.vars[name] = found.group(1).strip()
            if self.vars[name].startswith("/"):  # a folder of the server's own
                real, mark = self.vars[name], f"<{name}>"
                self.masks.replace.append((real, mark))
                for p in (p for s in self.steps for p in s["packets"] if p.get("body")):
                    p["body"] = p["body"].replace(real, mark)
        else:
            name, _, value = rest.partition(" = ")
            self.vars[name.strip()] = value


def matcher(arg):
    words = shlex.split(arg)
    pairs = [w.split("=", 1) for w in words[1:]]
    return lambda hs: words[0] in ("*", first(hs, "Event-Name")) and all(
        (first(hs, k) or "").lower() == v.lower() for k, v in pairs)
