#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Line coverage by room, from gcovr's summary; fails below the floor.

	tests/cov.py REPORT.json FLOOR
"""
import collections
import json
import os
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        report = json.load(f)
    floor = float(sys.argv[2])
    rooms = collections.defaultdict(lambda: [0, 0])
    weak = []
    for f in report["files"]:
        room = rooms[os.path.dirname(f["filename"]) or "."]
        room[0] += f["line_total"]
        room[1] += f["line_covered"]
        if f["line_total"] and f["line_covered"] < f["line_total"] * .7:
            weak.append(f)
    for name, (total, covered) in sorted(rooms.items()):
        print(f"{name:24} {covered:6} of {total:6}  "
              f"{100 * covered / total if total else 100:5.1f} %")
    for f in sorted(weak, key=lambda f: f["line_covered"] - f["line_total"]):
        print(f"weak: {f['filename']} {f['line_percent']} %")
    got = report["line_percent"]
    print(f"lines: {got} % (floor {floor:g} %)")
    ok = got >= floor
    print(f"{int(ok)} passed, {int(not ok)} failed")
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
