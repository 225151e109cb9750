#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lint scripts must be able to complain: bad samples, and good ones."""
import unittest

import layers
import size
import source

HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"


def complaints(text, path="base/x.c", files=("tests/base/test_x.c",)):
    return [what for _, what in size.check_file(path, HEAD + text,
                                                set(files))]


def body(n):
    return "int f(int a)\n{\n" + "\ta++;\n" * n + "\treturn a;\n}\n"


class Size(unittest.TestCase):
    def bad(self, text, what, **kw):
        said = complaints(text, **kw)
        self.assertTrue(any(what in s for s in said), said)

    def good(self, text, **kw):
        self.assertEqual(complaints(text, **kw), [])

    def test_function_length(self):
        self.good(body(66))
        self.bad(body(67), "f: 71 lines")
        table = "\tstatic const int t[] = {\n" + "\t\t1,\n" * 40 + "\t};\n"
        self.good("int f(int a)\n{\n" + table + "\ta++;\n" * 60 +
                  "\treturn t[a];\n}\n")

    def test_file_length(self):
        self.good("\n" * 699)
        self.bad("\n" * 700, "701 lines")

    def test_parameters(self):
        self.good("int f(int a, int b, int c, int d, int e, g_fn *g)\n{\n}\n")
        self.bad("int f(int a, int b, int c, int d, int e, int g,\n"
                 "\tint (*h)(int i, int j))\n{\n}\n", "7 parameters")
        self.good("int f(void)\n{\n}\n")

    def test_conditional(self):
        self.bad("int f(void)\n{\n#ifdef X\n\treturn 1;\n#endif\n}\n",
                 "#if inside")
        self.good("#ifdef X\nint f(void)\n{\n}\n#endif\n")

    def test_depth(self):
        deep = "int f(void)\n{\n" + "if (a) {\n" * 5 + "}\n" * 5 + "}\n"
        self.bad(deep, "nested 5")
        self.good("int f(void)\n{\n\tstruct x a = { { { { { { 1 } } } } } "
                  "};\n}\n")

    def test_variables(self):
        for v in ("static int a;", "int a = 1;", "static const char *a;",
                  "static struct x a[3];", "const char *const *a = b;",
                  "static void (*f)(int) = g;", "struct x v = { 1 };",
                  "static _Thread_local int a;", "static fn *hook;"):
            self.bad(v + "\n", "a variable of the file")
        for v in ("static const int a = 1;", "const struct x *const v[] = "
                  "{ 1 };", "extern int a;", "struct x;", "enum { A = 1 };",
                  "struct x { int a; };", "int f(int (*g)(int));",
                  "static const char *const n[] = { \"a\" };",
                  "static METRIC_COUNT(m, \"x\", \"y\");",
                  "static struct metric_hist h = { 1 };",
                  "static const struct { const char *p; } t[] = { 1 };",
                  "static void (*const f)(int) = g;",
                  "int f(int a) MUST_CHECK;"):
            self.good(v + "\n")
        self.bad("int f(void)\n{\n\tstatic int n;\n}\n", "outlives")
        self.good("int f(void)\n{\n\tstatic const int n = 1;\n}\n")
        self.good("static int a;\n", path="tests/base/test_x.c")
        self.good("static int a;\n", path="base/mem.c",
                  files=("tests/base/test_mem.c",))

    def test_comments(self):
        h = {"path": "base/x.h"}
        self.bad("\nint f(int a);\n", "no comment before", **h)
        self.bad("/* v. */\nint v;\n\nint f(int a) MUST_CHECK;\n",
                 "no comment before", **h)
        self.good("/* Does f. */\nint f(int a);\nint g(int a);\n", **h)
        self.good("int f(int a);   /* does f */\n", **h)
        self.bad("\nstatic inline int f(int a)\n{\n\treturn a;\n}\n",
                 "no comment before", **h)
        self.good("struct x {\n\tint a;\n};\n\nextern const int v[];\n", **h)

    def test_habits(self):
        self.bad("int f(void)\n{\n\tfree(p);\n}\n", "memory comes from")
        self.good("int f(void)\n{\n\tops->free(p);\n\tmem_free(p);\n}\n")
        self.bad("int f(void)\n{\n\tgetaddrinfo(a, b, c, d);\n}\n", "waits")
        self.bad("int f(void)\n{\n\tstrcpy(a, b);\n}\n", "unbounded")
        self.bad("typedef struct { int a; } t;\n", "no typedef")
        self.good("typedef enum x f_fn(int a);\n")
        self.good("/* free(p) */\nconst char *const s = \"free(p)\";\n")
        self.bad("/* TO" "DO: more */\n", "the word TO" "DO")
        self.bad("int f(int a);" + " " * 80 + "\n", "blanks at the end")
        self.bad("/* " + "x" * 80 + " */\n", "columns")

    def test_licence_and_test(self):
        self.assertTrue(size.check_file("base/x.h", "int a;\n", set()))
        self.bad("", "no tests/base/test_x.c", files=())
        self.bad("", "no tests/line/test_fxs.c", files=(),
                 path="gateway/line/analog/fxs.c")
        self.bad("", "no tests/gateway/test_app.c", files=(),
                 path="gateway/app.c")


