"""G.711, and sound that is measured by frequency and level."""
import math, struct, wave


def _ulaw(u):
    u = ~u & 0xFF
    t = (((u & 0x0F) << 3) + 0x84) << ((u & 0x70) >> 4)
    return 0x84 - t if u & 0x80 else t - 0x84


def _alaw(a):
    a ^= 0x55
    t, seg = (a & 0x0F) << 4, (a & 0x70) >> 4
    t = t + 8 if seg == 0 else (t + 0x108) << (seg - 1)
    return t if a & 0x80 else -t


TO_LIN = {0: [_ulaw(i) for i in range(256)], 8: [_alaw(i) for i in range(256)]}


def _table(lin):
    order = sorted(range(256), key=lambda i: lin[i])
    vals, out, j = [lin[i] for i in order], bytearray(65536), 0
    for v in range(-32768, 32768):
        while j < 255 and abs(vals[j + 1] - v) <= abs(vals[j] - v):
            j += 1
        out[v + 32768] = order[j]
    return bytes(out)


_FROM = {}


def encode(samples, pt=0):
    if pt not in _FROM:
        _FROM[pt] = _table(TO_LIN[pt])
    t = _FROM[pt]
    return bytes(t[max(-32768, min(32767, int(s))) + 32768] for s in samples)


def decode(data, pt=0):
    t = TO_LIN[pt]
    return [t[b] for b in data]


class Heard:
    """A stretch of sound and what it measures."""

    def __init__(self, samples, packets=0, rate=8000):
        self.samples, self.packets, self.rate = samples, packets, rate
        n = len(samples)
        self.level = 10 * math.log10(max(sum(s * s for s in samples) / max(n, 1), 1e-3) / (32768 ** 2 / 2))  # dB, 0 = full-scale sine

    def _power(self, f, seg):
        n = len(seg)
        w = 2 * math.pi * f / self.rate
        c, s1, s2 = 2 * math.cos(w), 0.0, 0.0
        for x in seg:
            s1, s2 = x + c * s1 - s2, s1
        return (s1 * s1 + s2 * s2 - c * s1 * s2) / (n * n / 4)

    def _seg(self, n=4000):
        seg = self.samples[max(0, len(self.samples) // 2 - n // 2):][:n]
        return [x * (0.5 - 0.5 * math.cos(2 * math.pi * i / len(seg))) * 2 for i, x in enumerate(seg)]

    @property
    def freq(self):
        seg = self._seg()
        if len(seg) < 400:
            return 0
        top = max(range(100, 3900, 10), key=lambda f: self._power(f, seg[:1600] if len(seg) > 1600 else seg))
        return max(range(top - 10, top + 11), key=lambda f: self._power(f, seg))

    def tone(self, f):
        """The level of this one frequency, dB below a full-scale sine."""
        seg = self._seg()
        return 10 * math.log10(max(self._power(f, seg), 1e-3) / 32768 ** 2) if seg else -120.0

    def __repr__(self):
        return f"{self.packets} packets, {len(self.samples)} samples, {self.level:.1f} dB, {self.freq} Hz"


def wav(path, channel=0):
    with wave.open(path) as w:
        n, ch, rate = w.getnframes(), w.getnchannels(), w.getframerate()
        all_ = struct.unpack(f"<{n * ch}h", w.readframes(n))
    h = Heard(list(all_[channel::ch]), 0, rate)
    h.channels, h.seconds = ch, n / rate
    return h
