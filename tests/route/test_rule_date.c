/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/route/rules.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

/* Noon of a local day. */
static uint64_t noon(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
			 .tm_mday = day, .tm_hour = 12, .tm_isdst = -1 };

	return (uint64_t)mktime(&tm) * 1000000;
}

static int test_days(void)
{
	static const struct { const char *date; int y, m, d; bool in; }
	t[] = {
		{ "01-01", 2026, 1, 1, true },
		{ "01-01", 2031, 1, 1, true },
		{ "01-01", 2026, 1, 2, false },
		{ "2026-05-03", 2026, 5, 3, true },
		{ "2026-05-03", 2027, 5, 3, false },
		{ " 2026-04-29..2026-05-05 ", 2026, 5, 5, true },
		{ "2026-04-29..2026-05-05", 2026, 5, 6, false },
		{ "2026-12-29..2027-01-03", 2027, 1, 1, true },
		{ "12-29..01-03", 2026, 12, 31, true },
		{ "12-29..01-03", 2027, 1, 3, true },
		{ "12-29..01-03", 2027, 1, 4, false },
		{ "12-29..01-03", 2027, 6, 1, false },
		{ "02-29", 2028, 2, 29, true },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rule_date date;

		TRY(rule_parse_date(&date, str_z(t[i].date)));
		if (rule_in_dates(&date, 1, NULL, noon(t[i].y, t[i].m,
						  t[i].d)) != t[i].in) {
			test_say(__FILE__, __LINE__, "row %zu", i);
			return EINVAL;
		}
	}
out:
	return err;
}

/* New Year comes to Tokyo nine hours before it comes to London. */
static int test_zone(void)
{
	const uint64_t at_us = 1767193200000000;  /* 2025-12-31 15:00 UTC */
	struct zone *tokyo = NULL, *london = NULL;
	struct rule_date date;
	const char *why;
	int err;

	TRY(zone_open(&tokyo, "Asia/Tokyo", &why));
	TRY(zone_open(&london, "Europe/London", &why));
	TRY(rule_parse_date(&date, STR_LIT("2026-01-01")));
	CHECK(rule_in_dates(&date, 1, tokyo, at_us));
	CHECK(!rule_in_dates(&date, 1, tokyo, at_us - 1));
	CHECK(!rule_in_dates(&date, 1, london, at_us));
out:
	obj_unref(tokyo);
	obj_unref(london);
	return err;
}

static int test_bad(void)
{
	static const char *const bad[] = {
		"", "1", "13-01", "00-10", "02-30", "2026-05", "1969-01-01",
		"2026-05-03x", "2026-05-03..", "05-03..2026-05-04",
		"2026-05-04..2026-05-03", "01/01", "2026-05-03-04",
	};
	struct rule_date date;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (rule_parse_date(&date, str_z(bad[i])) != EBADMSG) {
			test_say(__FILE__, __LINE__, "%s", bad[i]);
			return EINVAL;
		}
	return 0;
}

static int test_file(void)
{
	char path[ROUTE_RIG_PATH], text[600];
	struct rule_date *v = NULL;
	unsigned line;
	size_t n;
	int err;

	TRY(route_rig_file(path, "# holidays\n\n01-01 New Year\n"
			   "  2026-05-03\tConstitution Day\r\n"));
	TRY(rule_load_dates(&v, &n, path, &line));
	CHECK_INT(n, 2);
	CHECK(rule_in_dates(v, n, NULL, noon(2026, 5, 3)));
	v = mem_free(v);
	unlink(path);
	/* remarks longer than anybody reads, the last without an end */
	snprintf(text, sizeof(text), "# %0250d\n05-03 %0250d", 0, 0);
	TRY(route_rig_file(path, text));
	TRY(rule_load_dates(&v, &n, path, &line));
	CHECK_INT(n, 1);
	v = mem_free(v);
	unlink(path);
	TRY(route_rig_file(path, "01-01\nChristmas\n"));
	err = rule_load_dates(&v, &n, path, &line);
	if (err == ENOMEM)
		goto out;
	CHECK_INT(err, EBADMSG);
	CHECK_INT(line, 2);
	unlink(path);
	err = rule_load_dates(&v, &n, path, &line);
	CHECK(err == ENOENT || err == ENOMEM);
	err = err == ENOENT ? 0 : err;
out:
	unlink(path);
	mem_free(v);
	return err;
}

const struct test_suite suite_rule_date = {
	"route/rule_date", (const struct test[]){
		TEST(test_days), TEST(test_zone), TEST(test_bad),
		TEST_WITH(test_file, TEST_REAL), TEST_END } };
