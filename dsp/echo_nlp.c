/* SPDX-License-Identifier: Apache-2.0 */
/* Non-linear processor and comfort noise. */
#include <math.h>
#include <string.h>

#include "dsp/echo_core.h"

enum { NEAR_HANGOVER = 10 };                    /* blocks */
static const float GAIN_STEP = 0.425f;          /* opens in 24 ms */
static const float GUARD_POWER = 200.0f;        /* per sample */

void echo_nlp_init(struct echo_nlp *n)
{
	memset(n, 0, sizeof(*n));
	n->gain = 1;
	n->random = 1;
	for (unsigned k = 0; k < ECHO_BINS; k++)
		n->noise_power[k] = ECHO_POINTS * 100.0f;
}

/* Is what is left but echo? Keeps the hangover of the near end, too. */
static bool only_echo(struct echo_nlp *n, const struct echo_ops *ops,
		      const struct echo_block *b)
{
	const float N = ECHO_BLOCK;
	float noise = ops->sum(n->noise_power) / N;
	float residual = b->active ? ops->sum(b->expected) / N : 0;
	float most = 0.05f * b->echo_energy + 156.0f * N;
	float threshold;

	if (residual > most)
		residual = most;
	threshold = 0.01f * b->echo_energy + 2 * residual + 4 * noise +
		    N * GUARD_POWER;
	n->hangover -= n->hangover > 0;
	if (b->error_energy > 4 * threshold)
		n->hangover = NEAR_HANGOVER;
	return b->active && !n->hangover && b->echo_energy > 0.1f * noise &&
	       b->error_energy < 2 * threshold + 0.03f * b->near_energy;
}

static uint32_t step_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Gives ECHO_BINS / 5 bins of a and b random signs. */
static void turn_signs(float *a, float *b, uint32_t bits)
{
	static const float SIGNS[4][2] = {
		{ 1, 1 }, { -1, 1 }, { 1, -1 }, { -1, -1 },
	};

	for (unsigned i = 0; i < ECHO_BINS / 5; i += 2, bits >>= 4) {
		const float *sa = SIGNS[bits & 3], *sb = SIGNS[bits >> 2 & 3];

		a[i] *= sa[0];
		a[i + 1] *= sa[1];
		b[i] *= sb[0];
		b[i + 1] *= sb[1];
	}
}

/* The tracked spectrum at random phases. */
static void random_spectrum(struct echo_nlp *n, float re[ECHO_BINS],
			    float im[ECHO_BINS])
{
	for (unsigned k = 0; k < ECHO_BINS; k++)
		re[k] = im[k] = sqrtf(n->noise_power[k]);
	for (unsigned k = 0; k < ECHO_BINS; k += ECHO_BINS / 5)
		turn_signs(re + k, im + k, step_random(&n->random));
	im[0] = 0;
}

/* Noise; each block fades from the second half of the one before. */
static void comfort_noise(struct echo_nlp *n, const struct echo_ops *ops,
			  float noise[ECHO_BLOCK])
{
	ECHO_ALIGNED float re[ECHO_BINS], im[ECHO_BINS], x[ECHO_POINTS];

	random_spectrum(n, re, im);
	ops->inverse(re, im, x);
	for (unsigned i = 0; i < ECHO_BLOCK; i++) {
		float t = ((float)(int)i + 0.5f) / ECHO_BLOCK;

		noise[i] = sqrtf(t) * x[i] +
			   sqrtf(1 - t) * n->last_noise[i];
	}
	memcpy(n->last_noise, x + ECHO_BLOCK, sizeof(n->last_noise));
}

void echo_nlp_run(struct echo_nlp *n, const struct echo_ops *ops,
		  const struct echo_block *b, unsigned flags, float *x)
{
	ECHO_ALIGNED float noise[ECHO_BLOCK] = { 0 };
	float was = n->gain, slope;
	bool echo;

	ops->track_noise(n, b);
	echo = only_echo(n, ops, b);
	n->gain = was + GAIN_STEP < 1 ? was + GAIN_STEP : 1;
	if (flags & ECHO_NLP && echo)
		n->gain = 0;
	if (n->gain >= 1 && was >= 1)
		return;
	if (flags & ECHO_COMFORT_NOISE)
		comfort_noise(n, ops, noise);
	slope = (n->gain - was) / ECHO_BLOCK;
	for (unsigned i = 0; i < ECHO_BLOCK; i++) {
		float g = was + slope * (float)(int)(i + 1);

		x[i] = x[i] * g + noise[i] * (1 - g);
	}
}
