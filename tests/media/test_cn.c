/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/level.h"
#include "media/cn.h"
#include "tests/lib/test.h"

static int test_level(void)
{
	const uint8_t payload[] = { 56, 1, 2, 3 };      /* -56 dBov */
	struct cn c = { 0 };
	int16_t pcm[8000];
	int err = 0;

	TRY(cn_parse(&c, payload, sizeof(payload)));
	cn_run(&c, pcm, 8000);
	CHECK_NEAR(cn_level_dbm0(payload[0]), -49.85, 0.01);
	CHECK_NEAR(level_of(pcm, 8000), -49.85, 0.5);
	cn_set_level(&c, 0);            /* too loud: limited */
	cn_run(&c, pcm, 8000);
	CHECK_NEAR(level_of(pcm, 8000), -30, 0.5);
	CHECK_INT(cn_parse(&c, payload, 0), EBADMSG);
out:
	return err;
}

const struct test_suite suite_cn = {
	"media/cn", (const struct test[]){
		TEST(test_level),
		TEST_END } };
