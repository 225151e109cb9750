/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTMF detection in blocks of 102 samples, which lie well between the
 * frequencies: rows and columns are nearly zeros of each other's spectrum.
 *
 *	notches (dial tone) -> 8 Goertzel filters -> the best row and column
 *	-> looked for beside their place -> tests -> twice the same: a digit
 *
 * Looking 0.5 % to both sides is what lets digits 1.5 % off their frequency
 * pass (Q.24) while the share of the power that the two must explain stays
 * high, which keeps speech out. So does the twist, which must not change.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/dtmf.h"
#include "dsp/level.h"

enum {
	RATE    = 8000,
	BLOCK   = 102,
	DIP     = 2 * BLOCK,    /* shorter than any pause of 30 ms */
	ROWS    = 4,
	TONES   = 8,            /* rows, then columns */
	PLACES  = 3,
	NOTCHES = 3,
};

#define FAINTEST_DBM0 (-42.0)   /* of each of the two */
#define HIGH_LOUDER 4.0f        /* column over row: 6 dB */
#define LOW_LOUDER 10.0f        /* row over column: 10 dB */
#define PEAK 6.3f               /* over its neighbours: 8 dB */
#define SHARE 0.85f             /* of all power */
#define ASIDE 0.005
#define STEADY 2.0f             /* 3 dB from block to block */

/* The dial tones of the world lie between 350 and 450 Hz. These notches,
 * each 130 Hz wide, take 25 dB and more from all of that, and 1 dB from
 * 697 Hz. */
static const float notch_hz[NOTCHES] = { 350, 410, 442 };
#define NOTCH_POLE 0.95f

static const double tone_hz[TONES] = {
	697, 770, 852, 941, 1209, 1336, 1477, 1633
};
static const char digit_of[ROWS][ROWS + 1] = {
	"123A", "456B", "789C", "*0#D"
};

struct notch {
	float b1;               /* -2 cos w; b0 and b2 are 1 */
	float s1, s2;
};

struct dtmf_det {
	dtmf_det_fn *fn;
	void        *arg;
	uint32_t     at;
	unsigned     n;         /* samples in block */
	char         digit;     /* begun, its end not yet told */
	char         last_hit;  /* of the block before */
	char         in_digit;  /* as the blocks have it */
	float        twist;     /* row over column in the last hit */
	bool         steady;    /* it was nearly the same before */
	bool         ended;     /* at end_at, or it is a dip */
	bool         filter;
	uint32_t     end_at;
	float        faintest;  /* power in a filter */
	float        coef[PLACES][TONES];       /* 2 cos w; [0]: in place */
	struct notch notch[NOTCHES];
	float        block[BLOCK];
};

int dtmf_det_new(struct dtmf_det **dp, unsigned flags, dtmf_det_fn *fn,
		 void *arg)
{
	static const double place[PLACES] = { 1, 1 - ASIDE, 1 + ASIDE };
	struct dtmf_det *d = mem_alloc(sizeof(*d));
	double peak = level_peak(FAINTEST_DBM0) * BLOCK / 2;

	if (!d)
		return ENOMEM;
	d->fn = fn;
	d->arg = arg;
	d->faintest = (float)(peak * peak);
	for (int p = 0; p < PLACES; p++)
		for (int i = 0; i < TONES; i++)
			d->coef[p][i] = (float)(2 * cos(2 * M_PI *
				tone_hz[i] * place[p] / RATE));
	d->filter = (flags & DTMF_DIAL_FILTER) != 0;
	for (int i = 0; i < NOTCHES; i++)
		d->notch[i].b1 = -2 * cosf(2 * (float)M_PI * notch_hz[i] /
					   RATE);
	*dp = d;
	return 0;
}

void dtmf_det_free(struct dtmf_det *d)
{
	mem_free(d);
}

static void tell_end(struct dtmf_det *d)
{
	char was = d->digit;

	d->digit = 0;
	d->ended = false;
	d->fn(was, false, d->end_at, d->arg);
}

/* A lost packet or a click in a digit would make it two: its end is told
 * only when the same digit does not come back at once. */
static void on_change(struct dtmf_det *d, char now)
{
	if (!now) {
		d->ended = d->digit != 0;
		d->end_at = d->at;
		return;
	}
	if (now == d->digit) {
		d->ended = false;
		return;
	}
	if (d->digit) {
		d->end_at = d->ended ? d->end_at : d->at;
		tell_end(d);
	}
	d->digit = now;
	d->fn(now, true, d->at, d->arg);
}

