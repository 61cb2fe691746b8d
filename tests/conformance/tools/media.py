"""RTP: one stream each way, RFC 2833 digits, SDP."""
import base64, math, os, queue, random, re, socket, struct, threading, time

from basics import need
from sound import TO_LIN, Heard, decode, encode
from srtp import SRTP

DIGITS = "0123456789*#ABCD"


class Media:
    """One RTP stream each way. Silence is sent until tone() or play(); hush() stops sending."""

    def __init__(self, codecs=(0,), te=101, secure=None, direction="sendrecv"):
        while True:
            self.sock, self.port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), random.randrange(16000, 19998, 2)
            try:
                self.sock.bind(("127.0.0.1", self.port))
                break
            except OSError:
                pass
        self.codecs, self.te, self.direction, self.version = list(codecs), te, direction, 1
        self.pt, self.far_te, self.remote, self.remote_sdp = self.codecs[0], te, None, None
        self.packets, self.events, self.bad, self.work = [], [], 0, queue.Queue()
        self.ssrc, self.seq, self.ts, self.phase = random.getrandbits(32), random.getrandbits(15), random.getrandbits(30), 0
        self.source, self.sent, self.stopped, self.started = lambda: encode([0] * 160, self.pt), [], threading.Event(), False
        self.secure, self.tx_srtp, self.rx_srtp, self.crypto_tag = secure, None, None, "1"
        if secure:
            self.key = os.urandom(30)
            self.tx_srtp = SRTP(self.key, 4 if secure.endswith("32") else 10)
        threading.Thread(target=self._receive, daemon=True).start()

    def sdp(self, codecs=None, direction=None, answer=False, extra=(), port=None, ip="127.0.0.1", suite=None):
        codecs = codecs if codecs is not None else [self.pt] if answer else self.codecs
        direction = direction or self.direction
        if answer and self.remote_sdp:
            direction = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}.get(self.far_direction, direction)
        names = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 3: "GSM/8000", 18: "G729/8000"}
        lines = ["v=0", f"o=probe 5365 {self.version} IN IP4 127.0.0.1", "s=-", f"c=IN IP4 {ip}", "t=0 0",
                 f"m=audio {self.port if port is None else port} RTP/{'SAVP' if self.secure else 'AVP'} " + " ".join(map(str, codecs + ([self.te] if self.te else [])))]
        lines += [f"a=rtpmap:{c} {names[c]}" for c in codecs if c in names]
        if self.te:
            lines += [f"a=rtpmap:{self.te} telephone-event/8000", f"a=fmtp:{self.te} 0-15"]
        if self.secure:
            lines.append(f"a=crypto:{self.crypto_tag if answer else 1} {suite or self.secure} inline:{base64.b64encode(self.key).decode()}")
        lines += ["a=ptime:20", f"a={direction}"] + list(extra)
        self.version += 1
        return "\r\n".join(lines) + "\r\n"

    def far(self, sdp):
        """Take the other side's description; sending starts."""
        self.remote_sdp = sdp
        ip = re.search(r"(?m)^c=IN IP4 (\S+)", sdp).group(1)
        m = re.search(r"(?m)^m=audio (\d+) (\S+) (.*)$", sdp)
        pts = [int(x) for x in m.group(3).split()]
        tes = [int(x) for x in re.findall(r"(?mi)^a=rtpmap:(\d+) telephone-event/8000", sdp)]
        self.far_te = next((t for t in tes if t in pts), None)
        audio = [p for p in pts if p in self.codecs] or [p for p in pts if p in TO_LIN]
        if audio:
            self.pt = audio[0]
        d = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\s*$", sdp)
        self.far_direction = d.group(1) if d else "sendrecv"
        every = list(re.finditer(r"(?m)^a=crypto:(\d+) (\S+) inline:([A-Za-z0-9+/=]+)", sdp))
        c = next((x for x in every if x.group(2) == self.secure), every[0] if every else None)
        self.far_crypto, self.crypto_tag = (c.group(2), c.group(1)) if c else (None, "1")
        if c and self.secure:
            self.rx_srtp = SRTP(base64.b64decode(c.group(3)), 4 if c.group(2).endswith("32") else 10)
        self.remote = (ip, int(m.group(1)))
        if not self.started:
            self.started = True
            threading.Thread(target=self._send, daemon=True).start()

    def tone(self, f, level=-10.0):
        """Send a sine of this frequency, in dB below a full-scale one."""
        amp, w = 32767 * 10 ** (level / 20), 2 * math.pi * f / 8000
        frames, cache = 50, []
        for i in range(frames):  # one second, exact for whole frequencies
            cache.append(encode([amp * math.sin(w * n) for n in range(i * 160, i * 160 + 160)], self.pt))
        state = {"i": 0}

        def nxt():
            state["i"] += 1
            return cache[state["i"] % frames]
        self.source = nxt

    def play(self, payloads):
        """Send these payloads, one each 20 ms, then silence."""
        todo = list(payloads)
        self.source = lambda: todo.pop(0) if todo else encode([0] * 160, self.pt)

    def silence(self):
        self.source = lambda: encode([0] * 160, self.pt)

    def hush(self):
        self.source = None

    def stop(self):
        self.stopped.set()

    def dtmf(self, digits, ms=160, gap=100, pt=None):
        """Send digits as RFC 2833 events; returns when they are out."""
        done = threading.Event()
        self.work.put((digits, ms, gap, pt, done))
        end = time.monotonic() + 30
        while not done.wait(0.05) and not self.stopped.is_set():
            need(time.monotonic() < end, "digits did not go out")

    def _packet(self, pt, payload, marker=False, ts=None):
        self.seq = self.seq + 1 & 0xFFFF
        p = struct.pack(">BBHII", 0x80, pt | (0x80 if marker else 0), self.seq, (self.ts if ts is None else ts) & 0xFFFFFFFF, self.ssrc) + payload
        if self.tx_srtp:
            p = self.tx_srtp.protect(p)
        try:
            self.sock.sendto(p, self.remote)
        except OSError:
            pass

    def _send(self):
        clock, plan, first = time.monotonic(), [], True
        while not self.stopped.is_set():
            if not plan and not self.work.empty():
                digits, ms, gap, pt, done = self.work.get()
                for d in digits:
                    n = max(3, ms // 20)
                    plan += [("e", DIGITS.index(d.upper()), i, n, pt) for i in range(n)] + [("a",)] * (gap // 20)
                plan.append(("done", done))
            step = plan.pop(0) if plan else ("a",)
            if step[0] == "done":
                step[1].set()
                continue
            if step[0] == "e":
                _, d, i, n, pt = step
                if i == 0:
                    start = self.ts
                last = i == n - 1
                body = struct.pack(">BBH", d, 10 | (0x80 if last else 0), (i + 1) * 160)
                for _ in range(3 if last else 1):
                    self._packet(pt or self.far_te or self.te, body, i == 0, start)
            elif self.source and self.direction in ("sendrecv", "sendonly"):
                payload = self.source()
                self._packet(self.pt, payload, first)
                self.sent.append(payload)
                first = False
            self.ts += 160
            clock += 0.02
            time.sleep(max(0, clock - time.monotonic()))

    def _receive(self):
        self.sock.settimeout(0.5)
        while not self.stopped.is_set():
            try:
                p, src = self.sock.recvfrom(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            if len(p) < 12 or p[0] >> 6 != 2 or 200 <= p[1] <= 207:
                continue
            if self.rx_srtp:
                p = self.rx_srtp.unprotect(p)
                if p is None:
                    self.bad += 1
                    continue
            pt, seq, ts, ssrc = p[1] & 0x7F, *struct.unpack(">HII", p[2:12])
            at, payload = time.monotonic(), p[12 + 4 * (p[0] & 15):]
            if pt in (self.te, self.far_te) and pt not in TO_LIN:
                self.events.append((at, pt, seq, ts, p[1] >> 7, payload))
            else:
                self.packets.append((at, pt, seq, ts, ssrc, payload))

    def hear(self, secs=1.0, skip=0.0):
        """Wait, and measure what came meanwhile."""
        time.sleep(skip)
        since = time.monotonic()
        time.sleep(secs)
        got = sorted((x for x in self.packets if x[0] >= since), key=lambda x: x[3])
        return Heard([s for x in got if x[1] in TO_LIN for s in decode(x[5], x[1])], len(got))

    @property
    def digits(self):
        """The RFC 2833 digits that came, each once."""
        seen, out = set(), ""
        for at, pt, seq, ts, mark, body in self.events:
            if body[1] & 0x80 and ts not in seen:
                seen.add(ts)
                out += DIGITS[body[0]]
        return out
