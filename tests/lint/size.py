#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes and habits of every C file, by simple rules.

Files to 700 lines, functions to 70 (constant tables in them do not count),
6 parameters, 4 levels deep, 80 columns; no #if in a function; no variable of
a file or function that outlives a call, but constants; a comment before each
function (or group of them) in a header; a test file for each .c; first line
SPDX; memory from base/mem.h only; nothing that blocks on names.
"""
import re
import sys

import source

FILE_LINES, FUNC_LINES, PARAMS, DEPTH, COLUMNS = 700, 70, 6, 4, 80

# these few hold state of the process; each has its reason
STATE = {
    "base/log.c": None,         # level, sink, rate limits
    "base/metric.c": None,      # heads of the two lists
    "base/mem.c": None,         # counters, injected failure
    "base/loop.c": {"turning"}, # which loop's turn a thread is in
    # bytes of each thread's own, and what fork() does to them
    "base/rand.c": {"block", "once", "fork_safe"},
    "base/udp.c": {"udp_os"},   # an interface: holds one constant pointer
}
# types that are meant to be static: relaxed atomics, one writer
STATIC_TYPES = re.compile(
    r"^(static\s+)?(METRIC|METRIC_COUNT)\s*\(|\bstruct\s+metric(_hist)?\s")

# callbacks whose parameters a library has laid down
LAID_DOWN = {
    ("enum/resolver_cares.c", "read_socket"),   # ares_socket_functions
}

# .c files without a test of their own: path -> the test that covers them
TESTED_BY = {
    "gateway/main.c": "tests/e2e/",
}

NEVER = {
    r"(?<![\w>.])(malloc|calloc|realloc|free|strdup|strndup|asprintf|"
    r"vasprintf|aligned_alloc|posix_memalign)\s*\(":
        "memory comes from base/mem.h",
    r"\b(getaddrinfo|gethostbyname\w*|getnameinfo|res_query)\s*\(":
        "nothing here waits for a name server",
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\(":
        "unbounded: use base/str.h, base/buf.h, snprintf",
    r"\btypedef\s+(struct|union|enum)\b[^;(]*;": "no typedef of structs",
}
MEMORY_OWNER = ("base/mem.c",)
WORDS = re.compile(r"\b(TODO|FIXME|XXX)\b")
TEXT = (".c", ".h", ".py", ".sh", ".mk", ".md", ".yaml", ".yml")
SPDX = "SPDX-License-Identifier: Apache-2.0"


def in_product(path):
    return not path.startswith("tests/")


def spdx(path, text):
    if SPDX not in "\n".join(text.split("\n", 2)[:2]):
        yield 1, "the first line is not the licence"


def words(path, text):
    for i, l in enumerate(text.split("\n"), 1):
        m = WORDS.search(l)
        if m and not path.startswith("tests/lint/"):
            yield i, f"the word {m.group()}"


def layout(path, text):
    lines = text.split("\n")
    n = len(lines) - 1
    if n > FILE_LINES:
        yield n, f"{n} lines, more than {FILE_LINES}"
    for i, l in enumerate(lines, 1):
        width = len(l.expandtabs(8))
        if width > COLUMNS:
            yield i, f"{width} columns, more than {COLUMNS}"
        if l != l.rstrip():
            yield i, "blanks at the end"


def table_lines(body):
    """Lines of constant tables inside a function."""
    n = 0
    for m in re.finditer(r"^[ \t]*static const[^;{]*\{", body, re.M):
        depth, j = 1, m.end()
        while j < len(body) and depth:
            depth += {"{": 1, "}": -1}.get(body[j], 0)
            j += 1
        n += body.count("\n", m.start(), j) + 1
    return n


def depth_of(body):
    """Deepest block of a body; initialisers and case labels not counted."""
    depth = deepest = 0
    stack = []
    for m in re.finditer(r"(=\s*|\)\s*|,\s*|\(\s*|\{\s*)?([{}])", body):
        if m.group(2) == "{":
            before = body[:m.start(2)].rstrip()[-1:]
            block = before not in ("=", ",", "(") and not (
                stack and not stack[-1])
            # a compound literal: a brace behind a type in parentheses
            if before == ")" and re.search(
                    r"\((?:const )?(?:struct \w+|\w+)\s*(?:\[\w*\])?\)\s*$",
                    body[:m.start(2)]) and not re.search(
                    r"\b(if|while|for|switch)\s*\([^()]*\)\s*$",
                    body[:m.start(2)]):
                block = False
            stack.append(block)
            depth += block
            deepest = max(deepest, depth)
        elif stack:
            depth -= stack.pop()
    return deepest - 1


def function_rules(path, text):
    code = source.strip(text)
    lines = text.split("\n")
    for f in source.functions(code):
        n = f.last - f.line + 1 - table_lines(f.body)
        if n > FUNC_LINES:
            yield f.line, f"{f.name}: {n} lines, more than {FUNC_LINES}"
        if f.params > PARAMS and (path, f.name) not in LAID_DOWN:
            yield f.line, f"{f.name}: {f.params} parameters"
        if depth_of(f.body) > DEPTH:
            yield f.line, f"{f.name}: nested {depth_of(f.body)} deep"
        for i in range(f.line, f.last):
            if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else)\b", lines[i]):
                yield i + 1, f"{f.name}: #if inside a function"
        if in_product(path):
            yield from static_locals(path, f)


def static_locals(path, f):
    for m in re.finditer(r"^\s+static\s+(.*)$", f.body, re.M):
        if not is_constant("static " + m.group(1)) and \
                not allowed_state(path, "static " + m.group(1)):
            line = f.body_line + f.body.count("\n", 0, m.start(1))
            yield line, f"{f.name}: a variable that outlives the call"


def is_constant(decl):
    """Of `static const t *const v[] = ...` the last part decides."""
    left = re.sub(r"\{[^}]*\}", "{}", decl).split("=")[0]
    if "*" in left:
        return bool(re.match(r"\s*const\b", left[left.rindex("*") + 1:]))
    return bool(re.search(r"\bconst\b", left))


def allowed_state(path, decl):
    if STATIC_TYPES.search(decl):
        return True
    if path not in STATE:
        return False
    names = STATE[path]
    return names is None or any(re.search(rf"\b{n}\b", decl) for n in names)


def variables(path, text):
    """Variables of a file; C files only, headers hold none."""
    code = source.strip(text)
    for kind, s, line, _, _ in source.top_level(code):
        if kind != "statement" or \
                re.match(r"(typedef|extern|_Static_assert)\b", s):
            continue
        left = s.split("=")[0]
        if re.match(r"(struct|union|enum)(\s+\w+)?\s*\{\}\s*$", left) or \
                re.match(r"(struct|union|enum)\s+\w+\s*$", left):
            continue                    # a type
        pointer = re.search(r"\(\s*\*\s*(const\b)?", left)
        if allowed_state(path, s):
            continue
        if "(" in left and not (pointer and "=" in s) and not re.search(
                r"\(\s*\*\s*(const\s+)?\w+\s*(\[\w*\])?\s*\)\s*\([^()]*\)$",
                left):
            continue                    # a prototype
        if pointer and pointer.group(1):
            continue
        if not is_constant(s):
            yield line, "a variable of the file: " + " ".join(s.split())[:50]


PROTOTYPE = re.compile(r"[\w *]*\w[\s*]+\w+\s*\(")


def documented(path, text):
    """Each function of a header follows a comment, or stands in a row of
    declarations that begins with one, or has one behind it."""
    code = source.strip(text)
    lines = text.split("\n")
    for kind, s, line, _, last in source.top_level(code):
        if kind == "statement" and (
                not PROTOTYPE.match(s.split("=")[0]) or
                re.match(r"(typedef|struct\s+\w+\s*\{|static\s+const)", s)):
            continue
        i = line - 2
        while i >= 0 and lines[i].strip() and not commented(lines, i):
            i -= 1
        behind = any("/*" in l for l in lines[line - 1:last])
        if not behind and (i < 0 or not lines[i].strip()):
            yield line, "no comment before " + " ".join(s.split())[:50]


def commented(lines, i):
    return "*/" in lines[i]


def never(path, text):
    code = source.strip(text)
    for pattern, why in NEVER.items():
        if why.startswith("memory") and path in MEMORY_OWNER:
            continue
        for m in re.finditer(pattern, code):
            yield code.count("\n", 0, m.start()) + 1, why


def test_path(path):
    parts = path.split("/")
    room = parts[0]
    if room == "gateway":
        room = parts[1] if len(parts) > 2 else "gateway"
    return f"tests/{room}/test_{parts[-1]}"


def tested(path, files):
    want = TESTED_BY.get(path, test_path(path))
    if in_product(path) and not any(f.startswith(want) for f in files):
        yield 1, f"no {want}"


def check_file(path, text, files):
    """All complaints about one file: [(line, text)]."""
    out = list(words(path, text))
    if path.endswith((".c", ".h", ".py", ".sh", ".mk")) or \
            path == "Makefile":
        out += spdx(path, text)
    if not path.endswith((".c", ".h")):
        return out
    out += layout(path, text)
    out += function_rules(path, text)
    if in_product(path):
        out += never(path, text)
        if path.endswith(".c"):
            out += variables(path, text)
            out += tested(path, files)
    if path.endswith(".h") and (in_product(path) or
                                path.startswith("tests/lib/")):
        out += documented(path, text)
    return sorted(out)


def main():
    files = set(source.tree())
    passed = failed = 0
    for path in sorted(files):
        if not path.endswith(TEXT) and path != "Makefile":
            continue
        if path.startswith("tests/fuzz/corpus/"):
            continue
        bad = check_file(path, source.read(path), files)
        for line, what in bad:
            print(f"{path}:{line}: {what}")
        passed += not bad
        failed += bool(bad)
    print(f"size: {passed} files good, {failed} not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
