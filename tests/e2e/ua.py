# SPDX-License-Identifier: Apache-2.0
"""A SIP UA over UDP that does as it is told, with RTP (PCMA): for what real
phones cannot be made to do, and for sound measured packet by packet."""
import bisect
import random
import re
import socket
import struct
import threading
import time

import rig
import sound

FRAME = 160
_SORTED = sorted((v, c) for c, v in enumerate(sound.DECODE[8]))
_VALUES = [v for v, _ in _SORTED]


def alaw(samples):
    """The nearest codes."""
    out = bytearray()
    for x in samples:
        i = bisect.bisect_left(_VALUES, x)
        if i == len(_VALUES) or (i and x - _VALUES[i - 1] < _VALUES[i] - x):
            i -= 1
        out.append(_SORTED[i][1])
    return bytes(out)


def family(ip):
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def host_port(ip, port):
    return f"{rig.host(ip)}:{port}"


class Rtp:
    """Says a sine from a port of its own, keeps what comes."""

    def __init__(self, ip, hz, dbm0=-10):
        self.sock = socket.socket(family(ip), socket.SOCK_DGRAM)
        self.sock.bind((ip, 0))
        self.port = self.sock.getsockname()[1]
        self.sock.settimeout(0.1)
        self.peer = None
        self.sends = self.running = True
        self.sent = 0
        self.got = []           # (time, source, packet)
        second = alaw(sound.sine(hz, dbm0, 1))
        self.frames = [second[i:i + FRAME]
                       for i in range(0, len(second), FRAME)]
        self.ssrc = random.getrandbits(32)
        for fn in self._send, self._receive:
            threading.Thread(target=fn, daemon=True).start()

    def _send(self):
        at = time.monotonic()
        while self.running:
            if self.peer and self.sends:
                n = self.sent
                head = struct.pack(">BBHII", 0x80, 8, n & 0xffff,
                                   n * FRAME & 0xffffffff, self.ssrc)
                try:
                    self.sock.sendto(head + self.frames[n % 50], self.peer)
                except OSError:
                    pass
                self.sent += 1
            at += 0.02
            time.sleep(max(0.0, at - time.monotonic()))

    def _receive(self):
        while self.running:
            try:
                data, addr = self.sock.recvfrom(4096)
            except OSError:
                continue
            self.got.append((time.monotonic(), addr, data))

    def stop(self):
        self.running = False

    def heard(self, seconds=None):
        """The newest samples; and packets missing or out of order among
        them."""
        pk = [p for p in self.got if len(p[2]) > 12 and p[2][1] & 127 == 8]
        if seconds:
            pk = pk[-int(seconds * 50):]
        seq = [struct.unpack_from(">H", p[2], 2)[0] for p in pk]
        bad = sum((b - a) & 0xffff != 1 for a, b in zip(seq, seq[1:]))
        return [x for p in pk for x in sound.decode(8, p[2][12:])], bad

    def tone(self, hz, seconds=2.0):
        """Of the newest: (level dBm0, SNR dB, packets lost)."""
        pcm, bad = self.heard(seconds)
        fits = sound.fit_all(pcm, hz)
        if not fits:
            return -96.0, 0.0, bad
        return (sound.median([f[0] for f in fits]),
                sound.median([f[1] for f in fits]), bad)


def header(msg, name):
    m = re.search(rf"(?im)^{name}[ \t]*:[ \t]*(.*?)\r?$", msg)
    return m.group(1) if m else ""


def status_of(msg):
    m = re.match(r"SIP/2\.0 (\d\d\d)", msg)
    return int(m.group(1)) if m else 0


