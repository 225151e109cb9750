#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A home behind NAT: the gateway registers at a real registrar (Kamailio)
through a masquerading router, in network namespaces of the test's own, and is
called from outside; a wrong password; the registrar restarted. Exit 77 where
namespaces cannot be made."""
import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import rig
import ua

HOME, PROVIDER, CALLER, ROUTER = \
    "10.77.0.2", "203.0.113.2", "203.0.113.3", "203.0.113.1"
CONF = f"""
log: {{ level: info }}
sip:
  listen: [ {{ transport: udp, address: "{HOME}:5060" }} ]
peers:
  - {{ name: provider, uri: "sip:{PROVIDER}", sources: [ {PROVIDER}/32 ] }}
registrations:
  - {{ name: isp, registrar: "sip:{PROVIDER}", aor: "sip:home@isp.test",
      password: {{ env: RIGHT }}, expires: 30s, keepalive: 5s }}
  - {{ name: wrong, registrar: "sip:{PROVIDER}", aor: "sip:else@isp.test",
      password: {{ env: WRONG }}, expires: 30s }}
media: {{ port_min: 20000, port_max: 20039 }}
calls: {{ codecs: [ PCMA ] }}
routes:
  - {{ name: echo, to: [ "service:echo" ] }}
"""
KAMAILIO = f"""
debug=1
log_stderror=yes
children=1
auto_aliases=no
listen=udp:{PROVIDER}:5060
alias="isp.test"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 30)
modparam("registrar|nathelper", "received_avp", "$avp(RECEIVED)")
request_route {{
	force_rport();
	if (is_method("REGISTER")) {{
		if (!pv_www_authenticate("isp.test", "right", "0")) {{
			www_challenge("isp.test", "0");
			exit;
		}}
		fix_nated_register();
		save("location");
		exit;
	}}
	t_on_reply("BACK");
	if (has_totag() || is_method("CANCEL")) {{
		loose_route();
		t_relay();
		exit;
	}}
	record_route();
	if (!lookup("location")) {{
		sl_send_reply("404", "Not Found");
		exit;
	}}
	t_relay();
}}
onreply_route[BACK] {{
	fix_nated_contact();
}}
"""
check = ua.Checks()


def enter(ns):
    """The words before a program that is to run there. "ip -n" and "ip netns
    exec" would mount /sys anew, which not every place allows."""
    return ["nsenter", f"--net=/run/netns/{ns}"]


def ip(ns, *words):
    subprocess.run([*enter(ns), "ip", *words], check=True,
                   stderr=subprocess.PIPE)


class Net:
    """home --- router (NAT) --- provider and caller."""

    def __init__(self):
        tag = f"tp{os.getpid()}"
        self.home, self.router, self.outside = (
            f"{tag}{x}" for x in ("home", "nat", "isp"))
        self.made = []

    def build(self):
        for ns in self.home, self.router, self.outside:
            subprocess.run(["ip", "netns", "add", ns], check=True,
                           stderr=subprocess.PIPE)
            self.made.append(ns)
            ip(ns, "link", "set", "lo", "up")
        for ns, inner, addrs, router in (
                (self.home, "in", (HOME,), "10.77.0.1"),
                (self.outside, "out", (PROVIDER, CALLER), ROUTER)):
            ip(self.router, "link", "add", inner, "type", "veth",
               "peer", "name", "eth0", "netns", ns)
            ip(self.router, "addr", "add", f"{router}/24", "dev",
               inner)
            for a in addrs:
                ip(ns, "addr", "add", f"{a}/24", "dev", "eth0")
            ip(self.router, "link", "set", inner, "up")
            ip(ns, "link", "set", "eth0", "up")
            ip(ns, "route", "add", "default", "via", router)
        subprocess.run([*enter(self.router), "sysctl", "-qw",
                        "net.ipv4.ip_forward=1"], check=True,
                       stderr=subprocess.PIPE)

    def masquerade(self):
        """False: the kernel cannot; packets are routed plainly."""
        for argv in (
                ["nft", "add table ip n; add chain ip n p { type nat hook "
                 "postrouting priority 100; }; add rule ip n p oifname out "
                 "masquerade"],
                ["iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "out",
                 "-j", "MASQUERADE"]):
            try:
                if subprocess.run([*enter(self.router), *argv],
                                  stderr=subprocess.PIPE,
                                  check=False).returncode == 0:
                    # the provider has no way back but the mapping
                    ip(self.outside, "route", "del", "default")
                    return True
            except FileNotFoundError:
                pass
        return False

    def remove(self):
        for ns in self.made:
            subprocess.run(["ip", "netns", "del", ns], check=False)


