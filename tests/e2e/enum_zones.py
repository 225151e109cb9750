#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stands in zones, from a real NSD to a real call: a person's number
(mobile busy, the office answers, mail is never dialled), non-terminal rules,
back-references, vacant numbers; and what should not stand there: loops, evil
expressions, 500 records, 64 kB, wrong charset, ourselves, forbidden
domains. Each call ends in time where it should."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import enum_house
import nameservers as ns
import rig
import ua
from enum_house import House

check = enum_house.check
APEX, GUARDED, CARRIERS = "e164.arpa", "guarded.test", "carriers.test"
ROUTES = """
  - { name: enum, from: [ known ], prefix: "050", enum: yes }
  - { name: tokyo, from: [ known ], prefix: "+813", to: [ "peer:b" ] }
  - { name: next, from: [ known ], to: [ "peer:b" ] }
"""
# the mobile is busy, and counts who asks
BUSY = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="busy">
<recv request="INVITE" crlf="true"/>
<send retrans="500"><![CDATA[
SIP/2.0 486 Busy Here
[last_Via:]
[last_From:]
[last_To:];tag=[pid]S[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<recv request="ACK" crlf="true"/>
</scenario>
"""
EVIL = ("((a*)*)*b", "(.*.*.*.*.*.*.*)*x", "^((((((.?)*)*)*)*)*)*y$",
        "(.{0,255}){0,255}z", "^(((+", "([[:", "(1|1|1|1|1|1)*(1|1|1|1)*q",
        "^(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)\\\\9\\\\8\\\\7w$")


def number(n):
    """As it is dialled: 050 and eight digits."""
    return f"050{10000000 + n}"


def domain(n):
    return ".".join(reversed("81" + number(n)[1:]))


def naptr(n, regexp, order=10, preference=10, service="E2U+sip", flag="u",
          to="."):
    name = n if isinstance(n, str) else domain(n)
    return f'{name} NAPTR {order} {preference} "{flag}" "{service}" ' \
           f'"{regexp}" {to}'


def uri(text):
    return f"!^.*$!{text}!"


def person(n, mobile, office, box):
    return [naptr(n, uri(f"sip:mobile@{mobile}"), preference=1),
            naptr(n, uri(f"sip:office@{office}"), preference=2),
            naptr(n, uri("mailto:p@test.invalid"), preference=3,
                  service="E2U+email:mailto"),
            naptr(n, uri(f"sip:box@{box}"), preference=4)]


def good_zone(e):
    """The rules of RFC 3403 and 6116."""
    nine = "(.)" * 9
    back = "".join(f"\\\\{i}" for i in range(9, 0, -1))
    return [
        naptr(10, "", flag="", service="", to=f"hop1.{APEX}."),
        naptr("hop1", "", flag="", service="", to=f"hop2.{APEX}."),
        naptr("hop2", uri(f"sip:two-hops@{e}")),
        naptr(11, f"!^\\\\+81{nine}.*$!sip:{back}@{e}!"),
        naptr(12, f"#^\\\\+81(50)(.*)$#sip:\\\\2-\\\\1@{e}#",
              service="sip+E2U"),
        naptr(13, uri("data:,"), service="E2U+void:data"),
        naptr(14, uri("http://test.invalid/"), service="E2U+unused:http"),
        naptr(15, uri("tel:+81312345678"), service="E2U+pstn:tel"),
        f"{domain(16)} CNAME {domain(10)}",
        naptr(17, uri(f"sip:second@{e}"), order=20),
        naptr(17, uri("mailto:first@test.invalid"), order=10,
              service="E2U+email:mailto"),
        naptr(18, uri(f"sip:asked-by-ctl@{e}")),
        naptr(19, uri(f"sip:asked-by-call@{e}")),
    ]


def bad_zone(e, ours):
    z = [naptr(20, "", flag="", service="", to=f"{domain(21)}.{APEX}."),
         naptr(21, "", flag="", service="", to=f"{domain(20)}.{APEX}."),
         f"{domain(22)} CNAME {domain(23)}",
         f"{domain(23)} CNAME {domain(22)}",
         naptr(24, "!^.*$!sip:\\255\\254\\192@test.invalid!", order=1),
         naptr(24, uri(f"sip:after-charset@{e}")),
         naptr(25, uri(f"sip:{number(25)}@{ours}")),
         naptr(26, uri(f"sip:someone-else@{ours}")),
         naptr(27, uri(f"tel:+81{number(27)[1:]}"), service="E2U+pstn:tel"),
         naptr(30, uri("sip:" + "x" * 200 + "@"), order=1),
         naptr(30, uri("http://test.invalid/"), order=2),
         naptr(30, uri("sip:a b@c"), order=3),
         naptr(30, "no delimiter", order=4),
         naptr(30, "!^.*$!sip:\\\\7@x!", order=5),
         naptr(30, "", order=6, flag="a", service="E2U+sip"),
         naptr(30, uri(f"sip:after-rubbish@{e}"), order=7)]
    for i, evil in enumerate(EVIL):
        z.append(naptr(31, f"!{evil}!sip:evil@{e}!", order=i))
        z.append(naptr(32, f"!{evil}!sip:evil@{e}!", order=i))
    z.append(naptr(32, uri(f"sip:after-evil@{e}"), order=99))
    for hop in range(8):        # longer than the five that are followed
        z.append(naptr(33 if not hop else f"long{hop}", "", flag="",
                       service="", to=f"long{hop + 1}.{APEX}."))
    z.append(naptr("long8", uri(f"sip:too-far@{e}")))
    return z


def big_zone(e):
    """The best record is the last of the file."""
    z = [naptr(40, uri(f"sip:u{i}@test.invalid"), order=100 + i)
         for i in range(499)]
    z.append(naptr(40, uri(f"sip:best-of-500@{e}"), order=1))
    pad = "x" * (254 - len(uri("sip:u000@test.invalid;x=")))
    z += [naptr(41, uri(f"sip:u{i:03}@test.invalid;x={pad}"), order=100 + i)
          for i in range(230)]
    z.append(naptr(41, uri(f"sip:best-of-64k@{e}"), order=1))
    return z


def guarded_zone(e, other):
    return [naptr(50, uri(f"sip:forbidden@{other}")),
            naptr(51, uri(f"sip:forbidden@{other}"), preference=1),
            naptr(51, uri(f"sip:allowed@{e}"), preference=2)]


def carriers(e):
    """A tree, and where its results lead, in a DNS of their own."""
    host, _, port = e.partition(":")
    return {CARRIERS: naptr(60, "!^(.*)$!sip:\\\\1;npdi@ims.net.test;"
                                "user=phone!") + "\n",
            "net.test": f"_sip._udp.ims SRV 1 1 {port} sbc.net.test.\n"
                        f"sbc A {host}\n"}


class Town:
    """NSD with all zones, a gateway, and those whom ENUM names."""

    def __init__(self, where):
        self.where = where
        self.e, self.office, self.box = (
            ua.Ua(f"127.0.0.{i}", ("127.0.0.1", 9), "e", 600)
            for i in (43, 44, 45))
        self.mobile = rig.free_ports(1)
        sip = rig.free_ports(1)
        to = f"127.0.0.1:{self.mobile}", self.office.addr, self.box.addr
        zone = person(1, *to) + person(2, *to) + good_zone(self.e.addr) + \
            bad_zone(self.e.addr, f"127.0.0.1:{sip}") + big_zone(self.e.addr)
        self.nsd = ns.Nsd(f"{where}/nsd", {
            APEX: "\n".join(zone) + "\n",
            GUARDED: "\n".join(guarded_zone(self.e.addr, self.box.addr)) +
                     "\n"})
        self.carriers = ns.Nsd(f"{where}/ipx", carriers(self.e.addr))
        self.h = House(
            f"{where}/gw", self.e, [self.nsd.port],
            f"{{ apex: {APEX}, rank: 1, tel: any }}, {{ apex: {GUARDED}, "
            "rank: 2, domains: [ 127.0.0.43/32, example.com ] }, "
            f"{{ apex: {CARRIERS}, rank: 3, servers: "
            f"[ '127.0.0.1:{self.carriers.port}' ], zones: [ net.test ] }}",
            sip, ROUTES)
        with open(f"{where}/busy.xml", "w", encoding="ascii") as f:
            f.write(BUSY)
        self.sipp = subprocess.Popen(
            ["sipp", "-sf", "busy.xml", "-i", "127.0.0.1", "-p",
             str(self.mobile), "-nostdin", "-m", "2"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=where)
        rig.wait_for("SIPp", lambda: rig.is_bound(self.mobile))

    def stop(self):
        self.sipp.kill()
        self.sipp.wait()
        self.h.stop()
        self.nsd.stop()
        self.carriers.stop()
        for u in self.e, self.office, self.box:
            u.stop()

    def saw(self, want, *uas):
        """Is that what they saw? A UA notes an INVITE behind its answer."""
        try:
            return rig.wait_for("INVITEs", lambda: self.invites(*uas) == want,
                                2)
        except TimeoutError:
            return False

    def invites(self, *uas):
        """How many INVITEs each has seen, without repetitions."""
        out = []
        for u in uas:
            with u.changed:
                out.append(len({ua.header(m, "Call-ID") for _, m in u.log
                                if m.startswith("INVITE ")}))
        return out


# --- calls -------------------------------------------------------------------

def a_person(t):
    """The mobile is busy, the office answers."""
    h, n = t.h, len(t.h.gw.cdrs())
    status, _, took = h.a.call(number(1), 20)
    check("a person: the office answers", status == 200,
          f"{status} after {took * 1000:.0f} ms")
    if status == 200:
        h.a.hangup()
    check("a person: office called once, box and next rule never",
          t.saw([1, 0, 0], t.office, t.box, h.b),
          str(t.invites(t.office, t.box, h.b)))
    c = rig.wait_for("a record", lambda: h.gw.cdrs()[n:], 10)[-1]
    check("a person: the record says so", c["route"] == "enum" and
          c["tried"] == 2 and t.office.addr in c["target"] and
          c["cause"] == 16, str(c))


def nobody_there(t):
    """Mobile and office are busy, the box too: mail is not dialled."""
    h, n = t.h, len(t.h.gw.cdrs())
    t.office.answer = t.box.answer = 486
    status, _, took = h.a.call(number(2), 20)
    if status == 200:
        h.a.hangup()
    c = rig.wait_for("a record", lambda: h.gw.cdrs()[n:], 10)[-1]
    check("all busy: each was called once, mail never, then the next rule",
          t.saw([2, 1, 1], t.office, t.box, h.b) and c["tried"] == 4,
          f"{status} after {took:.1f} s, {c}")
    t.office.answer = t.box.answer = 200
    try:
        code = t.sipp.wait(10)
    except subprocess.TimeoutExpired:
        code = "still waits"
    check("the mobile was called in both calls, busy, acknowledged",
          code == 0, f"SIPp: {code}")


def user_of(t, since):
    return t.e.wait("INVITE", 2, since)[1].split()[1].partition("@")[0]


def found(t, what, n, user):
    m = t.e.mark()
    t.h.expect(what, "found", number=number(n))
    check(f"{what}: {user}", user_of(t, m) == user, user_of(t, m))


def good(t):
    found(t, "non-terminal over two hops", 10, "sip:two-hops")
    found(t, "nine back-references", 11, "sip:100000105")
    found(t, "other delimiter, old service", 12, "sip:10000012-50")
    found(t, "behind a CNAME", 16, "sip:two-hops")
    found(t, "the first order has nothing for calls", 17, "sip:second")
    t.h.expect("a tel: result goes through the rules", "found", "tokyo",
               number(15))


def vacant(t):
    for n, what in (13, "void"), (14, "unused"):
        h, k = t.h, len(t.h.gw.cdrs())
        before = t.invites(t.e, h.b)
        status, _, took = h.a.call(number(n), 20)
        if status == 200:
            h.a.hangup()
        c = rig.wait_for("a record", lambda: h.gw.cdrs()[k:], 10)[-1]
        check(f"{what}: vacant, 404 with cause 1, nobody is called",
              status == 404 and c["cause"] == 1 and
              before == t.invites(t.e, h.b), f"{status}, {c['cause']}")


def bad(t):
    for n, what in (20, "loop of non-terminals"), (22, "loop of CNAMEs"), \
            (25, "points at ourselves, same number"), \
            (26, "points at ourselves"), (31, "evil expressions only"), \
            (33, "eight non-terminals in a row"):
        goes_on(t, what, n)
    goes_on(t, "tel: the number itself", 27)
    found(t, "wrong charset, then a good one", 24, "sip:after-charset")
    found(t, "rubbish, then a good one", 30, "sip:after-rubbish")
    t0 = cpu(t)
    found(t, "evil expressions, then a good one", 32, "sip:after-evil")
    check("their cost is small", cpu(t) - t0 < 0.2, f"{cpu(t) - t0:.2f} s")


def cpu(t):
    with open(f"/proc/{t.h.gw.proc.pid}/stat", encoding="ascii") as f:
        v = f.read().rpartition(")")[2].split()
    return (int(v[11]) + int(v[12])) / os.sysconf("SC_CLK_TCK")


def goes_on(t, what, n):
    """Whatever the lookup says, the next rule has the call in time, and
    nobody else."""
    before = t.invites(t.e, t.box)
    said, rule, took = t.h.look_up(number(n))
    check(f"{what}: the next rule", rule == "next" and
          took < enum_house.LIMIT and t.invites(t.e, t.box) == before,
          f"[{said}, {rule}, after {took * 1000:.0f} ms]")


def big(t):
    found(t, "500 records, the best is the last", 40, "sip:best-of-500")
    found(t, "64 kB, the best is the last", 41, "sip:best-of-64k")


def guarded(t):
    goes_on(t, "a forbidden domain", 50)
    m = t.box.mark()
    found(t, "a forbidden domain, then an allowed one", 51, "sip:allowed")
    check("the forbidden one was not called", t.box.mark() == m)


def ask(t, what, n, *words):
    """What ctl enum says of a number holds the words."""
    text = t.h.gw.ctl("enum", "+81" + number(n)[1:])
    ok = all(w in text for w in words)
    check(f"ctl enum, {what}", ok, "" if ok else text)
    return text


def own_dns(t):
    """A result below a domain that only the servers of its tree know."""
    m = t.e.mark()
    who = f"sip:+81{number(60)[1:]};npdi"
    found(t, "a carrier in a DNS of its own", 60, who)
    line = t.e.wait("INVITE", 2, m)[1].split("\r\n")[0]
    check("who is called as the tree says", line ==
          f"INVITE {who}@ims.net.test;user=phone SIP/2.0", line)


def explained(t):
    """The running gateway says why it took a record or not."""
    for n, words in (1, ("service is not for calls", "used -> sip:box@")), \
            (20, ("loop of non-terminals",)), \
            (13, ("number is not allocated",)), \
            (32, ("expression does not match", "expression is too large",
                  "parenthesis is not closed", "used -> sip:after-evil@")), \
            (51, ("refused (forbidden domain)", "used -> sip:allowed@")):
        ask(t, f"{number(n)}: {', '.join(words)}", n, *words)


def one_view(t):
    """What ctl asks is what calls ask: both know what the other has found,
    with the name server silent too."""
    text = ask(t, "a new number", 18, "sip:asked-by-ctl@")
    check("which was asked for", "from cache" not in text)
    found(t, "a call before ctl enum", 19, "sip:asked-by-call")
    ns.freeze(t.nsd)
    try:
        for n, what in (18, "ctl"), (19, "call"):
            ask(t, f"what a {what} found", n, "s, from cache\n",
                f"sip:asked-by-{what}@")
            found(t, f"a call has what a {what} found", n,
                  f"sip:asked-by-{what}")
        ask(t, "no answer", 97, "unavailable: no usable answer in time")
    finally:
        ns.thaw(t.nsd)


def after(t):
    found(t, "and after all that", 10, "sip:two-hops")
    t0 = time.monotonic()
    rig.wait_for("calls to end", lambda: not t.h.gw.calls(), 20)
    check("no call is left", True, f"{time.monotonic() - t0:.1f} s")


def main():
    where = tempfile.mkdtemp(prefix="tipring-zones-")
    t = Town(where)
    try:
        for part in a_person, nobody_there, good, vacant, bad, big, \
                guarded, own_dns, explained, one_view, after:
            check.guarded(part, t)
    finally:
        t.stop()
    if not check.failed:
        shutil.rmtree(where, ignore_errors=True)
    else:
        print(where)
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
