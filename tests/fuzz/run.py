#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzz targets, as many at once as there are processors.

	FUZZ_RUNS=N tests/fuzz/run.py SECONDS [FILTER ...]

With FUZZ_RUNS a target ends after so many executions, if SECONDS are not
over before. Seeds are tests/fuzz/corpus/X; what a run finds new stays in
build/fuzz/corpus/X, what breaks it in build/fuzz/X-*. The last line is
"N passed, N failed".
"""
import glob
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

BUILD = os.environ.get("B", "build/fuzz")
RUNS = int(os.environ.get("FUZZ_RUNS") or -1)


def run(name, seconds):
    found = f"{BUILD}/corpus/{name}"
    seeds = f"tests/fuzz/corpus/{name}"
    os.makedirs(found, exist_ok=True)
    cmd = [f"{BUILD}/fuzz_{name}", f"-max_total_time={seconds}",
           f"-runs={RUNS}",
           "-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=1",
           f"-artifact_prefix={BUILD}/{name}-", found]
    if os.path.isdir(seeds):
        cmd.append(seeds)
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1")
    with open(f"{BUILD}/{name}.log", "wb") as log:
        try:
            code = subprocess.run(cmd, stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log, env=env,
                                  timeout=seconds * 2 + 120).returncode
        except subprocess.TimeoutExpired:
            code = "hangs"
    return code


def tail(name):
    with open(f"{BUILD}/{name}.log", "rb") as f:
        lines = f.read().decode("utf-8", "replace").splitlines()
    runs = [l.split()[-1] for l in lines if "number_of_executed_units" in l]
    told = [l for l in lines if not l.startswith("#") and
            "DEDUP_TOKEN" not in l or "ERROR" in l]
    return told[-40:], runs[-1] if runs else "?"


def main():
    seconds = int(sys.argv[1])
    names = sorted(os.path.basename(p)[len("fuzz_"):-2]
                   for p in glob.glob("tests/fuzz/fuzz_*.c"))
    if sys.argv[2:]:
        names = [n for n in names if any(f in n for f in sys.argv[2:])]
    bad = []
    t0 = time.monotonic()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        codes = pool.map(lambda n: run(n, seconds), names)
        for name, code in zip(names, codes):
            lines, runs = tail(name)
            print(f"fuzz_{name}: {'ok' if code == 0 else 'FAILED'}, "
                  f"{runs} runs", flush=True)
            if code != 0:
                bad.append((name, code, lines))
    for name, code, lines in bad:   # last, where whoever reads a log looks
        print(f"fuzz_{name} FAILED, exit: {code}", *lines, sep="\n")
    print(f"{time.monotonic() - t0:.0f} s")
    print(f"{len(names) - len(bad)} passed, {len(bad)} failed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
