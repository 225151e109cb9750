#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls by ENUM with three real name servers: NSD, Knot, and Unbound that
validates what Knot has signed. Each works, is broken in every way there is,
and mended: what the lookup says, where the call goes, and when."""
import os
import random
import shutil
import signal
import sys
import tempfile
import time

import nameservers as ns
import rig
import ua

CONF = """
log: {{ level: info }}
sip:
  listen: [ {{ transport: udp, address: "127.0.0.1:{sip}" }} ]
  source_rate: 0
peers:
  - {{ name: a, uri: "sip:127.0.0.41", sources: [ 127.0.0.41/32 ] }}
  - {{ name: b, uri: "sip:{b}", sources: [ 127.0.0.42/32 ] }}
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
numbering: {{ country: "81", national: "0", international: "010" }}
calls: {{ cdr_file: "{where}/cdr.json", codecs: [ PCMA ] }}
enum:
  servers: [ {servers} ]
  trees: [ {{ apex: e164.arpa, dnssec: {ad} }} ]
routes:
  - {{ name: enum, enum: yes }}
  - {{ name: next, to: [ "peer:b" ] }}
"""
ZONE = """*.0.5.1.8 NAPTR 10 10 "u" "E2U+sip" "!^\\\\+81(.*)$!sip:\\\\1@{e}!" .
*.0.9.1.8 NAPTR 10 10 "u" "E2U+email:mailto" "!^.*$!mailto:x@test.invalid!" .
"""
RESULTS = {"found": "tipring_enum_found_total",
           "absent": "tipring_enum_not_found_total",
           "unavailable": "tipring_enum_unavailable_total"}
# a call is to leave ENUM at 0.8 s; the rest is for a busy machine
LIMIT = 2.5
check = ua.Checks()


class House:
    """A gateway that asks the given servers, its caller a, the peer b of
    the next rule; e is who ENUM names."""

    def __init__(self, where, e, ports, ad=False):
        os.makedirs(where)
        sip, rtp = rig.free_ports(1), rig.free_ports(20)
        self.e = e
        self.a, self.b = (ua.Ua(f"127.0.0.{41 + i}", ("127.0.0.1", sip),
                                "0312340000", 1000) for i in (0, 1))
        self.number = random.randrange(10**7)
        self.gw = rig.Gateway(where, CONF.format(
            sip=sip, rtp=rtp, rtp_end=rtp + 39, where=where, b=self.b.addr,
            servers=", ".join(f'"127.0.0.1:{p}"' for p in ports),
            ad="required" if ad else "ignored"))

    def fresh(self, area="050"):
        """A number that nobody has asked for yet."""
        self.number += 1
        return f"{area}{self.number % 10**8:08}"

    def look_up(self, number=None):
        """One call: (what the lookup said, rule that took it, seconds from
        INVITE to INVITE)."""
        before = ua.counters(self.gw)
        m = {"enum": self.e.mark(), "next": self.b.mark()}
        n = len(self.gw.cdrs())
        status, _, _ = self.a.call(number or self.fresh(), 20)
        if status == 200:
            self.a.hangup()
        after = ua.counters(self.gw)
        said = [k for k, v in RESULTS.items() if after.get(v, 0) > before.get(v, 0)]
        rule = rig.wait_for("a record", lambda: self.gw.cdrs()[n:],
                            10)[-1]["route"]
        callee = self.e if rule == "enum" else self.b
        took = callee.wait("INVITE", 1, m.get(rule, 0))[0] - self.a.t0
        return ",".join(said), rule if status == 200 else status, took

    def expect(self, what, said, rule=None, number=None, limit=LIMIT):
        rule = rule or ("enum" if said == "found" else "next")
        got = self.look_up(number)
        check(f"{what}: {said}, rule {rule}",
              got[:2] == (said, rule) and got[2] < limit,
              f"[{got[0]}, {got[1]}, after {got[2] * 1000:.0f} ms]")

    def recovers(self, what):
        t0 = time.monotonic()
        rig.wait_for(what, lambda: self.look_up()[0] == "found", 20, 0.1)
        check(f"{what}: found again", True,
              f"after {time.monotonic() - t0:.1f} s")

    def stop(self):
        code = self.gw.stop()
        check("the gateway ends when told", code == 0, f"exit {code}")
        self.a.stop()
        self.b.stop()


# --- what a wire can do -----------------------------------------------------

def header(q, flags, *counts):
    return q[:2] + flags + b"".join(n.to_bytes(2, "big") for n in counts)


def rcode(n):
    def fault(q, upstream):
        end = ns.end_of_question(q)
        yield header(q, bytes([0x84, 0x80 | n]), 1, 0, 0, 0) + q[12:end]
    return fault


def late(seconds):
    def fault(q, upstream):
        a = upstream(q)
        time.sleep(seconds)
        yield a
    return fault


class LostOnce:
    """The first packet of each query is lost."""

    def __init__(self):
        self.seen = set()

    def __call__(self, q, upstream):
        name = q[12:ns.end_of_question(q)].lower()
        if name in self.seen:
            yield upstream(q)
        self.seen.add(name)


def silent(q, upstream):
    return ()


def truncated(q, upstream):
    a = upstream(q)
    end = ns.end_of_question(a)
    yield header(q, bytes([a[2] | 2, a[3]]), 1, 0, 0, 0) + a[12:end]


def garbage(q, upstream):
    """Rubbish, and the right answer with bytes changed behind the
    question: lengths, pointers, types."""
    rnd = random.Random(q[12:])
    a = bytearray(upstream(q))
    end = ns.end_of_question(a)
    yield q[:2] + rnd.randbytes(60)
    yield bytes(a[:end + 9])
    a[end + 10:end + 12] = b"\xff\xff"          # RDLENGTH
    a[end:end + 2] = bytes([0xc0, end & 255])   # a name that is itself
    yield bytes(a)
    yield b""


def other_name(q, upstream):
    """The right id, another question."""
    a = bytearray(upstream(q))
    a[13] = ord("0") + (a[13] - ord("0") + 1) % 10
    yield bytes(a)


def other_owner(q, upstream):
    """The right question, and the record of somebody else."""
    a = upstream(q)
    end = ns.end_of_question(a)
    yield header(q, a[2:4], 1, 1, 0, 0) + q[12:ns.end_of_question(q)] + \
        b"\4evil\4test\0" + a[end + 2:]


def other_id(q, upstream):
    a = upstream(q)
    yield bytes([a[0] ^ 1, a[1]]) + a[2:]


def echo(q, upstream):
    """The query itself comes back."""
    yield q


def twice(q, upstream):
    a = upstream(q)
    yield a
    yield a


def flood(q, upstream):
    """Three thousand forgeries before the answer."""
    end = ns.end_of_question(q)
    for i in range(3000):
        yield bytes([q[0] ^ (1 + i % 255), q[1]]) + b"\x84\x80\0\1\0\0\0\0" \
            b"\0\0" + q[12:end]
    yield upstream(q)


WIRE = (
    ("the wire is whole", ns.honest, "pass", "found"),
    ("answers after 150 ms", late(0.15), "pass", "found"),
    ("every first packet is lost", LostOnce, "pass", "found"),
    ("every answer comes twice", twice, "pass", "found"),
    ("truncated, then TCP", truncated, "pass", "found"),
    ("3000 forgeries first", flood, "pass", "found"),
    ("SERVFAIL", rcode(2), "pass", "unavailable"),
    ("REFUSED", rcode(5), "pass", "unavailable"),
    ("NOTIMP", rcode(4), "pass", "unavailable"),
    ("the record of another name", other_owner, "pass", "absent"),
    ("garbage", garbage, "pass", "unavailable"),
    ("the query comes back", echo, "pass", "unavailable"),
    ("answers for another name", other_name, "pass", "unavailable"),
    ("answers to another query", other_id, "pass", "unavailable"),
    ("truncated, TCP closed", truncated, "close", "unavailable"),
    ("truncated, TCP mute", truncated, "mute", "unavailable"),
    ("truncated, half an answer by TCP", truncated, "half", "unavailable"),
    ("answers after 3 s", late(3), "pass", "unavailable"),
    ("silence", silent, "pass", "unavailable"),
)


def on_the_wire(name, where, e, server, ad):
    wire = ns.Wire(server.port)
    h = House(f"{where}/{name}-wire", e, [wire.port], ad)
    try:
        for what, udp, tcp, said in WIRE:
            wire.become(udp() if isinstance(udp, type) else udp, tcp)
            h.expect(f"{name}, {what}", said)
            wire.become(ns.honest)
            if said == "unavailable":
                h.recovers(f"{name}, after: {what}")
        check(f"{name}: TCP was used", wire.n_tcp > 0, f"{wire.n_tcp}")
    finally:
        h.stop()
        wire.close()


# --- what a server can do -----------------------------------------------------

def process(name, where, e, server, ad):
    """Asked directly: frozen, killed, started again."""
    h = House(f"{where}/{name}", e, [server.port], ad)
    try:
        h.expect(f"{name}, a number in ENUM", "found")
        h.expect(f"{name}, a number that is not", "absent",
                 number="0311112222")
        h.expect(f"{name}, a number with mail only", "absent",
                 number="09012345678")
        ns.freeze(server)
        h.expect(f"{name}, SIGSTOP", "unavailable")
        ns.thaw(server)
        h.recovers(f"{name}, SIGCONT")
        server.kill()
        h.expect(f"{name}, killed", "unavailable")
        server.restart()
        h.recovers(f"{name}, started again")
    finally:
        h.stop()


def pair(where, e, one, two):
    """Two servers of one zone: either may go."""
    h = House(f"{where}/pair", e, [one.port, two.port])
    try:
        h.expect("both servers work", "found")
        for gone, name in (one, "first"), (two, "second"):
            ns.freeze(gone)
            for i in range(3):
                h.expect(f"the {name} of two is frozen, call {i + 1}",
                         "found")
            ns.thaw(gone)
            h.recovers(f"the {name} of two is back")
        one.kill()
        h.expect("the first of two is killed", "found")
    finally:
        ns.thaw(one)
        h.stop()


class Street:
    """The servers of one column of tests, and who ENUM names there."""

    def __init__(self, where, name, ip):
        self.where, self.name = where, name
        os.makedirs(f"{where}/{name}-servers")
        self.e = ua.Ua(ip, ("127.0.0.1", 9), "e", 600)
        self.servers = []
        zones = {"e164.arpa": ZONE.format(e=self.e.addr)}
        at = f"{where}/{name}-servers"
        if name == "nsd":
            self.servers = [ns.Nsd(f"{at}/nsd", zones),
                            ns.Nsd(f"{at}/second", zones)]
        elif name == "knot":
            self.servers = [ns.Knot(f"{at}/knot", zones)]
        else:
            knot = ns.Knot(f"{at}/knot", zones, signed=True)
            self.servers = [knot]
            self.servers.insert(0, ns.Unbound(
                f"{at}/unbound", {"e164.arpa": knot.port},
                [knot.anchor("e164.arpa")]))

    def run(self):
        ad = self.name == "unbound"
        one = self.servers[0]
        check.guarded(on_the_wire, self.name, self.where, self.e, one, ad)
        if self.name == "nsd":
            check.guarded(pair, self.where, self.e, self.servers[1], one)
        check.guarded(process, self.name, self.where, self.e, one, ad)

    def stop(self):
        for s in self.servers:
            if s.alive():
                ns.thaw(s)
                s.stop(signal.SIGTERM)
        self.e.stop()


def main():
    gone = ns.missing("nsd", "knotd", "unbound")
    if gone:
        print("not installed: " + ", ".join(gone))
        return 77
    where = tempfile.mkdtemp(prefix="tipring-dns-")
    names = [n for n in ("nsd", "knot", "unbound")
             if not sys.argv[1:] or n in sys.argv[1:]]

    def street(name, ip):
        s = Street(where, name, ip)
        try:
            s.run()
        finally:
            s.stop()

    check.at_once(*(lambda n=n, i=i: street(n, f"127.0.0.{43 + i}")
                    for i, n in enumerate(names)))
    if not check.failed:
        shutil.rmtree(where, ignore_errors=True)
    else:
        print(where)
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
