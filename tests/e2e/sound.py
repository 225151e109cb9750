# SPDX-License-Identifier: Apache-2.0
"""Samples: WAV files, G.711, sines fitted, levels, onsets. Levels in dBm0:
a sine at full scale is +3.14."""
import math
import struct
import wave

HZ = 8000


def amplitude(dbm0):
    """Peak of a sine of that level."""
    return 32767 * 10 ** ((dbm0 - 3.14) / 20)


def sine(hz, dbm0, seconds):
    a = amplitude(dbm0)
    w = 2 * math.pi * hz / HZ
    return [round(a * math.sin(w * i)) for i in range(int(seconds * HZ))]


def silence(seconds):
    return [0] * int(seconds * HZ)


def wav_write(path, samples):
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(HZ)
        w.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def wav_read(path):
    """The first channel at 8 kHz."""
    with wave.open(path, "rb") as w:
        n, width = w.getnchannels(), w.getsampwidth()
        if width != 2 or w.getframerate() != HZ:
            raise ValueError(f"{path}: not 16 bit at {HZ} Hz")
        data = w.readframes(w.getnframes())
    return list(struct.unpack(f"<{len(data) // 2}h", data))[::n]


def _alaw():
    out = []
    for code in range(256):
        c = code ^ 0x55
        exp, man = c >> 4 & 7, c & 15
        v = (man << 4) + 8 if exp == 0 else ((man << 4) + 264) << (exp - 1)
        out.append(v if c & 0x80 else -v)
    return out


def _ulaw():
    out = []
    for code in range(256):
        c = ~code & 0xff
        v = (((c & 15) << 3) + 132 << (c >> 4 & 7)) - 132
        out.append(-v if c & 0x80 else v)
    return out


DECODE = {0: _ulaw(), 8: _alaw()}


def decode(payload_type, payload):
    table = DECODE[payload_type]
    return [table[b] for b in payload]


def power(samples):
    return sum(x * x for x in samples) / max(1, len(samples))


def level(samples):
    """Mean level in dBm0; silence is -96."""
    p = power(samples)
    return max(-96.0, 10 * math.log10(p / (32767 ** 2 / 2)) + 3.14) \
        if p > 0 else -96.0


def fit(samples, hz):
    """A sine of hz fitted with an offset: (level in dBm0, SNR in dB)."""
    n = len(samples)
    w = 2 * math.pi * hz / HZ
    c = [math.cos(w * i) for i in range(n)]
    s = [math.sin(w * i) for i in range(n)]
    rows = [c, s, [1.0] * n]
    m = [[sum(x * y for x, y in zip(a, b)) for b in rows] +
         [sum(x * y for x, y in zip(a, samples))] for a in rows]
    for i in range(3):
        for k in range(3):
            if k != i:
                f = m[k][i] / m[i][i]
                m[k] = [x - f * y for x, y in zip(m[k], m[i])]
    a, b, d = (m[i][3] / m[i][i] for i in range(3))
    rest = power([x - a * p - b * q - d
                  for x, p, q in zip(samples, c, s)])
    signal = (a * a + b * b) / 2
    dbm0 = 10 * math.log10(max(signal, 1e-9) / (32767 ** 2 / 2)) + 3.14
    return dbm0, 10 * math.log10(max(signal, 1e-9) / max(rest, 1e-9))


def fit_all(samples, hz, window=0.2):
    """The fit over each window: a list of (level, SNR)."""
    n = int(window * HZ)
    return [fit(samples[i:i + n], hz)
            for i in range(0, len(samples) - n + 1, n)]


def median(values):
    v = sorted(values)
    return v[len(v) // 2] if v else float("nan")


def onsets(samples, threshold=1000, gap=0.15):
    """Indices where sound begins after at least gap seconds without."""
    out, quiet = [], 1 << 30
    for i, x in enumerate(samples):
        if abs(x) >= threshold:
            if quiet >= gap * HZ:
                out.append(i)
            quiet = 0
        else:
            quiet += 1
    return out


def bursts(count, hz=1000, dbm0=-6, on=0.05, off=0.45):
    """For measuring delays: each begins with a quarter wave, at once loud."""
    a, w = amplitude(dbm0), 2 * math.pi * hz / HZ
    one = [round(a * math.cos(w * i)) for i in range(int(on * HZ))]
    return (one + silence(off)) * count
