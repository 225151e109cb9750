#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The messages of RFC 4475 and RFC 5118, then 20,000 damaged ones and
rubbish, sent to the running gateway over UDP and TCP while a call is in
progress: each gets the answer its manifest asks for, the call does not
notice, and nothing of it all stays."""
import os
import random
import re
import shutil
import socket
import sys
import tempfile
import time

import rig
import ua

DATA = os.path.join(rig.ROOT, "tests", "data", "torture")
DAMAGED = 20000
# over connections: a body without length, and one that never comes
OVER_TCP = {"inv2543.dat": {"400"}, "clerr.dat": {"none"}}
CONF = """sip:
  listen:
    - {{ transport: udp, address: 127.0.0.1:{0} }}
    - {{ transport: tcp, address: 127.0.0.1:{0} }}
  domain: example.com
  source_rate: 0
  block_time: 0
media: {{ port_min: {1}, port_max: {2} }}
peers:
  - {{ name: a, uri: "sip:127.0.0.51", sources: [ 127.0.0.51/32 ] }}
  - {{ name: b, uri: "sip:127.0.0.52:{3}", sources: [ 127.0.0.52/32 ] }}
phones:
  - {{ user: user, number: '201', password: {{ env: TORTURE_PW }} }}
calls: {{ codecs: [ PCMA ] }}
routes:
  - {{ name: call, from: [ "peer:a" ], to: [ "peer:b" ] }}
  - {{ name: all, prefix: '', to: [ 'service:echo' ] }}
"""
check = ua.Checks()


def messages():
    for folder in "rfc4475", "rfc5118":
        with open(f"{DATA}/{folder}/MANIFEST.tsv", encoding="utf-8") as f:
            for line in f:
                if line.startswith("#"):
                    continue
                name, _, _, expect = line.split("\t")[:4]
                with open(f"{DATA}/{folder}/{name}", "rb") as m:
                    yield name, set(expect.split(",")), m.read()


def fits(status, expect):
    return ("any" in expect or status in expect or
            ("any-not-400" in expect and status not in ("400", "none")))


def call_id(data):
    m = re.search(rb"(?im)^(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?$",
                  data)
    return m.group(1) if m else None


def final(data, want_id):
    """The status of the first final answer in data, or None."""
    for part in re.split(rb"(?=SIP/2\.0 \d\d\d )", data):
        m = re.match(rb"SIP/2\.0 ([2-6]\d\d) ", part)
        if m and (want_id is None or call_id(part) == want_id):
            return m.group(1).decode()
    return None


def ask(sock, data, seconds=0.3):
    want = call_id(data)
    got, end = b"", time.monotonic() + seconds
    sock.send(data)
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            chunk = sock.recv(65536)
        except (socket.timeout, ConnectionError):
            break
        if not chunk:
            break
        got = got + chunk if sock.type == socket.SOCK_STREAM else chunk
        status = final(got, want)
        if status:
            return status
    return "none"


def spoilt(rnd, seeds):
    data = bytearray(rnd.choice(seeds))
    for _ in range(rnd.randint(1, 6)):
        data[rnd.randrange(len(data))] = rnd.randrange(256)
    return data


def damaged(port):
    rnd = random.Random(4475)
    seeds = [data for _, _, data in messages()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        for i in range(DAMAGED):
            try:
                s.send(spoilt(rnd, seeds))
                if i % 20 == 0:
                    s.send(rnd.randbytes(rnd.randrange(2000)))
                if i % 400 == 0:        # the longest there is
                    head = rnd.choice(seeds)
                    s.send(head + b"x" * (65507 - len(head)))
                    s.send(rnd.randbytes(65507))
            except OSError:
                pass
            if i % 50 == 0:
                time.sleep(0.005)


def damaged_streams(port):
    """Over connections: spoilt, rubbish, cut off anywhere."""
    rnd = random.Random(5118)
    seeds = [data for _, _, data in messages()]
    for i in range(400):
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.settimeout(1)
            try:
                if i % 4 == 0:
                    s.sendall(rnd.randbytes(rnd.randrange(100000)))
                else:
                    s.sendall(b"".join(spoilt(rnd, seeds)
                                       for _ in range(5)))
                if i % 3 == 0:
                    s.sendall(rnd.choice(seeds)[:rnd.randrange(300)])
            except OSError:
                pass


def alive(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        for i in range(5):
            text = ("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKe{i};rport\r\n"
                    f"From: <sip:a@b>;tag={i}\r\nTo: <sip:x@y>\r\n"
                    f"Call-ID: alive{i}\r\nCSeq: 1 OPTIONS\r\n\r\n")
            if ask(s, text.encode(), 1) == "200":
                return True
    return False


def over_udp(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        for name, expect, data in messages():
            status = ask(s, data)
            check(f"udp {name}: {status}", fits(status, expect),
                  f"of {expect}")
    damaged(port)


def over_tcp(port):
    for name, expect, data in messages():
        with socket.create_connection(("127.0.0.1", port)) as s:
            status = ask(s, data)
        expect = OVER_TCP.get(name, expect)
        check(f"tcp {name}: {status}", fits(status, expect), f"of {expect}")
    damaged_streams(port)


def heard_all(name, rtp, hz, packets):
    """Sound from the first packet to the last."""
    level, snr, bad = rtp.tone(hz, packets / 50)
    check(f"{name}: no packet of the call lost", bad == 0 and packets > 50,
          f"{bad} of {packets}")
    check(f"{name}: its sound", snr > 33 and abs(level + 10) < 0.2,
          f"{hz} Hz {level:.2f} dBm0 SNR {snr:.1f} dB")


def under_fire(where, name, fire):
    port, rtp = rig.free_ports(1), rig.free_ports(100)
    a, b = (ua.Ua(f"127.0.0.5{i + 1}", ("127.0.0.1", port), f"55{i}", hz)
            for i, hz in enumerate((1000, 440)))
    gw = rig.Gateway(f"{where}/{name}",
                     CONF.format(port, rtp, rtp + 199, b.port))
    try:
        fds = f"/proc/{gw.proc.pid}/fd"
        status, _, _ = a.call("1", 10)
        before = len(os.listdir(fds))
        fire(port)
        check(f"{name}: alive", alive(port))
        n = min(len(a.rtp.got), len(b.rtp.got)) - 5
        check(f"{name}: the call goes on", status == 200 and any(
            c["route"] == "call" and c["state"] == "connected"
            for c in gw.calls()))
        heard_all(name, b.rtp, 1000, n)
        heard_all(name, a.rtp, 440, n)
        gw.ctl("hangup", "all")
        ua.wait_clean(gw, 45)
        left = len(os.listdir(fds))
        check(f"{name}: no descriptor, session or port is left",
              left <= before - 4, f"{before} in the call, {left} now")
    finally:
        code = gw.stop()
        a.stop()
        b.stop()
    check(f"{name}: ends when told", code == 0, gw.output()[-2000:]
          if code else "")


def main():
    where = tempfile.mkdtemp(prefix="tipring-torture-")
    os.environ["TORTURE_PW"] = "secret"
    check.at_once(lambda: under_fire(where, "udp", over_udp),
                  lambda: under_fire(where, "tcp", over_tcp))
    if not check.failed:
        shutil.rmtree(where)
    else:
        print(where)
    sys.exit(check.end())


if __name__ == "__main__":
    main()
