# SPDX-License-Identifier: Apache-2.0
"""What the lint scripts share: the files of the tree, and C without its
comments, strings and preprocessor lines."""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def tree():
    """All files of the project, relative, without what git ignores."""
    try:
        out = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
            check=True, capture_output=True, text=True).stdout.splitlines()
        out = [p for p in out if os.path.exists(os.path.join(ROOT, p))]
    except (OSError, subprocess.CalledProcessError):
        out = []
        for top, dirs, files in os.walk(ROOT):
            dirs[:] = [d for d in dirs if d not in ("build", ".git")]
            out += [os.path.relpath(os.path.join(top, f), ROOT)
                    for f in files]
    return sorted(out)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def _blank(m):
    """The same number of lines and columns, nothing in them."""
    return re.sub(r"[^\n\t]", " ", m.group())


_WORDS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                    r"|'(?:\\.|[^'\\\n])*'", re.S)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def strip(text, directives=True):
    """C without comments, strings and (if directives) # lines; lines and
    columns stay where they are."""
    def one(m):
        s = m.group()
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[0]
        return _blank(m)
    text = _WORDS.sub(one, text)
    return _DIRECTIVE.sub(_blank, text) if directives else text


class Function:
    """A function definition: name, first and last line, parameters."""

    def __init__(self, head, body, line, body_line):
        self.head, self.body = head, body
        self.line, self.body_line = line, body_line
        self.last = body_line + body.count("\n")
        m = re.search(r"(\w+)\s*\(", head)
        self.name = m.group(1) if m else "?"
        self.params = count_params(head)


def count_params(head):
    """Of the first parenthesis of a declaration."""
    i = head.find("(")
    depth, n, some = 0, 0, False
    for c in head[i:]:
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth == 0:
                break
        elif c == "," and depth == 1:
            n += 1
        elif not c.isspace():
            some = True
    args = head[i + 1:].lstrip()
    if not some or re.match(r"void\s*\)", args):
        return 0
    return n + 1


def top_level(code):
    """The pieces of a stripped file: (kind, text, line, body, body_line);
    kind is "function" or "statement" (with braces emptied)."""
    out = []
    start, i, line, head_line = 0, 0, 1, None
    text = ""
    while i < len(code):
        c = code[i]
        if c == "\n":
            line += 1
        if c == "{":
            depth, j = 1, i + 1
            while j < len(code) and depth:
                depth += {"{": 1, "}": -1}.get(code[j], 0)
                j += 1
            body = code[i:j]
            head = text.strip()
            if is_function_head(head):
                out.append(("function", head, head_line or line, body, line))
                text, head_line = "", None
            else:
                text += "{}"
            line += body.count("\n")
            i = j
            continue
        if c == ";":
            if text.strip():
                out.append(("statement", text.strip(), head_line or line,
                            "", line))
            text, head_line = "", None
        else:
            if head_line is None and not c.isspace():
                head_line = line
            text += c
        i += 1
    return out


def is_function_head(head):
    """`int f(int a)`, not `struct x`, not `const t v[] =`."""
    return head.endswith(")") and "=" not in head and "(" in head and \
        not re.match(r"(struct|enum|union)\s+\w*\s*$", head)


def functions(code):
    return [Function(h, b, l, bl) for k, h, l, b, bl in top_level(code)
            if k == "function"]
