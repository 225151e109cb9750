#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DNSSEC, end to end: Knot signs, Unbound validates with our trust anchor,
the gateway believes its AD bit. Answers changed on the way, without their
signatures, or of a zone that is not signed never move a call."""
import os
import shutil
import signal
import sys
import tempfile

import enum_house
import nameservers as ns
import ua
from enum_house import House

ZONE = """*.0.5.1.8 NAPTR 10 10 "u" "E2U+sip" "!^\\\\+81(.*)$!sip:\\\\1@{e}!" .
"""
SIGNED, PLAIN = "e164.arpa", "plain.test"
check = enum_house.check


def tree(apex, rank=0, dnssec="required"):
    return f"{{ apex: {apex}, rank: {rank}, dnssec: {dnssec} }}"


class World:
    """Knot with a signed and NSD with an unsigned zone, the wire between
    Knot and Unbound, and an Unbound that trusts another key."""

    def __init__(self, where):
        self.where = where
        os.makedirs(f"{where}/dns")
        self.e = ua.Ua("127.0.0.43", ("127.0.0.1", 9), "e", 600)
        zone = ZONE.format(e=self.e.addr)
        self.knot = ns.Knot(f"{where}/dns/knot", {SIGNED: zone}, signed=True)
        plain = zone.replace("sip:", "sip:plain")
        self.nsd = ns.Nsd(f"{where}/dns/nsd", {PLAIN: plain})
        anchor = self.knot.anchor(SIGNED)
        self.wire = ns.Wire(self.knot.port)
        # PLAIN comes first: it is always answered
        self.unbound = ns.Unbound(
            f"{where}/dns/unbound",
            {PLAIN: self.nsd.port, SIGNED: self.wire.port}, [anchor])
        words = anchor.split()
        words[-1] = "0" * 8 + words[-1][8:]
        self.stranger = ns.Unbound(
            f"{where}/dns/stranger",
            {PLAIN: self.nsd.port, SIGNED: self.knot.port},
            [" ".join(words)])

    def house(self, name, server, *trees):
        return House(f"{self.where}/{name}", self.e, [server.port],
                     ", ".join(trees))

    def stop(self):
        for s in self.unbound, self.stranger, self.knot, self.nsd:
            ns.thaw(s)
            s.stop(signal.SIGTERM)
        self.wire.close()
        self.e.stop()


# --- on the way from Knot to Unbound -----------------------------------------

def is_naptr(q):
    end = ns.end_of_question(q)
    return q[end - 4:end - 2] == b"\0\x23"


def elsewhere(q, upstream):
    """Another address in the URI: the call would go astray."""
    yield upstream(q).replace(b"@127.0.0.43", b"@127.0.0.99")


def denied(q, upstream):
    """No such name, says somebody."""
    if not is_naptr(q):
        yield upstream(q)
        return
    end = ns.end_of_question(q)
    yield q[:2] + b"\x84\x03\0\1\0\0\0\0\0\0" + q[12:end]


def stripped(q, upstream):
    """Asked for without DO: the answer has no signatures."""
    if is_naptr(q):
        q = q[:10] + b"\0\0" + q[12:ns.end_of_question(q)]
    yield upstream(q)


def mute(q, upstream):
    if not is_naptr(q):
        yield upstream(q)


def validated(w):
    strict = w.house("strict", w.unbound, tree(SIGNED))
    lax = w.house("lax", w.unbound, tree(SIGNED, dnssec="ignored"))
    try:
        strict.expect("signed and validated", "found")
        strict.expect("signed denial", "absent", number="0311112222")
        for what, fault in ("the URI was changed", elsewhere), \
                ("denied without proof", denied), \
                ("signatures taken away", stripped):
            w.wire.become(fault)
            strict.expect(f"{what}, dnssec: required", "unavailable")
            lax.expect(what, "unavailable")
            w.wire.become(ns.honest)
            strict.recovers(what)
        w.wire.become(mute)
        strict.expect("the authority behind Unbound is silent",
                      "unavailable")
        w.wire.become(ns.honest)
        strict.recovers("the authority answers")
        ns.freeze(w.knot)
        strict.expect("the authority behind Unbound is frozen",
                      "unavailable")
        ns.thaw(w.knot)
        strict.recovers("the authority is thawed")
    finally:
        strict.stop()
        lax.stop()


def not_signed(w):
    h = w.house("plain", w.unbound, tree(PLAIN, dnssec="ignored"))
    try:
        h.expect("an unsigned zone, AD not required", "found")
    finally:
        h.stop()
    h = w.house("plain-strict", w.unbound, tree(PLAIN))
    try:
        h.expect("an unsigned zone, AD required", "unavailable")
        h.expect("its denial too", "unavailable", number="0311112222")
    finally:
        h.stop()
    for dnssec, who in ("required", "sip:5"), ("preferred", "sip:5"), \
            ("ignored", "sip:plain"):
        h = w.house("both-" + dnssec, w.unbound, tree(PLAIN, 1, dnssec),
                    tree(SIGNED, 2, dnssec))
        try:
            m = w.e.mark()
            h.expect(f"an unsigned tree before a signed one, {dnssec}",
                     "found")
            uri = w.e.wait("INVITE", 1, m)[1].split()[1]
            check(f"{dnssec}: it is {who}", uri.startswith(who), uri)
        finally:
            h.stop()


def not_validated(w):
    h = w.house("direct", w.knot, tree(SIGNED))
    try:
        h.expect("signed, but nobody has validated it", "unavailable")
    finally:
        h.stop()
    h = w.house("stranger", w.stranger, tree(SIGNED, dnssec="ignored"))
    try:
        h.expect("signed with a key that is not the anchor's", "unavailable")
    finally:
        h.stop()


def main():
    where = tempfile.mkdtemp(prefix="tipring-dnssec-")
    w = World(where)
    try:
        for part in validated, not_signed, not_validated:
            check.guarded(part, w)
    finally:
        w.stop()
    if not check.failed:
        shutil.rmtree(where, ignore_errors=True)
    else:
        print(where)
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
