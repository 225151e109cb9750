#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs bench_enum, with NSD on a loopback port."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
import enum_nsd  # noqa: E402  (the folder beside this one)

B = os.environ.get("B", "build")


def main():
    work = tempfile.mkdtemp(prefix="tipring-bench-")
    nsd = enum_nsd.ns.Nsd(f"{work}/nsd", enum_nsd.ZONES)
    try:
        code = subprocess.run([f"{B}/bench_enum", str(nsd.port), "2"],
                              check=False).returncode
    finally:
        nsd.stop()
        shutil.rmtree(work)
    sys.exit(code)


if __name__ == "__main__":
    main()
