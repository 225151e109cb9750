/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scan.h"

#include "tests/lib/test.h"

static int test_text(void)
{
	static const bool alpha[256] = { ['a'] = true, ['b'] = true };
	struct scan s = scan_of(str_z("SIP/2.0 abba;x=42\r\n"));
	struct str run;
	uint32_t n;
	int err = 0;

	CHECK(scan_ilit(&s, "sip"));
	CHECK(scan_char(&s, '/'));
	CHECK(scan_lit(&s, "2.0"));
	CHECK_INT(scan_blanks(&s), 1);
	CHECK(scan_run(&s, alpha, 1, &run));
	CHECK_STR(run, "abba");
	CHECK(!scan_opt(&s, ','));
	CHECK(scan_opt(&s, ';'));
	CHECK(scan_until(&s, '=', &run));
	CHECK_STR(run, "x");
	CHECK_INT(scan_peek(&s), '=');
	CHECK(scan_char(&s, '='));
	CHECK(scan_u32(&s, 100, &n));
	CHECK_INT(n, 42);
	CHECK_INT(scan_left(&s), 2);
	CHECK(scan_line(&s, &run) && !run.l);
	CHECK(scan_eof(&s) && !s.failed);
	CHECK_INT(scan_peek(&s), -1);
out:
	return err;
}

static int test_failure_is_sticky(void)
{
	struct scan s = scan_of(str_z("abc\ndef"));
	struct parse_pos pos;
	struct str t;
	uint32_t n;
	int err = 0;

	CHECK(scan_line(&s, &t));
	CHECK(scan_char(&s, 'd'));
	CHECK(!scan_char(&s, 'x'));
	CHECK(s.failed && scan_eof(&s) && scan_left(&s) == 0);
	CHECK(!scan_char(&s, 'e') && !scan_lit(&s, "e") && !scan_ilit(&s, ""));
	CHECK(!scan_u32(&s, 9, &n) && !scan_until(&s, 'f', &t));
	CHECK(!scan_line(&s, &t) && !scan_bytes(&s, 0, &t));
	CHECK(!scan_opt(&s, 'e') && scan_peek(&s) == -1);
	CHECK(str_is_empty(scan_rest(&s)));
	pos = scan_pos(&s, "want x");
	CHECK_INT(pos.line, 2);
	CHECK_INT(pos.column, 2);
out:
	return err;
}

static int test_numbers(void)
{
	static const struct { const char *text; uint32_t max; bool ok; } t[] = {
		{ "0", 0, true }, { "1", 0, false }, { "4294967295",
		UINT32_MAX, true }, { "4294967296", UINT32_MAX, false },
		{ "", 9, false }, { "x", 9, false }, { "256", 255, false },
		{ "255;", 255, true }, { "99999999999999999999", 9, false },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct scan s = scan_of(str_z(t[i].text));
		uint32_t n;

		CHECK_INT(scan_u32(&s, t[i].max, &n), t[i].ok);
	}
out:
	return err;
}

static int test_lws(void)
{
	struct scan s = scan_of(str_z(" \t\r\n  \n\tx \r\ny"));
	int err = 0;

	CHECK_INT(scan_lws(&s), 8);
	CHECK(scan_char(&s, 'x'));
	/* the line end is no white space: the next line is not folded */
	CHECK_INT(scan_lws(&s), 1);
	CHECK(scan_lit(&s, "\r\ny"));
	CHECK_INT(scan_lws(&s), 0);
out:
	return err;
}

static int test_lines(void)
{
	struct scan s = scan_of(str_z("v=0\r\n\no=x"));
	struct str l;
	int err = 0;

	CHECK(scan_line(&s, &l));
	CHECK_STR(l, "v=0");
	CHECK(scan_line(&s, &l));
	CHECK_STR(l, "");
	CHECK(scan_line(&s, &l));
	CHECK_STR(l, "o=x");
	CHECK(!scan_line(&s, &l));
out:
	return err;
}

static int test_binary(void)
{
	struct scan s = scan_of(str_pl("\xff\x12\x34\xde\xad\xbe"
				       "\xef""abc", 10));
	struct str t;
	uint8_t a;
	uint16_t b;
	uint32_t c;
	int err = 0;

	CHECK(scan_b8(&s, &a) && a == 0xff);
	CHECK(scan_b16(&s, &b) && b == 0x1234);
	CHECK(scan_b32(&s, &c) && c == 0xdeadbeef);
	CHECK(scan_skip(&s, 1) && scan_bytes(&s, 2, &t));
	CHECK_STR(t, "bc");
	CHECK(scan_bytes(&s, 0, &t));
	CHECK(!scan_b8(&s, &a) && s.failed);
	s = scan_of(STR_LIT("abc"));
	CHECK(!scan_b32(&s, &c));
	s = scan_of(STR_NULL);
	CHECK(scan_eof(&s) && scan_bytes(&s, 0, &t) && !scan_skip(&s, 1));
out:
	return err;
}

static int test_run_minimum(void)
{
	static const bool digit[256] = { ['1'] = true };
	struct scan s = scan_of(str_z("11x"));
	struct str t;
	int err = 0;

	CHECK(!scan_run(&s, digit, 3, &t));
	s = scan_of(str_z("x"));
	CHECK(scan_run(&s, digit, 0, &t) && t.l == 0);
	CHECK(!scan_until(&s, '=', &t));
out:
	return err;
}

const struct test_suite suite_scan = {
	"base/scan", (const struct test[]){
		TEST(test_text),
		TEST(test_failure_is_sticky),
		TEST(test_numbers),
		TEST(test_lws),
		TEST(test_lines),
		TEST(test_binary),
		TEST(test_run_minimum),
		TEST_END } };
