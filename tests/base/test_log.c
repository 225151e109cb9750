/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <string.h>

#include "tests/lib/test.h"

struct sink {
	char           line[1200];
	enum log_level lv;
	int            n;
};

static void keep(enum log_level lv, const char *line, void *arg)
{
	struct sink *s = arg;

	str_clip(s->line, sizeof(s->line), str_z(line));
	s->lv = lv;
	s->n++;
}

/* What follows the time of day. */
static struct str rest(const struct sink *s)
{
	return str_sub(str_z(s->line), 13, SIZE_MAX);
}

static int test_form(void)
{
	struct log_tag tag = { "call", "call=7f3a" }, bare = { "sip", "" };
	enum log_level lv = log_get_level();
	struct sink s = { 0 };
	int err = 0;

	log_set_sink(keep, &s);
	log_set_level(LOG_INFO);
	log_info(&tag, "answered", "leg=%c codec=%s", 'A', "PCMA");
	CHECK_STR(rest(&s), "info call: answered call=7f3a leg=A codec=PCMA");
	CHECK(s.line[2] == ':' && s.line[8] == '.' && s.line[12] == ' ');
	log_warn(&bare, "odd", "%s", "");
	CHECK_STR(rest(&s), "warn sip: odd");
	CHECK_INT(s.lv, LOG_WARN);
	log_debug(&bare, "quiet", "x=%d", 1);
	CHECK_INT(s.n, 2);
	log_err(NULL, "lost", "x=%d", 1);
	CHECK_STR(rest(&s), "err tipring: lost x=1");
	log_notice(&bare, "state", "x=%d", 1);
	CHECK_INT(s.lv, LOG_NOTICE);
	CHECK_STR(str_z(log_level_name(LOG_DEBUG)), "debug");
out:
	log_set_level(lv);
	log_set_sink(NULL, NULL);
	return err;
}

/* Foreign text cannot make a line or a field, and a long one is cut. */
static int test_foreign_text(void)
{
	static const struct { const char *text, *bare, *quoted; } rows[] = {
		{ "x\r\n12:00:00 err y\x7f\x01",
		  "\"x\\x0d\\x0a12:00:00 err y\\x7f\\x01\"",
		  "x\\x0d\\x0a12:00:00 err y\\x7f\\x01" },
		{ "a status=200", "\"a status=200\"", "a status=200" },
		{ "a\" z=\"9", "\"a\\\" z=\\\"9\"", "a\\\" z=\\\"9" },
		{ "sip:a@b;x=y\\", "sip:a@b;x=y\\", "sip:a@b;x=y\\\\" },
		{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xff\xc2\x9b", "\"\\xff\\xc2\\x9b\"",
		  "\\xff\\xc2\\x9b" },
		{ "\xe2\x80\xae", "\"\\xe2\\x80\\xae\"",
		  "\\xe2\\x80\\xae" },
		{ "", "", "" },
	};
	struct log_tag tag = { "sip", "" };
	char big[3000], want[200];
	struct sink s = { 0 };
	int err = 0;

	log_set_sink(keep, &s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		log_err(&tag, "bad", "x=%s y=\"%.*s\" z=%d", rows[i].text,
			(int)strlen(rows[i].text), rows[i].text, 7);
		snprintf(want, sizeof(want), "err sip: bad x=%s y=\"%s\" z=7",
			 rows[i].bare, rows[i].quoted);
		CHECK_STR(rest(&s), want);
	}
	memset(big, '\n', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	log_err(&tag, "bad", "x=%s", big);
	CHECK(strlen(s.line) <= 1000 && strlen(s.line) > 900);
	CHECK(!strchr(s.line, '\n'));
out:
	log_set_sink(NULL, NULL);
	return err;
}

/* Each kind of argument, and the one after it. */
static int test_arguments(void)
{
	struct log_tag tag = { "sip", "" };
	struct sink s = { 0 };
	int err = 0;

	log_set_sink(keep, &s);
	log_err(&tag, "all", "a=%d b=%u c=%llu d=%zu e=%lx f=%.1f g=%c h=%s "
		"i=%02x j=%s=%d%%", -1, UINT32_MAX, UINT64_MAX + 0ull,
		SIZE_MAX, 255ul, 1.25, 'c', "", 10, "k", 3);
	CHECK_STR(rest(&s), "err sip: all a=-1 b=4294967295 "
		  "c=18446744073709551615 d=18446744073709551615 e=ff f=1.2 "
		  "g=c h= i=0a j=k=3%");
	log_err(&tag, "none", "a=%.*s b=%.*s c=%d", STR_FMT(STR_NULL), 2,
		"xyz", 1);
	CHECK_STR(rest(&s), "err sip: none a= b=xy c=1");
out:
	log_set_sink(NULL, NULL);
	return err;
}

static int test_limit(void)
{
	struct log_tag tag = { "sip", "" };
	enum log_level lv = log_get_level();
	struct sink s = { 0 };
	int err = 0;

	log_set_sink(keep, &s);
	log_set_level(LOG_DEBUG);
	for (int i = 0; i < 200; i++)
		log_warn(&tag, "flood", "i=%d", i);
	CHECK_INT(s.n, 50);
	log_warn(&tag, "another", "i=%d", 1);
	CHECK_INT(s.n, 51);
	for (int i = 0; i < 200; i++)
		log_debug(&tag, "detail", "i=%d", i);
	CHECK_INT(s.n, 251);
out:
	log_set_level(lv);
	log_set_sink(NULL, NULL);
	return err;
}

const struct test_suite suite_log = {
	"base/log", (const struct test[]){
		TEST(test_form),
		TEST(test_foreign_text),
		TEST(test_arguments),
		TEST(test_limit),
		TEST_END } };
