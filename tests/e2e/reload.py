#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reloads while SIPp calls through the gateway: by signal and by command,
to and fro, faulty files and changes that need a restart among them. No call
is lost, and what was refused has changed nothing. ENUM trees come and go,
asked at NSD."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import rig
import ua

CONF = """
sip:
  listen: [ {{ transport: udp, address: "127.0.0.1:{sip}" }} ]
  domain: test.invalid
peers:
  - {{ name: sipp, uri: "sip:127.0.0.1:{uas}", sources: [ 127.0.0.9/32 ] }}
{peers}
phones: [ {phones} ]
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
calls: {{ cdr_file: "{where}/cdr.json", max_calls: {max_calls}{calls} }}
enum: {{ {enum} }}
routes:
{routes}
"""
ZONE = '*.1.8 NAPTR 1 1 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@nsd.test.invalid!" .\n'
FIRST = dict(enum="", peers="", phones="", max_calls=500, calls="",
             routes='  - { name: r0, from: [ known ], prefix: "7", '
                    'to: [ "peer:sipp" ] }')
CALLS, RATE = 200, 25
check = ua.Checks()


def trees(n, nsd):
    """What ENUM looks up, and what it says of a number then."""
    return (("", ""),
            (f'trees: [ {{ apex: e164.arpa, servers: [ "127.0.0.1:{nsd}" ] '
             '} ]', "1 1 E2U+sip sip:+815012345678@nsd.test.invalid"),
            ('static: [ { number: "+8150*", to: [ "sip:a@static.test" ] } ]',
             "100 1 E2U+sip sip:a@static.test"))[n % 3]


def variant(n, nsd=9):
    """Another peer, phone, limit, rule and tree each time."""
    return dict(
        FIRST, max_calls=500 + n, enum=trees(n, nsd)[0],
        peers=f'  - {{ name: p{n}, uri: "sip:127.0.0.1:9", ping: 1s }}',
        phones=f'{{ user: u{n}, number: "{100 + n}", '
               'password: { env: SECRET } }',
        routes=f'  - {{ name: s{n}, from: [ known ], prefix: "7", '
               'to: [ "peer:sipp" ] }')


class Rig:
    def __init__(self, where):
        self.where = where
        self.sip, self.uas = rig.free_ports(1), rig.free_ports(1)
        self.rtp = rig.free_ports(200)
        self.nsd = rig.Nsd(f"{where}/nsd", {"e164.arpa": ZONE})
        self.gw = rig.Gateway(where, self.text(FIRST))

    def text(self, values):
        return CONF.format(sip=self.sip, uas=self.uas, rtp=self.rtp,
                           rtp_end=self.rtp + 399, where=self.where, **values)

    def write(self, text):
        with open(self.gw.conf, "w", encoding="utf-8") as f:
            f.write(f"control: {{ socket: {self.gw.sock} }}\n" + text)

    def count(self, what):
        return ua.counters(self.gw).get(f"tipring_{what}_total", 0)

    def hup(self, counter):
        """SIGHUP, until its outcome is counted."""
        before = self.count(counter)
        self.gw.proc.send_signal(signal.SIGHUP)
        rig.wait_for(counter, lambda: self.count(counter) > before, 10)


def sipp(r, *args):
    return subprocess.Popen(["sipp", *map(str, args), "-mp",
                             str(rig.free_ports(2)), "-nostdin"],
                            stdin=subprocess.DEVNULL, cwd=r.where,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def tool(r, *words):
    """`tipring ctl` as an operator gives it."""
    return subprocess.run([rig.TIPRING, "ctl", "-s", r.gw.sock, *words],
                          capture_output=True, text=True, check=False)


def refusals(r):
    """What is wrong is told, and nothing has changed."""
    before = r.gw.ctl("conf")
    r.write(r.text(dict(FIRST, routes="  - { nam: x }")) + "wrong: 1\n")
    r.hup("reloads_refused")
    said = tool(r, "reload")
    check("a faulty file: all its errors", said.returncode == 1 and
          "did you mean 'name'" in said.stderr and
          "unknown key 'wrong'" in said.stderr, said.stderr[:300])
    r.write(r.text(dict(variant(9), calls=", cdr_file: /dev/null")).replace(
        f'cdr_file: "{r.where}/cdr.json", ', ""))
    said = tool(r, "reload")
    check("a change that needs a restart: which", said.returncode == 1 and
          "calls.cdr_file" in said.stderr, said.stderr[:300])
    check("nothing has changed", r.gw.ctl("conf") == before)
    said = subprocess.run([rig.TIPRING, "check", r.gw.conf], check=False,
                          capture_output=True, text=True)
    check("a file without -c", said.returncode == 2 and
          "-c FILE" in said.stderr, f"{said}")
    said = tool(r, "route", "peer:sipp", "999")
    check("no route is an answer", said.returncode == 1 and not said.stderr
          and said.stdout.startswith("no route: no rule"), f"{said}")
    said = tool(r, "route", "peer:sipp")
    check("how a command is given", said.returncode == 2 and
          said.stderr.startswith("usage: tipring ctl route FROM"), f"{said}")


def reloads(r, caller):
    n = right = 0
    while caller.poll() is None and n < 100:
        n += 1
        r.write(r.text(variant(n, r.nsd.port)))
        if n == 1:
            said = r.gw.ctl("reload", "--dry-run")
            check("a dry run tells", "phones[u1]: added" in said and
                  "max_calls: 500 -> 501" in said, said)
            check("and changes nothing", "u1" not in r.gw.ctl("conf"))
        if n % 2:
            r.hup("reloads")
        else:
            r.gw.ctl("reload")
        said = r.gw.ctl("enum", "+815012345678", check=False)
        want = trees(n, r.nsd.port)[1]
        right += want in said if said and want else not said and not want
        if n % 20 == 5:
            refusals(r)
        time.sleep(0.05)
    check("reloads under load", n > 20, f"{n}")
    check("ENUM by the trees of each", right == n, f"{right} of {n}")
    check("the last one is in force", f"name: \"s{n}\"" in r.gw.ctl("conf"))


def run(r):
    callee = sipp(r, "-sn", "uas", "-i", "127.0.0.1", "-p", r.uas)
    caller = None
    try:
        rig.wait_for("SIPp", lambda: rig.is_bound(r.uas))
        caller = sipp(r, "-sn", "uac", "-s", "7000", "-i", "127.0.0.9", "-p",
                      rig.free_ports(1), "-m", CALLS, "-r", RATE, "-d", 1500,
                      "-timeout", 60, "-timeout_error",
                      f"127.0.0.1:{r.sip}")
        reloads(r, caller)
        code = caller.wait(60)
        check(f"{CALLS} calls from SIPp to SIPp", code == 0, f"exit {code}")
        r.gw.wait_idle()
        done = r.gw.cdrs()
        check("their records", len(done) == CALLS and
              all(c["answer"] and c["cause"] == 16 for c in done),
              f"{len(done)}")
        check("by several tables", len({c["route"] for c in done}) > 5)
    finally:
        for p in callee, caller:
            if p:
                p.kill()
                p.wait()


def main():
    where = tempfile.mkdtemp(prefix="tipring-reload-")
    os.environ["SECRET"] = "secret"
    r = Rig(where)
    try:
        check.guarded(run, r)
    finally:
        r.nsd.stop()
        code = r.gw.stop()
        check("ends when told", code == 0, f"exit {code}")
        if not check.failed:
            shutil.rmtree(where, ignore_errors=True)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
