#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Things break around the gateway: name servers silent, dead, refusing,
truncating, lying; peers killed, mute, refusing; a full disk, no ports left,
too many calls; strangers' RTP; the gateway told to stop, or killed."""
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

import nameservers
import rig
import ua

HEAD = """
log: {{ level: info }}
sip:
  listen: [ {{ transport: udp, address: "127.0.0.1:{sip}" }} ]
  source_rate: 0
peers:
  - {{ name: a, uri: "sip:127.0.0.41", sources: [ 127.0.0.41/32 ] }}
  - {{ name: b, uri: "sip:127.0.0.42:{b}", sources: [ 127.0.0.42/32 ] }}
  - {{ name: c, uri: "sip:127.0.0.43:{c}", sources: [ 127.0.0.43/32 ] }}
  - {{ name: named, uri: "sip:provider.test" }}
media: {{ port_min: {rtp}, port_max: {rtp_end}, rtp_timeout_ms: 2s }}
"""
DNS = HEAD + """
numbering: {{ country: "81", national: "0", international: "010" }}
calls: {{ cdr_file: "{where}/cdr.json", codecs: [ PCMA ] }}
enum: {{ servers: [ {servers} ], trees: [ {{ apex: {apex} }} ] }}
lines:
  - {{ name: p1, kind: fxo, tone_plan: jp }}
  - {{ name: tel, kind: fxs, number: "201", tone_plan: jp }}
routes:
  - {{ name: local, local: yes }}
  - {{ name: pstn, from: [ known ], prefix: "031", to: [ "line:p1" ] }}
  - {{ name: named, from: [ known ],
      prefix: "09", to: [ "peer:named", "peer:b" ] }}
  - {{ name: enum, from: [ known ], enum: yes }}
  - {{ name: next, from: [ known ], to: [ "peer:b" ] }}
"""
PEERS = HEAD + """
calls: {{ cdr_file: "{where}/cdr.json", codecs: [ PCMA ] }}
routes:
  - {{ name: both, from: [ known ], prefix: "1", to: [ "peer:b", "peer:c" ] }}
  - {{ name: b, from: [ known ], prefix: "2", to: [ "peer:b" ] }}
"""
TIGHT = HEAD + """
calls: {{ cdr_file: /dev/full, codecs: [ PCMA ], max_calls: 2 }}
routes:
  - {{ name: echo, prefix: "6", to: [ "service:echo" ] }}
"""
ZONE = """8.7.6.5.4.3.2.1.0.5.1.8 NAPTR 1 1 "u" "E2U+sip" "!^.*$!sip:e@{c}!" .
"""
check = ua.Checks()


class House:
    """A gateway between the UAs a, b and c."""

    def __init__(self, where, conf, ports=40, **more):
        os.makedirs(where)
        sip, rtp = rig.free_ports(1), rig.free_ports(ports)
        self.addr = ("127.0.0.1", sip)
        self.a, self.b, self.c = (
            ua.Ua(f"127.0.0.{41 + i}", self.addr, f"031234000{i}", hz)
            for i, hz in enumerate((1000, 440, 600)))
        self.conf = conf.format(
            sip=sip, rtp=rtp, rtp_end=rtp + 2 * ports - 1, where=where,
            b=self.b.port, c=self.c.port, **more)
        self.where = where
        self.gw = rig.Gateway(where, self.conf)

    def invited(self, callee, seconds=10, since=0):
        """Seconds from a's INVITE to that at the callee."""
        return callee.wait("INVITE", seconds, since)[0] - self.a.t0

    def last_cdr(self, n):
        return rig.wait_for("a record", lambda: self.gw.cdrs()[n:], 10)[-1]

    def stop(self, want=0):
        code = self.gw.stop()
        for u in self.a, self.b, self.c:
            u.stop()
        return check(f"{os.path.basename(self.where)}: ends when told",
                     code == want, f"exit {code}")


# --- name servers ----------------------------------------------------------

class FakeDns:
    """Answers every query by fn(query): bytes, or None."""

    def __init__(self, fn):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.fn = fn
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            q, src = self.sock.recvfrom(4096)
            for answer in self.fn(q):
                self.sock.sendto(answer, src)


