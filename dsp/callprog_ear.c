/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "dsp/callprog_ear.h"
#include "dsp/level.h"

enum { RATE = 8000, WINDOW = EAR_HOP * EAR_HOPS };

/* Share of the power that a tone must explain. */
#define SHARE 0.65f
/* One frequency that explains so much is alone, even if two explain more;
 * of two, 25 Hz apart, one never explains more than 0.81. */
#define ALONE 0.87f
/* The two of a pair may differ by 10 dB. */
#define BALANCE 0.1f
#define FAINTEST_DBM0 (-38.0f)

void callprog_ear_init(struct callprog_ear *e)
{
	memset(e, 0, sizeof(*e));
}

void callprog_ear_reset(struct callprog_ear *e)
{
	memset(e->s1, 0, sizeof(e->s1));
	memset(e->s2, 0, sizeof(e->s2));
	memset(e->re, 0, sizeof(e->re));
	memset(e->im, 0, sizeof(e->im));
	memset(e->energy, 0, sizeof(e->energy));
	e->sum = 0;
	e->in_hop = 0;
}

/* Index of a frequency, added if it is new; EAR_FREQS: no room. */
static unsigned freq_index(struct callprog_ear *e, float hz)
{
	unsigned i = 0;
	double w = 2 * M_PI * (double)hz / RATE;

	while (i < e->nfreqs && fabsf(e->hz[i] - hz) > 0.05f)
		i++;
	if (i < e->nfreqs || i == EAR_FREQS)
		return i;
	e->nfreqs++;
	e->hz[i] = hz;
	e->coef[i] = (float)(2 * cos(w));
	e->w_re[i] = (float)cos(w);
	e->w_im[i] = (float)-sin(w);
	e->hop_re[i] = (float)cos(w * EAR_HOP);
	e->hop_im[i] = (float)-sin(w * EAR_HOP);
	return i;
}

/* Mean of e^j(w2-w1)n over the window. */
static void leak(struct ear_set *s, float hz1, float hz2)
{
	double w = 2 * M_PI * ((double)hz2 - (double)hz1) / RATE;
	double re = 0, im = 0;

	for (int n = 0; n < WINDOW; n++) {
		re += cos(w * n);
		im += sin(w * n);
	}
	s->g_re = (float)(re / WINDOW);
	s->g_im = (float)(im / WINDOW);
}

int callprog_ear_add(struct callprog_ear *e, const float *hz, unsigned n,
		     int pair)
{
	struct ear_set s = { .pair = pair != 0, .n = (uint8_t)n };

	for (unsigned i = 0; i < n; i++) {
		unsigned k = freq_index(e, hz[i]);

		if (k == EAR_FREQS)
			return EAR_NONE;
		s.f[i] = (uint8_t)k;
	}
	for (unsigned i = 0; i < e->nsets; i++)
		if (e->set[i].pair == s.pair && e->set[i].n == s.n &&
		    !memcmp(e->set[i].f, s.f, sizeof(s.f)))
			return (int)i;
	if (e->nsets == EAR_SETS)
		return EAR_NONE;
	if (pair)
		leak(&s, hz[0], hz[1]);
	e->set[e->nsets] = s;
	return (int)e->nsets++;
}

/* Amplitude of frequency i over the window, as a complex number. */
static void amplitude(const struct callprog_ear *e, unsigned i, float *re,
		      float *im)
{
	float a = 0, b = 0;

	/* oldest last: each step turns the newer ones on by a hop */
	for (unsigned h = 0; h < EAR_HOPS; h++) {
		unsigned row = (e->newest + EAR_HOPS - h) % EAR_HOPS;
		float t = a * e->hop_re[i] - b * e->hop_im[i];

		b = a * e->hop_im[i] + b * e->hop_re[i] + e->im[row][i];
		a = t + e->re[row][i];
	}
	*re = a * 2 / WINDOW;
	*im = b * 2 / WINDOW;
}

