/* SPDX-License-Identifier: Apache-2.0 */
/* Plans made of keys alone; with files: test_dial_plan.c. */
#include <string.h>

#include "enum/dial_plan.h"
#include "tests/lib/test.h"

static enum dial_state state(const struct dial_plan *p, const char *digits)
{
	struct dial_number n;

	dial_plan_look(p, digits, &n);
	return n.state;
}

static int test_keys(void)
{
	const struct dial_keys keys = { .country = "81", .national = "0",
					.international = "010",
					.min_digits = 9, .max_digits = 10 };
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(dial_plan_new(&p, &keys));
	CHECK_INT(state(p, "0"), DIAL_MORE);
	CHECK_INT(state(p, "03123456"), DIAL_MORE);
	CHECK_INT(state(p, "0312345678"), DIAL_MAYBE);
	CHECK_INT(state(p, "09012345678"), DIAL_COMPLETE);
	CHECK_INT(state(p, "090123456789"), DIAL_NONE);
	CHECK_INT(state(p, "2"), DIAL_NONE);
	CHECK_INT(state(p, "01012125550100"), DIAL_MAYBE);
	CHECK_INT(dial_plan_emergency(p)->n, 0);
	CHECK_STR(str_z(dial_plan_withhold(p)), "");
out:
	obj_unref(p);
	return err;
}

/* Nothing is known: only what begins with "+" is a number. */
static int test_nothing(void)
{
	const struct dial_keys keys = { .national = "0" };
	struct dial_plan *p = NULL;
	char out[DIAL_DIGITS_MAX];
	struct dial_number n;
	int err = 0;

	TRY(dial_plan_new(&p, &keys));
	CHECK_INT(state(p, "0312345678"), DIAL_NONE);
	CHECK_INT(state(p, ""), DIAL_MORE);
	CHECK_INT(state(p, "+"), DIAL_MORE);
	CHECK(!dial_plan_present(p, DIAL_FORM_NATIONAL, "+81312345678",
				 out));
	CHECK_STR(str_z(out), "+81312345678");
	dial_plan_look(p, "+81312345678", &n);
	CHECK_STR(str_z(n.e164), "+81312345678");
	CHECK_INT(n.kind, DIAL_INTERNATIONAL);
out:
	obj_unref(p);
	return err;
}

const struct test_suite suite_dial_build = {
	"enum/dial_build", (const struct test[]){
		TEST(test_keys), TEST(test_nothing), TEST_END } };