def truncated(q):
    """TC, and nobody listens on TCP."""
    yield q[:2] + b"\x87\x80" + q[4:]


def lies(q):
    """Another's answer, another question, rubbish, loops, lengths that
    reach beyond the end."""
    head = b"\x85\x80\0\1\0\1\0\0\0\0"
    end = q.index(b"\0", 12) + 5
    yield bytes([q[0] ^ 1, q[1]]) + q[2:]
    yield q[:2] + head + b"\4evil\4test\0\0\x23\0\1"
    yield q[:2] + head + q[12:end] + b"\xc0\x0c\0\x23\0\1\0\0\0\x3c\xff\xff"
    yield q[:2] + b"\xff" * 60
    yield q[:2] + head + q[12:end] + \
        bytes([0xc0, end]) + b"\0\x23\0\1\0\0\0\x3c\0\7\0\1\0\1\1u"
    yield b""


def silent(q):
    return ()


def to_next_rule(h, what, least=0.0, limit=2.5, number="05012345678"):
    m = h.b.mark()
    status, _, _ = h.a.call(number, 40)
    took = h.invited(h.b, since=m)
    by = "rule" if number[1] == "5" else "target"
    check(f"DNS {what}: the next {by} takes the call", status == 200 and
          least <= took <= limit, f"{status}, after {took * 1000:.0f} ms")
    time.sleep(0.2)
    h.a.hangup()


def loses_nothing(h):
    """Local and PSTN calls with a dead name server."""
    for number, key, want in ("201", "ringing", "yes"), \
            ("0311112222", "offhook", "yes"):
        line = "tel" if number == "201" else "p1"
        h.a.begin(number)
        rig.wait_for(number, lambda: h.gw.far(line)[key] == want or
                     int(h.gw.far(line)["rings"]) > 0, 10)
        h.gw.ctl("hangup", "all")
        h.a.result(10)
        c = h.last_cdr(0)
        # far from the deadline of ENUM, 800 ms
        check(f"{number} with a dead name server", c["setup_ms"] < 400,
              f"{c['setup_ms']} ms")


def dns(where, name, servers, apex="e164.arpa"):
    return House(f"{where}/{name}", DNS, servers=servers, apex=apex)


def dns_nsd(where):
    c = ua.Ua("127.0.0.43", ("127.0.0.1", 9), "e", 600)
    nsd = rig.Nsd(f"{where}/nsd", {"e164.arpa": ZONE.format(c=c.addr)})
    h = dns(where, "silent", f'"127.0.0.1:{nsd.port}"')
    try:
        nameservers.freeze(nsd)
        to_next_rule(h, "frozen", 0.2)
        nameservers.thaw(nsd)
        time.sleep(0.3)
        rig.wait_for("the name server to count again", lambda: found(h, c),
                     20, 0.5)
        check("DNS thawed: ENUM is used again", True)
    finally:
        nameservers.thaw(nsd)
        nsd.stop()
        c.stop()
        h.stop()


def found(h, c):
    m = c.mark()
    h.a.call("05012345678", 10)
    time.sleep(0.1)
    h.a.hangup()
    return c.mark() > m


def dns_refused(where):
    nsd = rig.Nsd(f"{where}/nsd2", {"other.test": ""})
    h = dns(where, "refused", f'"127.0.0.1:{nsd.port}"')
    try:
        to_next_rule(h, "refusing")
    finally:
        nsd.stop()
        h.stop()


def dns_dead(where):
    h = dns(where, "dead", f'"127.0.0.1:{rig.free_ports(1)}"')
    try:
        loses_nothing(h)
        to_next_rule(h, "stopped")
    finally:
        h.stop()


def dns_fake(where):
    for name, fn in ("mute", silent), ("truncating", truncated), \
            ("lying", lies):
        h = dns(where, name, f'"127.0.0.1:{FakeDns(fn).port}"')
        try:
            if fn is silent:
                loses_nothing(h)
            to_next_rule(h, name)
            to_next_rule(h, name, limit=6, number="0901")
            check(f"{name}: alive", h.gw.alive())
        finally:
            h.stop()


# --- peers -----------------------------------------------------------------

