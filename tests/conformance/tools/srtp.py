"""SRTP with AES_CM_128_HMAC_SHA1_80 and _32 (RFC 3711)."""
import hmac


def _sbox():
    p = q = 1
    s = [0] * 256
    while True:
        p = p ^ (p << 1 & 0xFF) ^ (0x1B if p & 0x80 else 0)
        for k in (1, 2, 4):
            q = (q ^ q << k) & 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q
        for k in (1, 2, 3, 4):
            x ^= (q << k | q >> 8 - k) & 0xFF
        s[p] = x ^ 0x63
        if p == 1:
            break
    s[0] = 0x63
    return s


SBOX = _sbox()
XT = [(i << 1 ^ (0x1B if i & 0x80 else 0)) & 0xFF for i in range(256)]


class AES:
    def __init__(self, key):
        w, r = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
        for i in range(4, 44):
            t = w[i - 1]
            if i % 4 == 0:
                t = [SBOX[t[1]] ^ r, SBOX[t[2]], SBOX[t[3]], SBOX[t[0]]]
                r = XT[r]
            w.append([a ^ b for a, b in zip(w[i - 4], t)])
        self.k = [sum(w[i:i + 4], []) for i in range(0, 44, 4)]

    def block(self, b):
        s = [a ^ k for a, k in zip(b, self.k[0])]
        for r in range(1, 11):
            s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if r < 10:
                o = []
                for c in range(0, 16, 4):
                    a = s[c:c + 4]
                    t = a[0] ^ a[1] ^ a[2] ^ a[3]
                    o += [a[i] ^ t ^ XT[a[i] ^ a[(i + 1) % 4]] for i in range(4)]
                s = o
            s = [a ^ k for a, k in zip(s, self.k[r])]
        return bytes(s)

    def ctr(self, iv, n):
        out = b"".join(self.block(((iv + i) & (1 << 128) - 1).to_bytes(16, "big")) for i in range((n + 15) // 16))
        return out[:n]


class SRTP:
    def __init__(self, key, tag=10):
        master, salt = AES(key[:16]), int.from_bytes(key[16:30], "big")
        derive = lambda label, n: master.ctr((salt ^ label << 48) << 16, n)
        self.aes, self.auth, self.salt, self.tag = AES(derive(0, 16)), derive(1, 20), int.from_bytes(derive(2, 14), "big"), tag
        self.roc, self.last = 0, None

    def _stream(self, head, seq, n):
        ssrc = int.from_bytes(head[8:12], "big")
        return self.aes.ctr((self.salt << 16) ^ (ssrc << 64) ^ ((self.roc << 16 | seq) << 16), n)

    def protect(self, p):
        seq = int.from_bytes(p[2:4], "big")
        if self.last is not None and seq < self.last - 30000:
            self.roc += 1
        self.last = seq
        out = p[:12] + bytes(a ^ b for a, b in zip(p[12:], self._stream(p, seq, len(p) - 12)))
        return out + hmac.new(self.auth, out + self.roc.to_bytes(4, "big"), "sha1").digest()[:self.tag]

    def unprotect(self, p):
        body, tag = p[:-self.tag], p[-self.tag:]
        seq = int.from_bytes(p[2:4], "big")
        if self.last is not None and seq < self.last - 30000:
            self.roc += 1
        if hmac.new(self.auth, body + self.roc.to_bytes(4, "big"), "sha1").digest()[:self.tag] != tag:
            return None
        self.last = seq
        return body[:12] + bytes(a ^ b for a, b in zip(body[12:], self._stream(body, seq, len(body) - 12)))
