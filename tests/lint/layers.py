#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom; where foreign libraries are known; which folders
stand at the top.

The rooms, from the ground up. A room may include itself, and of the others
what its row says: ALL, or the named headers.
"""
import re
import sys

import source

ALL = "all"

ROWS = {
    "base": {},
    "conf": {"base": ALL},
    "dsp": {"base": {"err.h", "mem.h"}},
    "enum": {"base": ALL, "conf": {"conf.h"}},
    "media": {"base": ALL, "conf": {"conf.h"}, "dsp": ALL},
    "sdp": {"base": ALL, "dsp": {"codec.h"}},
    "sip": {"base": ALL, "conf": {"conf.h"}, "enum": {"resolver.h"}},
    "line": {"base": ALL, "conf": {"conf.h"}, "dsp": ALL,
             "media": {"port.h"}},
    "service": {"base": ALL, "conf": {"conf.h"}, "sip": ALL},
    "route": {"base": ALL, "conf": {"conf.h"},
              "enum": {"enum.h", "e164.h", "ere.h", "dial_plan.h",
                       "naptr.h", "tel_port.h"},
              "line": {"group.h"}, "service": {"location.h"}},
    "call": {"base": ALL, "conf": {"conf.h"},
             "dsp": {"codec.h", "tone_plan.h"},
             "enum": {"e164.h", "dial_plan.h", "tel_port.h"},
             "media": {"bridge.h", "engine.h", "rtp_port.h", "file_port.h",
                       "loop_port.h"},
             # docs/decisions/0005-call-knows-the-doors-of-sip.md
             "sip": {"session.h", "sip.h", "txn.h", "msg_build.h", "peer.h",
                     "auth.h"}, "sdp": ALL,
             "service": {"location.h", "registrar.h"},
             "line": {"line.h", "group.h", "line_conf.h"},
             "route": {"route.h", "place.h", "guard.h"}},
    "control": {"base": ALL, "conf": ALL, "enum": {"enum.h"},
                "line": {"line.h", "group.h", "sim/sim.h"},
                "route": {"route.h", "route_report.h", "guard.h"},
                "service": {"location.h"},
                "sip": {"block.h"},
                "call": {"call_table.h"}},
    # gateway/party*.h: the words that all rooms under gateway/ share
    "party": {"base": ALL, "conf": {"conf.h"}, "enum": {"dial_plan.h"}},
}
# the composition root builds everything
ROWS["app"] = {room: ALL for room in ROWS}
IN_GATEWAY = ("sip", "sdp", "line", "service", "route", "call", "control")
for _room in IN_GATEWAY:
    ROWS[_room]["party"] = ALL

# header (a prefix) -> the only places that may know it
FOREIGN = {
    "spandsp": ("dsp/",),
    "ares": ("enum/resolver_cares.c",),
    "yaml.h": ("conf/yaml.c",),
    "sndfile.h": ("media/file_port.c",),
    "srtp2/": ("media/srtp.c",),
    "openssl/": ("gateway/sip/transport_tls.c", "gateway/sip/auth.c",
                 "media/srtp.c", "media/dtls_srtp.c"),
    "libpri.h": ("gateway/line/isdn/isdnd.c",),
    "dahdi/": ("gateway/line/dahdi/", "gateway/line/isdn/"),
    "immintrin.h": ("dsp/",),
}

LIBC = set("""assert.h ctype.h errno.h fcntl.h fenv.h float.h getopt.h grp.h
inttypes.h limits.h locale.h malloc.h math.h poll.h pthread.h pwd.h regex.h
sched.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h
stdio.h stdlib.h stdnoreturn.h string.h strings.h syslog.h termios.h time.h
unistd.h ucontext.h dirent.h glob.h libgen.h ifaddrs.h complex.h""".split())
LIBC_DIRS = ("sys/", "net/", "netinet/", "arpa/", "linux/")

TOP = set(""".ci .clang-format .editorconfig .gitattributes .github
.gitignore CHANGELOG.md CONTRIBUTING.md LICENSE Makefile NOTICE README.md
SECURITY.md base conf docs dsp enum gateway media mk packaging
tests""".split())

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def room_of(path):
    """Room of a product file and its name there; (None, path) of others."""
    parts = path.split("/")
    if parts[0] in ("base", "conf", "dsp", "enum", "media"):
        return parts[0], "/".join(parts[1:])
    if parts[0] != "gateway" or len(parts) < 2:
        return None, path
    if len(parts) == 2:
        return ("party" if parts[1].startswith("party") else "app"), parts[1]
    return parts[1], "/".join(parts[2:])


def check_own(path, name, files):
    """An include of ours: complaint or None."""
    if name not in files:
        return f'"{name}" is no file of the tree (write it from the root)'
    room, _ = room_of(path)
    to, header = room_of(name)
    if room is None:                    # tests may look everywhere
        return None
    if to is None:
        return f'a product file includes "{name}"'
    if to == "app" and not path.startswith("gateway/app") and \
            path != "gateway/main.c":
        return "only app.c and main.c include the composition root"
    if to == room:
        return None
    if room not in ROWS:
        return f"unknown room {room}"
    may = ROWS[room].get(to)
    if may is None:
        return f'{room} may not include {to} ("{name}")'
    if may != ALL and header not in may:
        return f'{room} may include of {to} only {", ".join(sorted(may))}'
    return None


def check_foreign(path, name):
    if path.startswith("tests/"):
        return None
    for prefix, places in FOREIGN.items():
        if name.startswith(prefix):
            if any(path == p or (p.endswith("/") and path.startswith(p))
                   for p in places):
                return None
            return f"<{name}> belongs to {', '.join(places)} only"
    if name in LIBC or name.startswith(LIBC_DIRS):
        return None
    return f"<{name}> is unknown here; foreign headers have one place each"


def check_file(path, text, files):
    """All complaints about one file: [(line, text)]."""
    out = []
    for m in INCLUDE.finditer(text):
        line = text.count("\n", 0, m.start()) + 1
        if m.group(1) == '"':
            what = check_own(path, m.group(2), files)
        else:
            what = check_foreign(path, m.group(2))
        if what:
            out.append((line, what))
    return out


def main():
    files = source.tree()
    known = set(files)
    passed = failed = 0
    for path in files:
        bad = []
        if path.split("/")[0] not in TOP:
            bad.append((1, "nothing else stands at the top of the tree"))
        elif path.endswith((".c", ".h")):
            bad += check_file(path, source.read(path), known)
        for line, what in bad:
            print(f"{path}:{line}: {what}")
        passed += not bad
        failed += bool(bad)
    print(f"layers: {passed} files good, {failed} not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