def refusals(h):
    for status, last in (486, 200), (503, 200), (500, 200), (404, 200), \
            (600, 600), (603, 603):
        h.b.answer = status
        got, _, took = h.a.call("1000", 10)
        goes_on = "the next target" if last == 200 else "no other target"
        check(f"a peer says {status}: {goes_on}", got == last,
              f"{got} after {took * 1000:.0f} ms")
        if got == 200:
            h.a.hangup()
    for status, cause in (486, 17), (503, 41), (404, 1):
        h.b.answer = status
        n = len(h.gw.cdrs())
        got, msg, _ = h.a.call("2000", 10)
        c = h.last_cdr(n)
        check(f"{status} and no other target", got == status and
              c["cause"] == cause, f"{got}, cause {c['cause']}")


def mute_peer(h):
    h.b.answer = 0
    got, _, took = h.a.call("1000", 20)
    check("a peer that says nothing: the next target in time",
          got == 200 and took < 7, f"{got} after {took:.1f} s")
    h.a.hangup()
    h.b.answer = 200


def killed_peer(h):
    n = len(h.gw.cdrs())
    got, _, _ = h.a.call("2000", 10)
    time.sleep(0.5)
    m, t0 = h.a.mark(), time.monotonic()
    h.b.rtp.stop()
    h.b.answer = 0
    t, bye = h.a.wait("BYE", 10, m)
    c = h.last_cdr(n)
    check("a peer dies in the call: it ends by RTP timeout",
          got == 200 and 1 < t - t0 < 4, f"after {t - t0:.1f} s")
    check("with cause 102, by the gateway", c["cause"] == 102 and
          c["ended_by"] == "gateway", f"{c['cause']} {c['ended_by']}")
    check("told to the other side", "cause=102" in ua.header(bye, "Reason"),
          ua.header(bye, "Reason"))
    h.b.answer = 200


def strangers(h):
    """RTP and rubbish from third addresses into a call."""
    got, _, _ = h.a.call("2000", 10)
    time.sleep(1.5)
    before = ua.counters(h.gw)
    port = h.a.rtp.peer
    other = ua.Rtp("127.0.0.99", 2000, -3)
    other.peer = port
    thief = ua.Rtp("127.0.0.41", 1500, -3)      # same host, other port
    thief.peer, thief.ssrc = port, h.a.rtp.ssrc
    rnd = random.Random(3550)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for i in range(2000):
            n = rnd.choice((0, 1, 11, 12, 13, 40, 172, 172, 1500, 9000))
            data = bytearray(rnd.randbytes(n))
            if n and i % 2:
                data[0] = 0x80 | data[0] & 0x3f
            if n > 1 and i % 3 == 0:
                data[1] = rnd.choice((200, 201, 202, 203, 8, 0, 101))
            s.sendto(data, (port[0], port[1] + i % 2))
            # and as if they came from a itself
            if n < 1500 and not (n > 11 and data[0] >> 6 == 2):
                h.a.rtp.sock.sendto(data, port)
            if i % 20 == 0:
                time.sleep(0.02)
    level, snr, bad = h.b.rtp.tone(1000, 1.5)
    check("strangers' RTP is not heard", got == 200 and snr > 30 and
          abs(level + 10) < 0.5, f"{level:.2f} dBm0 SNR {snr:.1f} dB")
    check("no packet lost", bad == 0, f"{bad}")
    level, snr, bad = h.a.rtp.tone(440, 1.5)
    check("the other way goes on to its own address", snr > 30 and not bad,
          f"{level:.2f} dBm0 SNR {snr:.1f} dB, {bad} lost")
    other.stop()
    thief.stop()
    check("nothing is sent to strangers", not other.got and not thief.got)
    h.a.hangup()
    rig.wait_for("counters", lambda: any(
        v > before.get(k, 0) for k, v in ua.counters(h.gw).items()
        if "rtp_bad" in k), 10)
    check("counted", True)


