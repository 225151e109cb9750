# SPDX-License-Identifier: Apache-2.0
"""Real name servers for end-to-end tests, beside rig.Nsd: Knot, that signs
its zones, and Unbound, that validates; and a wire to them that can be cut,
slowed and made to lie."""
import os
import signal
import socket
import struct
import subprocess
import threading

import rig

HEAD = ("$ORIGIN {0}.\n$TTL 60\n"
        "@ SOA ns.{0}. root.{0}. 1 3600 600 86400 30\n"
        "@ NS ns.{0}.\n"
        "ns A 127.0.0.1\n")


def question(name, qtype=6, ident=7):
    """A query for the SOA, with RD and OPT."""
    labels = b"".join(bytes([len(x)]) + x.encode()
                      for x in name.split(".") if x)
    return struct.pack(">6H", ident, 0x0100, 1, 0, 0, 1) + labels + \
        struct.pack(">BHH", 0, qtype, 1) + b"\0\0\x29\x04\xd0\0\0\0\0\0\0"


def ask(port, query, seconds=0.3):
    """The answer over UDP, or b""."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(seconds)
        s.connect(("127.0.0.1", port))
        try:
            s.send(query)
            return s.recv(65535)
        except OSError:
            return b""


class Server(rig.Program):
    """A name server that is ready; can be frozen, killed, started anew."""

    def __init__(self, argv, where, port, zone):
        self.argv, self.where = argv, where
        self.port, self.zone = port, zone
        super().__init__(argv, f"{where}/log")
        self.wait_ready()

    def ready(self):
        """NOERROR with the SOA."""
        if not self.alive():
            raise RuntimeError(f"{self.argv[0]}: {self.output()[-800:]}")
        a = ask(self.port, question(self.zone))
        return len(a) > 12 and a[3] & 15 == 0 and a[7] > 0

    def wait_ready(self):
        rig.wait_for(self.argv[0], self.ready, 30)

    def kill(self):
        self.stop(signal.SIGKILL)

    def restart(self):
        super().__init__(self.argv, f"{self.where}/log")
        self.wait_ready()


def with_children(pid):
    pids = [pid]
    for p in pids:
        with open(f"/proc/{p}/task/{p}/children", encoding="ascii") as f:
            pids += [int(x) for x in f.read().split()]
    return pids


def freeze(program, sig=signal.SIGSTOP):
    """The server and its children."""
    for pid in with_children(program.proc.pid):
        os.kill(pid, sig)


def thaw(program):
    if program.alive():
        freeze(program, signal.SIGCONT)


class Nsd(rig.Nsd):
    """With the verbs of Server."""

    def __init__(self, where, zones, port=None):
        self.where, self.zones = where, zones
        super().__init__(where, zones, port)

    def kill(self):
        pids = with_children(self.proc.pid)
        for pid in reversed(pids):
            os.kill(pid, signal.SIGKILL)
        self.proc.wait()

    def restart(self):
        super().__init__(self.where, self.zones, self.port)


KNOT = """server:
  rundir: {where}
  listen: 127.0.0.1@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: {where}
log:
  - target: stderr
    any: info
policy:
  - id: ours
    algorithm: ecdsap256sha256
    single-type-signing: on
    ksk-lifetime: 0
template:
  - id: default
    storage: {where}
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
    dnssec-signing: {signing}
    dnssec-policy: ours
zone:
"""


class Knot(Server):
    """zones: {name: text without SOA}; signed: all of them."""

    def __init__(self, where, zones, signed=False):
        os.makedirs(where)
        port = rig.free_ports(1)
        conf = KNOT.format(where=where, port=port,
                           signing="on" if signed else "off")
        for name, text in zones.items():
            conf += f"  - domain: {name}\n"
            with open(f"{where}/{name}.zone", "w", encoding="ascii") as f:
                f.write(HEAD.format(name) + text)
        self.conf = f"{where}/knot.conf"
        with open(self.conf, "w", encoding="ascii") as f:
            f.write(conf)
        super().__init__(["knotd", "-c", self.conf], where, port,
                         next(iter(zones)))

    def anchor(self, zone):
        """The DS of the zone's key, as text."""
        def get():
            r = subprocess.run(
                ["keymgr", "-c", self.conf, zone, "ds"],
                capture_output=True, text=True, check=False)
            ds = [x for x in r.stdout.splitlines() if " 13 2 " in x]
            return ds and ds[0]
        return rig.wait_for("the zone's key", get)


