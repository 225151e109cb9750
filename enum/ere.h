/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX extended regular expressions for expressions that strangers wrote:
 * no allocation, no recursion over the text, and at most
 * (length of text + 1) x ERE_PROG_MAX steps for any pattern. A pattern is
 * compiled to at most ERE_PROG_MAX instructions (intervals are written out)
 * and all ways through it are followed at once.
 *
 * The match is the leftmost, and the longest of those (POSIX). Which text a
 * sub-expression takes when several divisions give that longest match is
 * decided as Perl does (first alternative, greedy from the left), where
 * POSIX wants the longest first sub-expression: (a|ab)(c|bcd)(d*) on "abcd"
 * gives "a", "bcd", "" here and "ab", "c", "d" in POSIX.
 * What POSIX leaves undefined: a repetition operator with nothing before it
 * stands for itself ("^+44" means the plus sign), "{" that begins no
 * interval and ")" that closes nothing too; "\d" and other escaped letters
 * and digits are refused. "." and bracket expressions take one byte.
 */
#ifndef ENUM_ERE_H
#define ENUM_ERE_H

#include "base/str.h"

enum {
	ERE_PATTERN_MAX = 256,  /* bytes */
	ERE_TEXT_MAX    = 1024,
	ERE_PROG_MAX    = 512,  /* instructions */
	ERE_SETS_MAX    = 32,   /* bracket expressions */
	ERE_DEPTH_MAX   = 20,   /* nested groups */
	ERE_GROUPS      = 10,   /* the match itself and \1 to \9 */
	ERE_REPEAT_MAX  = 255,  /* RE_DUP_MAX */
};

struct ere_insn {
	uint8_t op, c;
	int16_t x, y;
};

/* A compiled expression; plain data of about 4 kB, may be copied. */
struct ere {
	struct ere_insn prog[ERE_PROG_MAX];
	uint32_t        sets[ERE_SETS_MAX][8];
	unsigned        n_prog, n_sets;
	unsigned        n_groups;       /* all opened, also beyond \9 */
	bool            icase;
};

/* Compiles. EBADMSG: *why tells in constant words. icase: ASCII letters
 * match in either case. */
int ere_compile(struct ere *re, struct str pattern, bool icase,
		const char **why) MUST_CHECK;

/* Does the expression match somewhere in text (at most ERE_TEXT_MAX bytes,
 * longer: no)? group[0] is the match, group[i] what the i-th parenthesis
 * took last; p NULL: it took no part. */
bool ere_match(const struct ere *re, struct str text,
	       struct str group[ERE_GROUPS]);

#endif
