#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ENUM, beside Kamailio's enum module in the same run: the same INVITEs,
numbers and NSD, WINDOW requests in flight; CPU of all processes of either per
request, and how long others wait while some numbers' server is silent.

Kamailio answers statelessly by 302 (found) or 404, once in 8 processes as it
has them by default, which lets 8 lookups be under way, and once in 2, which
costs it less on two processors; it keeps nothing of what it looks up this
way. The gateway
has a transaction per call, in its one signalling thread, runs its rules and
answers 404: what ENUM knows points where the tree forbids, so no call is
begun, but the record has been read. Numbers are new each time, so nobody's
cache helps, but in "known number": there the gateway's does.

What a lookup adds is some microseconds on some tens, so it is taken inside
one process: short blocks of requests with and without one take turns, each is
compared with the one without in its round, and the run's figure is the median
of all rounds. The table shows the runs, each with programs of its own.

Kamailio asks what /etc/resolv.conf names, on port 53: so all runs in network
and mount namespaces of its own (root, or where users may have them).
"""
import json
import os
import random
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "e2e"))

import bench_calls              # noqa: E402
import nameservers as ns        # noqa: E402
import rig                      # noqa: E402

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
ROUNDS = int(os.environ.get("BENCH_ENUM_ROUNDS", "40"))
BLOCK = 100             # requests of one kind, before the next kind's turn
WINDOW = 20             # requests in flight
SLOW = 20               # callers of numbers whose server is silent
OTHERS = 200            # callers meanwhile, 5 ms apart
INSIDE = "TIPRING_BENCH_INSIDE"

ZONE = '*.0.5.1.8 NAPTR 10 10 "u" "E2U+sip" ' \
       '"!^\\\\+81(.*)$!sip:\\\\1@peer.test.invalid!" .\n'
GATEWAY = """
log: {{ level: warn }}
sip:
  listen: [ {{ transport: udp, address: "127.0.0.1:{port}" }} ]
  source_rate: 0
peers:
  - {{ name: a, uri: "sip:127.0.0.1", sources: [ 127.0.0.1/32 ] }}
numbering: {{ country: "81", national: "0", international: "010" }}
calls: {{ max_calls: 5000 }}
enum:
  servers: [ "127.0.0.1:53" ]
  trees: [ {{ apex: e164.arpa, domains: [ nowhere.invalid ] }} ]
routes:
  - {{ name: plain, from: [ peers ], prefix: "9", to: [ "reject:1" ] }}
  - {{ name: enum, from: [ peers ], enum: yes }}
  - {{ name: none, from: [ peers ], to: [ "reject:1" ] }}
