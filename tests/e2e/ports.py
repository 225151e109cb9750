# SPDX-License-Identifier: Apache-2.0
"""What the other scripts here stand on: ports that free_ports() gives out
are nobody else's, bound or not, also when several scripts run at once."""
import os
import subprocess
import sys

import rig

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = (1, 100, 10, 1, 200, 300, 250, 499, 10, 1, 100)


def take():
    """Prints the first port of each range."""
    print(*(rig.free_ports(n) for n in SIZES), flush=True)
    sys.stdin.read()        # keep them until the others have theirs


def main():
    others = [subprocess.Popen([sys.executable, __file__, "take"], cwd=HERE,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
              for _ in range(2)]
    firsts = [[int(w) for w in p.stdout.readline().split()] for p in others]
    firsts.append([rig.free_ports(n) for n in SIZES])
    for p in others:
        p.communicate(timeout=30)
    ports = [p for row in firsts for first, n in zip(row, SIZES)
             for p in range(first, first + 2 * n)]
    wrong = [f for row in firsts for f in row if f % 2]
    if len(ports) != 3 * 2 * sum(SIZES):
        wrong.append("a process has answered too little")
    if len(set(ports)) != len(ports):
        wrong.append(f"{len(ports) - len(set(ports))} ports given out twice")
    with open("/proc/sys/net/ipv4/ip_local_port_range",
              encoding="ascii") as f:
        if max(ports) >= int(f.read().split()[0]) > 20000:
            wrong.append("the kernel may give these to others")
    print(len(ports), "ports;", *(wrong or ["all as they should be"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(take() if sys.argv[1:] == ["take"] else main())