def stop_in_calls(h):
    h.b.answer = 200
    got, _, _ = h.a.call("2000", 10)
    time.sleep(0.3)
    ma, mb, t0 = h.a.mark(), h.b.mark(), time.monotonic()
    code = h.gw.stop()
    took = time.monotonic() - t0
    check("SIGTERM in a call: exit 0 within 5 s", got == 200 and code == 0
          and took < 5, f"exit {code} after {took:.2f} s")
    h.a.wait("BYE", 1, ma)
    h.b.wait("BYE", 1, mb)
    check("both sides got BYE", True)
    check("its record is written", h.gw.cdrs()[-1]["called"] == "2000" and
          h.gw.cdrs()[-1]["cause"] == 41, f"{h.gw.cdrs()[-1]['cause']}")


def kill_and_restart(h):
    h.gw = rig.Gateway(h.where, h.conf)
    got, _, _ = h.a.call("2000", 10)
    h.gw.stop(signal.SIGKILL)
    check("kill -9 in a call", got == 200 and os.path.exists(h.gw.sock))
    t0 = time.monotonic()
    h.gw = rig.Gateway(h.where, h.conf)
    check("started again, socket taken over",
          h.gw.ctl("status") is not None,
          f"{(time.monotonic() - t0) * 1000:.0f} ms")
    got, _, _ = h.a.call("2000", 10)
    check("and it works", got == 200, f"{got}")
    h.a.hangup()
    second = rig.Program([rig.TIPRING, "run", "-c", h.gw.conf],
                         f"{h.where}/second.log")
    code = second.proc.wait(10)
    check("a second one does not start", code == 1 and h.gw.alive() and
          h.gw.ctl("status") is not None, f"exit {code}")


def peers(where):
    h = House(f"{where}/peers", PEERS)
    try:
        for fn in refusals, mute_peer, killed_peer, strangers, \
                stop_in_calls, kill_and_restart:
            check.guarded(fn, h)
        ua.wait_clean(h.gw, 10, sessions=False)
    finally:
        h.stop()


# --- nothing left ----------------------------------------------------------

def tight(where):
    """One pair of ports, two calls at most, a disk that is full."""
    h = House(f"{where}/tight", TIGHT, ports=2)
    try:
        for u in h.a, h.b:
            got, _, _ = u.call("600", 10)
            check("a call on a full disk", got == 200, f"{got}")
        got, msg, _ = h.c.call("600", 10)
        check("too many calls: 503 with Retry-After", got == 503 and
              ua.header(msg, "Retry-After"), f"{got}")
        h.b.hangup()
        lost = rig.wait_for("a record to be lost", lambda: ua.counters(h.gw)[
            "tipring_cdr_lost_total"], 10)
        check("its record is lost, and counted", lost == 1 and h.gw.alive())
        check("and logged", "record lost" in h.gw.output())
        h.a.hangup()
        time.sleep(0.3)
    finally:
        h.stop()


def ports(where):
    """A call takes two pairs of ports, and there are no more."""
    h = House(f"{where}/ports", PEERS, ports=2)
    try:
        got, _, _ = h.a.call("2000", 10)
        check("two pairs of ports: a call", got == 200, f"{got}")
        got, msg, _ = h.c.call("2000", 10)
        check("the second has none: 503", got == 503, f"{got}")
        check("with its cause", h.last_cdr(0)["cause"] == 47,
              f"{h.last_cdr(0)['cause']}")
        time.sleep(0.5)
        level, snr, bad = h.b.rtp.tone(1000, 0.4)
        check("the first goes on", snr > 30 and not bad,
              f"{level:.1f} dBm0 SNR {snr:.1f} dB")
        h.a.hangup()
        h.gw.wait_idle()
        got, _, _ = h.c.call("2000", 10)
        check("the ports are free again", got == 200, f"{got}")
        h.c.hangup()
        time.sleep(0.2)
    finally:
        h.stop()


def main():
    where = tempfile.mkdtemp(prefix="tipring-outages-")
    todo = {"peers": peers, "tight": tight, "ports": ports,
            "nsd": dns_nsd, "refused": dns_refused, "dead": dns_dead,
            "fake": dns_fake}
    todo = {k: v for k, v in todo.items()
            if not sys.argv[1:] or k in sys.argv[1:]}

    def others():
        for name, fn in todo.items():
            if name != "peers":
                check.guarded(fn, where)

    def first():
        if "peers" in todo:
            check.guarded(peers, where)

    check.at_once(first, others)
    if not check.failed:
        shutil.rmtree(where, ignore_errors=True)
    else:
        print(where)
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
