/* SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>
#include <string.h>
#include <time.h>

#include "base/clk.h"
#include "enum/ere.h"
#include "tests/lib/test.h"

/* pattern, text, what the groups took, separated by "|"; "-": no match,
 * "!": refused. */
struct row { const char *pattern, *text, *want; };

static const struct row rows[] = {
	{ "^.*$", "+815012345678", "+815012345678" },
	{ "^\\+44(.*)$", "+442079460148", "+442079460148|2079460148" },
	{ "^+44(.*)$", "+442079460148", "+442079460148|2079460148" },
	{ "^\\+46(8)(.*)$", "+4689761234", "+4689761234|8|9761234" },
	/* without a choice of ways, and nearly so */
	{ ".*", "abc", "abc" }, { "(.*)", "", "|" }, { "^", "abc", "" },
	{ "^(.)(.*)", "abc", "abc|a|bc" }, { "^ab", "xab", "-" },
	{ "ab", "xab", "ab" }, { "^a$", "ab", "-" }, { "^abc", "ab", "-" },
	{ "^[ab]b(.*)$", "bbc", "bbc|c" }, { "^a(.*)b$", "axbxb", "axbxb|xbx" },
	{ "^(.*)(.*)$", "ab", "ab|ab|" }, { "^(.*)*$", "ab", "ab|ab" },
	{ "^(.*)$$", "ab", "ab|ab" }, { "^(.*)^", "ab", "|" },
	{ "^a(.*)c?$", "abc", "abc|bc" }, { "a(.*)$|b", "b", "b|~" },
	{ "^a|b", "b", "b" }, { "^(.*)$^", "", "|" }, { "(^a|b)", "b", "b|b" },
	{ "x(.*)", "axb", "xb|b" }, { "^+(.*)+$", "+1", "+1|1" },
	{ "", "abc", "" },
	{ "b", "abc", "b" },
	{ "x", "abc", "-" },
	{ "a|ab|abc", "xabcx", "abc" },         /* longest */
	{ "(a|ab)(c|bcd)(d*)", "abcd", "abcd|a|bcd|" },
	{ "b+", "abbbabbbb", "bbb" },           /* leftmost */
	{ "a.c", "abc", "abc" },
	{ "[0-9]{2,3}", "12345", "123" },
	{ "^[0-9]{3}$", "1234", "-" },
	{ "^([0-9]{2})([0-9]{2,})$", "12345", "12345|12|345" },
	{ "^(..){2}$", "abcd", "abcd|cd" },
	{ "a{0}b", "aab", "b" },
	{ "a{0,2}b", "aaab", "aab" },
	{ "(a{2}){2}", "aaaaa", "aaaa|aa" },
	{ "[[:digit:]]+", "ab12c", "12" },
	{ "[^[:alpha:]]", "ab1", "1" },
	{ "[]a]+", "x]a]y", "]a]" },
	{ "[^]a]", "]ab", "b" },
	{ "[a-]+", "b-a-", "-a-" },
	{ "[\\d]+", "d\\x", "d\\" },            /* \ is plain in brackets */
	{ "[[.-.]x]", "-", "-" },
	{ "[[=a=]]", "a", "a" },
	{ "[+--]+", "+,-.", "+,-" },
	{ "(ab)?c", "c", "c|~" },               /* ~: took no part */
	{ "(a)|(b)", "b", "b|~|b" },
	{ "(a*)*", "aa", "aa|aa" },
	{ "(a*)+", "b", "|" },
	{ "(|a)+", "aaa", "aaa|a" },
	{ "()", "x", "|" },
	{ "a||b", "b", "b" },
	{ "(|a)b", "ab", "ab|a" },
	{ "*a", "x*a", "*a" },
	{ "(+)", "1+", "+|+" },
	{ "a|*b", "*b", "*b" },
	{ "^*", "*", "*" },
	{ "a{x", "a{x", "a{x" },
	{ "{1}", "{1}", "{1}" },
	{ "a)", "a)", "a)" },
	{ "\\.\\*\\$", ".*$", ".*$" },
	{ "x$", "xy", "-" },
	{ "a^b", "a^b", "-" },
	{ "a$b", "a$b", "-" },
	{ "(^a|b$)+", "ab", "ab|b" },
	{ "((((((((((a))))))))))", "a", "a|a|a|a|a|a|a|a|a|a" },
	{ "\xc3\xa4+", "\xc3\xa4", "\xc3\xa4" },
	{ "..", "\xc3\xa4", "\xc3\xa4" },
	{ "[a", "a", "!" }, { "(a", "a", "!" }, { "\\", "a", "!" },
	{ "\\d", "1", "!" }, { "\\1", "1", "!" }, { "a{2,1}", "a", "!" },
	{ "a{256}", "a", "!" }, { "a{1,256}", "a", "!" },
	{ "a{1", "a", "!" }, { "a{1,2", "a", "!" }, { "a{1x}", "a", "!" },
	{ "[b-a]", "a", "!" }, { "[[:foo:]]", "a", "!" },
	{ "[[:digit:", "1", "!" }, { "[[.ab.]]", "a", "!" }, { "[]", "]", "!" },
	{ "a{200}{200}", "a", "!" },
};

