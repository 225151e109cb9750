/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/voice.h"

#include <math.h>
#include <string.h>

#include "dsp/level.h"

enum {                          /* hops of 10 ms */
	GAP       = 6,          /* ends a burst */
	BURST_MIN = 6,
	BURST_MAX = 120,
	ENOUGH    = 25,
	FORGET    = 200,        /* of silence */
	ORDER     = 4,          /* predicts two tones */
};

static const float FAINTEST_DBM0 = -40, FLOOR_MIN_DBM0 = -65;
static const float OVER_NOISE_DB = 12, GAP_DB = 10;
static const float FLOOR_RISE_DB = 0.03f;       /* per hop */
/* What linear prediction leaves of the power: of tones nearly nothing, of
 * white noise all, of speech something between. */
static const double TONAL = 0.006, NOISE_GAIN = 4, WHITE = 0.6;

void voice_init(struct voice *v)
{
	memset(v, 0, sizeof(*v));
	v->floor_dbm0 = -50;
}

size_t voice_take(struct voice *v, const int16_t *pcm, size_t n)
{
	size_t k = VOICE_HOP - v->fill;

	k = k < n ? k : n;
	for (size_t i = 0; i < k; i++)
		v->pcm[VOICE_HOP + v->fill++] = pcm[i];
	return k;
}

/* sum y[i] y[i - k] of the windowed sound: without a window its edges look
 * unpredictable. */
static void correlate(const float *x, double r[ORDER + 1])
{
	float y[2 * VOICE_HOP];

	for (int i = 0; i < 2 * VOICE_HOP; i++) {
		float t = ((float)i + 0.5f) / (2 * VOICE_HOP);
		float w = 4 * t * (1 - t);

		y[i] = x[i] * w * w;
	}
	for (int k = 0; k <= ORDER; k++) {
		float sum = 0;

		for (int i = k; i < 2 * VOICE_HOP; i++)
			sum += y[i] * y[i - k];
		r[k] = (double)sum;
	}
}

/* Levinson and Durbin: the share of the power that cannot be predicted. */
static double unpredicted(const float *x)
{
	double r[ORDER + 1], a[ORDER + 1] = { 1 }, left;

	correlate(x, r);
	left = r[0] + 1;
	for (int m = 1; m <= ORDER; m++) {
		double k = r[m], b[ORDER + 1];

		for (int i = 1; i < m; i++)
			k += a[i] * r[m - i];
		k /= -left;
		memcpy(b, a, sizeof(b));
		for (int i = 1; i < m; i++)
			a[i] = b[i] + k * b[m - i];
		a[m] = k;
		left *= 1 - k * k;
	}
	return left / (r[0] + 1);
}

static void burst_over(struct voice *v)
{
	if (v->run > BURST_MAX)
		v->evidence = 0;
	else if (v->voiced >= BURST_MIN && 2 * v->voiced >= v->run)
		v->evidence += v->voiced;
	v->run = v->voiced = 0;
	v->peak_dbm0 = FAINTEST_DBM0;
}

static void hear_gap(struct voice *v)
{
	v->gap++;
	if (v->run && v->gap == GAP)
		burst_over(v);
	if (v->gap >= FORGET)
		v->evidence = 0;
}

static void hear_sound(struct voice *v, float dbm0)
{
	double rest = unpredicted(v->pcm);
	/* the noise under a tone cannot be predicted either */
	double over_db = (double)(dbm0 - v->floor_dbm0);
	double noise = NOISE_GAIN * pow(10, -over_db / 10);

	if (v->run)
		v->run += v->gap;
	v->gap = 0;
	v->run++;
	v->voiced += rest > TONAL + noise && rest < WHITE;
	v->peak_dbm0 = fmaxf(v->peak_dbm0, dbm0);
}

bool voice_hop(struct voice *v, bool tone)
{
	double power = 0;
	float dbm0;

	for (unsigned i = VOICE_HOP; i < 2 * VOICE_HOP; i++)
		power += (double)(v->pcm[i] * v->pcm[i]) / VOICE_HOP;
	dbm0 = (float)level_dbm0(power);
	v->floor_dbm0 = fmaxf(fminf(dbm0, v->floor_dbm0 + FLOOR_RISE_DB),
			      FLOOR_MIN_DBM0);
	if (tone)
		v->run = v->voiced = v->evidence = 0;
	else if (dbm0 > fmaxf(FAINTEST_DBM0, v->floor_dbm0 + OVER_NOISE_DB) &&
		 (!v->run || dbm0 > v->peak_dbm0 - GAP_DB))
		hear_sound(v, dbm0);
	else
		hear_gap(v);
	memmove(v->pcm, v->pcm + VOICE_HOP, VOICE_HOP * sizeof(*v->pcm));
	v->fill = 0;
	if (v->told || v->evidence < ENOUGH)
		return false;
	v->told = true;
	return true;
}
