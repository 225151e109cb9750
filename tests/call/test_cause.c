/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call/cause.h"
#include "tests/lib/test.h"

static int test_to_sip(void)
{
	int err = 0;

	CHECK_INT(cause_to_sip(CAUSE_UNALLOCATED), 404);
	CHECK_INT(cause_to_sip(CAUSE_USER_BUSY), 486);
	CHECK_INT(cause_to_sip(CAUSE_NO_ANSWER), 480);
	CHECK_INT(cause_to_sip(CAUSE_REJECTED), 403);
	CHECK_INT(cause_to_sip(CAUSE_NO_CIRCUIT), 503);
	CHECK_INT(cause_to_sip(CAUSE_INVALID_NUMBER), 484);
	CHECK_INT(cause_to_sip(CAUSE_TIMER_EXPIRY), 504);
	CHECK_INT(cause_to_sip((enum q850_cause)126), 500);
out:
	return err;
}

static int test_from_sip(void)
{
	int err = 0;

	CHECK_INT(cause_from_sip(404), CAUSE_UNALLOCATED);
	CHECK_INT(cause_from_sip(486), CAUSE_USER_BUSY);
	CHECK_INT(cause_from_sip(480), CAUSE_NO_USER_RESPONDING);
	CHECK_INT(cause_from_sip(603), CAUSE_REJECTED);
	CHECK_INT(cause_from_sip(302), CAUSE_REDIRECTION);
	CHECK_INT(cause_from_sip(499), CAUSE_INTERWORKING);
	CHECK_INT(cause_from_sip(599), CAUSE_TEMPORARY_FAILURE);
out:
	return err;
}

/* Every cause's status must come back as a failure, never as "normal". */
static int test_round_trip(void)
{
	int err = 0;

	for (int c = 1; c < 128; c++) {
		uint16_t st = cause_to_sip((enum q850_cause)c);

		CHECK(st >= 400 && st < 600);
		CHECK(cause_from_sip(st) != CAUSE_NONE);
		CHECK(cause_from_sip(st) != CAUSE_NORMAL);
	}
out:
	return err;
}

static int test_tones(void)
{
	int err = 0;

	CHECK_INT(cause_from_tone(TONE_BUSY), CAUSE_USER_BUSY);
	CHECK_INT(cause_from_tone(TONE_CONGESTION), CAUSE_NO_CIRCUIT);
	CHECK_INT(cause_from_tone(TONE_RINGBACK), CAUSE_NONE);
	CHECK_INT(cause_to_tone(CAUSE_USER_BUSY), TONE_BUSY);
	CHECK_INT(cause_to_tone(CAUSE_UNALLOCATED), TONE_SIT);
	CHECK_INT(cause_to_tone(CAUSE_NO_CIRCUIT), TONE_CONGESTION);
	CHECK_INT(cause_to_tone(CAUSE_NONE), TONE_NONE);
out:
	return err;
}

static int test_try_next(void)
{
	static const struct { uint16_t status; bool next; } t[] = {
		{ 0, true }, { 404, true }, { 486, true }, { 503, true },
		{ 302, true }, { 606, true },
		{ 600, false }, { 603, false }, { 604, false },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct leg_end e = { CAUSE_USER_BUSY, t[i].status };

		CHECK_INT(cause_try_next(&e), t[i].next);
	}
out:
	return err;
}

static int test_reason(void)
{
	char text[CAUSE_REASON_MAX];
	int err = 0;

	CHECK_STR(str_z(cause_reason(text, CAUSE_USER_BUSY)),
		  "Q.850;cause=17;text=\"user busy\"");
out:
	return err;
}

const struct test_suite suite_cause = {
	"call/cause", (const struct test[]){
		TEST(test_to_sip), TEST(test_from_sip),
		TEST(test_round_trip), TEST(test_tones),
		TEST(test_try_next), TEST(test_reason), TEST_END } };
