#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end scripts of this folder, one after another.

	tests/e2e/run.py [FILTER ...]

Each script is a program of its own (it has a __main__ part) and starts and
stops all it needs on loopback ports: exit 0 passed, 77 not possible here,
else failed. E2E_SECONDS bounds one script. The last line is "N passed, N
failed".
"""
import glob
import os
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("B", "build")
LIMIT = int(os.environ.get("E2E_SECONDS", "300"))


def is_program(path):
    with open(path, encoding="utf-8") as f:
        return "__main__" in f.read()


def scripts(filters):
    paths = sorted(glob.glob(HERE + "/*.py"))
    names = [os.path.basename(p) for p in paths
             if os.path.basename(p) != "run.py" and is_program(p)]
    if filters:
        names = [n for n in names if any(f in n for f in filters)]
    return names


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def place():
    """The words before a script: on a machine whose loopback has no IPv6 it
    gets a network of its own."""
    return [] if has_ipv6() else ["unshare", "-n", "sh", "-c", """
        for i in all lo; do echo 0 >/proc/sys/net/ipv6/conf/$i/disable_ipv6
        done
        ip link set lo up
        exec "$@" """, "sh"]


def run(name, log_path):
    """In a process group of its own, so that nothing of it stays behind."""
    env = dict(os.environ, B=BUILD, PYTHONDONTWRITEBYTECODE="1")
    with open(log_path, "wb") as log:
        p = subprocess.Popen([*place(), sys.executable, f"{HERE}/{name}"],
                             cwd=ROOT,
                             stdin=subprocess.DEVNULL, stdout=log,
                             stderr=subprocess.STDOUT, env=env,
                             start_new_session=True)
        try:
            code = p.wait(LIMIT)
        except subprocess.TimeoutExpired:
            code = "timed out"
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
    return code


def main():
    logs = os.path.join(ROOT, BUILD, "test", "e2e")
    os.makedirs(logs, exist_ok=True)
    passed = failed = 0
    for name in scripts(sys.argv[1:]):
        t0 = time.monotonic()
        log_path = os.path.join(logs, name[:-3] + ".log")
        code = run(name, log_path)
        took = time.monotonic() - t0
        if code == 77:
            print(f"{name}: not possible here ({took:.1f} s)", flush=True)
        elif code == 0:
            passed += 1
            print(f"{name}: passed ({took:.1f} s)", flush=True)
        else:
            failed += 1
            print(f"{name}: FAILED, {code} ({took:.1f} s)", flush=True)
            with open(log_path, encoding="utf-8", errors="replace") as f:
                print(*f.read().splitlines()[-60:], sep="\n", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
