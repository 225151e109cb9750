# SPDX-License-Identifier: Apache-2.0
"""Call ladders as SVG: SIP messages from loopback, events of lines from the
gateway's log."""
import html
import re
import socket
import threading
import time

ROW, TOP, LEFT, GAP = 22, 60, 110, 230


class Messages:
    """SIP over UDP on loopback while it runs: (time, sport, dport, first
    line)."""

    def __init__(self):
        self.seen = []
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(3))
        self.sock.bind(("lo", 0))
        self.sock.settimeout(0.1)
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while self.running:
            try:
                data, addr = self.sock.recvfrom(4096)
            except socket.timeout:
                continue
            if addr[2] != 4 or data[12:14] != b"\x08\0" or data[23] != 17:
                continue
            text = data[14 + (data[14] & 15) * 4 + 8:]
            line = text.split(b"\r\n", 1)[0]
            if not (line.startswith(b"SIP/2.0 ") or line.endswith(b" SIP/2.0")):
                continue
            at = 14 + (data[14] & 15) * 4
            self.seen.append((time.time(),
                              int.from_bytes(data[at:at + 2], "big"),
                              int.from_bytes(data[at + 2:at + 4], "big"),
                              line.decode(errors="replace")))

    def stop(self):
        self.running = False
        self.thread.join()
        self.sock.close()


def short(line):
    if line.startswith("SIP/2.0 "):
        return line[8:]
    return line.split(" ", 1)[0]


def line_events(log, day):
    """(time, line, event) of the gateway's debug log; day: its midnight."""
    for text in log.splitlines():
        m = re.match(r"(\d\d):(\d\d):(\d\d\.\d+) debug line: event "
                     r"line=(\S+) ev=(\S+)", text)
        if m:
            t = int(m[1]) * 3600 + int(m[2]) * 60 + float(m[3])
            yield day + t, m[4], m[5]


def draw(path, title, actors, arrows):
    """actors: names from left to right; arrows: (time, from, to, text), from
    and to being indices, equal for a note."""
    arrows = sorted(arrows)
    height = TOP + ROW * (len(arrows) + 2)
    width = LEFT + GAP * (len(actors) - 1) + LEFT
    x = [LEFT + GAP * i for i in range(len(actors))]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height}" font-family="sans-serif" font-size="12">',
           '<defs><marker id="a" markerWidth="9" markerHeight="7" refX="8" '
           'refY="3.5" orient="auto"><path d="M0,0 L9,3.5 L0,7 z"/></marker>'
           '</defs><rect width="100%" height="100%" fill="white"/>',
           f'<text x="10" y="18" font-size="14">{html.escape(title)}</text>']
    for i, name in enumerate(actors):
        out.append(f'<text x="{x[i]}" y="42" text-anchor="middle" '
                   f'font-weight="bold">{html.escape(name)}</text>'
                   f'<line x1="{x[i]}" y1="48" x2="{x[i]}" '
                   f'y2="{height - 10}" stroke="#999"/>')
    first = arrows[0][0] if arrows else 0
    for n, (t, a, b, text) in enumerate(arrows):
        y = TOP + ROW * (n + 1)
        out.append(f'<text x="4" y="{y}" fill="#666">'
                   f'{(t - first) * 1000:.0f} ms</text>')
        if a == b:
            out.append(f'<text x="{x[a]}" y="{y}" text-anchor="middle" '
                       f'fill="#06c">{html.escape(text)}</text>')
            continue
        out.append(f'<line x1="{x[a]}" y1="{y}" x2="{x[b]}" y2="{y}" '
                   f'stroke="black" marker-end="url(#a)"/>'
                   f'<text x="{(x[a] + x[b]) / 2}" y="{y - 4}" '
                   f'text-anchor="middle">{html.escape(text)}</text>')
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")
