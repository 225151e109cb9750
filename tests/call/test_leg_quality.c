/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call/leg_quality.h"

#include <string.h>

#include "tests/lib/test.h"

static int test_loss(void)
{
	struct leg_quality q;
	struct rtp_stats s;
	int err = 0;

	memset(&q, 0, sizeof(q));
	memset(&s, 0, sizeof(s));
	/* too few to tell */
	s.rx_packets = 50;
	CHECK(leg_quality_loss(&q, &s) < 0);
	s.rx_packets += 250;
	CHECK_NEAR(leg_quality_loss(&q, &s), 0, 0.01);
	/* only what is new counts */
	s.rx_packets += 180;
	s.lost += 20;
	CHECK_NEAR(leg_quality_loss(&q, &s), 10, 0.01);
	s.rx_packets += 250;
	CHECK_NEAR(leg_quality_loss(&q, &s), 0, 0.01);
	/* a late packet takes its loss back */
	s.rx_packets += 250;
	s.lost -= 5;
	CHECK_NEAR(leg_quality_loss(&q, &s), 0, 0.01);
	/* nothing comes at all: that is the matter of the rtp timeout */
	CHECK(leg_quality_loss(&q, &s) < 0);
out:
	return err;
}

/* The worse of both ways; a report is counted once. */
static int test_far(void)
{
	struct leg_quality q;
	struct rtp_stats s;
	int err = 0;

	memset(&q, 0, sizeof(q));
	memset(&s, 0, sizeof(s));
	s.rx_packets = 230;
	s.lost = 20;
	s.far_lost = 60;
	s.far_loss = 0.25f;
	CHECK_NEAR(leg_quality_loss(&q, &s), 25, 0.01);
	s.rx_packets += 250;
	CHECK_NEAR(leg_quality_loss(&q, &s), 0, 0.01);
	s.far_lost = 61;
	s.far_loss = 0.01f;
	s.rx_packets += 200;
	s.lost += 50;
	CHECK_NEAR(leg_quality_loss(&q, &s), 20, 0.01);
out:
	return err;
}

const struct test_suite suite_leg_quality = {
	"call/leg_quality", (const struct test[]){
		TEST(test_loss),
		TEST(test_far),
		TEST_END } };