UNBOUND = """server:
  interface: 127.0.0.1@{port}
  username: ""
  chroot: ""
  directory: "{where}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  num-threads: 1
  do-not-query-localhost: no
  module-config: "validator iterator"
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  val-bogus-ttl: 1
  infra-host-ttl: 1
  aggressive-nsec: no
  qname-minimisation: no
  local-zone: "test." nodefault
  local-zone: "invalid." nodefault
{anchors}
remote-control:
  control-enable: no
"""


class Unbound(Server):
    """zones: {name: port of the server to ask}; anchors: DS records. What is
    below no anchor is not signed."""

    def __init__(self, where, zones, anchors=()):
        os.makedirs(where)
        port = rig.free_ports(1)
        lines = [f"  trust-anchor: \"{a}\"" for a in anchors]
        conf = UNBOUND.format(where=where, port=port,
                              anchors="\n".join(lines))
        for name, at in zones.items():
            conf += f"stub-zone:\n  name: {name}\n" \
                    f"  stub-addr: 127.0.0.1@{at}\n  stub-no-cache: yes\n"
        with open(f"{where}/unbound.conf", "w", encoding="ascii") as f:
            f.write(conf)
        super().__init__(["unbound", "-d", "-p", "-c",
                          f"{where}/unbound.conf"], where, port,
                         next(iter(zones)))


class Wire:
    """A port that passes queries on to a server. udp(query, ask) yields what
    goes back, ask(query) is the server's answer; tcp: "pass", "close",
    "mute" (never a byte), "half" (of the answer)."""

    def __init__(self, upstream, port=None):
        self.upstream = upstream
        self.port = port or rig.free_ports(1)
        self.streams = []
        self.become(honest)
        self.n_udp = self.n_tcp = 0
        self.udp_sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp_sock.bind(("127.0.0.1", self.port))
        self.tcp_sock = socket.create_server(("127.0.0.1", self.port))
        for fn in self._udp, self._tcp:
            threading.Thread(target=fn, daemon=True).start()

    def become(self, udp, tcp="pass"):
        """And the connections there are end."""
        self.udp, self.tcp = udp, tcp
        while self.streams:
            _hang_up(self.streams.pop())

    def close(self):
        self.become(honest)
        for s in self.udp_sock, self.tcp_sock:
            _hang_up(s)
            s.close()

    def _ask(self, query):
        return ask(self.upstream, query, 2)

    def _udp(self):
        while True:
            try:
                q, src = self.udp_sock.recvfrom(4096)
            except OSError:
                return
            if not src:         # closed
                return
            self.n_udp += 1
            threading.Thread(target=self._answer, args=(self.udp, q, src),
                             daemon=True).start()

    def _answer(self, how, q, src):
        for a in how(q, self._ask):
            try:
                self.udp_sock.sendto(a, src)
            except OSError:
                return

    def _tcp(self):
        while True:
            try:
                s, _ = self.tcp_sock.accept()
            except OSError:
                return
            self.n_tcp += 1
            self.streams.append(s)
            threading.Thread(target=self._stream, args=(self.tcp, s),
                             daemon=True).start()

    def _stream(self, how, s):
        with s:
            try:
                if how == "close":
                    return
                if how == "mute":
                    while s.recv(4096):
                        pass
                    return
                self._relay(s, how == "half")
            except OSError:
                pass

    def _relay(self, s, half):
        with socket.create_connection(("127.0.0.1", self.upstream), 5) as up:
            threading.Thread(target=_pump, args=(s, up),
                             daemon=True).start()
            if half:
                s.sendall(up.recv(65537)[:40])
                while s.recv(4096):     # and never the rest
                    pass
            else:
                _pump(up, s)


def _hang_up(s):
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _pump(a, b):
    try:
        while data := a.recv(65537):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def honest(q, upstream):
    yield upstream(q)


def end_of_question(msg):
    return msg.index(b"\0", 12) + 5
