/* SPDX-License-Identifier: Apache-2.0 */
#include "media/quality.h"
#include "tests/lib/test.h"

static int test_loss_and_wrap(void)
{
	struct quality q;
	int err = 0;

	quality_init(&q, 8000);
	for (uint32_t i = 0; i < 1000; i++) {
		if (i % 10 == 3)
			continue;
		(void)quality_packet(&q, (uint16_t)(65000 + i), i * 160,
				     1000000 + i * 20000);
	}
	CHECK_INT(quality_expected(&q), 1000);
	CHECK_INT(quality_lost(&q), 100);
	CHECK_NEAR(quality_fraction(&q), 25.6, 1);
	CHECK_INT(quality_fraction(&q), 0);     /* nothing since */
	CHECK_INT(quality_jitter(&q), 0);
	CHECK_INT(q.max_ext >> 16, 2);          /* one wrap, and the first */
out:
	return err;
}

static int test_reorder_and_duplicate(void)
{
	const uint16_t seq[] = { 10, 11, 13, 12, 12, 14, 9 };
	struct quality q;
	int err = 0;

	quality_init(&q, 8000);
	for (unsigned i = 0; i < 7; i++)
		(void)quality_packet(&q, seq[i], 160u * seq[i], 20000u * i);
	CHECK_INT(quality_expected(&q), 6);     /* 9..14 */
	CHECK_INT(quality_lost(&q), -1);        /* one twice */
	CHECK_INT(q.reordered, 3);
out:
	return err;
}

/* Arrivals 5 ms early and late in turn: the mean deviation is 10 ms. */
static int test_jitter(void)
{
	struct quality q;
	int err = 0;

	quality_init(&q, 8000);
	for (uint32_t i = 0; i < 500; i++)
		(void)quality_packet(&q, (uint16_t)i, i * 160, 1000000 +
				     i * 20000 + (i & 1 ? 10000 : 0));
	CHECK_NEAR(quality_jitter_us(&q), 10000, 500);
out:
	return err;
}

static int test_r_factor(void)
{
	int err = 0;

	CHECK_INT(quality_r_factor(0, 0, 0), 93);
	CHECK(quality_r_factor(0, 60, 0) >= 91);
	CHECK(quality_r_factor(0.05, 60, 0) < 80);
	CHECK(quality_r_factor(0, 400, 0) < 65);
	CHECK_INT(quality_r_factor(1, 1000, 0), 0);
out:
	return err;
}

const struct test_suite suite_quality = {
	"media/quality", (const struct test[]){
		TEST(test_loss_and_wrap),
		TEST(test_reorder_and_duplicate),
		TEST(test_jitter),
		TEST(test_r_factor),
		TEST_END } };
