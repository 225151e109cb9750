/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/dsp/echo_line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static double rms_of(double dbm0)
{
	return 32768 * sqrt(0.5) * pow(10, (dbm0 - 3.14) / 20);
}

static int16_t clip(double x)
{
	return (int16_t)lrint(fmin(fmax(x, -32768), 32767));
}

static double uniform(struct echo_line *l)
{
	l->random = l->random * 1664525u + 1013904223u;
	return (l->random >> 8) / 16777216.0 - 0.5;
}

struct echo_line *echo_line_new(void)
{
	struct echo_line *l = mem_alloc(sizeof(*l));

	if (l)
		echo_line_noise(l, -68);
	return l;
}

void echo_line_noise(struct echo_line *l, double dbm0)
{
	for (size_t i = 0; i < LINE_LEN; i++) {
		double sum = 0;

		for (unsigned k = 0; k < 12; k++)
			sum += uniform(l);
		l->talk[i] = clip(sum * rms_of(dbm0));
	}
}

void echo_line_css(struct echo_line *l, double dbm0)
{
	int16_t css[G168_CSS];

	g168_css(css, dbm0);
	for (size_t i = 0; i < LINE_LEN; i++)
		l->far[i] = css[i % (G168_CSS - 49)];
	echo_line_alaw(l->far, LINE_LEN);
}

/* Level of the 20 ms pieces that are not silent. */
static double speech_level(const int16_t *x, size_t n)
{
	double total = 0, mean, sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		total += (double)x[i] * x[i];
	mean = total / (double)n;
	for (size_t i = 0; i + 160 <= n; i += 160) {
		double e = 0;

		for (size_t k = i; k < i + 160; k++)
			e += (double)x[k] * x[k];
		if (e < 160 * 0.02 * mean)
			continue;
		sum += e;
		count += 160;
	}
	return sqrt(sum / (double)count);
}

int echo_line_speech(int16_t *out, size_t n, size_t skip, double dbm0)
{
	enum { HEADER = 44, MAX = 15 * SECOND };
	int16_t *x = malloc(MAX * sizeof(*x));
	FILE *f = fopen("tests/data/speech.wav", "rb");
	size_t len = 0;
	double gain;

	if (x && f && !fseek(f, HEADER, SEEK_SET))
		len = fread(x, sizeof(*x), MAX, f);
	if (f)
		fclose(f);
	if (!len) {
		free(x);
		return ENOENT;
	}
	gain = rms_of(dbm0) / speech_level(x, len);
	for (size_t i = 0; i < n; i++)
		out[i] = clip(gain * x[(skip + i) % len]);
	echo_line_alaw(out, n);
	free(x);
	return 0;
}

void echo_line_tone(int16_t *x, size_t n, double hz, double dbm0)
{
	double a = rms_of(dbm0) * sqrt(2);

	for (size_t i = 0; i < n; i++)
		x[i] = clip(x[i] + a * sin(2 * M_PI * hz * (double)i / 8000));
}

/* Decoded value of the A-law code of x. */
static int16_t alaw(int16_t x)
{
	int a = x < 0 ? -x - 1 : x, step = 16;

	while (a >= 32 * step && step < 1024)
		step *= 2;
	a = a / step * step + step / 2;
	return (int16_t)(x < 0 ? -a : a);
}

void echo_line_alaw(int16_t *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = alaw(x[i]);
}

void echo_line_path(struct echo_line *l, size_t from, size_t to,
		    unsigned model, double erl_db, unsigned delay)
{
	float h[G168_TAPS_MAX];
	unsigned n = g168_path(h, model, erl_db);

	for (size_t i = from; i < to; i++) {
		float y = 0;

		for (size_t k = 0; k < n && delay + k <= i; k++)
			y += h[k] * l->far[i - delay - k];
		l->echo[i] = y;
	}
}

void echo_line_mix(struct echo_line *l)
{
	for (size_t i = 0; i < LINE_LEN; i++)
		l->near[i] = alaw(clip((double)l->talk[i] + l->echo[i]));
}

static double energy(const int16_t *x, size_t n)
{
	double sum = 1;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sum;
}

double echo_line_level(const int16_t *x, size_t n)
{
	return 10 * log10(energy(x, n) / (double)n) -
	       20 * log10(rms_of(0));
}

double echo_line_erle(const struct echo_line *l, double a, double b)
{
	size_t from = (size_t)(a * SECOND), n = (size_t)((b - a) * SECOND);

	return 10 * log10(energy(l->near + from, n) /
			  energy(l->clean + from, n));
}

double echo_line_left(const struct echo_line *l, double a, double b)
{
	double echo = 1, left = 1;

	for (size_t i = (size_t)(a * SECOND); i < (size_t)(b * SECOND); i++) {
		double r = l->clean[i] - l->talk[i];

		echo += (double)l->echo[i] * l->echo[i];
		left += r * r;
	}
	return 10 * log10(echo / left);
}

double echo_line_louder(const struct echo_line *l, double a, double b)
{
	enum { WINDOW = 800, STEP = 80 };
	const double quiet = WINDOW * rms_of(-50) * rms_of(-50);
	double worst = -100;

	for (size_t i = (size_t)(a * SECOND);
	     i + WINDOW <= (size_t)(b * SECOND); i += STEP) {
		double in = energy(l->near + i, WINDOW);
		double out = energy(l->clean + i, WINDOW);

		if (in > quiet || out > quiet)
			worst = fmax(worst, 10 * log10(out / in));
	}
	return worst;
}
