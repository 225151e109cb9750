#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Floods while a call is in progress: requests from one source beyond the
limit, wrong passwords, whose senders are blocked, connections left open and
never used, bytes one at a time. The call does not notice, others are served,
nothing stays."""
import hashlib
import os
import re
import shutil
import socket
import sys
import tempfile
import time

import rig
import torture
import ua

CONF = """
sip:
  listen:
    - {{ transport: udp, address: "127.0.0.1:{sip}" }}
    - {{ transport: tcp, address: "127.0.0.1:{sip}" }}
  domain: test.invalid
peers:
  - {{ name: a, uri: "sip:127.0.0.61", sources: [ 127.0.0.61/32 ] }}
  - {{ name: b, uri: "sip:127.0.0.62:{b}", sources: [ 127.0.0.62/32 ] }}
phones:
  - {{ user: alice, number: "101", digest: md5, password: {{ env: SECRET }} }}
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
calls: {{ codecs: [ PCMA ] }}
routes:
  - {{ name: echo, prefix: "600", to: [ "service:echo" ] }}
  - {{ name: call, from: [ known ], to: [ "peer:b" ] }}
"""
RATE = 50
check = ua.Checks()


def request(method, n, host, extra=""):
    return (f"{method} sip:test.invalid SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host};branch=z9hG4bKf{n}x{time.time()};rport"
            f"\r\nFrom: <sip:alice@test.invalid>;tag={n}\r\n"
            f"To: <sip:alice@test.invalid>\r\nCall-ID: flood{n}@{host}\r\n"
            f"CSeq: {n + 1} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:alice@{host}:9>\r\n{extra}"
            "Content-Length: 0\r\n\r\n").encode()


class Source:
    def __init__(self, ip, port):
        self.ip = ip
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((ip, 0))
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)

    def answers(self, seconds=0.5):
        """All that has come, until nothing did for so long."""
        out = []
        self.sock.settimeout(seconds)
        while True:
            try:
                out.append(self.sock.recv(65536).decode(errors="replace"))
            except OSError:
                return out

    def ask(self, data, seconds=2):
        self.sock.settimeout(seconds)
        self.sock.send(data)
        try:
            return self.sock.recv(65536).decode(errors="replace")
        except OSError:
            return ""


def credentials(challenge, password):
    nonce = re.search(r'nonce="([^"]*)"', challenge).group(1)
    realm = re.search(r'realm="([^"]*)"', challenge).group(1)

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    ha1 = md5(f"alice:{realm}:{password}")
    ha2 = md5("REGISTER:sip:test.invalid")
    qop = "auth" if "qop=" in challenge else ""
    response = md5(f"{ha1}:{nonce}:00000001:abc:auth:{ha2}") if qop else \
        md5(f"{ha1}:{nonce}:{ha2}")
    return (f'Authorization: Digest username="alice",realm="{realm}",'
            f'nonce="{nonce}",uri="sip:test.invalid",'
            f'response="{response}",algorithm=MD5' +
            (',qop=auth,nc=00000001,cnonce="abc"' if qop else "") + "\r\n")


def register(src, n, password):
    """The status of a registration with that password."""
    first = src.ask(request("REGISTER", n, src.ip))
    if ua.status_of(first) != 401:
        return ua.status_of(first)
    return ua.status_of(src.ask(request(
        "REGISTER", n + 1, src.ip, credentials(first, password))))


def options(gw, port):
    src, other = Source("127.0.0.71", port), Source("127.0.0.72", port)
    t0 = time.monotonic()
    for n in range(1000):
        src.sock.send(request("OPTIONS", n, src.ip))
        if n % 50 == 0:
            time.sleep(0.005)
    took = time.monotonic() - t0
    status = ua.status_of(other.ask(request("OPTIONS", 1, other.ip)))
    check("meanwhile another source is served", status == 200, f"{status}")
    n = sum(ua.status_of(x) == 200 for x in src.answers())
    limit = RATE * 4 + RATE * (took + 1)
    check("1,000 OPTIONS from one source: limited", 50 <= n <= limit,
          f"{n} answered in {took:.2f} s")
    limited = ua.counters(gw)["tipring_sip_limited_total"]
    check("the rest counted", limited >= 1000 - limit, f"{limited:.0f}")


def passwords(gw, port):
    """Each wrong, from several sources; the right one is taken all along."""
    guesses = []
    for i in range(4):
        src = Source(f"127.0.0.{80 + i}", port)
        n = 0
        while n < 30 and register(src, 2 * n, f"guess{n}") == 403:
            n += 1
        guesses.append(n)
    check("wrong passwords are refused, then not answered",
          all(7 <= n <= 9 for n in guesses), f"{guesses}")
    rows = gw.rows("blocked")
    check("who guesses is listed", [r["source"] for r in rows] ==
          [f"127.0.0.{80 + i}" for i in range(4)] and
          all(r["why"] == "password" for r in rows), f"{rows}")
    check("and told of once", len(re.findall(
        r"block: blocked source=127.0.0.80 why=password", gw.output())) == 1)
    gw.ctl("unblock", "127.0.0.80")
    check("until it is freed", register(Source("127.0.0.80", port), 8000,
                                        "guess") == 403)
    blind = Source("127.0.0.90", port)
    for n in range(500):
        blind.sock.send(request(
            "REGISTER", n, blind.ip,
            'Authorization: Digest username="alice",realm="test.invalid",'
            f'nonce="{n:032x}",uri="sip:test.invalid",response="{n:032x}"'
            "\r\n"))
    check("made-up nonces never", not any(ua.status_of(x) == 200
                                          for x in blind.answers()))
    good = Source("127.0.0.91", port)
    status = register(good, 9000, "secret")
    check("the right password is taken", status == 200, f"{status}")
    check("one phone is registered", gw.rows("phones")[0]["contacts"] == "1")


def connections(gw, port):
    """Some never say a thing, some stop in the middle."""
    idle = []
    for i in range(300):
        s = socket.socket()
        s.bind((f"127.0.0.{100 + i % 20}", 0))
        s.settimeout(2)
        try:
            s.connect(("127.0.0.1", port))
            if i % 3 == 0:
                s.sendall(request("OPTIONS", i, "127.0.0.1")[:50 + i])
        except OSError:
            pass
        idle.append(s)
    status = ua.status_of(Source("127.0.0.73", port).ask(
        request("OPTIONS", 1, "127.0.0.73")))
    check("300 idle connections: UDP is served", status == 200, f"{status}")
    with socket.socket() as s:
        s.bind(("127.0.0.74", 0))
        s.settimeout(5)
        s.connect(("127.0.0.1", port))
        for byte in request("OPTIONS", 7, "127.0.0.74").replace(
                b"/UDP", b"/TCP"):
            s.sendall(bytes([byte]))
            time.sleep(0.004)
        try:
            status = ua.status_of(s.recv(65536).decode())
        except OSError as e:
            status = e
        check("a request byte by byte is answered", status == 200,
              f"{status}")
    for s in idle:
        s.close()


V0 = "v=0\r\no=- 1 1 IN IP4 127.0.0.63\r\ns=-\r\n"
C = "c=IN IP4 127.0.0.63\r\n"
T = "t=0 0\r\n"
M = "m=audio 4000 RTP/AVP 8\r\n"
# a description, and what it may get
DESCRIPTIONS = (
    ("nothing of SDP", "hello\r\n" * 20, (400, 488)),
    ("bytes", "\x00\x7f" * 500, (400, 488)),
    ("no media", V0 + C + T, (400, 488)),
    ("video only", V0 + C + T + "m=video 4000 RTP/AVP 96\r\n", (488,)),
    ("no codec in common", V0 + C + T + "m=audio 4000 RTP/AVP 97\r\n"
     "a=rtpmap:97 opus/48000/2\r\n", (488,)),
    ("port 0", V0 + C + T + "m=audio 0 RTP/AVP 8\r\n", (400, 488)),
    ("port 70000", V0 + C + T + "m=audio 70000 RTP/AVP 8\r\n", (400,)),
    ("no address", V0 + T + M, (400, 488)),
    ("address 300.1.1.1", V0 + "c=IN IP4 300.1.1.1\r\n" + T + M,
     (400, 488)),
    ("multicast", V0 + "c=IN IP4 239.1.2.3/1\r\n" + T + M, (400, 488)),
    ("1,000 formats", V0 + C + T + "m=audio 4000 RTP/AVP" +
     "".join(f" {n % 128}" for n in range(1000)) + "\r\n", (200, 400, 488)),
    ("200 streams", V0 + C + T + M + "m=video 4000 RTP/AVP 31\r\n" * 200,
     (200, 400, 488)),
    ("2,000 attributes", V0 + C + T + M + "a=x:y\r\n" * 2000,
     (200, 400, 488)),
    ("a line of 20,000", V0 + C + T + M + "a=" + "x" * 20000 + "\r\n",
     (200, 400, 488)),
    ("on hold", V0 + "c=IN IP4 0.0.0.0\r\n" + T + M, (200,)),
    ("the gateway itself", V0 + "c=IN IP4 127.0.0.1\r\n" + T +
     "m=audio {rtp} RTP/AVP 8\r\n", (200, 400, 488)),
)


def descriptions(gw, port):
    """Each hurts nothing but its own call."""
    caller = ua.Ua("127.0.0.61", ("127.0.0.1", port), "777", 700)
    for name, text, want in DESCRIPTIONS:
        caller.sdp = lambda text=text: text.replace(
            "{rtp}", str(gw.rtp + 2))
        status, msg, _ = caller.call("600", 8)
        check(f"SDP, {name}: {status}", status in want, f"of {want}")
        if status == 488:
            warning = ua.header(msg, "Warning")
            check(f"SDP, {name}: why", warning[:2] == "30" and
                  "PCMA" in warning, warning)
        if status == 200:
            time.sleep(0.1)
            caller.hangup()
    caller.sdp = lambda: V0 + C + T + M
    for extra, name in (("Content-Encoding: gzip\r\n", "packed"), ):
        send = caller.request
        caller.request = lambda *a, body="", **k: send(
            *a, extra=extra if body else "", body=body)
        status, _, _ = caller.call("600", 8)
        check(f"SDP, {name}: {status}", status == 415)
    caller.stop()


def main():
    where = tempfile.mkdtemp(prefix="tipring-floods-")
    os.environ["SECRET"] = "secret"
    port, rtp = rig.free_ports(1), rig.free_ports(20)
    a, b = (ua.Ua(f"127.0.0.6{i + 1}", ("127.0.0.1", port), f"55{i}", hz)
            for i, hz in enumerate((1000, 440)))
    gw = rig.Gateway(where, CONF.format(sip=port, rtp=rtp, rtp_end=rtp + 39,
                                        b=b.port))
    gw.rtp = rtp
    try:
        status, _, _ = a.call("1", 10)
        time.sleep(0.5)
        fds = f"/proc/{gw.proc.pid}/fd"
        before = len(os.listdir(fds))
        for fn in options, passwords, connections, descriptions:
            check.guarded(fn, gw, port)
        n = min(len(a.rtp.got), len(b.rtp.got)) - 5
        check("the call goes on", status == 200 and gw.calls() and
              gw.calls()[0]["state"] == "connected")
        torture.heard_all("caller to called", b.rtp, 1000, n)
        torture.heard_all("called to caller", a.rtp, 440, n)
        rig.wait_for("descriptors to be closed",
                     lambda: len(os.listdir(fds)) <= before, 20, 0.2)
        check("no descriptor is left", True, f"{before}")
        a.hangup()
        ua.wait_clean(gw, 10, sessions=False)
        check("nothing left behind", True)
    finally:
        code = gw.stop()
        a.stop()
        b.stop()
    check("ends when told", code == 0, f"exit {code}")
    check.passed += torture.check.passed
    check.failed += torture.check.failed
    if not check.failed:
        shutil.rmtree(where)
    else:
        print(where)
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
