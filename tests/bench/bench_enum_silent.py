#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The name server is silent (a socket that is bound and never read), and a
thousand callers of ENUM numbers come at once: what they cost the gateway,
when they go on, and what other calls lose meanwhile and while all thousand go
on. The real program with its usual deadline; the other calls come from
another process than the thousand."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import bench_calls
from bench_calls import rig
from bench_enum_kamailio import Caller, fresh

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
CROWD = 1000
DEADLINE_MS = 800       # the gateway's, where nothing is set
LINES = 4

CONF = """
log: {{ level: warn }}
sip:
  listen: [ {{ transport: udp, address: "127.0.0.1:{sip}" }} ]
  source_rate: 0
peers:
  - {{ name: a, uri: "sip:127.0.0.1", sources: [ 127.0.0.1/32 ] }}
numbering: {{ country: "81", national: "0", international: "010" }}
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
calls: {{ max_calls: 5000, cdr_file: "{where}/cdr.json" }}
enum:
  servers: [ "127.0.0.1:{dns}" ]
  trees: [ {{ apex: e164.arpa }} ]
lines: [ {lines} ]
groups: [ {{ name: pstn, lines: [ {names} ] }} ]
routes:
  - {{ name: echo, from: [ peers ], prefix: "600", min_digits: 3,
      max_digits: 3, to: [ "service:echo" ] }}
  - {{ name: pstn, from: [ peers ], prefix: "031", to: [ "group:pstn" ] }}
  - {{ name: enum, from: [ peers ], enum: yes }}
  - {{ name: none, from: [ peers ], to: [ "reject:1" ] }}
"""
SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
       "t=0 0\r\nm=audio 9 RTP/AVP 8\r\n")


class Gateway(rig.Gateway):
    def __init__(self, where, dns):
        self.sip, rtp = rig.free_ports(1), rig.free_ports(100)
        names = [f"p{i}" for i in range(LINES)]
        super().__init__(where, CONF.format(
            sip=self.sip, rtp=rtp, rtp_end=rtp + 199, dns=dns, where=where,
            names=", ".join(names), lines=", ".join(
                f"{{ name: {n}, kind: fxo, tone_plan: jp }}"
                for n in names)))

    def status(self, name):
        """A figure of /proc/PID/status."""
        with open(f"/proc/{self.proc.pid}/status", encoding="ascii") as f:
            return next(int(x.split()[1]) for x in f
                        if x.startswith(name + ":"))


def crowd(port):
    """In a process of its own: milliseconds until each has its answer."""
    c = Caller(port)
    for i, number in enumerate(fresh(CROWD)):
        c.send(number)
        if i % 20 == 0:
            c.receive(0)
    end = time.monotonic() + 20
    while len(c.took) < CROWD and time.monotonic() < end:
        c.receive(0.2)
    print(json.dumps([c.took.get(n, 60.0) * 1000 for n in range(CROWD)]))


def local_calls(c, until, each=lambda: None):
    """One after the other: milliseconds to the 200 of each."""
    out = []
    while time.monotonic() < until:
        n = c.send("600")
        while n not in c.took and time.monotonic() < until + 5:
            c.receive(0.1)
        out.append(c.took.get(n, 60.0) * 1000)
        each()
        time.sleep(0.005)
    if c.statuses != {200: len(out)}:
        raise RuntimeError(f"local calls: {c.statuses}")
    return out


def pstn_call(gw, at, number, out):
    """[milliseconds to the first answer]"""
    c = Caller(gw.sip, SDP)
    time.sleep(max(0.0, at - time.monotonic()))
    c.send(number)
    while not c.trying and time.monotonic() < at + 10:
        c.receive(0.5)
    out.append((number, c.trying.get(0, 60.0) * 1000))


