#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All benches in one table: minimum, median and maximum of each figure, the
goal, and what other systems need (fixed values, measured elsewhere on such a
machine). The machine is shared: compare within one run."""
import os
import re
import subprocess
import sys

import bench_calls
import bench_enum_kamailio
import bench_enum_silent

B = os.environ.get("B", "build")
RUNS = bench_calls.RUNS
SECONDS = os.environ.get("BENCH_SECONDS", "7")


def output(*argv):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, check=False)
    if p.returncode:
        raise RuntimeError(f"{argv[0]}: {p.stdout[-500:]}")
    return p.stdout


def number(text, pattern):
    m = re.search(pattern, text)
    if not m:
        raise RuntimeError(f"no '{pattern}' in: {text[-500:]}")
    return float(m.group(1))


def media(mode, calls, seconds):
    text = output(f"{B}/bench_media", mode, str(calls), str(seconds))
    amiss = sum(number(text, rf"{w} (\d+)") for w in
                ("lost", "concealed", "grown", "shrunk", "missing",
                 "repeated"))
    return {
        "cpu": number(text, r"([\d.]+) ms CPU"),
        "late": number(text, r"late ticks ([\d.]+) %"),
        "idle": number(text, r"idle thread's in this run ([\d.]+) %"),
        "memory": number(text, r"memory per call ([\d.]+)"),
        "amiss": amiss,
    }


def media_rows():
    cpu = "CPU per second of a "
    got = {m: [media(m, 100, SECONDS) for _ in range(RUNS)]
           for m in ("relay", "xcode", "line")}
    long = media("line", 200, os.environ.get("BENCH_LONG_SECONDS", "45"))
    at_200 = "200 line calls, "

    def of(mode, key):
        return [x[key] for x in got[mode]]

    return [
        (cpu + "relayed call", "ms", "< 1.6", "Asterisk 3.45, Yate 5.7, "
         "rtpengine 2.35", of("relay", "cpu")),
        (cpu + "call A-law-mu", "ms", "", "Asterisk 4.5, Yate 6.0, "
         "rtpengine 3.6", of("xcode", "cpu")),
        (cpu + "line call", "ms", "< 1.2", "Asterisk 2.5 without a "
         "canceller", of("line", "cpu")),
        ("memory of a line call's sound", "kB", "< 80", "",
         of("line", "memory")),
        (at_200 + "late ticks", "%", "<= 0.1", "", [long["late"]]),
        ("  an idle thread's, same run", "%", "", "", [long["idle"]]),
        (at_200 + "packets amiss", "", "0", "", [long["amiss"]]),
        (at_200 + "CPU", "ms", "< 1.2", "", [long["cpu"]]),
    ]


def echo_rows():
    """The bench takes its own runs."""
    text = output(f"{B}/bench_echo", "500")
    out = []
    for kind, what in ("plain", "canceller"), ("NLP, CNG", "  with NLP"):
        m = re.search(rf"500 ch {kind} +([\d.]+) +([\d.]+) +([\d.]+) ns",
                      text)
        if not m:
            raise RuntimeError("bench_echo: " + text[-500:])
        out.append((f"{what}, 128 ms, 500 in turn", "ns", "< 40",
                    "SpanDSP 889 per sample", [float(x)
                                               for x in m.groups()]))
    return out


def enum_rows():
    """From the cache, and, where NSD is installed, from it."""
    texts = [output(sys.executable, "tests/bench/bench_enum.py")
             for _ in range(RUNS)]

    def of(pattern, scale=1):
        return [number(t, pattern) * scale for t in texts]

    out = [("ENUM from the cache", "us", "< 2", "",
            of(r"cache, +1 at once: ([\d.]+) us"))]
    if "from the server" not in texts[0]:
        return out
    return out + [
        ("ENUM from NSD, 200 at once: CPU", "us", "< 15",
         "c-ares alone 4 to 5; Asterisk 140",
         of(r"per second, ([\d.]+) us")),
        ("  lookups per second", "1000", "> 50", "c-ares alone 118",
         of(r"server: (\d+) lookups", 1e-3)),
        ("  10,000 at once: found", "", "10000", "",
         of(r"each \((\d+) found\)")),
        ("    CPU", "us", "< 15", "", of(r"middle.* ([\d.]+) us of CPU")),
        ("    all of them done", "ms", "", "", of(r"done in (\d+) ms")),
        ("  time of a lookup alone", "ms", "", "", of(r"alone (\S+) ms")),
        ("    beside 1,000 with a mute server", "ms", "< 1", "",
         of(r"silent server (\S+) ms")),
        ("    the slowest of 1,000", "ms", "", "", of(r"slowest (\S+)\)")),
    ]


def kamailio_rows():
    table, why = bench_enum_kamailio.outside()
    if why:
        print(f"KAMAILIO WAS NOT MEASURED BESIDE US: {why}", flush=True)
    return table or []


def route_rows():
    """A million prefixes, least cost: goals of the routing."""
    texts = [output(f"{B}/bench_route") for _ in range(RUNS)]

    def of(pattern, scale=1):
        return [number(t, pattern) * scale for t in texts]

    return [
        ("a million prefixes: loading", "s", "< 2", "", of(r"load_s=(\S+)")),
        ("  memory", "MB", "< 100", "", of(r"peak_mb=(\S+)")),
        ("  the longest prefix", "us", "< 1", "", of(r"find_ns=(\S+)", 1e-3)),
        ("  carriers, cheapest first", "us", "< 1", "",
         of(r"least_cost_ns=(\S+)", 1e-3)),
        ("  all of a search", "us", "", "", of(r"search_ns=(\S+)", 1e-3)),
        ("1,000 rules: a search, hard regexes", "us", "", "",
         of(r"rules_ns=(\S+)", 1e-3)),
        ("  by caller, number, time of day", "us", "", "",
         of(r"conditions_ns=(\S+)", 1e-3)),
    ] + reload_rows()


def reload_rows():
    """What SIP waits for while a million prefixes are read again."""
    text = output(f"{B}/bench_reload")

    def of(what):
        return [number(text, rf"{what} .*{n}=([\d.]+)")
                for n in ("min", "median", "max")]

    return [
        ("a million prefixes read again: SIP waits", "ms", "< 5", "",
         of("on a thread: sip_waits_ms")),
        ("  read on the loop instead", "ms", "", "",
         of("on the loop: sip_waits_ms")),
        ("  no reload", "ms", "", "", of("idle: sip_waits_ms")),
        ("  all of the reload", "ms", "", "",
         of("on a thread: reload_ms")),
    ]


def main():
    table = []
    for part in (lambda: bench_calls.rows(RUNS), media_rows, echo_rows,
                 enum_rows, bench_enum_silent.rows, route_rows,
                 kamailio_rows):
        table += part()
    print(f"{RUNS} runs; {bench_calls.CALLS} SIP calls at "
          f"{bench_calls.RATE}/s, {bench_calls.HELD} held; media "
          f"{SECONDS} s each")
    bench_calls.show(table)


if __name__ == "__main__":
    main()
