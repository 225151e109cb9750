/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two-wire line:
 *
 *	out ---+--- loss --- + noise --------> heard
 *	       |
 *	     delay, taps of G.168
 *	       |
 *	in <-- + <-- + noise <--- loss ------- said
 */
#include "gateway/line/sim/hybrid.h"

#include <math.h>
#include <string.h>

#include "dsp/level.h"

static double factor(double db)
{
	return pow(10, db / 20);
}

void hybrid_init(struct hybrid *h, const struct hybrid_conf *c)
{
	memset(h, 0, sizeof(*h));
	if (c->model >= 2)
		h->n_taps = g168_path(h->taps, (unsigned)c->model - 2,
				      c->erl_db);
	h->delay = c->delay > HYBRID_DELAY_MAX ? HYBRID_DELAY_MAX : c->delay;
	h->in_gain = (float)factor(-c->in_loss_db);
	h->out_gain = (float)factor(-c->out_loss_db);
	/* a sum of four uniform numbers of width 1 has the variance 1/3 */
	if (c->noise_dbm0 > LEVEL_MIN_DBM0)
		h->noise = (float)(level_peak(c->noise_dbm0) / sqrt(2) *
				   sqrt(3) / 65536);
	h->seed_in = 0x9e3779b9;
	h->seed_out = 0x7f4a7c15;
}

void hybrid_reset(struct hybrid *h)
{
	memset(h->x, 0, sizeof(h->x));
}

static uint32_t step(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s;
}

/* Nearly Gaussian, scaled to the level. */
static float noise(const struct hybrid *h, uint32_t *seed)
{
	uint32_t a = step(seed), b = step(seed);
	int sum = (int)(a & 0xffff) + (int)(a >> 16) + (int)(b & 0xffff) +
		  (int)(b >> 16) - 2 * 65535;

	return h->noise * (float)sum;
}

static int16_t saturate(float v)
{
	if (v > 32767)
		return 32767;
	if (v < -32768)
		return -32768;
	return (int16_t)lrintf(v);
}

/* One tap after the other: the inner loop then runs over independent sums,
 * which the compiler can do several at a time. */
static void echo(const struct hybrid *h, float *restrict acc)
{
	const float *base = h->x + HYBRID_PAST - h->delay;

	for (unsigned k = 0; k < h->n_taps; k++) {
		const float t = h->taps[k];
		const float *restrict x = base - k;

		for (unsigned i = 0; i < HYBRID_BLOCK; i++)
			acc[i] += t * x[i];
	}
}

void hybrid_run(struct hybrid *h, const int16_t out[HYBRID_BLOCK],
		const int16_t said[HYBRID_BLOCK],
		int16_t heard[HYBRID_BLOCK], int16_t in[HYBRID_BLOCK])
{
	float acc[HYBRID_BLOCK];

	memmove(h->x, h->x + HYBRID_BLOCK, HYBRID_PAST * sizeof(h->x[0]));
	for (unsigned i = 0; i < HYBRID_BLOCK; i++) {
		h->x[HYBRID_PAST + i] = out[i];
		acc[i] = h->in_gain * (float)said[i] + noise(h, &h->seed_in);
	}
	echo(h, acc);
	for (unsigned i = 0; i < HYBRID_BLOCK; i++) {
		heard[i] = saturate(h->out_gain * (float)out[i] +
				    noise(h, &h->seed_out));
		in[i] = saturate(acc[i]);
	}
}
