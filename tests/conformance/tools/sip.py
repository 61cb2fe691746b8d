"""SIP messages, a user agent and its calls (RFC 3261)."""
import hashlib, queue, re, socket, threading, time

from basics import fresh, need
from media import Media

SERVER = ("127.0.0.1", 5060)  # rtp.py sets it
COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type",
           "e": "content-encoding", "k": "supported", "s": "subject", "r": "refer-to", "b": "referred-by", "o": "event", "x": "session-expires"}


class Refused(Exception):
    def __init__(self, msg):
        super().__init__(msg.first)
        self.msg, self.status = msg, msg.status


class Msg:
    def __init__(self, raw):
        head, _, self.body = raw.decode("utf-8", "replace").partition("\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        self.first = lines[0]
        self.headers = [tuple(x.strip() for x in l.split(":", 1)) for l in lines[1:] if ":" in l]
        self.status = int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else None
        self.cseq, self.method = 0, ""
        m = re.match(r"(\d+)\s+(\S+)", self.get("CSeq") or "")
        if m:
            self.cseq, self.method = int(m.group(1)), m.group(2)
        if self.status is None:
            self.method = self.first.split()[0]
            self.uri = self.first.split()[1]

    def all(self, name):
        name = name.lower()
        return [v for k, v in self.headers if COMPACT.get(k.lower(), k.lower()) == name]

    def get(self, name):
        return next(iter(self.all(name)), None)

    def branch(self):
        m = re.search(r"branch=([^;,\s]+)", self.get("Via") or "")
        return m.group(1) if m else ""

    def tag(self, name):
        m = re.search(r";\s*tag=([^;,\s]+)", self.get(name) or "")
        return m.group(1) if m else None


def bare(address):
    """The URI in an address header, without name and brackets."""
    m = re.search(r"<([^>]+)>", address)
    return m.group(1) if m else address.split(";")[0].strip()


class UA:
    def __init__(self, port=0, user="1000", password=None, name="Probe", tcp=False, server=None, domain=None, answer_options=True):
        self.user, self.password, self.name, self.tcp = user, password, name, tcp
        self.server = server or SERVER
        self.domain = domain or self.server[0]
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("127.0.0.1", port))
        self.port = self.sock.getsockname()[1]
        self.tx, self.calls, self.answered = {}, {}, {}
        self.incoming, self.requests, self.strays = queue.Queue(), queue.Queue(), queue.Queue()
        self.answer_options = answer_options
        self.headers, self.nc, self.challenge = [], 0, None
        if tcp:
            self.sock.connect(self.server)
        threading.Thread(target=self._read_tcp if tcp else self._read_udp, daemon=True).start()

    # transport
    def send(self, data, to=None):
        if isinstance(data, str):
            data = data.encode()
        if self.tcp:
            self.sock.sendall(data)
        else:
            self.sock.sendto(data, to or self.server)

    def _read_udp(self):
        while True:
            try:
                data, src = self.sock.recvfrom(65536)
            except OSError:
                return
            if data.strip():
                self._take(Msg(data), src)

    def _read_tcp(self):
        buf = b""
        try:
            while True:
                buf = buf.lstrip(b"\r\n")
                while b"\r\n\r\n" not in buf:
                    got = self.sock.recv(65536)
                    if not got:
                        return
                    buf = (buf + got).lstrip(b"\r\n")
                n = buf.index(b"\r\n\r\n") + 4
                m = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", buf[:n])
                n += int(m.group(1)) if m else 0
                while len(buf) < n:
                    buf += self.sock.recv(65536)
                self._take(Msg(buf[:n]), self.server)
                buf = buf[n:]
        except OSError:
            return

    def _take(self, m, src):
        m.src = src
        if m.status is not None:
            q = self.tx.get((m.branch(), m.method))
            (q or self.strays).put(m)
            return
        key = (m.branch(), m.method)
        if m.method != "ACK" and key in self.answered:
            if self.answered[key]:
                self.send(self.answered[key], src)
            return
        if m.method != "ACK":
            self.answered[key] = None
        call = self.calls.get(m.get("Call-ID"))
        if m.method == "CANCEL":
            self.reply(m, 200)
            if call:
                call.cancelled.set()
                self.reply(call.invite_msg, 487, tag=call.local_tag)
        elif call and (m.tag("To") or m.method == "ACK"):
            call.take(m)
        elif m.method == "INVITE":
            call = Call(self, m.get("Call-ID"))
            call.arrived(m)
            self.incoming.put(call)
        elif m.method == "OPTIONS" and self.answer_options:
            self.reply(m, 200)
        else:
            self.requests.put(m)

    def reply(self, m, status, reason=None, headers=(), body="", tag=None, ctype="application/sdp"):
        reasons = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 302: "Moved Temporarily", 401: "Unauthorized",
                   404: "Not Found", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 603: "Decline", 407: "Proxy Authentication Required"}
        out = [f"SIP/2.0 {status} {reason or reasons.get(status, 'Reason')}"]
        out += [f"Via: {v}" for v in m.all("Via")] + [f"Record-Route: {v}" for v in m.all("Record-Route")]
        to = m.get("To")
        if status > 100 and not m.tag("To"):
            to += f";tag={tag or 'uas'}"
        out += [f"From: {m.get('From')}", f"To: {to}", f"Call-ID: {m.get('Call-ID')}", f"CSeq: {m.get('CSeq')}"]
        out += [f"{k}: {v}" for k, v in headers]
        if body:
            out.append(f"Content-Type: {ctype}")
        out.append(f"Content-Length: {len(body.encode())}")
        text = "\r\n".join(out) + "\r\n\r\n" + body
        self.answered[(m.branch(), m.method)] = text.encode()
        self.send(text, m.src)

    def contact(self):
        return f"<sip:{self.user}@127.0.0.1:{self.port}{';transport=tcp' if self.tcp else ''}>"

    def build(self, method, uri, frm, to, call_id, cseq, branch, headers=(), body="", ctype="application/sdp", contact=True):
        out = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/{'TCP' if self.tcp else 'UDP'} 127.0.0.1:{self.port};branch={branch};rport",
               "Max-Forwards: 70", f"From: {frm}", f"To: {to}", f"Call-ID: {call_id}", f"CSeq: {cseq} {method}"]
        if contact:
            out.append(f"Contact: {self.contact()}")
        names = {k.lower() for k, _ in headers}
        if "user-agent" not in names:
            out.append("User-Agent: probe")
        out += [f"{k}: {v}" for k, v in headers]
        if body and "content-type" not in names:
            out.append(f"Content-Type: {ctype}")
        out.append(f"Content-Length: {len(body.encode())}")
        return "\r\n".join(out) + "\r\n\r\n" + body

    def transact(self, text, branch, method, within=10, final=True, on_provisional=None, to=None):
        """Send, send again till something comes (UDP), and give the final response."""
        q = self.tx[(branch, method)] = queue.Queue()
        end, gap, quiet = time.monotonic() + within, 0.5, True
        self.send(text, to)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no answer to {method}")
            try:
                m = q.get(timeout=min(left, gap))
            except queue.Empty:
                if quiet and not self.tcp:
                    self.send(text, to)
                    gap = min(gap * 2, 4)
                continue
            quiet = False
            gap = 60
            if m.status >= 200:
                return m
            if on_provisional:
                on_provisional(m)

    def digest(self, m, method, uri, password=None, nc=None, user=None):
        """The header that answers a 401 or 407."""
        proxy = m.status == 407
        ch = m.get("Proxy-Authenticate" if proxy else "WWW-Authenticate")
        f = {k.lower(): a or b for k, a, b in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', ch)}
        if f["nonce"] != self.challenge:
            self.challenge, self.nc = f["nonce"], 0
        self.nc = nc if nc is not None else self.nc + 1
        h = lambda s: hashlib.md5(s.encode()).hexdigest()
        u, p = user or self.user, self.password if password is None else password
        a1, a2 = h(f"{u}:{f['realm']}:{p}"), h(f"{method}:{uri}")
        line = f'Digest username="{u}", realm="{f["realm"]}", nonce="{f["nonce"]}", uri="{uri}", algorithm=MD5'
        if "qop" in f:
            cn, n = fresh(), "%08x" % self.nc
            line += f', qop=auth, nc={n}, cnonce="{cn}", response="{h(":".join((a1, f["nonce"], n, cn, "auth", a2)))}"'
        else:
            line += f', response="{h(":".join((a1, f["nonce"], a2)))}"'
        return ("Proxy-Authorization" if proxy else "Authorization", line)

    def request(self, method, uri, headers=(), body="", ctype="text/plain", to=None, frm=None, within=10, auth=True, call_id=None, cseq=1, contact=True):
        """A request outside any dialog; answers a challenge when a password is known."""
        frm = frm or f'"{self.name}" <sip:{self.user}@{self.domain}>;tag={fresh()}'
        to, call_id, extra = to or f"<{uri}>", call_id or fresh(), []
        while True:
            branch = "z9hG4bK" + fresh()
            m = self.transact(self.build(method, uri, frm, to, call_id, cseq, branch, list(headers) + extra, body, ctype, contact), branch, method, within)
            if m.status in (401, 407) and auth and self.password is not None and not extra:
                extra, cseq = [self.digest(m, method, uri)], cseq + 1
                continue
            return m

    def register(self, expires=60, within=10, **kw):
        aor = f"sip:{self.user}@{self.domain}"
        m = self.request("REGISTER", f"sip:{self.domain}", [("Expires", str(expires))], to=f"<{aor}>", frm=f"<{aor}>;tag={fresh()}", within=within, **kw)
        if m.status != 200:
            raise Refused(m)
        return m

    def subscribe(self, event, user=None, accept=None, expires=60, within=10, of=None):
        """A subscription; `of`, an earlier answer, makes it one within that dialog (Expires 0 ends it)."""
        uri = f"sip:{user or self.user}@{self.domain}"
        heads = [("Event", event), ("Expires", str(expires))] + ([("Accept", accept)] if accept else [])
        if of:
            return self.request("SUBSCRIBE", bare(of.get("Contact")), heads, within=within, to=of.get("To"), frm=of.get("From"), call_id=of.get("Call-ID"), cseq=of.cseq + 1)
        return self.request("SUBSCRIBE", uri, heads, within=within)

    def expect(self, method, within=5, call_id=None):
        """The next request outside a call with this method; it is answered with 200."""
        end = time.monotonic() + within
        while True:
            m = self.requests.get(timeout=max(0.01, end - time.monotonic()))
            if m.method == method and call_id in (None, m.get("Call-ID")):
                self.reply(m, 200)
                return m
            self.reply(m, 200)

    def invite(self, number, **kw):
        c = Call(self, kw.pop("call_id", None) or fresh())
        c.start(number, **kw)
        return c

    def call(self, number, within=10, **kw):
        c = self.invite(number, **kw)
        return c.answered(within)

    def accept(self, within=10):
        return self.incoming.get(timeout=within)


class Call:
    def __init__(self, ua, call_id):
        self.ua, self.call_id, self.cseq = ua, call_id, 0
        self.local_tag, self.remote_tag, self.route = fresh(), None, []
        self.got, self.queue, self.provisional = [], queue.Queue(), []
        self.ended, self.cancelled, self.acked = threading.Event(), threading.Event(), threading.Event()
        self.media, self.final, self.error = None, None, None
        self.refuse = {}  # method -> status this side answers with
        ua.calls[call_id] = self

    # this side calls
    def start(self, number, headers=(), sdp=None, media=None, no_sdp=False, uri=None, prack=False, auth=True, frm=None, early=True):
        ua = self.ua
        self.uri = uri or f"sip:{number}@{ua.server[0]}:{ua.server[1]}"
        self.frm = frm or f'"{ua.name}" <sip:{ua.user}@{ua.domain}>'
        self.local, self.remote, self.target = f"{self.frm};tag={self.local_tag}", f"<{self.uri}>", self.uri
        self.media = media or Media()
        self.prack, self.auth, self.early, self.no_sdp = prack, auth, early, no_sdp
        self.inv_headers, self.sdp = list(headers), "" if no_sdp else sdp if sdp is not None else self.media.sdp()
        self.done = threading.Event()
        threading.Thread(target=self._invite, daemon=True).start()

    def _invite(self):
        try:
            extra = []
            while True:
                self.cseq += 1
                self.branch, self.inv_cseq = "z9hG4bK" + fresh(), self.cseq
                self.inv_text = self.ua.build("INVITE", self.target, self.local, self.remote, self.call_id, self.cseq, self.branch, self.inv_headers + extra, self.sdp)
                m = self.ua.transact(self.inv_text, self.branch, "INVITE", 40, on_provisional=self._provisional)
                if m.status >= 300:
                    self._ack_same(m)
                    if m.status in (401, 407) and self.auth and self.ua.password is not None and not extra:
                        self.challenge = m
                        extra = [self.ua.digest(m, "INVITE", self.target)]
                        continue
                else:
                    self._learn(m)
                    if m.body:
                        self.media.far(m.body)
                    self.ack(self.cseq, self.media.sdp() if self.no_sdp else "")
                self.final = m
                break
        except Exception as e:
            self.error = e
        self.done.set()

    def _provisional(self, m):
        self.provisional.append(m)
        if m.status > 100 and m.tag("To"):
            self._learn(m)
        if m.body and self.early:
            self.media.far(m.body)
        if self.prack and "100rel" in (m.get("Require") or ""):
            self.request("PRACK", [("RAck", f"{m.get('RSeq')} {m.get('CSeq')}")])

    def _learn(self, m):
        self.remote_tag = m.tag("To")
        self.remote = m.get("To")
        if m.get("Contact"):
            self.target = bare(m.get("Contact"))
        self.route = [r for v in reversed(m.all("Record-Route")) for r in [v]]

    def _ack_same(self, m):
        self.ua.send(self.ua.build("ACK", self.target if not self.remote_tag else self.uri, self.local, m.get("To"), self.call_id, self.inv_cseq, self.branch))

    def ack(self, cseq, body=""):
        self.last_ack = self.ua.build("ACK", self.target, self.local, self.remote, self.call_id, cseq, "z9hG4bK" + fresh(), self._routes(), body)
        self.ua.send(self.last_ack)

    def _routes(self):
        return [("Route", r) for r in self.route]

    def answered(self, within=10):
        if not self.done.wait(within):
            raise TimeoutError("not answered")
        if self.error:
            raise self.error
        if self.final.status >= 300:
            raise Refused(self.final)
        return self

    def ringing(self, status=180, within=10):
        end = time.monotonic() + within
        while time.monotonic() < end:
            m = next((m for m in self.provisional if m.status == status), None)
            if m:
                return m
            time.sleep(0.02)
        raise TimeoutError(f"no {status}")

    def cancel(self):
        text = self.ua.build("CANCEL", self.uri, self.local, f"<{self.uri}>", self.call_id, self.inv_cseq, self.branch, contact=False)
        return self.ua.transact(text, self.branch, "CANCEL")

    # the other side calls
    def arrived(self, m):
        self.invite_msg, self.media = m, Media()
        self.local, self.remote = f"{m.get('To')};tag={self.local_tag}", m.get("From")
        self.remote_tag, self.target, self.cseq = m.tag("From"), bare(m.get("Contact")), 100
        self.route = [v for v in m.all("Record-Route")]

    def ring(self, status=180, sdp=False, headers=()):
        if sdp:
            self.media.far(self.invite_msg.body)
        self.ua.reply(self.invite_msg, status, tag=self.local_tag, headers=[("Contact", self.ua.contact())] + list(headers), body=self.media.sdp() if sdp else "")

    def answer(self, sdp=None, headers=()):
        if self.invite_msg.body:
            self.media.far(self.invite_msg.body)
        self.ua.reply(self.invite_msg, 200, tag=self.local_tag, headers=[("Contact", self.ua.contact())] + list(headers), body=sdp or self.media.sdp(answer=bool(self.invite_msg.body)))
        need(self.acked.wait(5), "no ACK came")
        return self

    def reject(self, status, headers=(), reason=None):
        self.ua.reply(self.invite_msg, status, reason, tag=self.local_tag, headers=headers)

    # in the dialog
    def take(self, m):
        self.got.append(m)
        self.queue.put(m)
        if m.method == "ACK":
            if m.body and self.media:
                self.media.far(m.body)
            self.acked.set()
            return
        if m.method in self.refuse:
            return self.ua.reply(m, self.refuse[m.method])
        if m.method in ("INVITE", "UPDATE") and (m.body or m.method == "INVITE"):
            if m.body:
                self.media.far(m.body)
            return self.ua.reply(m, 200, headers=[("Contact", self.ua.contact())], body=self.media.sdp(answer=bool(m.body)))
        self.ua.reply(m, 202 if m.method == "REFER" else 200)
        if m.method == "BYE":
            self.ended.set()
            self.media.stop()

    def expect(self, method, within=5):
        end = time.monotonic() + within
        while True:
            m = self.queue.get(timeout=max(0.01, end - time.monotonic()))
            if m.method == method:
                return m

    def request(self, method, headers=(), body="", ctype="text/plain", within=10, on_provisional=None):
        extra = []
        while True:
            self.cseq += 1
            branch, cseq = "z9hG4bK" + fresh(), self.cseq
            text = self.ua.build(method, self.target, self.local, self.remote, self.call_id, cseq, branch, list(headers) + self._routes() + extra, body, ctype)
            m = self.ua.transact(text, branch, method, within, on_provisional=on_provisional)
            if method == "INVITE":
                if m.status < 300:
                    self.ack(cseq)
                    if m.body:
                        self.media.far(m.body)
                else:
                    self.ua.send(self.ua.build("ACK", self.target, self.local, m.get("To"), self.call_id, cseq, branch))
            if m.status in (401, 407) and self.ua.password is not None and not extra:
                extra = [self.ua.digest(m, method, self.target)]
                continue
            return m

    def reinvite(self, sdp=None, **kw):
        return self.request("INVITE", body=sdp or self.media.sdp(**kw), ctype="application/sdp")

    def refer(self, to, headers=()):
        return self.request("REFER", [("Refer-To", f"<{to}>"), ("Referred-By", f"<sip:{self.ua.user}@{self.ua.domain}>")] + list(headers))

    def replaces(self):
        """This dialog as a Replaces parameter of a Refer-To."""
        return f"{self.call_id}%3Bto-tag%3D{self.remote_tag}%3Bfrom-tag%3D{self.local_tag}"

    def info_dtmf(self, digit, ms=160):
        return self.request("INFO", body=f"Signal={digit}\r\nDuration={ms}\r\n", ctype="application/dtmf-relay")

    def bye(self):
        m = self.request("BYE")
        self.media.stop()
        return m

    def wait_bye(self, within=10):
        need(self.ended.wait(within), "no BYE came")
        return next(m for m in self.got if m.method == "BYE")


def raw_exchange(data, within=1.5, tcp=False, port=0):
    """Send bytes as they are; the status codes that come back, in order, without repeats."""
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    codes, end = [], time.monotonic() + within
    if tcp:
        s.connect(SERVER)
        s.sendall(data)
    else:
        s.sendto(data, SERVER)
    while True:
        left = end - time.monotonic()
        if left <= 0:
            break
        s.settimeout(left)
        try:
            got = s.recv(65536)
        except (TimeoutError, OSError):
            break
        if not got:
            codes.append("closed")
            break
        for m in re.finditer(rb"(?m)^SIP/2.0 (\d+)", got):
            if int(m.group(1)) not in codes:
                codes.append(int(m.group(1)))
        if any(isinstance(c, int) and c >= 200 for c in codes):
            end = min(end, time.monotonic() + 0.1)
    s.close()
    return codes
