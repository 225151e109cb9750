/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

static int test_fit(void)
{
	int16_t pcm[1600];
	struct sine s;
	int err = 0;

	sine_make(pcm, 1600, 8000, 1004.3, -10, 0);
	sine_fit(&s, pcm, 1600, 8000, 1000);
	CHECK_NEAR(s.hz, 1004.3, 0.01);
	CHECK_NEAR(s.dbm0, -10, 0.01);
	CHECK(s.snr_db > 80);
	sine_fit(&s, pcm, 1600, 8000, 0);
	CHECK_NEAR(s.hz, 1004.3, 0.01);
out:
	return err;
}

static int test_noise(void)
{
	int16_t pcm[1600], noise[1600];
	uint32_t seed = 7;
	struct sine s;
	int err = 0;

	sine_make(pcm, 1600, 8000, 440, -16, 123);
	sine_noise(noise, 1600, -46, &seed);
	for (int i = 0; i < 1600; i++)
		pcm[i] = (int16_t)(pcm[i] + noise[i]);
	sine_fit(&s, pcm, 1600, 8000, 440);
	CHECK_NEAR(s.dbm0, -16, 0.1);
	CHECK_NEAR(s.snr_db, 30, 0.5);
	for (int i = 0; i < 1600; i++)
		pcm[i] = 0;
	sine_fit(&s, pcm, 1600, 8000, 440);
	CHECK_NEAR(s.dbm0, -96, 0.1);
out:
	return err;
}

static int test_delay(void)
{
	int16_t a[4000], b[4000] = { 0 };
	uint32_t seed = 3;
	int err = 0;

	sine_noise(a, 4000, -10, &seed);
	for (int i = 0; i < 3500; i++)
		b[i + 321] = (int16_t)(-a[i] / 4);
	CHECK_INT(sine_delay(a, 3000, b, 4000, 800), 321);
out:
	return err;
}

const struct test_suite suite_sine = {
	"media/sine", (const struct test[]){
		TEST(test_fit),
		TEST(test_noise),
		TEST(test_delay),
		TEST_END } };
