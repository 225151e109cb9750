/* SPDX-License-Identifier: Apache-2.0 */
#include "enum/e164.h"
#include "tests/lib/test.h"

static const struct e164_plan japan = {
	.country = "81", .national = "0", .international = "010",
	.min_digits = 9, .max_digits = 10 };
static const struct e164_plan usa = {
	.country = "1", .national = "1", .international = "011",
	.bare = true, .min_digits = 10, .max_digits = 10 };
static const struct e164_plan germany = {
	.country = "49", .national = "0", .international = "00",
	.area = "30", .min_digits = 6, .max_digits = 13 };

struct row {
	const struct e164_plan *plan;
	const char             *dialled, *want;
	int                     err;
};

static const struct row rows[] = {
	{ &japan, "050-1234-5678", "+815012345678", 0 },
	{ &japan, "+81-50-1234-5678", "+815012345678", 0 },
	{ &japan, "+81 (50) 1234.5678", "+815012345678", 0 },
	{ &japan, "03 1234 5678", "+81312345678", 0 },
	{ &japan, "010 1 212 555 0100", "+12125550100", 0 },
	{ &japan, "01 0 1-212-555-0100", "+12125550100", 0 },
	{ &japan, "110", "", EDOM },            /* police */
	{ &japan, "119", "", EDOM },
	{ &japan, "0501234567", "+81501234567", 0 },
	{ &japan, "05012345", "", EDOM },       /* too short */
	{ &japan, "050123456789", "", EDOM },   /* too long */
	{ &japan, "12345678", "", EDOM },       /* local, no area known */
	{ &usa, "2125550100", "+12125550100", 0 },
	{ &usa, "12125550100", "+12125550100", 0 },
	{ &usa, "01181312345678", "+81312345678", 0 },
	{ &usa, "911", "", EDOM },
	{ &usa, "5550100", "", EDOM },
	{ &germany, "030 123456", "+4930123456", 0 },
	{ &germany, "123456", "+4930123456", 0 },
	{ &germany, "0041 44 123 45 67", "+41441234567", 0 },
	{ &germany, "110", "", EDOM },
	{ NULL, "+442079460148", "+442079460148", 0 },
	{ NULL, "02079460148", "", EDOM },
	{ NULL, "", "", EBADMSG },
	{ NULL, "+", "", EBADMSG },
	{ NULL, "++442079460148", "", EBADMSG },
	{ NULL, "4+42079460148", "", EBADMSG },
	{ NULL, "+44 20 7946 014x", "", EBADMSG },
	{ &japan, "*67", "", EBADMSG },
	{ &japan, "050\t1234", "", EBADMSG },
	{ NULL, "+012345678", "", EDOM },       /* no country begins with 0 */
	{ NULL, "+123456", "", EDOM },
	{ NULL, "+1234567890123456", "", EDOM },        /* 16 digits */
	{ NULL, "+123456789012345", "+123456789012345", 0 },
	{ &japan, "0101234567890123456", "", EDOM },
	{ NULL, "+12345678901234567890123456789012345", "", EBADMSG },
};

static int test_rows(void)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[E164_MAX] = "";
		int got = e164_normalise(out, str_z(rows[i].dialled),
					 rows[i].plan);

		if (got != rows[i].err)
			test_say(__FILE__, __LINE__, "%s", rows[i].dialled);
		CHECK_INT(got, rows[i].err);
		CHECK_STR(str_z(out), rows[i].want);
	}
out:
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
	static const struct e164_plan p = { .country = "358", .national = "0",
					    .international = "00" };
	char out[E164_MAX];
	int err = 0;

	TRY(e164_normalise(out, STR_LIT("0123456789012"), &p));
	CHECK_STR(str_z(out), "+358123456789012");
	CHECK_INT(e164_normalise(out, STR_LIT("01234567890123"), &p), EDOM);
	CHECK_INT(e164_normalise(out, STR_LIT("0123"), &p), EDOM);
out:
	return err;
}

const struct test_suite suite_e164 = {
	"enum/e164", (const struct test[]){
		TEST(test_rows),
		TEST(test_is_valid),
		TEST(test_default_lengths),
		TEST_END } };