/* Power of all eight in their places. */
static void powers(const struct dtmf_det *d, float p[TONES])
{
	float s1[TONES] = { 0 }, s2[TONES] = { 0 };

	for (int t = 0; t < BLOCK; t++) {
		float x = d->block[t];

		for (int i = 0; i < TONES; i++) {
			float s = x + d->coef[0][i] * s1[i] - s2[i];

			s2[i] = s1[i];
			s1[i] = s;
		}
	}
	for (int i = 0; i < TONES; i++)
		p[i] = s1[i] * s1[i] + s2[i] * s2[i] -
			d->coef[0][i] * s1[i] * s2[i];
}

/* The most that tone i has in its place (p) or beside it. */
static float best_place(const struct dtmf_det *d, int i, float p)
{
	for (int k = 1; k < PLACES; k++) {
		float c = d->coef[k][i], s1 = 0, s2 = 0, q;

		for (int t = 0; t < BLOCK; t++) {
			float s = d->block[t] + c * s1 - s2;

			s2 = s1;
			s1 = s;
		}
		q = s1 * s1 + s2 * s2 - c * s1 * s2;
		p = q > p ? q : p;
	}
	return p;
}

static int loudest(const float *p)
{
	int best = 0;

	for (int i = 1; i < ROWS; i++)
		if (p[i] > p[best])
			best = i;
	return best;
}

static bool stands_out(const float *p, int best, float power)
{
	for (int i = 0; i < ROWS; i++)
		if (i != best && p[i] * PEAK > power)
			return false;
	return true;
}

/* The two of a digit keep their proportion; those of a voice do not. */
static void note_twist(struct dtmf_det *d, float twist)
{
	d->steady = twist < d->twist * STEADY && d->twist < twist * STEADY;
	d->twist = twist;
}

/* What the block holds: a digit, or 0. */
static char hit(struct dtmf_det *d)
{
	float p[TONES], energy = 0, row, col;
	int r, c;

	for (int t = 0; t < BLOCK; t++)
		energy += d->block[t] * d->block[t];
	/* too faint for two tones: the usual case, silence */
	if (energy < 2 * d->faintest * 2 / BLOCK)
		return 0;
	powers(d, p);
	r = loudest(p);
	c = loudest(p + ROWS);
	/* 2 p / BLOCK is the energy of a tone; 0.6: far from it */
	if ((p[r] + p[ROWS + c]) * 2 / BLOCK < 0.6f * energy)
		return 0;
	row = best_place(d, r, p[r]);
	col = best_place(d, ROWS + c, p[ROWS + c]);
	if (row < d->faintest || col < d->faintest ||
	    row > col * LOW_LOUDER || col > row * HIGH_LOUDER)
		return 0;
	if (!stands_out(p, r, row) || !stands_out(p + ROWS, c, col))
		return 0;
	if ((row + col) * 2 / BLOCK < SHARE * energy)
		return 0;
	note_twist(d, row / col);
	return digit_of[r][c];
}

static void end_block(struct dtmf_det *d)
{
	char now = hit(d);

	d->n = 0;
	/* two blocks in a row that are not what was heard before */
	if (now != d->in_digit && d->last_hit != d->in_digit) {
		char was = d->in_digit;

		d->in_digit = now == d->last_hit && d->steady ? now : 0;
		if (d->in_digit != was)
			on_change(d, d->in_digit);
	}
	d->last_hit = now;
	if (d->ended && d->at - d->end_at >= DIP)
		tell_end(d);
}

static float notch_run(struct notch *f, float x)
{
	float w = x - NOTCH_POLE * f->b1 * f->s1 -
		NOTCH_POLE * NOTCH_POLE * f->s2;
	float y = w + f->b1 * f->s1 + f->s2;

	f->s2 = f->s1;
	f->s1 = w;
	return y;
}

static void filter_run(struct dtmf_det *d, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < NOTCHES; k++)
			x[i] = notch_run(&d->notch[k], x[i]);
	/* numbers too small for the processor's fast path */
	for (int k = 0; k < NOTCHES; k++)
		if (fabsf(d->notch[k].s1) + fabsf(d->notch[k].s2) < 1e-9f)
			d->notch[k].s1 = d->notch[k].s2 = 0;
}

void dtmf_det_run(struct dtmf_det *d, const int16_t *pcm, size_t n)
{
	while (n) {
		size_t k = BLOCK - d->n;
		float *x = d->block + d->n;

		k = k < n ? k : n;
		for (size_t i = 0; i < k; i++)
			x[i] = pcm[i];
		if (d->filter)
			filter_run(d, x, k);
		d->at += (uint32_t)k;
		d->n += (unsigned)k;
		if (d->n == BLOCK)
			end_block(d);
		pcm += k;
		n -= k;
	}
}

char dtmf_det_digit(const struct dtmf_det *d)
{
	return d->digit;
}