"""
# no log, and its patience with DNS cut to the shortest
KAMAILIO = """
debug=-1
log_stderror=yes
children={workers}
disable_tcp=yes
listen=udp:127.0.0.1:{port}
dns_retr_time=1
dns_retr_no=1
dns_use_search_list=no
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "enum.so"
request_route {{
	if (method == "ACK") exit;
	if (method == "OPTIONS") {{
		sl_send_reply("200", "OK");
		exit;
	}}
	if ($rU =~ "^9") {{
		sl_send_reply("404", "Not Found");
		exit;
	}}
	if (enum_query("e164.arpa."))
		sl_send_reply("302", "Moved");
	else
		sl_send_reply("404", "Not Found");
}}
"""


class Kamailio(rig.Program):
    WORKERS = 8

    def __init__(self, where, port):
        os.makedirs(where)
        with open(f"{where}/kamailio.cfg", "w", encoding="ascii") as f:
            f.write(KAMAILIO.format(port=port, workers=self.WORKERS))
        super().__init__(
            ["kamailio", "-DD", "-E", "-f", f"{where}/kamailio.cfg",
             "-m", "64", "-M", "8", "-Y", where, "-w", where, "-P",
             f"{where}/pid"], f"{where}/log")

    def check(self):
        """Its answers tell."""


class Kamailio2(Kamailio):
    WORKERS = 2


class Gateway(rig.Gateway):
    def __init__(self, where, port):
        super().__init__(where, GATEWAY.format(port=port))

    def count(self, name):
        m = re.search(rf"^{name} (\d+)", self.ctl("metrics"), re.M)
        return int(m.group(1))

    def check(self):
        """Were there as many lookups as we think?"""
        for name, n in (("tipring_enum_lookups_total",
                         520 + 3 * BLOCK * ROUNDS),
                        ("tipring_enum_refused_total",
                         520 + 2 * BLOCK * ROUNDS),
                        ("tipring_dns_cache_misses_total",
                         520 + 2 * BLOCK * ROUNDS)):
            got = self.count(name)
            if abs(got - n) > n // 100:     # random numbers may meet
                raise RuntimeError(f"{name} is {got}, not {n}")


def cpu_us(program):
    """Of the program and its children so far."""
    total = 0
    for pid in ns.with_children(program.proc.pid):
        for tid in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{tid}/schedstat",
                      encoding="ascii") as f:
                total += int(f.read().split()[0])
    return total / 1000


class Caller:
    """Sends requests, acknowledges what comes, notes when; ends calls at
    once. sdp: the offer of each."""

    def __init__(self, port, sdp=""):
        self.sdp = sdp
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.connect(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.ready = selectors.DefaultSelector()
        self.ready.register(self.sock, selectors.EVENT_READ)
        self.me = f"127.0.0.1:{self.sock.getsockname()[1]}"
        self.prefix = f"{random.getrandbits(48):x}"
        self.sent = {}          # number of the request: (time, what it was)
        self.took = {}          # number of the request: seconds
        self.trying = {}        # the same to the first answer of any kind
        self.statuses = {}
        self.n = 0

    def close(self):
        self.ready.close()
        self.sock.close()

    def _text(self, method, n, number, to):
        body = self.sdp if method == "INVITE" else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (f"{method} sip:{number}@127.0.0.1 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {self.me};branch=z9hG4bK{self.prefix}{n}"
                f"\r\nMax-Forwards: 70\r\n"
                f"From: <sip:0312345678@{self.me}>;tag={n}\r\nTo: {to}\r\n"
                f"Call-ID: {n}-{self.prefix}\r\n"
                f"CSeq: {1 + (method == 'BYE')} {method}\r\n"
                f"Contact: <sip:c@{self.me}>\r\n{kind}"
                f"Content-Length: {len(body)}\r\n\r\n{body}").encode()

    def send(self, number, method="INVITE"):
        n, self.n = self.n, self.n + 1
        self.sent[n] = time.monotonic(), number
        self.sock.send(self._text(method, n, number,
                                  f"<sip:{number}@127.0.0.1>"))
        return n

    def receive(self, seconds):
        """Takes what has come; waits at most so long for the first."""
        if not self.ready.select(seconds):
            return
        while True:
            try:
                msg = self.sock.recv(65535).decode(errors="replace")
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue
            status = int(msg[8:11])
            fields = dict(x.partition(": ")[::2]
                          for x in msg.split("\r\n")[1:] if x)
            n = int(fields["Call-ID"].partition("-")[0])
            t0, number = self.sent[n]
            self.trying.setdefault(n, time.monotonic() - t0)
            if status < 200 or n in self.took:
                continue
            self.took[n] = time.monotonic() - t0
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if "INVITE" in fields["CSeq"]:
                self.sock.send(self._text("ACK", n, number, fields["To"]))
                if status < 300:
                    self.sock.send(self._text("BYE", n, number,
                                              fields["To"]))

    def all(self, numbers, seconds=60):
        """WINDOW at a time, until each has its answer."""
        left = iter(numbers)
        total, end = len(numbers), time.monotonic() + seconds
        sent = 0
        while len(self.took) < total and time.monotonic() < end:
            while sent < total and sent - len(self.took) < WINDOW:
                self.send(next(left))
                sent += 1
            self.receive(0.2)
        if len(self.took) < total:
            raise RuntimeError(f"{total - len(self.took)} of {total} "
                               "requests without an answer")


def fresh(n, area="50"):
    return [f"+81{area}{random.randrange(10**8):08}" for _ in range(n)]


def start(cls, where):
    port = rig.free_ports(1)
    p = cls(where, port)

    def up():
        if not p.alive():
            raise RuntimeError(p.output()[-800:])
        c = Caller(port)
        c.send("9", "OPTIONS")
        c.receive(0.1)
        return c.took
    rig.wait_for(cls.__name__, up)
    return p, port


LOADS = ("plain", "found", "absent", "again")


def numbers_of(load, known):
    if load == "plain":
        return [f"9{i:08}" for i in range(BLOCK)]
    if load == "again":
        return [random.choice(known) for _ in range(BLOCK)]
    return fresh(BLOCK, "50" if load == "found" else "90")


def expected(cls, load):
    return 302 if issubclass(cls, Kamailio) and load in ("found", "again") else 404


def block(cls, p, port, load, known):
    """Microseconds of CPU per request."""
    c, numbers = Caller(port), numbers_of(load, known)
    before = cpu_us(p)
    c.all(numbers)
    cost = (cpu_us(p) - before) / BLOCK
    c.close()
    if c.statuses != {expected(cls, load): BLOCK}:
        raise RuntimeError(f"{cls.__name__}, {load}: answers {c.statuses}")
    return cost


def costs(cls, where):
    """{load: microseconds of CPU per request}, medians of all rounds;
    "lookup ...": of the differences within a round"""
    p, port = start(cls, where)
    got = {}
    try:
        known = fresh(20)
        Caller(port).all(fresh(500) + known)    # warm
        for i in range(ROUNDS):
            # each kind comes as often before each other as behind it
            turn = LOADS[i % 4:] + LOADS[:i % 4]
            cost = {load: block(cls, p, port, load, known)
                    for load in (turn if i & 4 else turn[::-1])}
            for load in LOADS:
                got.setdefault(load, []).append(cost[load])
                got.setdefault("lookup " + load, []).append(
                    cost[load] - cost["plain"])
        p.check()
    finally:
        p.stop()
    return {k: three(v)[1] for k, v in got.items()}


def silent_for_90(q, upstream):
    """+81 90 ... is never answered."""
    end = ns.end_of_question(q)
    if b"\x010\x019\x011\x018\x04e164" not in q[:end]:
        yield upstream(q)


def patience(cls, where):
    """Milliseconds that callers of good numbers wait, while SLOW callers
    have numbers whose server is silent."""
    p, port = start(cls, where)
    try:
        Caller(port).all(fresh(50))
        c = Caller(port)
        for number in fresh(SLOW, "90"):
            c.send(number)
        others = []
        for number in fresh(OTHERS):
            others.append(c.send(number))
            until = time.monotonic() + 0.005
            while (left := until - time.monotonic()) > 0:
                c.receive(left)
        end = time.monotonic() + 60
        while any(n not in c.took for n in others) and \
                time.monotonic() < end:
            c.receive(0.2)
        waits = sorted(c.took.get(n, 60.0) * 1000 for n in others)
    finally:
        p.stop()
    return waits


def resolv_conf(port_53_at):
    """The file that is mounted over /etc/resolv.conf in here."""
    with open(os.environ[INSIDE], "w", encoding="ascii") as f:
        f.write(f"nameserver {port_53_at}\noptions timeout:1 attempts:1\n")


def measure():
    where = tempfile.mkdtemp(prefix="tipring-bench-")
    nsd = ns.Nsd(f"{where}/nsd", {"e164.arpa": ZONE}, 53)
    out = {}
    try:
        resolv_conf("127.0.0.1")
        for i in range(RUNS):       # in turn: both see the same neighbours
            for cls in Gateway, Kamailio, Kamailio2:
                got = costs(cls, f"{where}/{cls.__name__}{i}")
                for k, v in got.items():
                    out.setdefault((cls.__name__, k), []).append(v)
        nsd.stop()
        nsd = ns.Nsd(f"{where}/nsd2", {"e164.arpa": ZONE}, 5353)
        wire = ns.Wire(5353, 53)
        wire.become(silent_for_90)
        for cls in Gateway, Kamailio, Kamailio2:
            out[cls.__name__, "wait"] = \
                patience(cls, f"{where}/{cls.__name__}-wait")
        wire.close()
    finally:
        nsd.stop()
        shutil.rmtree(where, ignore_errors=True)
    return out


WHAT = (
    ("plain", "INVITE to 404, no lookup", "us"),
    ("found", "INVITE, lookup, found", "us"),
    ("absent", "INVITE, lookup, not found", "us"),
    ("again", "INVITE, lookup, known number", "us"),
    ("lookup found", "  what it adds, found", "us"),
    ("lookup absent", "  what it adds, not found", "us"),
    ("lookup again", "  what it adds, known number", "us"),
    ("wait", f"wait beside {SLOW} mute numbers", "ms"),
)


def three(v):
    v = sorted(v)
    return v[0], v[len(v) // 2], v[-1]


def rows(out):
    """As bench.py has them: (what, unit, goal, others, values)."""
    table = []
    for key, what, unit in WHAT:
        eight, two = (three(out[k, key])[1]
                      for k in ("Kamailio", "Kamailio2"))
        table.append((f"ENUM {what}", unit, "< 50" if key == "wait" else "",
                      f"Kamailio in this run {eight:.1f} with 8 workers, "
                      f"{two:.1f} with 2", out["Gateway", key]))
    return table


def may_unshare():
    return subprocess.run(wrapped("true"), capture_output=True,
                          check=False).returncode == 0


def wrapped(*argv):
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--net", "--mount", *user, *argv]


def outside():
    """(rows, None) or (None, why not)."""
    if not may_unshare():
        return None, "no namespaces for us here"
    with tempfile.NamedTemporaryFile(suffix=".resolv") as conf:
        r = subprocess.run(
            wrapped("sh", "-c", 'ip link set lo up && mount --bind "$0" '
                    '"$(readlink -f /etc/resolv.conf)" && exec "$@"',
                    conf.name, sys.executable, os.path.abspath(__file__)),
            stdout=subprocess.PIPE, check=False, text=True,
            env=dict(os.environ, **{INSIDE: conf.name}))
    if r.returncode:
        return None, f"exit {r.returncode}"
    return json.loads(r.stdout), None


def main():
    if os.environ.get(INSIDE):
        print(json.dumps(rows(measure())))
        return 0
    table, why = outside()
    if why:
        print(f"KAMAILIO WAS NOT MEASURED: {why}", file=sys.stderr)
        return 1 if why.startswith("exit") else 77
    bench_calls.show(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
