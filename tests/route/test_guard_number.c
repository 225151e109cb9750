/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_number.h"

#include "base/mem.h"
#include "tests/lib/test.h"

/* However a number is dialled, it leads where it leads. */
static int test_look(void)
{
	static const struct {
		const char *target, *dialled, *e164, *country;
		bool premium;
	} rows[] = {
		{ "0312345678", "0312345678", "+81312345678", "81", false },
		{ "010441632960000", "", "+441632960000", "44", false },
		{ "+979123456789", "", "+979123456789", "979", true },
		{ "0990512345", "", "+81990512345", "81", true },
		{ "0990512345#", "", "+81990512345", "81", true },
		{ "09905123459", "", "+81990512345", "81", true },
		{ "*70990512345", "", "+81990512345", "81", true },
		{ "99990312345678", "0990512345", "", "", true },
		{ "0312345678", "0990512345", "+81312345678", "81", true },
		{ "", "0312345678", "+81312345678", "81", false },
		{ "bob", "", "", "", false }, { "", "", "", "", false },
	};
	struct dial_plan *p = NULL;
	struct guard_number n;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	TRY(dial_plan_load(&p, "conf/plans/jp.yaml", NULL, &d));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		guard_number_look(&n, p, rows[i].target, rows[i].dialled);
		if (n.premium != rows[i].premium)
			test_say(__FILE__, __LINE__, "%s", rows[i].target);
		CHECK(n.premium == rows[i].premium);
		if (!rows[i].e164[0])
			continue;
		CHECK_STR(str_z(n.e164), rows[i].e164);
		CHECK_STR(str_z(n.country), rows[i].country);
	}
out:
	conf_diag_fini(&d);
	obj_unref(p);
	return err;
}

const struct test_suite suite_guard_number = {
	"route/guard_number", (const struct test[]){
		TEST(test_look), TEST_END } };
