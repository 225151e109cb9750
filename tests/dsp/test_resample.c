/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "dsp/resample.h"
#include "tests/dsp/signal.h"
#include "tests/lib/test.h"

enum { N = 8000 };

static int test_up(void)
{
	static const double hz[] = { 200, 1000, 2500, 3400 };
	static int16_t in[N], out[2 * N];
	struct resample r;
	int err = 0;

	for (size_t i = 0; i < sizeof(hz) / sizeof(*hz); i++) {
		memset(in, 0, sizeof(in));
		signal_sine(in, N, 0, 8000, hz[i], -10);
		resample_init(&r, 8000, 16000);
		CHECK_INT(resample_run(&r, in, N, out), 2 * N);
		CHECK_NEAR(signal_level_at(out + N, N, 16000, hz[i]), -10,
			   0.1);
		/* the image at 8 kHz - hz */
		CHECK(signal_level_at(out + N, N, 16000, 8000 - hz[i]) <
		      -70);
		CHECK(signal_snr(out + N, N, 16000, hz[i]) > 60);
	}
out:
	return err;
}

static int test_down(void)
{
	static const double pass[] = { 200, 1000, 2500, 3400 };
	static const double stop[] = { 4600, 5500, 7000, 7900 };
	static int16_t in[2 * N], out[N];
	struct resample r;
	int err = 0;

	for (size_t i = 0; i < 4; i++) {
		memset(in, 0, sizeof(in));
		signal_sine(in, 2 * N, 0, 16000, pass[i], -10);
		resample_init(&r, 16000, 8000);
		CHECK_INT(resample_run(&r, in, 2 * N, out), N);
		CHECK_NEAR(signal_level_at(out + N / 2, N / 2, 8000,
					   pass[i]), -10, 0.1);
		memset(in, 0, sizeof(in));
		signal_sine(in, 2 * N, 0, 16000, stop[i], 0);
		resample_init(&r, 16000, 8000);
		resample_run(&r, in, 2 * N, out);
		CHECK(signal_level_at(out + N / 2, N / 2, 8000,
				      8000 - stop[i]) < -60);
	}
out:
	return err;
}

/* There and back: the delay is what the header says, twice. */
static int test_delay(void)
{
	static int16_t in[N], wide[2 * N], back[N];
	struct resample up, down;
	int best = 0, at = 0;
	int err = 0;

	memset(in, 0, sizeof(in));
	in[1000] = 20000;
	resample_init(&up, 8000, 16000);
	resample_init(&down, 16000, 8000);
	resample_run(&up, in, N, wide);
	for (int i = 0; i < 2 * N; i++)
		if (wide[i] > best) {
			best = wide[i];
			at = i;
		}
	CHECK_NEAR((at - 2000) * 1e6 / 16000, RESAMPLE_DELAY_US, 1);
	CHECK_INT(resample_run(&down, wide, 2 * N, back), N);
	memset(in, 0, sizeof(in));
	signal_sine(in, N, 0, 8000, 1234, -10);
	resample_init(&up, 8000, 16000);
	resample_init(&down, 16000, 8000);
	resample_run(&up, in, N, wide);
	resample_run(&down, wide, 2 * N, back);
	for (int i = 200; i < N; i++)
		CHECK_NEAR(back[i], in[i - 31], 40);
out:
	return err;
}

static int test_blocks(void)
{
	static int16_t in[2 * N], a[N + 1], b[N + 1];
	struct resample r;
	uint32_t seed = 7;
	size_t m = 0;
	int err = 0;

	memset(in, 0, sizeof(in));
	signal_noise(in, 2 * N, -15, &seed);
	resample_init(&r, 16000, 8000);
	CHECK_INT(resample_run(&r, in, 2 * N, a), N);
	resample_init(&r, 16000, 8000);
	for (size_t t = 0, k; t < 2 * N; t += k) {
		k = signal_random(&seed) % 200;
		k = t + k > 2 * N ? 2 * N - t : k;
		m += resample_run(&r, in + t, k, b + m);
	}
	CHECK_INT(m, N);
	CHECK(!memcmp(a, b, N * sizeof(*a)));
	resample_init(&r, 8000, 8000);
	CHECK_INT(resample_run(&r, in, N, a), N);
	CHECK(!memcmp(a, in, N * sizeof(*a)));
out:
	return err;
}

const struct test_suite suite_resample = {
	"dsp/resample", (const struct test[]){
		TEST(test_up),
		TEST(test_down),
		TEST(test_delay),
		TEST(test_blocks),
		TEST_END } };