def seizures(gw, answered):
    """Milliseconds to each seizure: those to the first answer, as the caller
    has it, and from there on as the record has it."""
    gw.ctl("hangup", "all")
    gw.wait_idle()
    took = {c["called"]: c["setup_ms"] for c in gw.cdrs()[-LINES:]
            if c["route"] == "pstn" and c["setup_ms"] is not None}
    if len(took) != LINES:
        raise RuntimeError(f"lines seized: {took}")
    rig.wait_for("the lines", lambda: all(
        x["state"] == "idle" for x in gw.rows("lines")))
    return [took[number] + ms for number, ms in answered]


def others(gw, since, seconds, each=lambda: None):
    """(local calls, PSTN calls) while that time passes: one on each line, the
    last two when the thousand go on."""
    end, answered = DEADLINE_MS / 1000, []
    calls = [threading.Thread(target=pstn_call, args=(
        gw, since + at, f"031111000{i}", answered))
        for i, at in enumerate((0.0, end / 2, end, end + 0.02))]
    for t in calls:
        t.start()
    local = local_calls(Caller(gw.sip, SDP), since + seconds, each)
    for t in calls:
        t.join()
    return local, seizures(gw, answered)


def one_run(where, dns, twice):
    gw = Gateway(where, dns)
    try:
        quiet = others(gw, time.monotonic(), 1.2)
        gw.wait_idle()
        got = thousand(gw, quiet)
        if twice:
            got["again"] = second_thousand(gw)
    finally:
        gw.stop()
    return got


def a_crowd(gw):
    return subprocess.Popen([sys.executable, os.path.abspath(__file__),
                             str(gw.sip)], stdout=subprocess.PIPE, text=True)


def second_thousand(gw):
    """The kB per call by which memory's peak grows, where all of the first
    is given back: their transactions last 5 s (RFC 3261, timer I)."""
    time.sleep(5.5)
    before = gw.status("VmHWM")
    with a_crowd(gw) as p:
        p.communicate()
    return (gw.status("VmHWM") - before) / CROWD


def thousand(gw, quiet):
    threads, memory = gw.status("Threads"), gw.status("VmRSS")
    with a_crowd(gw) as p:
        rig.wait_for("the crowd", gw.calls, 10, 0.002)
        since, peak = time.monotonic(), {"n": 0, "threads": 0, "memory": 0}

        def look():
            if time.monotonic() < since + 0.2 or peak["n"]:
                return
            peak.update(n=len(gw.calls()), threads=gw.status("Threads"),
                        memory=gw.status("VmRSS"))
        busy = others(gw, since, 1.2, look)
        waits = sorted(json.loads(p.communicate()[0]))
    gw.wait_idle(60)
    if peak["n"] < CROWD:
        raise RuntimeError(f"only {peak['n']} calls waited at once")
    return {
        "threads": peak["threads"] - threads,
        "memory": (peak["memory"] - memory) / CROWD,
        "first": waits[0], "middle": waits[CROWD // 2], "last": waits[-1],
        "local": max(busy[0]) - rig.sound.median(quiet[0]),
        "pstn": max(busy[1]) - rig.sound.median(quiet[1]),
    }


ROWS = (
    ("threads", "mute DNS, 1,000 wait: threads more", "", "0"),
    ("memory", "  memory per waiting call", "kB", "< 20"),
    ("again", "  what the next 1,000 need more", "kB", "< 1"),
    ("first", "  the first goes on after", "ms", ""),
    ("middle", "  the middle one", "ms", ""),
    ("last", "  the last (deadline 800 ms)", "ms", "< 900"),
    ("local", "  a local call loses at most", "ms", "< 50"),
    ("pstn", "  a PSTN call loses at most", "ms", "< 50"),
)


def rows():
    """As bench.py has them."""
    where = tempfile.mkdtemp(prefix="tipring-bench-")
    mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mute.bind(("127.0.0.1", 0))
    try:
        got = [one_run(f"{where}/{i}", mute.getsockname()[1], i == 0)
               for i in range(RUNS)]
    finally:
        mute.close()
        shutil.rmtree(where, ignore_errors=True)
    return [(what, unit, goal, "", [g[key] for g in got if key in g])
            for key, what, unit, goal in ROWS]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        crowd(int(sys.argv[1]))
    else:
        bench_calls.show(rows())