/* Power of the two frequencies together; 0: one of them is hardly there. */
static float pair_power(const struct callprog_ear *e,
			const struct ear_set *s)
{
	float a1, b1, a2, b2, x1, y1, x2, y2, p1, p2;
	float det = 1 - s->g_re * s->g_re - s->g_im * s->g_im;

	amplitude(e, s->f[0], &a1, &b1);
	amplitude(e, s->f[1], &a2, &b2);
	x1 = (a1 - s->g_re * a2 + s->g_im * b2) / det;
	y1 = (b1 - s->g_re * b2 - s->g_im * a2) / det;
	x2 = (a2 - s->g_re * a1 - s->g_im * b1) / det;
	y2 = (b2 - s->g_re * b1 + s->g_im * a1) / det;
	p1 = x1 * x1 + y1 * y1;
	p2 = x2 * x2 + y2 * y2;
	if (p1 < BALANCE * p2 || p2 < BALANCE * p1)
		return 0;
	return (a1 * x1 + b1 * y1 + a2 * x2 + b2 * y2) / 2;
}

static float set_power(const struct callprog_ear *e, const struct ear_set *s)
{
	float best = 0;

	if (s->pair)
		return pair_power(e, s);
	for (unsigned i = 0; i < s->n; i++) {
		float a, b, p;

		amplitude(e, s->f[i], &a, &b);
		p = (a * a + b * b) / 2;
		best = p > best ? p : best;
	}
	return best;
}

static int best_set(const struct callprog_ear *e, float power)
{
	float best = SHARE * power;
	int set = EAR_NONE;
	bool alone = false;

	for (unsigned i = 0; i < e->nsets; i++) {
		float p = set_power(e, &e->set[i]);
		bool so = !e->set[i].pair && p >= ALONE * power;

		if (alone ? !so || p <= best : !so && p <= best)
			continue;
		alone = so;
		best = p;
		set = (int)i;
	}
	return set;
}

/* A hop is full: its spectrum to the others, then the decision. */
static void decide(struct callprog_ear *e, struct ear_hop *hop)
{
	unsigned row = (e->newest + 1) % EAR_HOPS;
	double power = 0;

	e->newest = row;
	for (unsigned i = 0; i < e->nfreqs; i++) {
		/* X = e^-jw(N-1) (s1 - e^-jw s2) */
		float a = e->s1[i] - e->w_re[i] * e->s2[i];
		float b = -e->w_im[i] * e->s2[i];
		float c = e->hop_re[i] * e->w_re[i] +
			e->hop_im[i] * e->w_im[i];
		float d = e->hop_im[i] * e->w_re[i] -
			e->hop_re[i] * e->w_im[i];

		e->re[row][i] = a * c - b * d;
		e->im[row][i] = a * d + b * c;
		e->s1[i] = e->s2[i] = 0;
	}
	e->energy[row] = e->sum;
	e->sum = 0;
	for (unsigned h = 0; h < EAR_HOPS; h++)
		power += e->energy[h] / WINDOW;
	hop->dbm0 = (float)level_dbm0(power);
	hop->set = EAR_NONE;
	if (hop->dbm0 < FAINTEST_DBM0)
		return;
	hop->set = best_set(e, (float)power);
}

size_t callprog_ear_run(struct callprog_ear *e, const int16_t *pcm, size_t n,
			struct ear_hop *hop, int *done)
{
	size_t k = EAR_HOP - e->in_hop;
	unsigned m = (e->nfreqs + 3) & ~3u;     /* whole vectors */

	k = k < n ? k : n;
	for (size_t t = 0; t < k; t++) {
		float x = pcm[t];

		e->sum += (double)(x * x);
		for (unsigned i = 0; i < m; i++) {
			float s = x + e->coef[i] * e->s1[i] - e->s2[i];

			e->s2[i] = e->s1[i];
			e->s1[i] = s;
		}
	}
	e->in_hop += (unsigned)k;
	*done = e->in_hop == EAR_HOP;
	if (*done) {
		e->in_hop = 0;
		decide(e, hop);
	}
	return k;
}
