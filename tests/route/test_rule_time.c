/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>

#include "gateway/route/rules.h"
#include "tests/lib/test.h"

/* Wall time of a day of the week (0: Monday) of January 2026, local. */
static uint64_t at(int day, int hour, int min)
{
	struct tm tm = { .tm_year = 126, .tm_mon = 0, .tm_mday = 5 + day,
			 .tm_hour = hour, .tm_min = min, .tm_isdst = -1 };

	return (uint64_t)mktime(&tm) * 1000000;
}

static int test_good(void)
{
	static const struct {
		const char *text;
		int         day, hour, min;
		bool        in;
	} t[] = {
		{ "mon-fri 09:00-18:00", 0, 9, 0, true },
		{ "mon-fri 09:00-18:00", 4, 17, 59, true },
		{ "mon-fri 09:00-18:00", 4, 18, 0, false },
		{ "mon-fri 09:00-18:00", 0, 8, 59, false },
		{ "mon-fri 09:00-18:00", 5, 12, 0, false },
		{ "sat", 5, 0, 0, true },
		{ "sat", 5, 23, 59, true },
		{ "sat", 6, 0, 0, false },
		{ "MON-FRI 09:00-18:00, Sat 10:00-12:00", 5, 11, 0, true },
		{ "08:30-09:15", 2, 9, 0, true },
		{ "08:30-09:15", 2, 9, 15, false },
		{ "sat-mon", 6, 1, 0, true },           /* over the weekend */
		{ "sat-mon", 1, 1, 0, false },
		{ "fri 22:00-06:00", 4, 23, 0, true },  /* past midnight */
		{ "fri 22:00-06:00", 5, 5, 59, true },
		{ "fri 22:00-06:00", 5, 6, 0, false },
		{ "fri 22:00-06:00", 4, 5, 0, false },
		{ "00:00-24:00", 3, 23, 59, true },
	};
	struct rule_span spans[RULE_SPANS_MAX];
	unsigned n;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(rule_parse_time(spans, &n, t[i].text));
		if (rule_in_time(spans, n, NULL, at(t[i].day, t[i].hour,
					      t[i].min)) != t[i].in) {
			test_say(__FILE__, __LINE__, "row %zu: \"%s\"", i,
				 t[i].text);
			return EINVAL;
		}
	}
out:
	return err;
}

static int test_bad(void)
{
	static const char *const t[] = {
		"", "never", "mon-", "mon 9-18", "mon 09:00", "09:00-25:00",
		"09:60-10:00", "mon, ", "mon 09:00-18:00 tue", "24:01-03:00",
		"mon,tue,wed,thu,fri,sat,sun,mon,tue",
	};
	struct rule_span spans[RULE_SPANS_MAX];
	unsigned n;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (rule_parse_time(spans, &n, t[i]) != EBADMSG) {
			test_say(__FILE__, __LINE__, "taken: \"%s\"", t[i]);
			return EINVAL;
		}
	}
	return err;
}

/* The same moment in three places: Monday midnight in Tokyo. */
static int test_zones(void)
{
	static const struct { const char *zone, *text; bool in; } t[] = {
		{ "Asia/Tokyo", "mon 00:00-00:01", true },
		{ "Europe/Berlin", "sun 16:00-16:01", true },
		{ "America/New_York", "sun 10:00-10:01", true },
		{ "America/New_York", "mon", false },
	};
	const uint64_t at_us = 1767538800000000;  /* 2026-01-04 15:00 UTC */
	struct rule_span spans[RULE_SPANS_MAX];
	struct zone *z = NULL;
	const char *why;
	unsigned n;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(zone_open(&z, t[i].zone, &why));
		TRY(rule_parse_time(spans, &n, t[i].text));
		CHECK(rule_in_time(spans, n, z, at_us) == t[i].in);
		z = obj_unref(z);
	}
out:
	obj_unref(z);
	return err;
}

const struct test_suite suite_rule_time = {
	"route/rule_time", (const struct test[]){
		TEST(test_good), TEST(test_bad), TEST(test_zones),
		TEST_END } };
