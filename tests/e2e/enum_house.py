# SPDX-License-Identifier: Apache-2.0
"""A gateway that asks name servers for numbers, with a caller, the peer of
the next rule, and whom ENUM names: what a lookup says, where its call goes,
and when."""
import os
import random
import time

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
  trees: [ {trees} ]
routes:
{routes}
"""
ROUTES = """
  - { name: enum, from: [ known ], enum: yes }
  - { name: next, from: [ known ], to: [ "peer:b" ] }
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

    def __init__(self, where, e, ports, trees="{ apex: e164.arpa }",
                 sip=None, routes=ROUTES):
        os.makedirs(where)
        sip, rtp = sip or rig.free_ports(1), rig.free_ports(20)
        self.e = e
        self.a, self.b = (ua.Ua(f"127.0.0.{41 + i}", ("127.0.0.1", sip),
                                "0312340000", 1000) for i in (0, 1))
        self.number = random.randrange(10**7)
        self.gw = rig.Gateway(where, CONF.format(
            sip=sip, rtp=rtp, rtp_end=rtp + 39, where=where, b=self.b.addr,
            servers=", ".join(f'"127.0.0.1:{p}"' for p in ports),
            trees=trees, routes=routes))

    def fresh(self, area="050"):
        """A number that nobody has asked for yet."""
        self.number += 1
        return f"{area}{self.number % 10**8:08}"

    def look_up(self, number=None):
        """One call: (what the lookup said, rule that took it, seconds from
        INVITE to INVITE)."""
        before = ua.counters(self.gw)
        m = {True: self.e.mark(), False: self.b.mark()}
        n = len(self.gw.cdrs())
        status, _, _ = self.a.call(number or self.fresh(), 20)
        if status == 200:
            self.a.hangup()
        after = ua.counters(self.gw)
        said = [k for k, v in RESULTS.items()
                if after.get(v, 0) > before.get(v, 0)]
        rule = rig.wait_for("a record", lambda: self.gw.cdrs()[n:],
                            10)[-1]["route"]
        by_enum = rule == "enum"
        callee = self.e if by_enum else self.b
        took = callee.wait("INVITE", 1, m[by_enum])[0] - self.a.t0
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


