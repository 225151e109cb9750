/* SPDX-License-Identifier: Apache-2.0 */
#include "enum/dial_plan.h"
#include "tests/lib/test.h"

enum { NONE, JAPAN, USA, GERMANY, PLANS };

static const struct dial_keys keys[PLANS] = {
	[JAPAN] = { .country = "81", .national = "0", .international = "010",
		    .min_digits = 9, .max_digits = 10 },
	[USA] = { .country = "1", .national = "1", .international = "011",
		  .bare = true, .min_digits = 10, .max_digits = 10 },
	[GERMANY] = { .country = "49", .national = "0",
		      .international = "00", .area = "30", .min_digits = 6,
		      .max_digits = 13 },
};

struct row {
	int         plan;
	const char *dialled, *want;
	int         err;
};

static const struct row rows[] = {
	{ JAPAN, "050-1234-5678", "+815012345678", 0 },
	{ JAPAN, "+81-50-1234-5678", "+815012345678", 0 },
	{ JAPAN, "+81 (50) 1234.5678", "+815012345678", 0 },
	{ JAPAN, "03 1234 5678", "+81312345678", 0 },
	{ JAPAN, "010 1 212 555 0100", "+12125550100", 0 },
	{ JAPAN, "01 0 1-212-555-0100", "+12125550100", 0 },
	{ JAPAN, "110", "", EDOM },            /* police */
	{ JAPAN, "119", "", EDOM },
	{ JAPAN, "0501234567", "+81501234567", 0 },
	{ JAPAN, "05012345", "", EDOM },       /* too short */
	{ JAPAN, "050123456789", "", EDOM },   /* too long */
	{ JAPAN, "12345678", "", EDOM },       /* local, no area known */
	{ USA, "2125550100", "+12125550100", 0 },
	{ USA, "12125550100", "+12125550100", 0 },
	{ USA, "01181312345678", "+81312345678", 0 },
	{ USA, "911", "", EDOM },
	{ USA, "5550100", "", EDOM },
	{ GERMANY, "030 123456", "+4930123456", 0 },
	{ GERMANY, "123456", "+4930123456", 0 },
	{ GERMANY, "0041 44 123 45 67", "+41441234567", 0 },
	{ GERMANY, "110", "", EDOM },
	{ NONE, "+442079460148", "+442079460148", 0 },
	{ NONE, "02079460148", "", EDOM },
	{ NONE, "", "", EBADMSG },
	{ NONE, "+", "", EBADMSG },
	{ NONE, "++442079460148", "", EBADMSG },
	{ NONE, "4+42079460148", "", EBADMSG },
	{ NONE, "+44 20 7946 014x", "", EBADMSG },
	{ JAPAN, "*67", "", EBADMSG },
	{ JAPAN, "050\t1234", "", EBADMSG },
	{ NONE, "+012345678", "", EDOM },       /* no country begins with 0 */
	{ NONE, "+123456", "", EDOM },
	{ NONE, "+1234567890123456", "", EDOM },        /* 16 digits */
	{ NONE, "+123456789012345", "+123456789012345", 0 },
	{ JAPAN, "0101234567890123456", "", EDOM },
	{ NONE, "+12345678901234567890123456789012345", "", EBADMSG },
};

static int test_rows(void)
{
	struct dial_plan *plan[PLANS] = { NULL };
	int err = 0;

	for (int k = JAPAN; k < PLANS; k++)
		TRY(dial_plan_new(&plan[k], &keys[k]));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[E164_MAX] = "";
		int got = e164_normalise(out, str_z(rows[i].dialled),
					 plan[rows[i].plan]);

		if (got != rows[i].err)
			test_say(__FILE__, __LINE__, "%s", rows[i].dialled);
		CHECK_INT(got, rows[i].err);
		CHECK_STR(str_z(out), rows[i].want);
	}
out:
	for (int k = 0; k < PLANS; k++)
		obj_unref(plan[k]);
	return err;
}

static int test_is_valid(void)
{
	int err = 0;

	CHECK(e164_is_valid(STR_LIT("+815012345678")));
	CHECK(e164_is_valid(STR_LIT("+2904321")));      /* short country */
	CHECK(!e164_is_valid(STR_LIT("815012345678")));
	CHECK(!e164_is_valid(STR_LIT("+81 5012345678")));
	CHECK(!e164_is_valid(STR_LIT("+")));
	CHECK(!e164_is_valid(STR_NULL));
out:
	return err;
}

/* A default range of lengths: 4 to what E.164 leaves. */
static int test_default_lengths(void)
{
	static const struct dial_keys k = { .country = "358",
		.national = "0", .international = "00" };
	struct dial_plan *p = NULL;
	char out[E164_MAX];
	int err = 0;

	TRY(dial_plan_new(&p, &k));
	TRY(e164_normalise(out, STR_LIT("0123456789012"), p));
	CHECK_STR(str_z(out), "+358123456789012");
	CHECK_INT(e164_normalise(out, STR_LIT("01234567890123"), p), EDOM);
	CHECK_INT(e164_normalise(out, STR_LIT("0123"), p), EDOM);
out:
	obj_unref(p);
	return err;
}

const struct test_suite suite_e164 = {
	"enum/e164", (const struct test[]){
		TEST(test_rows),
		TEST(test_is_valid),
		TEST(test_default_lengths),
		TEST_END } };
