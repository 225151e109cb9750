#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten thousand calls through SIPp at both ends. After each batch the
gateway waits until nothing is left of its calls; then its memory must be what
it was after the first batch, its descriptors what they were before it."""
import os
import shutil
import sys
import tempfile

import bench_calls      # knows the folder of rig.py
import rig

CALLS = int(os.environ.get("SOAK_CALLS", "10000"))
BATCH = int(os.environ.get("SOAK_BATCH", "2000"))
RATE = int(os.environ.get("SOAK_RATE", "100"))
FLAT = 0.03
# RFC 3261: a transaction may live 64 * T1 = 32 s
LEFT_S = 45

ZERO = "calls", "sip_transactions", "sip_sessions", "rtp_ports"


def fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def left(gw):
    """What status still counts."""
    row = {}
    for r in gw.rows("status"):
        row.update(r)
    return {k: row[k] for k in ZERO if row[k] != "0"}


class Soak(bench_calls.Bench):
    def batch(self, gw, calls):
        """Makes the calls; did all succeed, and the memory afterwards."""
        done = self.caller(calls, RATE, 200).wait()
        rig.wait_for("nothing left of the calls", lambda: not left(gw),
                     LEFT_S, 0.5)
        return done == 0, bench_calls.rss_kb(gw.proc.pid)


def soak(where):
    s = Soak(where)
    cdrs = f"{where}/cdr.json"
    conf = s.conf.replace("calls: {", f"calls: {{ cdr_file: {cdrs},")
    gw = rig.Gateway(f"{where}/gw", conf)
    uas = s.callee()
    wrong = []
    try:
        left(gw)
        before = fds(gw.proc.pid)
        rss = []
        for at in range(0, CALLS, BATCH):
            good, kb = s.batch(gw, min(BATCH, CALLS - at))
            rss.append(kb)
            print(f"{at + BATCH:6} calls: {kb} kB, {fds(gw.proc.pid)} "
                  f"descriptors{'' if good else ', calls failed'}",
                  flush=True)
            if not good:
                wrong.append("calls failed")
        if abs(rss[-1] - rss[0]) > FLAT * rss[0]:
            wrong.append(f"memory went from {rss[0]} to {rss[-1]} kB")
        if fds(gw.proc.pid) != before:
            wrong.append(f"{before} descriptors became {fds(gw.proc.pid)}")
        with open(cdrs, encoding="utf-8") as f:
            n = sum(1 for _ in f)
        if n != CALLS:
            wrong.append(f"{n} call records of {CALLS} calls")
    except (TimeoutError, RuntimeError) as e:
        wrong.append(f"{e}: {left(gw)}")
    finally:
        uas.kill()
        uas.wait()
        code = gw.stop()
    if code != 0:
        wrong.append(f"the gateway ended with {code}")
    return wrong


def main():
    where = tempfile.mkdtemp(prefix="tipring-soak-")
    try:
        wrong = soak(where)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    for w in wrong:
        print(f"FAILED: {w}")
    print(f"{0 if wrong else 1} passed, {1 if wrong else 0} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
