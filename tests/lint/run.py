#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the lint scripts: each one that is content counts as passed. The last
line is "N passed, N failed"."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    bad = 0
    names = ("selftest.py", "layers.py", "size.py")
    for name in names:
        code = subprocess.run([sys.executable, f"{HERE}/{name}"]).returncode
        print(f"{name}: {'good' if code == 0 else 'FAILED'}", flush=True)
        bad += code != 0
    print(f"{len(names) - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
