# SPDX-License-Identifier: Apache-2.0
"""Real programs for end-to-end tests: the gateway, NSD, baresip, SIPp, and
the RTP packets on loopback. All in a folder of the test's own, on ports that
were free, ended by their own process."""
import glob
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import sound

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
# servers stand there, and not every user's PATH says so
os.environ["PATH"] += ":/usr/sbin:/sbin"
TIPRING = os.path.join(ROOT, os.environ.get("B", "build"), "tipring")


PORTS_AT, PORTS_BLOCK = 10000, 1000
_ports = []     # of the blocks that are ours, those not given out yet
_claims = []    # a bound name for each block, until we end


def _claim_block():
    """Blocks lie below the ports that the kernel gives to sockets without
    one: a port may be given out long before its program binds it. No two
    processes of this machine have the same block."""
    with open("/proc/sys/net/ipv4/ip_local_port_range",
              encoding="ascii") as f:
        end = int(f.read().split()[0])
    if end < PORTS_AT + 4 * PORTS_BLOCK:
        end = 60000
    for at in range(PORTS_AT, end - PORTS_BLOCK + 1, PORTS_BLOCK):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            s.bind(f"\0tipring-test-ports-{at}")
        except OSError:
            s.close()
            continue
        _claims.append(s)
        return list(range(at, at + PORTS_BLOCK))
    raise RuntimeError("no block of ports is left")


def free_ports(n):
    """The first of n pairs of ports, even, free for UDP and TCP. None is
    given out twice."""
    size = 2 * n
    if size > PORTS_BLOCK:
        raise ValueError(f"{n} pairs of ports")
    while True:
        if len(_ports) < size:
            _ports[:] = _claim_block()
        ours, _ports[:size] = _ports[:size], []
        if all(_is_free(p) for p in ours):
            return ours[0]


def _is_free(port):
    for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def wait_for(what, check, seconds=20.0, step=0.02):
    """Polls until check() is true and returns that; else raises."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = check()
        if got:
            return got
        time.sleep(step)
    raise TimeoutError(f"not within {seconds} s: {what}")


def is_bound(port):
    """Does a program have this UDP port? Binding it to see might take it
    away from one that is just starting."""
    with open("/proc/net/udp", encoding="ascii") as f:
        return f":{port:04X} " in f.read()


def settled(get, n, seconds=5.0):
    """What get() gives once it is n long, or the time is over; and a moment
    later, so that one too many is seen."""
    end = time.monotonic() + seconds
    while len(get()) < n and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    return get()


def children(pid):
    """The processes that pid has started, and that are its children now."""
    found = []
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{p}/stat", encoding="ascii",
                      errors="replace") as f:
                # the name, in brackets, may hold anything
                if int(f.read().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(p))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


class Program:
    """A process with its output in a file."""

    def __init__(self, argv, log, env=None, cwd=None):
        self.log = log
        with open(log, "ab") as f:
            self.proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                         stdout=f, stderr=f, cwd=cwd,
                                         env=dict(os.environ, **(env or {})))

    def alive(self):
        return self.proc.poll() is None

    def stop(self, sig=signal.SIGTERM, seconds=10):
        """Returns the exit code; None: it hung and was killed, with its
        children, who would hold its port beside the next one."""
        if self.alive():
            self.proc.send_signal(sig)
        try:
            return self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            kids = children(self.proc.pid)
            self.proc.kill()
            self.proc.wait()
            for pid in kids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return None

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()


class Stalls(Program):
    """Notices when the machine stands still: a process of its own that wakes
    every 5 ms, or later."""

    SCRIPT = """import time
last = time.monotonic()
while True:
    time.sleep(0.005)
    now = time.monotonic()
    if now - last > 0.01:
        print(last, now - last - 0.005, flush=True)
    last = now
