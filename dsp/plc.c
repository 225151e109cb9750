/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Concealment by repeating the last pitch period, in the manner of G.711
 * Appendix I but without its delay: where that standard holds back the
 * newest quarter period to blend it with the fill, we let the step between
 * the last sample and the fill die away over a quarter period.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/plc.h"

enum {
	HZ_MAX   = 16000,
	LAG_MIN_HZ = 400, LAG_MAX_HZ = 66,      /* up to 15 ms */
	SPAN_MS  = 10,                          /* compared over this time */
	HIST_MS  = 30,
	HOLD_MS  = 10, FADE_MS = 50,            /* full, then down to 0 */
};

struct plc {
	unsigned hz;
	size_t   hist_len, lag, pos;    /* of the period; place in it */
	size_t   lost;                  /* samples filled since the loss */
	bool     in_loss;
	float    step;                  /* see above */
	int16_t *hist;                  /* oldest first; behind period */
	float    period[];              /* longest lag + 1 */
};

int plc_open(struct plc **pp, unsigned hz)
{
	unsigned rate = hz <= HZ_MAX ? hz : HZ_MAX;
	size_t hist_len = rate * HIST_MS / 1000;
	size_t lags = rate / LAG_MAX_HZ + 1;
	struct plc *p = mem_alloc(sizeof(*p) + lags * sizeof(p->period[0]) +
				  hist_len * sizeof(p->hist[0]));

	if (!p)
		return ENOMEM;
	p->hz = rate;
	p->hist_len = hist_len;
	p->hist = (int16_t *)(p->period + lags);
	*pp = p;
	return 0;
}

void plc_close(struct plc *p)
{
	mem_free(p);
}

static void remember(struct plc *p, const int16_t *pcm, size_t n)
{
	size_t len = p->hist_len;

	if (n >= len) {
		memcpy(p->hist, pcm + n - len, len * sizeof(*pcm));
		return;
	}
	memmove(p->hist, p->hist + n, (len - n) * sizeof(*pcm));
	memcpy(p->hist + len - n, pcm, n * sizeof(*pcm));
}

/* Likeness of the newest span with that lag samples before; looks at every
 * stride-th sample. */
static float likeness(const struct plc *p, size_t lag, size_t stride)
{
	size_t span = p->hz * SPAN_MS / 1000;
	const int16_t *x = p->hist + p->hist_len - span;
	float dot = 0, energy = 1;

	for (size_t i = 0; i < span; i += stride) {
		float y = x[(ptrdiff_t)i - (ptrdiff_t)lag];

		dot += x[i] * y;
		energy += y * y;
	}
	return dot / sqrtf(energy);
}

static size_t best_lag(const struct plc *p, size_t from, size_t to,
		       size_t stride)
{
	float best = -1e30f;
	size_t lag = from;

	for (size_t l = from; l <= to; l += stride) {
		float v = likeness(p, l, stride);

		if (v > best) {
			best = v;
			lag = l;
		}
	}
	return lag;
}

/* Coarse search at about 4 kHz, then around what it found. */
static size_t find_pitch(const struct plc *p)
{
	size_t lo = p->hz / LAG_MIN_HZ, hi = p->hz / LAG_MAX_HZ;
	size_t stride = p->hz / 4000;
	size_t lag = best_lag(p, lo, hi, stride);

	lo = lag > lo + stride ? lag - stride : lo;
	hi = lag + stride < hi ? lag + stride : hi;
	return best_lag(p, lo, hi, 1);
}

static void begin_loss(struct plc *p)
{
	size_t len = p->hist_len, lag = find_pitch(p), ola = lag / 4;
	const int16_t *end = p->hist + len;

	for (size_t i = 0; i < lag; i++)
		p->period[i] = *(end - lag + i);
	/* the end of a period runs into its beginning */
	for (size_t i = 0; i < ola; i++) {
		float w = (float)(i + 1) / (float)(ola + 1);
		float before = *(end - lag - ola + i);

		p->period[lag - ola + i] =
			(1 - w) * p->period[lag - ola + i] + w * before;
	}
	p->step = (float)end[-1] - (float)*(end - 1 - lag);
	p->lag = lag;
	p->pos = 0;
	p->lost = 0;
	p->in_loss = true;
}

static float next_fill(struct plc *p)
{
	float hold = (float)p->hz * HOLD_MS / 1000;
	float fade = (float)p->hz * FADE_MS / 1000;
	float x = p->period[p->pos], ola = (float)p->lag / 4, w = 1;

	if ((float)p->lost < ola)
		x += p->step * (1 - ((float)p->lost + 1) / (ola + 1));
	if ((float)p->lost > hold)
		w = 1 - ((float)p->lost - hold) / fade;
	if (++p->pos == p->lag)
		p->pos = 0;
	p->lost++;
	return w > 0 ? x * w : 0;
}

void plc_lost(struct plc *p, int16_t *pcm, size_t n)
{
	if (!p->in_loss)
		begin_loss(p);
	for (size_t i = 0; i < n; i++) {
		float x = next_fill(p);

		x = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
		pcm[i] = (int16_t)lrintf(x);
	}
	remember(p, pcm, n);
}

void plc_good(struct plc *p, int16_t *pcm, size_t n)
{
	if (p->in_loss) {
		/* the longer the loss, the less the fill is to be trusted, but
		 * the more it has faded: one blend serves both */
		size_t ola = p->hz * 4 / 1000;

		ola = ola < n ? ola : n;
		for (size_t i = 0; i < ola; i++) {
			float w = (float)(i + 1) / (float)(ola + 1);
			float x = w * pcm[i] + (1 - w) * next_fill(p);

			x = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
			pcm[i] = (int16_t)lrintf(x);
		}
		p->in_loss = false;
	}
	remember(p, pcm, n);
}
