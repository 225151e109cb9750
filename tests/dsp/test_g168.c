/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/g168.h"
#include "tests/lib/test.h"

static double level(const int16_t *x, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return 10 * log10(sum / n / (32768.0 * 32768 / 2) + 1e-12) + 3.14;
}

/* Lengths of the tables of annex D. */
static int test_models(void)
{
	static const unsigned n[] = { 64, 96, 96, 128, 96, 120, 96, 99 };
	int err = 0;

	for (unsigned i = 0; i < G168_MODELS; i++) {
		const struct g168_model *m = g168_model(i);
		const char name[] = { 'D', '.', (char)('2' + i), 0 };

		CHECK(m);
		CHECK_STR(str_z(m->name), name);
		CHECK(m->n <= G168_TAPS_MAX);
		CHECK_INT(m->n, n[i]);
	}
	CHECK(!g168_model(G168_MODELS));
	CHECK_INT(g168_model(0)->taps[6], 46150);
out:
	return err;
}

/* The normalised responses lose 0 dB for the composite source signal; a
 * reference level calls for erl_db more. */
static int test_path_loss(void)
{
	static int16_t css[G168_CSS], echo[G168_CSS];
	float h[G168_TAPS_MAX];
	int err = 0;

	g168_css(css, -12);
	for (unsigned m = 0; m < G168_MODELS; m++) {
		unsigned n = g168_path(h, m, 10);

		CHECK_INT(n, g168_model(m)->n);
		for (unsigned i = 0; i < G168_CSS; i++) {
			float y = 0;

			for (unsigned k = 0; k < n && k <= i; k++)
				y += h[k] * css[i - k];
			echo[i] = (int16_t)lrintf(y);
		}
		CHECK_NEAR(level(css, G168_CSS) - level(echo, G168_CSS), 10,
			   2);
	}
	CHECK_INT(g168_path(h, G168_MODELS, 10), 0);
	CHECK(h[0] == 0 && h[5] == 0);
out:
	return err;
}

static int test_css(void)
{
	static int16_t x[G168_CSS];
	int err = 0;
	double peak = 0, rms = 32768 * sqrt(0.5) * pow(10, -15.14 / 20);

	g168_css(x, -12);
	CHECK_NEAR(level(x, 389), -12, 0.1);
	CHECK_NEAR(level(x + 389, 1600), -12, 0.1);
	for (unsigned i = 1989; i < 2800; i++)
		CHECK_INT(x[i], 0);
	for (unsigned i = 0; i < 2800; i++) {
		CHECK_INT(x[2800 + i], -x[i]);
		peak = fmax(peak, abs(x[i]));
	}
	/* no spikes: crest factor 9 to 14 dB */
	CHECK_NEAR(20 * log10(peak / rms), 11.5, 2.5);
	/* the voice repeats every 134 samples of 44.1 kHz = 24.3 of 8 kHz */
	for (unsigned i = 0; i + 243 < 389; i++)
		CHECK(abs(x[i] - x[i + 243]) < 700);
out:
	return err;
}

static int test_css_near(void)
{
	static int16_t a[G168_CSS_NEAR], b[G168_CSS_NEAR];
	int err = 0;

	g168_css_near(a, -18, 1);
	g168_css_near(b, -18, 2);
	CHECK_NEAR(level(a, 582), -18, 0.1);
	CHECK_NEAR(level(a + 582, 1600), -18, 0.1);
	CHECK(!memcmp(a, b, 582 * sizeof(*a)));
	CHECK(memcmp(a, b, sizeof(a)));
	for (unsigned i = 2182; i < 3200; i++)
		CHECK_INT(a[i], 0);
	CHECK_INT(a[3200], -a[0]);
out:
	return err;
}

/* The level asked is the level got, whatever it is. */
static int test_css_levels(void)
{
	static int16_t x[G168_CSS];
	int err = 0;

	for (int dbm0 = -45; dbm0 <= -6; dbm0 += 13) {
		g168_css(x, dbm0);
		CHECK_NEAR(level(x, 1989), dbm0, 0.3);
	}
out:
	return err;
}

const struct test_suite suite_g168 = {
	"dsp/g168", (const struct test[]){
		TEST(test_models),
		TEST(test_path_loss),
		TEST(test_css),
		TEST(test_css_near),
		TEST(test_css_levels),
		TEST_END } };