"""

    def __init__(self, log):
        super().__init__([sys.executable, "-c", self.SCRIPT], log)

    def worst(self, since):
        """Seconds, of those that began then (time.monotonic) or later."""
        rows = [line.split() for line in self.output().splitlines()]
        return max((float(late) for at, late in rows
                    if float(at) >= since), default=0.0)


class Nsd(Program):
    """zones: {name: text without SOA}."""

    HEAD = ("$ORIGIN {0}.\n$TTL 60\n"
            "@ SOA ns.test.invalid. root.test.invalid. 1 3600 600 86400 30\n"
            "@ NS ns.test.invalid.\n")

    def __init__(self, where, zones, port=None):
        os.makedirs(where, exist_ok=True)
        self.port = port or free_ports(1)
        conf = f"""server:
  ip-address: 127.0.0.1@{self.port}
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{where}"
  pidfile: "{where}/nsd.pid"
  xfrdfile: "{where}/xfrd.state"
  zonelistfile: "{where}/zone.list"
  xfrdir: "{where}"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
"""
        for name, text in zones.items():
            conf += f"zone:\n  name: {name}\n  zonefile: {name}.zone\n"
            with open(f"{where}/{name}.zone", "w", encoding="ascii") as f:
                f.write(self.HEAD.format(name) + text)
        with open(f"{where}/nsd.conf", "w", encoding="ascii") as f:
            f.write(conf)
        super().__init__(["nsd", "-d", "-c", f"{where}/nsd.conf"],
                         f"{where}/nsd.log")
        wait_for("nsd", self.answers)

    def answers(self):
        """Does it answer a query for the root?"""
        if not self.alive():
            raise RuntimeError("nsd: " + self.output()[-500:])
        q = struct.pack(">6H", 7, 0, 1, 0, 0, 0) + b"\0\0\2\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.port))
            try:
                s.send(q)
                return len(s.recv(512)) > 11
            except OSError:
                return False


class Gateway(Program):
    """conf: the YAML text; control: is put in."""

    def __init__(self, where, conf, wrapper=()):
        os.makedirs(where, exist_ok=True)
        self.where = where
        self.sock = f"{where}/ctl.sock"
        self.conf = f"{where}/gateway.yaml"
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"control: {{ socket: {self.sock} }}\n" + conf)
        super().__init__([*wrapper, TIPRING, "run", "-c", self.conf],
                         f"{where}/gateway.log")
        wait_for("the gateway", self.ready)

    def ready(self):
        if not self.alive():
            raise RuntimeError("gateway: " + self.output()[-2000:])
        return os.path.exists(self.sock) and \
            self.ctl("status", check=False) is not None

    def ctl(self, *words, check=True):
        """The answer's text; None, or an exception, when refused."""
        line = " ".join('"' + str(w).replace("\\", "\\\\")
                        .replace('"', '\\"') + '"' for w in words)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(10)
            try:
                s.connect(self.sock)
            except OSError:
                if check:
                    raise
                return None
            s.sendall(line.encode() + b"\n")
            data = b""
            while chunk := s.recv(65536):
                data += chunk
        head, _, text = data.decode(errors="replace").partition("\n")
        if head == "ok":
            return text
        if check:
            raise RuntimeError(f"ctl {line}: {head}")
        return None

    def rows(self, *words):
        """The answer as a list of dicts, one per line of key=value."""
        out = []
        for line in self.ctl(*words).splitlines():
            row, rest = {}, line
            while rest:
                key, _, rest = rest.partition("=")
                if rest.startswith('"'):
                    value, _, rest = rest[1:].partition('"')
                    rest = rest.lstrip()
                else:
                    value, _, rest = rest.partition(" ")
                row[key.strip()] = value
            out.append(row)
        return out

    def far(self, line):
        return self.rows("far", line)[0]

    def calls(self):
        return self.rows("calls")

    def wait_state(self, state, seconds=30):
        return wait_for(f"a call {state}", lambda: next(
            (c for c in self.calls() if c["state"] == state), None), seconds)

    def wait_idle(self, seconds=20):
        wait_for("all calls to end", lambda: not self.calls(), seconds)

    def cdrs(self):
        try:
            with open(f"{self.where}/cdr.json", encoding="utf-8") as f:
                return [json.loads(x) for x in f]
        except FileNotFoundError:
            return []

    def line_clock(self, line):
        """When (time.monotonic) the line's sample 0 was. Each tick tells it,
        a late one too late: the earliest of a quarter of a second counts."""
        told, end = [], time.monotonic() + 0.25
        while time.monotonic() < end:
            told.append(int(self.far(line)["zero_us"]))
            time.sleep(0.005)
        return min(told) / 1e6


