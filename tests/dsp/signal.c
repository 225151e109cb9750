/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "dsp/codec.h"
#include "dsp/level.h"
#include "tests/dsp/signal.h"

static int16_t sat(double x)
{
	return (int16_t)lrint(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
}

void signal_sine(int16_t *pcm, size_t n, size_t t0, unsigned rate, double hz,
		 double dbm0)
{
	double amp = level_peak(dbm0);

	for (size_t i = 0; i < n; i++)
		pcm[i] = sat(pcm[i] + amp * sin(2 * M_PI * hz *
			     (double)(t0 + i) / rate));
}

uint32_t signal_random(uint32_t *seed)
{
	uint32_t x = *seed;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *seed = x;
}

void signal_noise(int16_t *pcm, size_t n, double dbm0, uint32_t *seed)
{
	double rms = level_peak(dbm0) / sqrt(2);

	for (size_t i = 0; i < n; i++) {
		double sum = -6;

		for (int k = 0; k < 12; k++)
			sum += signal_random(seed) * 0x1p-32;
		pcm[i] = sat(pcm[i] + rms * sum);
	}
}

/* Power of the sine and of all. */
static void fit(const int16_t *pcm, size_t n, unsigned rate, double hz,
		double *tone, double *rest)
{
	double w = 2 * M_PI * hz / rate;
	double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0, a, b, det;

	for (size_t i = 0; i < n; i++) {
		double c = cos(w * (double)i), s = sin(w * (double)i);

		cc += c * c;
		ss += s * s;
		cs += c * s;
		xc += pcm[i] * c;
		xs += pcm[i] * s;
	}
	det = cc * ss - cs * cs;
	a = (xc * ss - xs * cs) / det;
	b = (xs * cc - xc * cs) / det;
	*tone = (a * a + b * b) / 2;
	*rest = 0;
	for (size_t i = 0; i < n; i++) {
		double e = pcm[i] - a * cos(w * (double)i) -
			b * sin(w * (double)i);

		*rest += e * e / (double)n;
	}
}

double signal_level_at(const int16_t *pcm, size_t n, unsigned rate,
		       double hz)
{
	double tone, rest;

	fit(pcm, n, rate, hz, &tone, &rest);
	return level_dbm0(tone);
}

double signal_snr(const int16_t *pcm, size_t n, unsigned rate, double hz)
{
	double tone, rest;

	fit(pcm, n, rate, hz, &tone, &rest);
	return 10 * log10(tone / (rest + 1e-9));
}

void signal_alaw(int16_t *pcm, size_t n)
{
	const struct codec_ops *c = codec_by_pt(8);
	uint8_t code[160];

	for (size_t i = 0; i < n; i += sizeof(code)) {
		size_t k = n - i < sizeof(code) ? n - i : sizeof(code);

		c->encode(NULL, pcm + i, k, code, sizeof(code));
		c->decode(NULL, code, k, pcm + i, k);
	}
}
