#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What signalling costs: CPU per complete bridged SIP call, memory per held
call, idle memory, start to first answer. SIPp calls and is called. CPU is
user + system time of the gateway over the work done."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "e2e"))

import rig      # noqa: E402

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
RATE = int(os.environ.get("BENCH_RATE", "50"))
CALLS = int(os.environ.get("BENCH_CALLS", "500"))
HELD = int(os.environ.get("BENCH_HELD", "500"))

CONF = """
log: {{ level: warn }}
sip:
  listen:
    - {{ transport: udp, address: "127.0.0.1:{sip}" }}
peers:
  - {{ name: caller, uri: "sip:127.0.0.1:{uac}", sources: [ 127.0.0.1/32 ] }}
  - {{ name: callee, uri: "sip:127.0.0.1:{uas}" }}
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
calls: {{ max_calls: 5000 }}
routes:
  - {{ name: all, from: [ peers ], to: [ "peer:callee" ] }}
"""

UAC = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:0312345678@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:0311112222@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:0312345678@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:c@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=u 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 9000 RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true" rtd="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:0311112222@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:0312345678@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<pause/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:0311112222@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:0312345678@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"""

# SIPp's own callee knows no telephone-event: the gateway would have to listen
# for tones, and could not forward the packets as they come
UAS = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="callee">
<recv request="INVITE" crlf="true"/>
<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]S[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]S[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=u 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 9002 RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
]]></send>
<recv request="ACK" crlf="true"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        v = f.read().rpartition(")")[2].split()
    return (int(v[11]) + int(v[12])) / os.sysconf("SC_CLK_TCK")


def rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def options(port):
    """Does it answer OPTIONS?"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.02)
        s.bind(("127.0.0.1", 0))
        me = s.getsockname()[1]
        msg = (f"OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\n"
               f"Via: SIP/2.0/UDP 127.0.0.1:{me};branch=z9hG4bK{time.time()}"
               f"\r\nFrom: <sip:t@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\n"
               f"Call-ID: {time.time()}\r\nCSeq: 1 OPTIONS\r\n"
               f"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()
        try:
            # connected: a closed port is told at once
            s.connect(("127.0.0.1", port))
            s.send(msg)
            return s.recv(4096).startswith(b"SIP/2.0 200")
        except OSError:
            return False


class Bench:
    def __init__(self, where):
        self.where = where
        base = rig.free_ports(4)
        self.sip, self.uac, self.uas = base, base + 2, base + 4
        rtp = 40000
        self.conf = CONF.format(sip=self.sip, uac=self.uac, uas=self.uas,
                                rtp=rtp, rtp_end=rtp + 9999)
        with open(f"{where}/uac.xml", "w", encoding="ascii") as f:
            f.write(UAC)
        with open(f"{where}/uas.xml", "w", encoding="ascii") as f:
            f.write(UAS)

    def start(self):
        """The gateway, and milliseconds until it answers OPTIONS."""
        os.makedirs(f"{self.where}/gw", exist_ok=True)
        conf = f"{self.where}/gw.yaml"
        with open(conf, "w", encoding="ascii") as f:
            f.write(self.conf)
        t = time.monotonic()
        p = rig.Program([rig.TIPRING, "run", "-c", conf],
                        f"{self.where}/gw.log")
        rig.wait_for("an answer to OPTIONS", lambda: options(self.sip), 10,
                     0.001)
        return p, (time.monotonic() - t) * 1000

    def sipp(self, *args):
        return subprocess.Popen(
            ["sipp", "-i", "127.0.0.1", "-nostdin", *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=self.where)

    def callee(self):
        return self.sipp("-sf", "uas.xml", "-p", self.uas)

    def caller(self, calls, rate, hold_ms):
        return self.sipp("-sf", "uac.xml", "-p", self.uac, "-m", calls, "-r",
                         rate, "-d", hold_ms, "-l", calls + 1, "-timeout",
                         "120", "-timeout_error", f"127.0.0.1:{self.sip}")


def one_run(b):
    gw, start_ms = b.start()
    uas = b.callee()
    try:
        time.sleep(0.5)
        idle = rss_kb(gw.proc.pid)
        # warm: tables, allocator
        if b.caller(50, 50, 10).wait() != 0:
            raise RuntimeError("calls failed")
        time.sleep(0.5)
        t = cpu(gw.proc.pid)
        if b.caller(CALLS, RATE, 100).wait() != 0:
            raise RuntimeError("calls failed: " + gw.output()[-500:])
        time.sleep(0.3)
        per_call = (cpu(gw.proc.pid) - t) / CALLS * 1000
        before = rss_kb(gw.proc.pid)
        held = b.caller(HELD, 200, 6000)
        time.sleep(HELD / 200 + 2)
        per_held = (rss_kb(gw.proc.pid) - before) / HELD
        if held.wait() != 0:
            raise RuntimeError("held calls failed")
    finally:
        uas.kill()
        uas.wait()
        gw.stop()
    return per_call, per_held, idle / 1024, start_ms


ROWS = (
    ("CPU per bridged SIP call", "ms", "< 1",
     "Asterisk 2.7 to 4.1, Yate 2.4 to 4.4"),
    ("memory per held SIP-SIP call", "kB", "< 20", "Asterisk 431, Yate 83"),
    ("idle memory", "MB", "< 10", "Asterisk 57, Yate 10"),
    ("start to first answer", "ms", "< 50", "Asterisk 440, Yate 46"),
)


def rows(runs):
    """[(what, unit, goal, others, values)]"""
    where = tempfile.mkdtemp(prefix="tipring-bench-")
    try:
        b = Bench(where)
        values = zip(*[one_run(b) for _ in range(runs)])
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return [(*row, v) for row, v in zip(ROWS, values)]


def misses(goal, value):
    """Is the value on the wrong side of "< 20", "<= 0.1", "> 50", "0" or
    ""?"""
    if goal.startswith(">"):
        return value <= float(goal[1:])
    if goal.startswith("<="):
        return value > float(goal[2:])
    if goal.startswith("<"):
        return value >= float(goal[1:])
    return goal != "" and value != float(goal)


def show(table):
    missed = 0
    print(f"{'':34} {'minimum':>8} {'median':>8} {'maximum':>8} {'':5} "
          f"{'goal':8} others (measured elsewhere)")
    for what, unit, goal, others, values in table:
        v = sorted(values)
        mark = "!" if misses(goal, v[len(v) // 2]) else " "
        missed += mark == "!"
        print(f"{what:34} {v[0]:8.2f} {v[len(v) // 2]:8.2f} {v[-1]:8.2f} "
              f"{unit:5} {goal:6} {mark} {others}".rstrip())
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    print(f"{missed} medians miss their goal (!); load of the machine {load}"
          f" on {os.cpu_count()} processors")
    sys.stdout.flush()


if __name__ == "__main__":
    show(rows(RUNS))
