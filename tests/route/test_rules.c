/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/route/rules.h"
#include "tests/lib/test.h"

static const struct dial_keys japan = {
	.country = "81", .national = "0", .international = "010",
	.min_digits = 9, .max_digits = 10,
};

/* The E.164 form; "": none, or no memory. */
static void normalise(char out[E164_MAX], const char *number)
{
	struct dial_plan *plan;

	out[0] = '\0';
	if (dial_plan_new(&plan, &japan))
		return;
	if (e164_normalise(out, str_z(number), plan))
		out[0] = '\0';
	obj_unref(plan);
}

static struct route_job job_of(const char *number,
			       enum route_source_kind from)
{
	struct route_job j;

	memset(&j, 0, sizeof(j));
	strcpy(j.q.called.number, number);
	normalise(j.e164, number);
	j.q.from.kind = from;
	strcpy(j.q.from.name, "alice");
	return j;
}

/* Does a rule of that conf take the number from a phone? -1: unusable. */
static int fits(const struct route_rule_conf *c, const char *number)
{
	struct route_job j = job_of(number, ROUTE_FROM_PHONE);
	const char *what;
	struct rule r;
	char why[96];
	int yes;

	if (rule_init(&r, c, &what))
		return -1;
	yes = rule_fits(&r, &j, why, sizeof(why));
	rule_fini(&r);
	return yes;
}

static int test_conditions(void)
{
	static const struct {
		struct route_rule_conf c;
		const char            *number;
		int                    fits;
	} t[] = {
		{ { .prefix = "03" }, "0312345678", 1 },
		{ { .prefix = "03" }, "0612345678", 0 },
		{ { .prefix = "+813" }, "0312345678", 1 },
		{ { .prefix = "+813" }, "+81 3 1234 5678", 1 },
		{ { .prefix = "+813" }, "110", 0 },
		{ { .prefix = "+1" }, "01012125550100", 1 },
		{ { .min_digits = 3, .max_digits = 3 }, "104", 1 },
		{ { .min_digits = 3, .max_digits = 3 }, "1040", 0 },
		{ { .prefix = "+81", .min_digits = 11, .max_digits = 11 },
		  "0312345678", 1 },
		{ { .regex = "^0[36]" }, "0612345678", 1 },
		{ { .regex = "^\\+81[36]" }, "0612345678", 1 },
		{ { .regex = "^\\+81[36]" }, "0512345678", 0 },
		{ { .enum_lookup = true }, "0312345678", 1 },
		{ { .enum_lookup = true }, "110", 0 },
		{ { .prefix = "03", .max_digits = 5 }, "0312345678", 0 },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int got = fits(&t[i].c, t[i].number);

		if (got < 0)
			return ENOMEM;
		if (got != t[i].fits) {
			test_say(__FILE__, __LINE__, "row %zu", i);
			return EINVAL;
		}
	}
	return err;
}

static int test_from(void)
{
	static char from[2][ROUTE_NAME_MAX] = { "telephones", "phone:bob" };
	struct route_rule_conf c = { .name = "x" };
	struct rule r = { .conf = &c };
	struct route_source s = { ROUTE_FROM_PHONE, "alice" };
	int err = 0;

	CHECK(rule_from(&r, &s));
	s.kind = ROUTE_FROM_INTERNET;
	CHECK(!rule_from(&r, &s));      /* closed unless it says so */
	c.from = (struct conf_list){ from, 2 };
	CHECK(!rule_from(&r, &s));
	s.kind = ROUTE_FROM_TELEPHONE;
	CHECK(rule_from(&r, &s));
	s.kind = ROUTE_FROM_PHONE;
	CHECK(!rule_from(&r, &s));
	strcpy(s.name, "bob");
	CHECK(rule_from(&r, &s));
	strcpy(from[0], "internet");
	s.kind = ROUTE_FROM_INTERNET;
	CHECK(rule_from(&r, &s));
out:
	strcpy(from[0], "telephones");
	return err;
}

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

		err = rule_init(&r, t[i].c, &what);
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
	if (!rule_init(&r, c, &what)) {
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
		TEST(test_conditions), TEST(test_from), TEST(test_bad),
		TEST(test_digits), TEST_END } };
