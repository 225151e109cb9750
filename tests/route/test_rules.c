/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/route/rules.h"
#include "tests/lib/test.h"

static const struct dial_keys japan = {
	.country = "81", .national = "0", .international = "010",
	.min_digits = 9, .max_digits = 10,
};

static int test_bad(void)
{
	static char to[1][ROUTE_DEST_MAX] = { "nowhere" };
	const struct route_rule_conf regex = { .regex = "(" },
		time = { .time = "noon" }, target = { .to = { to, 1 } };
	const struct { const struct route_rule_conf *c; const char *what; }
	t[] = { { &regex, "regex" }, { &time, "time" }, { &target, "to" } };
	int err = 0;

	for (int i = 0; i < 3; i++) {
		const char *what;
		struct rule r;

		err = rule_init(&r, t[i].c, NULL, &what);
		if (err == ENOMEM)
			return err;
		CHECK_INT(err, EBADMSG);
		CHECK_STR(str_z(what), t[i].what);
		err = 0;
	}
out:
	return err;
}

static enum route_digits ask(const struct route_rule_conf *c,
			     const char *digits)
{
	struct dial_number n;
	struct rule_digits d = { .digits = digits, .e164 = n.e164,
				 .as_local = ROUTE_DIGITS_NONE };
	enum route_digits got = ROUTE_DIGITS_NONE;
	struct dial_plan *plan;
	const char *what;
	struct rule r;

	if (dial_plan_new(&plan, &japan))
		return got;
	d.plan = plan;
	dial_plan_look(plan, digits, &n);
	d.as_dialled = rule_plan_digits(n.state);
	d.as_e164 = rule_plan_digits(n.e164_state);
	if (!rule_init(&r, c, NULL, &what)) {
		got = rule_digits(&r, &d);
		rule_fini(&r);
	}
	obj_unref(plan);
	return got;
}

static int test_digits(void)
{
	const struct route_rule_conf three = { .prefix = "1",
		.min_digits = 3, .max_digits = 3 };
	const struct route_rule_conf any = { .prefix = "0" };
	const struct route_rule_conf ten = { .prefix = "0", .min_digits = 8,
		.max_digits = 10 };
	const struct route_rule_conf access = { .prefix = "9", .strip = 1 };
	const struct route_rule_conf regex = { .regex = "^09" };
	const struct route_rule_conf e164 = { .prefix = "+81" };
	const struct route_rule_conf en = { .enum_lookup = true };
	const struct route_rule_conf local = { .local = true };
	int err = 0;

	CHECK_INT(ask(&three, "1"), ROUTE_DIGITS_MORE);
	CHECK_INT(ask(&three, "104"), ROUTE_DIGITS_COMPLETE);
	CHECK_INT(ask(&three, "1040"), ROUTE_DIGITS_NONE);
	CHECK_INT(ask(&three, "2"), ROUTE_DIGITS_NONE);
	CHECK_INT(ask(&any, "0"), ROUTE_DIGITS_MORE);
	CHECK_INT(ask(&any, "0312345678"), ROUTE_DIGITS_MAYBE);
	CHECK_INT(ask(&any, "09012345678"), ROUTE_DIGITS_COMPLETE);
	/* what the plan does not know may still be a number of the rule's */
	CHECK_INT(ask(&any, "090123456789"), ROUTE_DIGITS_MAYBE);
	CHECK_INT(ask(&ten, "0312345678"), ROUTE_DIGITS_COMPLETE);
	CHECK_INT(ask(&ten, "03123456"), ROUTE_DIGITS_MAYBE);
	/* behind an access digit */
	CHECK_INT(ask(&access, "9"), ROUTE_DIGITS_MORE);
	CHECK_INT(ask(&access, "90312345678"), ROUTE_DIGITS_MAYBE);
	CHECK_INT(ask(&access, "909012345678"), ROUTE_DIGITS_COMPLETE);
	/* an expression takes what is complete only if it matches */
	CHECK_INT(ask(&regex, "09012345678"), ROUTE_DIGITS_COMPLETE);
	CHECK_INT(ask(&regex, "08012345678"), ROUTE_DIGITS_MAYBE);
	CHECK_INT(ask(&e164, "0"), ROUTE_DIGITS_MORE);
	CHECK_INT(ask(&e164, "031234567"), ROUTE_DIGITS_MORE);
	CHECK_INT(ask(&e164, "0312345678"), ROUTE_DIGITS_MAYBE);
	CHECK_INT(ask(&e164, "09012345678"), ROUTE_DIGITS_COMPLETE);
	CHECK_INT(ask(&e164, "2"), ROUTE_DIGITS_NONE);
	CHECK_INT(ask(&en, "0312345678"), ROUTE_DIGITS_MAYBE);
	CHECK_INT(ask(&en, "110"), ROUTE_DIGITS_NONE);
	CHECK_INT(ask(&local, "201"), ROUTE_DIGITS_NONE);
out:
	return err;
}

const struct test_suite suite_rules = {
	"route/rules", (const struct test[]){
		TEST(test_bad),
		TEST(test_digits), TEST_END } };
