/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dsp/dtmf.h"
#include "dsp/level.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { DIGITS = 16 };

static const char all[] = "123A456B789C*0#D";
static const double low_hz[4] = { 697, 770, 852, 941 };
static const double high_hz[4] = { 1209, 1336, 1477, 1633 };

static int test_generator(void)
{
	static int16_t pcm[16 * 1600];
	struct dtmf_gen g;
	size_t n = 0;
	int err = 0;

	dtmf_gen_init(&g, 8000, 100, 100, -9, -7);
	CHECK(dtmf_gen_is_idle(&g));
	CHECK_INT(dtmf_gen_run(&g, pcm, 100), 0);
	for (int i = 0; i < DIGITS; i++)
		TRY(dtmf_gen_put(&g, all[i]));
	for (size_t k = 1; n < sizeof(pcm) / sizeof(*pcm); n += k) {
		k = (k * 31 + 7) % 333;
		if (n + k > sizeof(pcm) / sizeof(*pcm))
			k = sizeof(pcm) / sizeof(*pcm) - n;
		CHECK_INT(dtmf_gen_run(&g, pcm + n, k), k);
	}
	CHECK(!dtmf_gen_run(&g, pcm, 0) && !g.left);
	for (int i = 0; i < DIGITS; i++) {
		const int16_t *x = pcm + i * 1600;

		CHECK_NEAR(signal_level_at(x, 800, 8000, low_hz[i / 4]), -9,
			   0.1);
		CHECK_NEAR(signal_level_at(x, 800, 8000, high_hz[i % 4]),
			   -7, 0.1);
		CHECK(x[799] || x[798]);
		CHECK_NEAR(level_of(x + 800, 800), LEVEL_MIN_DBM0, 0);
	}
	CHECK_INT(dtmf_gen_run(&g, pcm, 10), 0);
	CHECK(dtmf_gen_is_idle(&g));
out:
	return err;
}

static int test_generator_queue(void)
{
	int16_t pcm[200];
	struct dtmf_gen g;
	int err = 0;

	dtmf_gen_init(&g, 8000, 50, 50, -9, -7);
	CHECK_INT(dtmf_gen_put(&g, 'x'), EINVAL);
	CHECK_INT(dtmf_gen_put(&g, 0), EINVAL);
	TRY(dtmf_gen_put(&g, 'd'));
	for (int i = 1; i < DTMF_QUEUE; i++)
		TRY(dtmf_gen_put(&g, '1'));
	CHECK_INT(dtmf_gen_put(&g, '1'), ENOBUFS);
	dtmf_gen_run(&g, pcm, 1);
	TRY(dtmf_gen_put(&g, '1'));
	dtmf_gen_stop(&g);
	CHECK(dtmf_gen_is_idle(&g));
	CHECK_INT(dtmf_gen_run(&g, pcm, 200), 0);
out:
	return err;
}

/* Held: as long as the key is down, and never shorter than on_ms. */
static int test_generator_hold(void)
{
	static int16_t pcm[16000];
	struct dtmf_gen g;
	int err = 0;

	dtmf_gen_init(&g, 8000, 50, 50, -9, -7);
	TRY(dtmf_gen_put(&g, '1'));
	TRY(dtmf_gen_hold(&g, '2'));
	CHECK_INT(dtmf_gen_put(&g, '3'), EBUSY);
	CHECK_INT(dtmf_gen_run(&g, pcm, 16000), 16000);
	CHECK_NEAR(signal_level_at(pcm + 15000, 1000, 8000, 1336), -7, 0.1);
	dtmf_gen_release(&g);
	CHECK_INT(dtmf_gen_run(&g, pcm, 16000), 400);
	TRY(dtmf_gen_hold(&g, '4'));
	dtmf_gen_run(&g, pcm, 10);
	dtmf_gen_release(&g);
	CHECK_INT(dtmf_gen_run(&g, pcm, 16000), 790);
out:
	return err;
}

const struct test_suite suite_dtmf_gen = {
	"dsp/dtmf_gen", (const struct test[]){
		TEST(test_generator),
		TEST(test_generator_queue),
		TEST(test_generator_hold),
		TEST_END } };