class Ua:
    """One call at a time. answer: status of incoming INVITEs, 0: none at
    all, 180: ring for ever."""

    def __init__(self, ip, gateway, user="ua", hz=1000, answer=200,
                 media_ip=None):
        self.media_ip = media_ip or ip
        self.ip, self.user, self.hz, self.answer = ip, user, hz, answer
        self.gateway = gateway          # (address, port)
        self.sock = socket.socket(family(ip), socket.SOCK_DGRAM)
        self.sock.bind((ip, 0))
        self.port = self.sock.getsockname()[1]
        self.addr = host_port(ip, self.port)
        self.rtp = None
        self.log = []                   # (time, message received)
        self.changed = threading.Condition()
        self.running = True
        self.dialog = None              # (to, from, call-id, target)
        self.sock.settimeout(0.2)
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self):
        self.running = False
        if self.rtp:
            self.rtp.stop()

    # --- what comes ---

    def _run(self):
        while self.running:
            try:
                data, src = self.sock.recvfrom(65536)
            except OSError:
                continue
            if len(data) < 8:
                continue
            msg = data.decode(errors="replace")
            if not status_of(msg):
                self._request(msg, src)
            with self.changed:
                self.log.append((time.monotonic(), msg))
                self.changed.notify_all()

    def reply(self, msg, src, status, extra="", body=""):
        via = "".join(f"Via: {v}\r\n" for v in re.findall(
            r"(?im)^via[ \t]*:[ \t]*(.*?)\r?$", msg))
        to = header(msg, "To")
        if status > 100 and "tag=" not in to:
            to += ";tag=t" + str(self.port)
        if body:
            extra += "Content-Type: application/sdp\r\n"
        text = (f"SIP/2.0 {status} X\r\n{via}From: {header(msg, 'From')}\r\n"
                f"To: {to}\r\nCall-ID: {header(msg, 'Call-ID')}\r\n"
                f"CSeq: {header(msg, 'CSeq')}\r\n"
                f"Contact: <sip:{self.user}@{self.addr}>\r\n{extra}"
                f"Content-Length: {len(body)}\r\n\r\n{body}")
        self.sock.sendto(text.encode(), src)
        return to

    def sdp(self):
        ip = f"IP{6 if ':' in self.media_ip else 4} {self.media_ip}"
        return (f"v=0\r\no=- 1 1 IN {ip}\r\ns=-\r\nc=IN {ip}\r\nt=0 0\r\n"
                f"m=audio {self.rtp.port} RTP/AVP 8\r\na=ptime:20\r\n")

    def _media(self, msg):
        port = re.search(r"(?m)^m=audio (\d+)", msg)
        ip = re.search(r"(?m)^c=IN IP[46] ([0-9a-fA-F.:]+)", msg)
        if port and ip:
            self.rtp.peer = (ip.group(1), int(port.group(1)))
        return bool(port and ip)

    def _request(self, msg, src):
        method = msg.split(" ", 1)[0]
        if method == "INVITE":
            self._invite(msg, src)
        elif method == "CANCEL":
            self.reply(msg, src, 200)
            if self.invited:
                self.reply(*self.invited, 487)
        elif method != "ACK":
            self.reply(msg, src, 200)
            if method == "BYE" and self.rtp:
                self.rtp.stop()

    def _invite(self, msg, src):
        self.invited = (msg, src)
        if not self.answer:
            return
        if self.answer == 200:
            if not self.rtp or not self.rtp.running:
                self.rtp = Rtp(self.media_ip, self.hz)
            self._media(msg)
            to = self.reply(msg, src, 200, body=self.sdp())
            target = re.search(r"<([^>]*)>", header(msg, "Contact")).group(1)
            self.dialog = (header(msg, "From"), to, header(msg, "Call-ID"),
                           target)
        else:
            self.reply(msg, src, self.answer)

    def mark(self):
        with self.changed:
            return len(self.log)

    def wait(self, what, seconds=10, since=0):
        """The first message behind since for which what() is true; what may
        be a method."""
        fn = what if callable(what) else \
            lambda m: m.startswith(what + " ")
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                for t, m in self.log[since:]:
                    if fn(m):
                        return t, m
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"{self.user}: nothing like that came")
                self.changed.wait(left)

    # --- what goes ---

    def request(self, method, uri, ids, cseq, extra="", body=""):
        frm, to, call_id = ids
        branch = f"z9hG4bK{random.getrandbits(48):x}"
        if body:
            extra += "Content-Type: application/sdp\r\n"
        text = (f"{method} {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {self.addr};branch={branch};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: {frm}\r\nTo: {to}\r\n"
                f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n"
                f"Contact: <sip:{self.user}@{self.addr}>\r\n{extra}"
                f"Content-Length: {len(body)}\r\n\r\n{body}")
        self.sock.sendto(text.encode(), self.gateway)
        return text

    def call(self, number, seconds=10):
        """Calls and waits for the final answer: (status, message, seconds it
        took). 200: connected, with sound."""
        self.begin(number)
        return self.result(seconds)

    def begin(self, number):
        gw = host_port(*self.gateway)
        if self.rtp:
            self.rtp.stop()
        self.rtp = Rtp(self.media_ip, self.hz)
        self.uri = number if ":" in number else f"sip:{number}@{gw}"
        self.ids = (f"<sip:{self.user}@{self.addr}>;tag={self.port}",
                    f"<{self.uri}>", f"{random.getrandbits(64):x}@test")
        self.since, self.t0 = self.mark(), time.monotonic()
        self.sent = self.request("INVITE", self.uri, self.ids, 1,
                                 body=self.sdp())

    def _of_call(self, msg, low):
        return status_of(msg) >= low and header(msg, "Call-ID") == \
            self.ids[2] and "INVITE" in header(msg, "CSeq")

    def provisional(self, status, seconds=10):
        return self.wait(lambda m: self._of_call(m, 100) and
                         status_of(m) == status, seconds, self.since)

    def result(self, seconds=10):
        t, m = self.wait(lambda m: self._of_call(m, 200), seconds, self.since)
        status = status_of(m)
        to = header(m, "To")
        if status < 300:
            target = re.search(r"<([^>]*)>", header(m, "Contact")).group(1)
            self.dialog = (to, self.ids[0], self.ids[2], target)
            self.request("ACK", target, (self.ids[0], to, self.ids[2]), 1)
            self._media(m)
        else:
            via = header(self.sent, "Via")
            self.sock.sendto(
                (f"ACK {self.uri} SIP/2.0\r\nVia: {via}\r\n"
                 f"From: {self.ids[0]}\r\nTo: {to}\r\n"
                 f"Call-ID: {self.ids[2]}\r\nCSeq: 1 ACK\r\n"
                 "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode(),
                self.gateway)
            self.rtp.stop()
        return status, m, t - self.t0

    def hangup(self, wait=True):
        remote, local, call_id, target = self.dialog
        m = self.mark()
        self.request("BYE", target, (local, remote, call_id), 2)
        self.rtp.stop()
        if wait:
            self.wait(lambda x: status_of(x) and "BYE" in header(x, "CSeq"),
                      5, m)


class Checks:
    """Counts and prints."""

    def __init__(self):
        self.passed = self.failed = 0
        self.lock = threading.Lock()

    def __call__(self, what, ok, text=""):
        with self.lock:
            self.passed += bool(ok)
            self.failed += not ok
            print(f"{'ok  ' if ok else 'FAIL'} {what} {text}", flush=True)
        return bool(ok)

    def guarded(self, fn, *args):
        """An exception is a failed check."""
        try:
            fn(*args)
        except Exception as e:  # of a thread, nobody else would hear of it
            self(fn.__name__, False, f"{type(e).__name__}: {e}")

    def at_once(self, *fns):
        ts = [threading.Thread(target=self.guarded, args=(f,), daemon=True)
              for f in fns]
        for t in ts:
            t.start()
        for t in ts:
            t.join()

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


def counters(gw):
    """The gateway's metrics: {name with labels: value}."""
    out = {}
    for line in gw.ctl("metrics").splitlines():
        if line and line[0] != "#":
            name, _, value = line.rpartition(" ")
            out[name] = float(value)
    return out


def state(gw):
    """The last line of status as a dict of numbers."""
    out = {}
    for row in gw.rows("status"):
        out.update(row)
    return out


def wait_clean(gw, seconds=50, sessions=True):
    """No call and no RTP port is left, and no session: these wait 32 s for
    late messages."""
    keys = ("calls", "rtp_ports") + (("sip_sessions",) if sessions else ())

    def clean():
        s = state(gw)
        return all(s[k] == "0" for k in keys)
    rig.wait_for("sessions to end", clean, seconds, 0.3)