static void join(char out[200], const struct ere *re,
		 const struct str g[ERE_GROUPS])
{
	size_t n = 0;

	for (unsigned i = 0; i < ERE_GROUPS && i <= re->n_groups; i++)
		n += (size_t)snprintf(out + n, 200 - n, "%s%.*s",
			i ? "|" : "", g[i].p ? (int)g[i].l : 1,
			g[i].p ? g[i].p : "~");
}

static int check_row(const struct row *r)
{
	struct str g[ERE_GROUPS];
	const char *why = NULL;
	char got[200] = "";
	struct ere re;
	int err = 0;

	if (ere_compile(&re, str_z(r->pattern), false, &why)) {
		CHECK(why && *why);
		snprintf(got, sizeof(got), "!");
	} else if (!ere_match(&re, str_z(r->text), g)) {
		snprintf(got, sizeof(got), "-");
	} else {
		join(got, &re, g);
	}
	if (strcmp(got, r->want) != 0)
		test_say(__FILE__, __LINE__, "%s on %s", r->pattern, r->text);
	CHECK_STR(str_z(got), r->want);
out:
	return err;
}

static int test_rows(void)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TRY(check_row(&rows[i]));
out:
	return err;
}

static int test_icase(void)
{
	struct str g[ERE_GROUPS];
	const char *why;
	struct ere re;
	int err = 0;

	TRY(ere_compile(&re, STR_LIT("^aB[c-d]([^E])$"), true, &why));
	CHECK(ere_match(&re, STR_LIT("AbCf"), g));
	CHECK_STR(g[1], "f");
	CHECK(!ere_match(&re, STR_LIT("AbCe"), g));
	TRY(ere_compile(&re, STR_LIT("^aB$"), false, &why));
	CHECK(!ere_match(&re, STR_LIT("AB"), g));
out:
	return err;
}

/* Expressions that ruin backtracking matchers and eager expanders: all end
 * within the bound of steps. The time is only looked at from far away. */
static int test_hostile(void)
{
	static const char *const evil[] = {
		"(a*)*b", "(a|a)*b", "(a|aa)+$", "((a*)*)*b", "(.*)(.*)(.*)x",
		"(((((a{3}){3}){3}){3}){3})", "a{0,255}a{0,255}b",
		"((((a{0,5}){0,5}){0,5}){0,5}){0,5}", "(x+x+)+y",
		"(a?){25}a{25}b", "([a-z]+)*$x", "((((()*)*)*)*)*",
		"((((()+)+)+){200})", "(|a|b|){90}c",
	};
	char text[ERE_TEXT_MAX + 1];
	struct str g[ERE_GROUPS];
	const char *why;
	struct ere re;
	uint64_t t0 = clk_real.now_us(NULL);
	int err = 0;

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		if (!ere_compile(&re, str_z(evil[i]), false, &why))
			(void)ere_match(&re, str_pl(text, 1000), g);
	CHECK(clk_real.now_us(NULL) - t0 < 5000000);
	/* a longer text than the bound is no match, whatever the pattern */
	TRY(ere_compile(&re, STR_LIT(""), false, &why));
	CHECK(ere_match(&re, str_pl(text, ERE_TEXT_MAX), g));
	CHECK(!ere_match(&re, str_pl(text, ERE_TEXT_MAX + 1), g));
out:
	return err;
}

