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

import enum_house
import nameservers as ns
import ua
from enum_house import House

ZONE = """*.0.5.1.8 NAPTR 10 10 "u" "E2U+sip" "!^\\\\+81(.*)$!sip:\\\\1@{e}!" .
*.0.9.1.8 NAPTR 10 10 "u" "E2U+email:mailto" "!^.*$!mailto:x@test.invalid!" .
"""
TREE = {False: "{ apex: e164.arpa }",
        True: "{ apex: e164.arpa, dnssec: required }"}
check = enum_house.check


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
    ("the record of another name", other_owner, "pass", "unavailable"),
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
    h = House(f"{where}/{name}-wire", e, [wire.port], TREE[ad])
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
    h = House(f"{where}/{name}", e, [server.port], TREE[ad])
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
