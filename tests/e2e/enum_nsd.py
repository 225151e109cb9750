#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ENUM against a real name server (NSD) on loopback ports, also stopped,
frozen and dead. Prints each check with what was measured."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import nameservers as ns

# A lookup that waits for nobody takes a millisecond; one that waits for its
# deadline 800. Between them a machine may stand still for a while.
AT_ONCE_MS, IN_TIME_MS = 400, 2500
B = os.environ.get("B", "build")
MANY = "\n".join(f'1.0.0.0.1.0.0.1.8 NAPTR {100 + i} 10 "u" "E2U+sip" '
                 f'"!^.*$!sip:user{i:03}@long-domain-name.test.invalid!" .'
                 for i in range(60))
ZONES = {
    "e164.arpa": r"""
8.7.6.5.4.3.2.1.0.5.1.8 NAPTR 10 10 "u" "E2U+sip" "!^\\+81(.*)$!sip:0\\1@jp.test.invalid!" .
8.7.6.5.4.3.2.1.0.5.1.8 NAPTR 10 20 "u" "E2U+email:mailto" "!^.*$!mailto:a@test.invalid!" .
8.7.6.5.4.3.2.1.0.5.1.8 NAPTR 20 10 "u" "E2U+sip" "!^.*$!sip:never@test.invalid!" .
*.0.0.7.7.4.4 NAPTR 10 10 "u" "sip+E2U" "#^\\+44(77)(.*)$#sip:\\2-\\1@uk.test.invalid#" .
2.0.0.0.1.0.0.1.8 CNAME 3.0.0.0.1.0.0.1.8
3.0.0.0.1.0.0.1.8 30 NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:behind-cname@test.invalid!" .
4.0.0.0.1.0.0.1.8 NAPTR 10 10 "" "" "" next.e164.arpa.
next NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:behind-nonterminal@test.invalid!" .
5.0.0.0.1.0.0.1.8 NAPTR 10 10 "" "" "" 5.0.0.0.1.0.0.1.8.e164.arpa.
6.0.0.0.1.0.0.1.8 NAPTR 1 10 "u" "E2U+sip" "!^((a*)*!sip:evil@test.invalid!" .
6.0.0.0.1.0.0.1.8 NAPTR 2 10 "u" "E2U+sip" "!^((+|.)*)*x$!sip:evil@test.invalid!" .
6.0.0.0.1.0.0.1.8 NAPTR 3 10 "s" "SIP+D2U" "" _sip._udp.test.invalid.
6.0.0.0.1.0.0.1.8 NAPTR 4 10 "u" "E2U+sip" "!^.*$!sip:good@test.invalid!" .
7.0.0.0.1.0.0.1.8 TXT "no NAPTR here"
9.0.0.0.1.0.0.1.8 CNAME 9.outside.private.test.
""" + MANY,
    "private.test": r"""
8.0.0.0.1.0.0.1.8 NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:private@test.invalid!" .
8.7.6.5.4.3.2.1.0.5.1.8 NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:shadowed@test.invalid!" .
9.outside NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:chased@test.invalid!" .
""",
}
passed = failed = 0


class Probe:
    def __init__(self, where, conf):
        path = f"{where}/probe.yaml"
        with open(path, "w", encoding="ascii") as f:
            f.write(conf)
        self.proc = subprocess.Popen([f"{B}/enum_probe", path], text=True,
                                     stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)

    def ask(self, number):
        """(error, milliseconds, cached, URIs, the steps as text)"""
        self.proc.stdin.write(number + "\n")
        self.proc.stdin.flush()
        steps, uris, done = "", [], None
        for line in self.proc.stdout:
            if line == "\n":
                break
            if line.startswith("uri "):
                uris.append(line[4:-1])
            elif line.startswith("done "):
                done = line.split()
            else:
                steps += line
        if not done:
            raise RuntimeError("the probe died")
        return done[1], float(done[2]), done[3] == "1", uris, steps

    def close(self):
        self.proc.stdin.close()
        return self.proc.wait(10)


def check(what, cond, got=""):
    global passed, failed
    print(f"{'ok    ' if cond else 'FAILED'}  {what}"
          + (f"  [{got}]" if got != "" and not cond else ""), flush=True)
    passed += bool(cond)
    failed += not cond


def conf(servers, private=None, timeout=100):
    quoted = ", ".join(f'"127.0.0.1:{p}"' for p in servers)
    text = f"enum:\n  servers: [{quoted}]\n  timeout: {timeout}ms\n" \
           "  trees:\n    - {apex: e164.arpa, rank: 1}\n"
    if private:
        text += "    - {apex: private.test, rank: 2, " \
                f'servers: ["127.0.0.1:{private}"]}}\n'
    return text


def answers(work, nsd):
    """What the zone says, record by record."""
    p = Probe(work, conf([nsd.port], nsd.port))
    err, ms, cached, uris, steps = p.ask("+815012345678")
    check("+81-50-1234-5678 is found",
          err == "0" and uris == ["sip:05012345678@jp.test.invalid"], steps)
    check(f"from the server in {ms:.1f} ms", ms < AT_ONCE_MS and not cached)
    check("the steps name every record and why",
          "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa" in steps and
          "not for calls (service is not for calls) -> mailto:" in steps and
          "not reached (a lower order was usable)" in steps, steps)
    err, ms, cached, uris, steps = p.ask("+815012345678")
    check(f"again from the cache in {ms:.2f} ms",
          cached and ms < AT_ONCE_MS and "from cache" in steps, steps)
    err, ms, cached, uris, steps = p.ask("+447700900123")
    check("wildcard, other delimiter, old service form", err == "0" and
          uris == ["sip:00900123-77@uk.test.invalid"], steps)
    return p


