/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/g168.h"

#include <math.h>
#include <spandsp/g168models.h>
#include <string.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MODEL(name, x, X) { name, line_model_##x##_coeffs, \
	LEN(line_model_##x##_coeffs), LINE_MODEL_##X##_GAIN }

/* The tables of annex C are sampled at this rate; the pseudo noise is the
 * inverse DFT of 8,192 points at it. */
static const double TABLE_RATE = 44100.0, RATE = 8000.0;
enum { NOISE_DFT = 8192, NOISE_LINES = 683 };

static const struct g168_model MODELS[G168_MODELS] = {
	MODEL("D.2", d2, D2), MODEL("D.3", d3, D3),
	MODEL("D.4", d4, D4), MODEL("D.5", d5, D5),
	MODEL("D.6", d6, D6), MODEL("D.7", d7, D7),
	MODEL("D.8", d8, D8), MODEL("D.9", d9, D9),
};

/* Spectrum of the pseudo noise, corners joined by straight lines. */
static const struct { double hz, db; } NOISE_DB[] = {
	{ 50, -25.8 }, { 100, -12.8 }, { 200, 17.4 }, { 215, 17.8 },
	{ 500, 12.2 }, { 1000, 7.2 }, { 2850, 0 }, { 3600, -2 },
	{ 3660, -20 }, { 3680, -30 },
};

const struct g168_model *g168_model(unsigned index)
{
	return index < G168_MODELS ? &MODELS[index] : NULL;
}

unsigned g168_path(float taps[G168_TAPS_MAX], unsigned index, double erl_db)
{
	const struct g168_model *m = g168_model(index);
	double gain;

	memset(taps, 0, G168_TAPS_MAX * sizeof(*taps));
	if (!m)
		return 0;
	gain = m->k * pow(10, -erl_db / 20);
	for (unsigned i = 0; i < m->n; i++)
		taps[i] = (float)(gain * m->taps[i]);
	return m->n;
}

/* Adds a * sin(w i + phase) to x, without a call per sample. */
static void add_sine(double *x, unsigned n, double a, double w, double phase)
{
	double c = cos(w), s = sin(w);
	double re = a * cos(phase), im = a * sin(phase);

	for (unsigned i = 0; i < n; i++) {
		double t = re * c - im * s;

		x[i] += im;
		im = re * s + im * c;
		re = t;
	}
}

/* A period of a table, repeated over n samples of 8 kHz: the harmonics that
 * a telephone channel passes. */
static void voice(double *x, unsigned n, const int *table, unsigned len)
{
	const double step = 2 * M_PI / len;
	const double w1 = step * TABLE_RATE / RATE;

	memset(x, 0, n * sizeof(*x));
	for (unsigned h = 1; h * TABLE_RATE / len < 3700; h++) {
		double re = 0, im = 0;

		for (unsigned i = 0; i < len; i++) {
			re += table[i] * cos(step * h * i);
			im += table[i] * sin(step * h * i);
		}
		add_sine(x, n, hypot(re, im), w1 * h, atan2(re, im));
	}
}

static double noise_gain(double hz)
{
	for (unsigned i = 1; i < LEN(NOISE_DB); i++) {
		double at = NOISE_DB[i - 1].hz, to = NOISE_DB[i].hz;
		double db = NOISE_DB[i - 1].db;

		if (hz >= at && hz < to) {
			db += (NOISE_DB[i].db - db) * (hz - at) / (to - at);
			return pow(10, db / 20);
		}
	}
	return 0;
}

static uint32_t step_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void pseudo_noise(double *x, unsigned n)
{
	uint32_t random = 168;

	memset(x, 0, n * sizeof(*x));
	for (unsigned k = 1; k <= NOISE_LINES; k++) {
		double hz = TABLE_RATE * k / NOISE_DFT;
		double sign = step_random(&random) >> 23 ? 1 : -1;

		add_sine(x, n, sign * noise_gain(hz), 2 * M_PI * hz / RATE, 0);
	}
}

static void gaussian_noise(double *x, unsigned n, uint32_t seed)
{
	for (unsigned i = 0; i < n; i++) {
		double u = (step_random(&seed) + 1.0) / 16777217.0;
		double v = step_random(&seed) / 16777216.0;

		x[i] = sqrt(-2 * log(u)) * cos(2 * M_PI * v);
	}
}

static void set_level(double *x, unsigned n, double dbm0)
{
	double rms = 32768 * sqrt(0.5) * pow(10, (dbm0 - 3.14) / 20);
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += x[i] * x[i];
	for (unsigned i = 0; i < n; i++)
		x[i] *= rms / sqrt(sum / n);
}

/* One half of n samples, and again with the sign turned. */
static void twice(int16_t *pcm, const double *x, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		double v = x[i] > 32767 ? 32767 : x[i] < -32767 ? -32767 : x[i];

		pcm[i] = (int16_t)lrint(v);
		pcm[n + i] = (int16_t)-pcm[i];
	}
}

void g168_css(int16_t pcm[G168_CSS], double dbm0)
{
	enum { VOICE = 389, NOISE = 1600, HALF = G168_CSS / 2 };
	double x[HALF] = { 0 };

	voice(x, VOICE, css_c1, LEN(css_c1));
	set_level(x, VOICE, dbm0);
	pseudo_noise(x + VOICE, NOISE);
	set_level(x + VOICE, NOISE, dbm0);
	twice(pcm, x, HALF);
}

void g168_css_near(int16_t pcm[G168_CSS_NEAR], double dbm0, uint32_t seed)
{
	enum { VOICE = 582, NOISE = 1600, HALF = G168_CSS_NEAR / 2 };
	double x[HALF] = { 0 };

	voice(x, VOICE, css_c3, LEN(css_c3));
	set_level(x, VOICE, dbm0);
	gaussian_noise(x + VOICE, NOISE, seed);
	set_level(x + VOICE, NOISE, dbm0);
	twice(pcm, x, HALF);
}
