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

	if (rule_init(&r, c, NULL, &what))
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
		/* the plus is no digit */
		{ { .min_digits = 11, .max_digits = 11 }, "+81312345678", 1 },
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

/* Without from: what leads out is for the house, the rest for all that are
 * known. */
static int test_no_from(void)
{
	static const char peer[][ROUTE_DEST_MAX] = { "peer:x" };
	static const char phone[][ROUTE_DEST_MAX] = { "phone:x" };
	static const struct { struct route_rule_conf c; const char *who; }
	t[] = {
		{ { .to = { (void *)peer, 1 } }, "-pt--" },
		{ { .enum_lookup = true }, "-pt--" },
		{ { .to = { (void *)phone, 1 } }, "-ptTP" },
		{ { .local = true }, "-ptTP" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *what;
		struct rule r;

		TRY(rule_init(&r, &t[i].c, NULL, &what));
		for (int k = 0; t[i].who[k]; k++) {
			struct route_source s = {
				.kind = (enum route_source_kind)k
			};

			if (rule_from(&r, &s) != (t[i].who[k] != '-')) {
				test_say(__FILE__, __LINE__, "row %zu: %d",
					 i, k);
				err = EINVAL;
			}
		}
		rule_fini(&r);
	}
out:
	return err;
}

/* Who calls: the number, its E.164 form, or none that may be shown. */
static int test_caller(void)
{
	static const struct {
		struct route_rule_conf  c;
		const char             *number;
		enum party_presentation shown;
		bool                    fits;
	} t[] = {
		{ { .caller_prefix = "090" }, "09012345678", PARTY_ALLOWED,
		  true },
		{ { .caller_prefix = "+8190" }, "09012345678", PARTY_ALLOWED,
		  true },
		{ { .caller_prefix = "+8180" }, "09012345678", PARTY_ALLOWED,
		  false },
		{ { .caller_prefix = "0" }, "", PARTY_UNAVAILABLE, false },
		{ { .anonymous = ROUTE_ANON_YES }, "", PARTY_ALLOWED, true },
		{ { .anonymous = ROUTE_ANON_YES }, "0312345678",
		  PARTY_RESTRICTED, true },
		{ { .anonymous = ROUTE_ANON_YES }, "0312345678",
		  PARTY_ALLOWED, false },
		{ { .anonymous = ROUTE_ANON_NO }, "0312345678",
		  PARTY_ALLOWED, true },
		{ { .anonymous = ROUTE_ANON_NO }, "0312345678",
		  PARTY_RESTRICTED, false },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct route_job j = job_of("201", ROUTE_FROM_PHONE);
		const char *what;
		char why[96];
		struct rule r;
		bool got;

		strcpy(j.q.calling.number, t[i].number);
		j.q.calling.presentation = t[i].shown;
		normalise(j.caller_e164, t[i].number);
		TRY(rule_init(&r, &t[i].c, NULL, &what));
		got = rule_fits(&r, &j, why, sizeof(why));
		rule_fini(&r);
		if (got != t[i].fits && !test_oom) {
			test_say(__FILE__, __LINE__, "row %zu", i);
			return EINVAL;
		}
	}
out:
	return err;
}

/* So many calls and no more; and that it was only for this. */
static int test_capacity(void)
{
	static const struct route_rule_conf c = { .max_calls = 1,
						  .prefix = "2" };
	struct route_job j = job_of("201", ROUTE_FROM_PHONE);
	const char *what;
	char why[96];
	struct rule r;
	int err = rule_init(&r, &c, NULL, &what);

	if (err)
		return err;
	CHECK(rule_fits(&r, &j, why, sizeof(why)));
	r.use->calls = 1;
	CHECK(!rule_fits(&r, &j, why, sizeof(why)));
	CHECK(rule_is_full(&r, &j));
	j = job_of("301", ROUTE_FROM_PHONE);
	CHECK(!rule_is_full(&r, &j));
out:
	rule_fini(&r);
	return err;
}

const struct test_suite suite_rule_conditions = {
	"route/rule_conditions", (const struct test[]){
		TEST(test_conditions), TEST(test_from), TEST(test_no_from),
		TEST(test_caller), TEST(test_capacity), TEST_END } };