def special(p):
    """CNAMEs, non-terminals, truncation, bad records, absence."""
    for digit, want, what in (
            ("1", "sip:user000@long-domain-name.test.invalid",
             "60 records come by TCP"),
            ("2", "sip:behind-cname@test.invalid", "behind a CNAME"),
            ("3", "sip:behind-cname@test.invalid", "its target"),
            ("4", "sip:behind-nonterminal@test.invalid", "non-terminal"),
            ("6", "sip:good@test.invalid", "bad and evil records skipped"),
            ("8", "sip:private@test.invalid", "the second tree knows it"),
            ("9", "sip:chased@test.invalid", "CNAME into another zone"),
            ):
        err, ms, _, uris, steps = p.ask("+81001000" + digit)
        check(f"{what} ({ms:.1f} ms)", err == "0" and uris[0] == want,
              steps)
    for digit, what in (("5", "loop of non-terminals"),
                        ("7", "a name without NAPTR"),
                        ("0", "no such name")):
        err, ms, _, uris, steps = p.ask("+81001000" + digit)
        check(f"{what}: not found ({ms:.1f} ms)", err == "ENOENT", steps)
    err, _, _, _, steps = p.ask("+810010000")
    check("absence is remembered", err == "ENOENT" and "from cache" in steps,
          steps)
    err, _, _, _, _ = p.ask("110")
    check("a short number is not asked for", err == "EBADMSG")
    check("the probe ends clean", p.close() == 0)


def outages(work, nsd):
    p = Probe(work, conf([nsd.port]))
    ns.freeze(nsd)
    err, ms, _, _, steps = p.ask("+815012345678")
    check(f"frozen server: unavailable after {ms:.0f} ms",
          err == "EAGAIN" and 100 <= ms < IN_TIME_MS, steps)
    time.sleep(1.5)     # a second of silence, and the next probe
    err, ms, _, _, _ = p.ask("+815012345678")
    check(f"known to be dead: unavailable after {ms:.1f} ms",
          err == "EAGAIN" and ms < AT_ONCE_MS)
    ns.thaw(nsd)
    check(*recovers(p, "thawed"))
    nsd.stop()
    err, ms, _, _, _ = p.ask("+447700900999")
    check(f"stopped server: unavailable after {ms:.1f} ms",
          err == "EAGAIN" and ms < AT_ONCE_MS)
    err, ms, cached, _, _ = p.ask("+815012345678")
    check("what is cached is still found", err == "0" and cached)
    nsd.restart()
    check(*recovers(p, "started again", "+447700900998"))
    check("the probe ends clean", p.close() == 0)


def recovers(p, what, number="+815012345678"):
    t0 = time.monotonic()
    err = None
    while time.monotonic() - t0 < 20 and err != "0":
        err = p.ask(number)[0]
        time.sleep(0.05)
    return f"{what}: found again after {time.monotonic() - t0:.1f} s", \
        err == "0"


def two_servers(work, nsd):
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    p = Probe(work, conf([silent.getsockname()[1], nsd.port]))
    err, ms, _, _, steps = p.ask("+815012345678")
    check(f"first server silent: the second answers ({ms:.0f} ms)",
          err == "0" and 90 < ms < IN_TIME_MS, steps)
    times = [p.ask(f"+44770090{i:04}")[:2] for i in range(20)]
    check(f"the next 20 do not pay again (worst {max(t for _, t in times):.1f}"
          " ms)", all(e == "0" for e, _ in times) and
          sorted(t for _, t in times)[10] < 60, times)
    check("the probe ends clean", p.close() == 0)
    silent.close()


def command(work, nsd):
    """tipring enum: what a person sees."""
    path = f"{work}/cli.yaml"
    with open(path, "w", encoding="ascii") as f:
        f.write('sip:\n  listen: [{address: "127.0.0.1:5060"}]\n'
                + conf([nsd.port]))

    def run(*args):
        r = subprocess.run([f"{B}/tipring", "enum", "-c", path, *args],
                           capture_output=True, text=True, timeout=20,
                           check=False)
        return r.returncode, r.stdout, r.stderr
    code, out, err = run("+81-50-1234-5678")
    check("tipring enum prints the URI", code == 0 and
          "sip:05012345678@jp.test.invalid" in out, out + err)
    code, out, err = run("--explain", "+815012345678")
    check("--explain prints the records it did not take", code == 0 and
          "not reached (a lower order was usable)" in out, out + err)
    code, out, err = run("+810010000")
    check("not found is said and exits 1", code == 1 and "not found" in err,
          out + err)
    nsd.stop()
    t0 = time.monotonic()
    code, out, err = run("+815012345678")
    took = time.monotonic() - t0
    check(f"an outage is called that, after {took:.2f} s", code == 1 and
          "unavailable" in err and took < 5, out + err)
    nsd.restart()


def main():
    subprocess.run([os.environ.get("MAKE", "make"), "-s", f"B={B}",
                    f"{B}/enum_probe", f"{B}/tipring"], check=True)
    work = tempfile.mkdtemp(prefix="tipring-enum-")
    nsd = ns.Nsd(f"{work}/nsd", ZONES)
    try:
        special(answers(work, nsd))
        two_servers(work, nsd)
        command(work, nsd)
        outages(work, nsd)
    finally:
        nsd.stop()
        shutil.rmtree(work)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