class Layers(unittest.TestCase):
    files = {"base/str.h", "base/mem.h", "conf/conf.h", "conf/yaml.h",
             "dsp/codec.h", "media/rtp_port.h", "gateway/sip/sip.h",
             "gateway/sip/msg.h", "gateway/line/line.h", "gateway/party.h",
             "gateway/app.h", "gateway/call/call.h", "tests/lib/test.h"}

    def said(self, path, *names):
        text = "".join(f"#include {n}\n" for n in names)
        return layers.check_file(path, text, self.files)

    def test_good(self):
        self.assertEqual(self.said("dsp/x.c", '"base/mem.h"', "<math.h>",
                                   "<spandsp.h>", "<sys/types.h>"), [])
        self.assertEqual(self.said("gateway/call/x.c", '"gateway/party.h"',
                                   '"gateway/sip/sip.h"',
                                   '"media/rtp_port.h"'), [])
        self.assertEqual(self.said("gateway/app.c", '"gateway/app.h"',
                                   '"gateway/line/line.h"'), [])
        self.assertEqual(self.said("tests/x.c", '"conf/yaml.h"',
                                   "<CUnit/Basic.h>"), [])

    def test_bad(self):
        for path, name in (
                ("base/x.c", '"conf/conf.h"'), ("dsp/x.c", '"base/str.h"'),
                ("enum/x.c", '"conf/yaml.h"'), ("media/x.c", '"nowhere.h"'),
                ("gateway/sip/x.c", '"gateway/line/line.h"'),
                ("gateway/line/x.c", '"gateway/sip/sip.h"'),
                ("media/x.c", '"gateway/party.h"'),
                ("gateway/call/x.c", '"gateway/sip/msg.h"'),
                ("gateway/sip/x.c", '"gateway/app.h"'),
                ("base/x.c", '"tests/lib/test.h"'),
                ("media/x.c", "<spandsp.h>"), ("enum/x.c", "<ares.h>"),
                ("base/x.c", "<glib.h>"),
                ("gateway/call/x.c", "<openssl/ssl.h>")):
            self.assertEqual(len(self.said(path, name)), 1, (path, name))


class Source(unittest.TestCase):
    def test_strip(self):
        self.assertEqual(source.strip('a /* x\n*/ "b{" c\n#if 1\n'),
                         'a     \n   "  " c\n     \n')

    def test_functions(self):
        fs = source.functions(source.strip(
            "struct x { int a; };\nint\nf(int a)\n{\n\tif (a) {\n\t}\n}\n"
            "const int t[] = {\n1 };\nvoid g(void) { h(); }\n"))
        self.assertEqual([(f.name, f.line, f.last) for f in fs],
                         [("f", 2, 7), ("g", 10, 10)])


if __name__ == "__main__":
    unittest.main()