def inside(ns, fn, *args):
    """Runs fn in a thread that is in the namespace; its sockets stay
    there."""
    out = []

    def run():
        fd = os.open(f"/run/netns/{ns}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(fd, 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")
            out.append(fn(*args))
        finally:
            os.close(fd)

    t = threading.Thread(target=run)
    t.start()
    t.join()
    return out[0]


class Kamailio(rig.Program):
    def __init__(self, where, ns):
        os.makedirs(where, exist_ok=True)
        with open(f"{where}/kamailio.cfg", "w", encoding="ascii") as f:
            f.write(KAMAILIO)
        super().__init__(
            [*enter(ns), "kamailio", "-DD", "-E", "-f",
             f"{where}/kamailio.cfg", "-m", "32", "-M", "8", "-Y",
             where, "-w", where, "-P", f"{where}/pid"],
            f"{where}/kamailio.log")
        rig.wait_for("Kamailio", lambda: inside(ns, self.listens))

    @staticmethod
    def listens():
        with open("/proc/thread-self/net/udp", encoding="ascii") as f:
            return ":13C4 " in f.read()     # 5060


def registration(gw, name):
    return next(r for r in gw.rows("status")
                if r.get("registration") == name)


def registered(gw):
    rig.wait_for("the registration", lambda: registration(
        gw, "isp")["registered"] == "yes", 20, 0.1)


def call_home(net, caller, tries=1):
    """The answer to a call from outside, asked again while 404."""
    for _ in range(tries):
        inside(net.outside, caller.begin, f"sip:home@{PROVIDER}")
        caller.rtp.sends = False
        status, msg, _ = caller.result(10)
        if status != 404:
            break
        time.sleep(1)
    return status


def sound_through(caller, name):
    """Home's packets open the way; ours go back where they come from."""
    got = rig.wait_for("sound from home", lambda: caller.rtp.got, 5)
    caller.rtp.peer = got[0][1]
    caller.rtp.sends = True
    time.sleep(2)
    level, snr, bad = caller.rtp.tone(1000, 1)
    check(f"{name}: the echo comes back", snr > 30 and not bad and
          abs(level + 10) < 0.5,
          f"{level:.2f} dBm0 SNR {snr:.1f} dB, {bad} lost, from "
          f"{got[0][1][0]}")
    return got[0][1][0]


def run(where, net, nat):
    os.environ.update(RIGHT="right", WRONG="wrong")
    kam = Kamailio(f"{where}/isp", net.outside)
    gw = rig.Gateway(f"{where}/home", CONF, enter(net.home))
    caller = inside(net.outside, lambda: ua.Ua(
        CALLER, (PROVIDER, 5060), "0312345678"))
    try:
        registered(gw)
        r = registration(gw, "isp")
        check("registered by digest", r["status"] == "200", str(r))
        r = rig.wait_for("the other one to give up", lambda: next(
            (x for x in (registration(gw, "wrong"),)
             if int(x["failures"]) and int(x["next_s"]) > 60), None), 20)
        check("wrong password: not tried again for minutes",
              r["registered"] == "no", f"next in {r['next_s']} s")
        status = call_home(net, caller)
        check("called from outside", status == 200, f"{status}")
        source = sound_through(caller, "NAT" if nat else "no NAT")
        check("its address", source == (ROUTER if nat else HOME), source)
        caller.hangup()
        gw.wait_idle()
        check("BYE found its way", True)
        ip(net.home, "addr", "add", "10.77.0.77/24", "dev", "eth0")
        rig.wait_for("another address to be noticed", lambda: re.search(
            r"^tipring_network_changes_total [1-9]", gw.ctl("metrics"),
            re.M), 5)
        kam.stop()
        kam = Kamailio(f"{where}/isp", net.outside)
        check("registrar restarted: it knows nobody",
              call_home(net, caller) in (404, 408))
        status = call_home(net, caller, 35)
        check("registered again and called", status == 200, f"{status}")
        caller.hangup()
        gw.wait_idle()
        r = registration(gw, "wrong")
        check("the wrong one is still waiting", int(r["failures"]) == 1 and
              int(r["next_s"]) > 60, str(r))
    finally:
        code = gw.stop()
        check("ends when told", code == 0, f"exit {code}")
        kam.stop()
        caller.stop()


def main():
    where = tempfile.mkdtemp(prefix="tipring-nat-")
    net = Net()
    try:
        net.build()
    except (subprocess.CalledProcessError, FileNotFoundError) as e:
        print("no network namespaces here:",
              getattr(e, "stderr", b"") or e)
        net.remove()
        return 77
    try:
        nat = net.masquerade()
        print("router masquerades" if nat else
              "the kernel has no NAT: routed plainly")
        check.guarded(run, where, net, nat)
    finally:
        net.remove()
    if not check.failed:
        shutil.rmtree(where, ignore_errors=True)
    else:
        print(where)
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