static int test_limits(void)
{
	char p[ERE_PATTERN_MAX + 2];
	const char *why = NULL;
	struct ere re;
	int err = 0;

	memset(p, 'a', sizeof(p));
	TRY(ere_compile(&re, str_pl(p, ERE_PATTERN_MAX), false, &why));
	CHECK_INT(ere_compile(&re, str_pl(p, ERE_PATTERN_MAX + 1), false,
			      &why), EBADMSG);
	CHECK_STR(str_z(why), "expression is too long");
	memset(p, '(', 30);
	CHECK_INT(ere_compile(&re, str_pl(p, 30), false, &why), EBADMSG);
	CHECK_STR(str_z(why), "groups too deep");
	CHECK_INT(ere_compile(&re, STR_LIT("a{255}a{255}a{255}"), false,
			      &why), EBADMSG);
	CHECK_STR(str_z(why), "expression is too large");
	/* equal brackets share their set */
	memset(p, 0, sizeof(p));
	for (int i = 0; i < 51; i++)
		memcpy(p + 5 * i, "[0-9]", 5);
	TRY(ere_compile(&re, str_pl(p, 255), false, &why));
	CHECK_INT(re.n_sets, 1);
out:
	return err;
}

/* The same answers as the C library gives, where POSIX is clear: does it
 * match, from where to where. Random small expressions, fixed seed. */
static int test_against_libc(void)
{
	static const char *const parts[] = {
		"a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)", "a*", "b+",
		"c?", "(a*b)", "(b|bc)", "a{2}", "b{1,2}", "(ab|c){0,2}",
	};
	uint32_t seed = 12345, checked = 0;
	int err = 0;

	for (int k = 0; k < 3000; k++) {
		char pat[100] = "", text[9];
		struct str g[ERE_GROUPS];
		const char *why;
		regmatch_t m;
		struct ere re;
		regex_t ref;
		bool want, got;

		for (int i = 0; i < 3; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(pat, parts[(seed >> 16) % 15]);
			if (seed >> 28 == 3)
				strcat(pat, "|");
		}
		for (int i = 0; i < 8; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = "abc"[(seed >> 20) % 3];
		}
		text[8] = '\0';
		if (strstr(pat, "||") || pat[strlen(pat) - 1] == '|')
			continue;
		CHECK(!regcomp(&ref, pat, REG_EXTENDED));
		want = !regexec(&ref, text, 1, &m, 0);
		regfree(&ref);
		TRY(ere_compile(&re, str_z(pat), false, &why));
		got = ere_match(&re, str_z(text), g);
		if (got != want || (got && (g[0].p - text != m.rm_so ||
		    (long)g[0].l != m.rm_eo - m.rm_so)))
			test_say(__FILE__, __LINE__, "%s on %s", pat, text);
		CHECK(got == want);
		CHECK(!got || g[0].p - text == m.rm_so);
		CHECK(!got || (long)g[0].l == m.rm_eo - m.rm_so);
		checked++;
	}
	CHECK(checked > 2000);
out:
	return err;
}

const struct test_suite suite_ere = {
	"enum/ere", (const struct test[]){
		TEST(test_rows),
		TEST(test_icase),
		TEST(test_hostile),
		TEST(test_limits),
		TEST_WITH(test_against_libc, TEST_NO_OOM),
		TEST_END } };
