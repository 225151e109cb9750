#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The messages of RFC 4475 and RFC 5118, then 20,000 damaged ones, sent to
the running gateway over UDP and TCP: each gets the answer its manifest asks
for, and the gateway lives on."""
import os
import random
import re
import shutil
import socket
import sys
import tempfile
import time

import rig

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
media: {{ port_min: {1}, port_max: {2} }}
phones:
  - {{ user: user, number: '201', password: {{ env: TORTURE_PW }} }}
routes:
  - {{ name: all, prefix: '', to: [ 'service:echo' ] }}
"""


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


def damaged(port):
    rnd = random.Random(4475)
    seeds = [data for _, _, data in messages()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        for i in range(DAMAGED):
            data = bytearray(rnd.choice(seeds))
            for _ in range(rnd.randint(1, 6)):
                data[rnd.randrange(len(data))] = rnd.randrange(256)
            try:
                s.send(data)
            except OSError:
                pass
            if i % 50 == 0:
                time.sleep(0.005)


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
    bad = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        for name, expect, data in messages():
            status = ask(s, data)
            print(f"udp {name}: {status}")
            if not fits(status, expect):
                bad.append(f"udp {name}: {status}, not {expect}")
    return bad


def over_tcp(port):
    bad = []
    for name, expect, data in messages():
        with socket.create_connection(("127.0.0.1", port)) as s:
            status = ask(s, data)
        print(f"tcp {name}: {status}")
        if not fits(status, OVER_TCP.get(name, expect)):
            bad.append(f"tcp {name}: {status}, not {expect}")
    return bad


def main():
    where = tempfile.mkdtemp(prefix="tipring-torture-")
    os.environ["TORTURE_PW"] = "secret"
    bad = []
    for check in over_udp, over_tcp:
        port = rig.free_ports(1)
        rtp = rig.free_ports(20)
        gw = rig.Gateway(f"{where}/{check.__name__}",
                         CONF.format(port, rtp, rtp + 39))
        try:
            bad += check(port)
            damaged(port)
            if not alive(port):
                bad.append(f"{check.__name__}: no answer any more")
        finally:
            code = gw.stop()
        if code != 0:
            bad.append(f"{check.__name__}: the gateway ended with {code}: "
                       + gw.output()[-2000:])
    print(*bad, sep="\n")
    if not bad:
        shutil.rmtree(where)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
