/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_account.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

#define SECOND 1000000ull
#define HOUR (3600 * SECOND)

static const struct route_source alice = { ROUTE_FROM_PHONE, "alice" };

/* What was used an hour ago does not count; nor, in the end, anything. */
static int test_windows(void)
{
	struct guard_account a;
	uint64_t now = 0;
	int err = 0;

	guard_account_init(&a, &alice);
	CHECK_STR(str_z(a.name), "phone:alice");
	for (int i = 0; i < 120; i++, now += 60 * SECOND) {
		guard_account_use(&a, now, 60 * SECOND, 2);
		CHECK(guard_window_sum(&a.talk_hour, now) <= HOUR);
	}
	CHECK_INT(guard_window_sum(&a.talk_day, now), 2 * HOUR);
	CHECK_INT(guard_window_sum(&a.money_day, now), 240);
	/* exact to a slot of 150 s */
	CHECK(guard_window_sum(&a.talk_hour, now) >= HOUR - 180 * SECOND);
	CHECK_INT(guard_window_sum(&a.talk_hour, now + HOUR), 0);
	CHECK_INT(guard_window_sum(&a.talk_day, now + 20 * HOUR), 2 * HOUR);
	CHECK_INT(guard_window_sum(&a.talk_day, now + 24 * HOUR), 0);
	CHECK_INT(guard_window_sum(&a.money_day, now + 900 * HOUR), 0);
	guard_account_use(&a, now + 900 * HOUR, 5, 5);
	CHECK_INT(guard_window_sum(&a.talk_day, now + 900 * HOUR), 5);
	a.told_us[GUARD_CALLS] = a.alarms = a.refused = 1;
	guard_account_clear(&a);
	CHECK_INT(guard_window_sum(&a.talk_day, now + 900 * HOUR), 0);
	CHECK(!a.told_us[GUARD_CALLS] && !a.alarms && !a.refused);
out:
	return err;
}

/* Beyond all measure, again and again: it overflows nowhere. */
static int test_huge(void)
{
	struct guard_account a;
	int err = 0;

	guard_account_init(&a, &alice);
	CHECK(guard_account_is_idle(&a, 0));
	guard_account_use(&a, 0, 0, 5);
	CHECK(!guard_account_is_idle(&a, 0));   /* money alone */
	for (int i = 0; i < 400; i++) {
		guard_account_use(&a, 0, 0, GUARD_USED_MAX);
		guard_account_use(&a, 0, 0, UINT64_MAX);
	}
	CHECK_INT(guard_window_sum(&a.money_day, 0), GUARD_USED_MAX);
	guard_account_use(&a, HOUR, 0, UINT64_MAX);
	CHECK_INT(guard_window_sum(&a.money_day, HOUR), 2 * GUARD_USED_MAX);
out:
	return err;
}

static int test_countries(void)
{
	struct guard_country *c;
	struct guard_account a;
	char code[GUARD_COUNTRY_MAX];
	int err = 0;

	guard_account_init(&a, &alice);
	c = guard_account_country(&a, "44");
	CHECK(c && !c->calls && !c->allowed);
	c->calls = 7;
	CHECK(guard_account_country(&a, "44") == c);
	guard_account_clear(&a);
	CHECK_INT(guard_account_country(&a, "44")->calls, 7);
	for (int i = 1; i < GUARD_COUNTRIES_MAX; i++) {
		snprintf(code, sizeof(code), "%d", 200 + i);
		CHECK(guard_account_country(&a, code));
	}
	CHECK(!guard_account_country(&a, "81"));
	CHECK(guard_account_country(&a, "44"));
out:
	return err;
}

static int test_names(void)
{
	int err = 0;

	for (int r = 0; r < GUARD_REASONS; r++)
		CHECK(guard_reason_name((enum guard_reason)r));
out:
	return err;
}

const struct test_suite suite_guard_account = {
	"route/guard_account", (const struct test[]){
		TEST(test_windows), TEST(test_huge),
		TEST(test_countries), TEST(test_names),
		TEST_END } };