def host(ip):
    """As it stands in a URI."""
    return f"[{ip}]" if ":" in ip else ip


BARESIP_CONF = """poll_method epoll
sip_listen {listen}:{port}
net_interface {ip}
rtp_ports {rtp}-{rtp_end}
audio_path /nonexistent
audio_source aufile,{wav}
audio_player aubridge,nil
audio_alert aubridge,alert
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
jitter_buffer_delay 1-10
rtcp_mux no
module_path {modules}
module g711.so
module g722.so
module sndfile.so
module srtp.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app ctrl_tcp.so
module_app menu.so
ctrl_tcp_listen 127.0.0.1:{ctrl}
snd_path {where}/rec
ringback_disabled yes
menu_bell no
statmode_default off
{extra}
"""


class Baresip(Program):
    """A SIP phone driven by its control socket; says a WAV, records what it
    hears in where/rec."""

    def __init__(self, where, wav, extra="", ip="127.0.0.1"):
        os.makedirs(f"{where}/rec", exist_ok=True)
        self.where = where
        self.port = free_ports(2)
        self.rtp = free_ports(10)
        ctrl = free_ports(1)
        modules = (glob.glob("/usr/lib/baresip/modules") or
                   glob.glob("/usr/lib/*/baresip/modules"))[0]
        with open(f"{where}/config", "w", encoding="utf-8") as f:
            f.write(BARESIP_CONF.format(port=self.port, rtp=self.rtp,
                                        rtp_end=self.rtp + 19, wav=wav,
                                        ip=ip, listen=host(ip), ctrl=ctrl,
                                        where=where, modules=modules,
                                        extra=extra))
        for name in "accounts", "contacts":
            open(f"{where}/{name}", "w", encoding="utf-8").close()
        super().__init__(["baresip", "-6" if ":" in ip else "-4", "-f",
                          where], f"{where}/baresip.log")
        self.events = []
        self.changed = threading.Condition()
        self.sock = wait_for("baresip", lambda: self._connect(ctrl))
        threading.Thread(target=self._read, daemon=True).start()

    def _connect(self, port):
        try:
            s = socket.create_connection(("127.0.0.1", port), 1)
        except OSError:
            return None
        s.settimeout(None)
        return s

    def _read(self):
        data = b""
        while True:
            try:
                chunk = self.sock.recv(65536)
            except OSError:
                return
            if not chunk:
                return
            data += chunk
            while b":" in data:
                n, _, rest = data.partition(b":")
                if len(rest) < int(n) + 1:
                    break
                msg = json.loads(rest[:int(n)])
                data = rest[int(n) + 1:]
                msg["at"] = time.monotonic()
                with self.changed:
                    self.events.append(msg)
                    self.changed.notify_all()

    def command(self, name, params=""):
        text = json.dumps({"command": name, "params": params}).encode()
        self.sock.sendall(b"%d:%s," % (len(text), text))

    def wait(self, kind, seconds=20, since=0):
        """The first event of that type at or behind index since."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                for e in self.events[since:]:
                    if e.get("type") == kind:
                        return e
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError(
                        f"baresip: no {kind}; last events: " + ", ".join(
                            str(e.get("type")) for e in self.events[-6:]))
                self.changed.wait(left)

    def mark(self):
        with self.changed:
            return len(self.events)

    def account(self, user, params=""):
        m = self.mark()
        self.command("uanew", f"<sip:{user}@127.0.0.1:{self.port}>"
                              f";regint=0{params}")
        wait_for("baresip's answer", lambda: any(
            e.get("response") for e in self.events[m:]), 10)

    def register(self, user, domain, password, server, params="",
                 transport="udp"):
        m = self.mark()
        self.command("uanew", f"<sip:{user}@{domain}>;auth_pass={password}"
                              f';outbound="sip:{server};'
                              f'transport={transport}"'
                              f";regint=60{params}")
        return self.wait("REGISTER_OK", 10, m)

    def dial(self, uri):
        self.command("dial", uri)

    def accept(self):
        self.command("accept")

    def hangup(self):
        self.command("hangup")

    def digits(self, text):
        self.command("sndcode", text)

    def heard_digits(self, since=0):
        with self.changed:
            return "".join(e.get("param", "") for e in self.events[since:]
                           if e.get("type") == "CALL_DTMF_START")

    def recordings(self):
        """Files of what was heard, in order of time."""
        return sorted(glob.glob(f"{self.where}/rec/*-dec.wav"),
                      key=os.path.getmtime)


class Capture:
    """All RTP of loopback while it runs: (time, sport, dport, header and
    payload). The time is the kernel's, when the packet went, on the scale of
    time.monotonic. Needs root."""

    OUTGOING = 4
    SO_TIMESTAMPNS = 35

    def __init__(self):
        self.packets = []
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(3))
        self.sock.bind(("lo", 0))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        self.sock.setsockopt(socket.SOL_SOCKET, self.SO_TIMESTAMPNS, 1)
        self.sock.settimeout(0.1)
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while self.running:
            try:
                data, ancillary, _, addr = self.sock.recvmsg(4096, 64)
            except socket.timeout:
                continue
            if addr[2] != self.OUTGOING or len(data) < 54 or \
                    data[12:14] != b"\x08\0" or data[23] != 17:
                continue
            ihl = (data[14] & 15) * 4
            sport, dport = struct.unpack_from(">HH", data, 14 + ihl)
            rtp = data[14 + ihl + 8:]
            if len(rtp) >= 12 and rtp[0] >> 6 == 2 and \
                    not 64 <= rtp[1] & 127 <= 95:
                self.packets.append((self.when(ancillary), sport, dport,
                                     rtp))

    @staticmethod
    def when(ancillary):
        s, ns = struct.unpack("@qq", ancillary[0][2])
        while True:     # both clocks at one moment
            a, wall, b = time.monotonic(), time.time(), time.monotonic()
            if b - a < 5e-5:
                return s + ns / 1e9 + (a + b) / 2 - wall

    def stop(self):
        self.running = False
        self.thread.join()
        self.sock.close()

    def stream(self, sport=None, dport=None, payload_types=(0, 8)):
        """Packets of G.711 in order: [(time, sequence, timestamp,
        samples)]. Of one stream: two, mixed, measure as neither."""
        out, sources = [], set()
        for t, s, d, rtp in self.packets:
            pt = rtp[1] & 127
            if (sport and s not in sport) or (dport and d not in dport) or \
                    pt not in payload_types:
                continue
            seq, ts, ssrc = struct.unpack_from(">HII", rtp, 2)
            sources.add(f"{s} to {d}, SSRC {ssrc:08x}")
            out.append((t, seq, ts, sound.decode(pt, rtp[12:])))
        if len(sources) > 1:
            raise RuntimeError("RTP of several streams: " +
                               "; ".join(sorted(sources)))
        return out


    def told(self, ports):
        """What there was at these ports, a line for each stream: to judge a
        failure by."""
        streams = {}
        for t, s, d, rtp in self.packets:
            if s in ports or d in ports:
                seq, _, ssrc = struct.unpack_from(">HII", rtp, 2)
                streams.setdefault((s, d, ssrc), []).append((t, seq))
        for (s, d, ssrc), got in streams.items():
            t, seq = zip(*got)
            gap = max((b - a for a, b in zip(t, t[1:])), default=0)
            odd = sum((a + 1) & 0xffff != b for a, b in zip(seq, seq[1:]))
            yield (f"RTP {s} to {d}, SSRC {ssrc:08x}: {len(got)} packets in "
                   f"{t[-1] - t[0]:.2f} s, {odd} out of sequence, at most "
                   f"{gap * 1000:.0f} ms apart")


def flatten(stream):
    """Samples of a stream one after another, and for each packet the index
    of its first sample with its time."""
    samples, marks = [], []
    for t, _, _, pcm in stream:
        marks.append((len(samples), t))
        samples += pcm
    return samples, marks


def packet_of(marks, index):
    """(time of the packet, offset in it) that holds the sample."""
    best = marks[0]
    for m in marks:
        if m[0] > index:
            break
        best = m
    return best[1], index - best[0]
