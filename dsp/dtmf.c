/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTMF. The detector is SpanDSP's with wider twist: its usual 8 and 4 dB
 * are the very edge, where a third of the digits is heard; with 10 and 6 dB
 * the limits of Q.24 are met, without more false digits on speech.
 */
#include <math.h>
#include <spandsp.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/dtmf.h"

enum {
	BLOCK         = 102,    /* SpanDSP decides at the end of each */
	DIP           = 2 * BLOCK,      /* shorter than any pause of 30 ms */
	TWIST         = 10, REVERSE_TWIST = 6,          /* dB */
	UNCHANGED     = -99,
	NOTCHES       = 3,
};

/* The dial tones of the world lie between 350 and 450 Hz. These notches,
 * each 130 Hz wide, take 25 dB and more from all of that, and 1 dB from
 * 697 Hz. (SpanDSP's filter knows only 350 and 440 Hz.) */
static const float notch_hz[NOTCHES] = { 350, 410, 442 };
#define NOTCH_POLE 0.95f

struct notch {
	float b1;               /* -2 cos w; b0 and b2 are 1 */
	float s1, s2;
};

static const char digits[] = "123A456B789C*0#D";
static const float row_hz[4] = { 697, 770, 852, 941 };
static const float col_hz[4] = { 1209, 1336, 1477, 1633 };

struct dtmf_det {
	dtmf_rx_state_t *rx;
	dtmf_det_fn     *fn;
	void            *arg;
	uint32_t         at;
	unsigned         in_block;      /* samples of the block so far */
	char             digit;         /* begun, its end not yet told */
	bool             ended;         /* at end_at, or it is a dip */
	uint32_t         end_at;
	bool             filter;
	struct notch     notch[NOTCHES];
};

static void tell_end(struct dtmf_det *d)
{
	char was = d->digit;

	d->digit = 0;
	d->ended = false;
	d->fn(was, false, d->end_at, d->arg);
}

/* A lost packet or a click in a digit would make it two: its end is told
 * only when the same digit does not come back at once. */
static void on_change(void *arg, int code, int level, int delay)
{
	struct dtmf_det *d = arg;
	char now = (char)code;

	(void)level;
	(void)delay;
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

int dtmf_det_new(struct dtmf_det **dp, unsigned flags, dtmf_det_fn *fn,
		 void *arg)
{
	struct dtmf_det *d = mem_alloc(sizeof(*d));

	if (!d)
		return ENOMEM;
	d->rx = dtmf_rx_init(NULL, NULL, NULL);
	if (!d->rx) {
		mem_free(d);
		return ENOMEM;
	}
	dtmf_rx_set_realtime_callback(d->rx, on_change, d);
	dtmf_rx_parms(d->rx, 0, TWIST, REVERSE_TWIST, UNCHANGED);
	d->filter = (flags & DTMF_DIAL_FILTER) != 0;
	for (int i = 0; i < NOTCHES; i++)
		d->notch[i].b1 = -2 * cosf(2 * (float)M_PI * notch_hz[i] /
					   8000);
	d->fn = fn;
	d->arg = arg;
	*dp = d;
	return 0;
}

void dtmf_det_free(struct dtmf_det *d)
{
	if (!d)
		return;
	dtmf_rx_free(d->rx);
	mem_free(d);
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

/* n <= BLOCK */
static void run_filtered(struct dtmf_det *d, const int16_t *pcm, size_t n)
{
	int16_t out[BLOCK];

	for (size_t i = 0; i < n; i++) {
		float x = pcm[i];

		for (int k = 0; k < NOTCHES; k++)
			x = notch_run(&d->notch[k], x);
		x = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
		out[i] = (int16_t)lrintf(x);
	}
	/* numbers too small for the processor's fast path */
	for (int k = 0; k < NOTCHES; k++)
		if (fabsf(d->notch[k].s1) + fabsf(d->notch[k].s2) < 1e-9f)
			d->notch[k].s1 = d->notch[k].s2 = 0;
	dtmf_rx(d->rx, out, (int)n);
}

void dtmf_det_run(struct dtmf_det *d, const int16_t *pcm, size_t n)
{
	/* up to the end of a block each time, so that `at` is exact */
	while (n) {
		size_t k = BLOCK - d->in_block;

		k = k < n ? k : n;
		d->at += (uint32_t)k;
		d->in_block = (d->in_block + (unsigned)k) % BLOCK;
		if (d->filter)
			run_filtered(d, pcm, k);
		else
			dtmf_rx(d->rx, pcm, (int)k);
		if (d->ended && d->at - d->end_at >= DIP)
			tell_end(d);
		pcm += k;
		n -= k;
	}
}

char dtmf_det_digit(const struct dtmf_det *d)
{
	return d->digit;
}

void dtmf_gen_init(struct dtmf_gen *g, unsigned hz, unsigned on_ms,
		   unsigned off_ms, double low_dbm0, double high_dbm0)
{
	*g = (struct dtmf_gen){
		.on = on_ms * hz / 1000, .off = off_ms * hz / 1000,
		.low_dbm0 = (float)low_dbm0, .high_dbm0 = (float)high_dbm0,
	};
	tonegen_init(&g->tone, hz);
}

int dtmf_gen_put(struct dtmf_gen *g, char digit)
{
	if (digit >= 'a' && digit <= 'd')
		digit = (char)(digit - 'a' + 'A');
	if (!digit || !strchr(digits, digit))
		return EINVAL;
	if (g->held)
		return EBUSY;
	if (g->count == DTMF_QUEUE)
		return ENOBUFS;
	g->queue[(g->head + g->count++) % DTMF_QUEUE] = digit;
	return 0;
}

int dtmf_gen_hold(struct dtmf_gen *g, char digit)
{
	int err = dtmf_gen_put(g, digit);

	if (!err)
		g->held = true;
	return err;
}

void dtmf_gen_release(struct dtmf_gen *g)
{
	g->held = false;
}

void dtmf_gen_stop(struct dtmf_gen *g)
{
	tonegen_stop(&g->tone);
	g->phase = DTMF_GEN_IDLE;
	g->head = g->count = 0;
	g->left = 0;
	g->held = false;
}

static void start_digit(struct dtmf_gen *g)
{
	size_t i = (size_t)(strchr(digits, g->queue[g->head]) - digits);

	g->head = (uint8_t)((g->head + 1) % DTMF_QUEUE);
	g->count--;
	g->def = (struct tone_def){
		.nsteps = 1,
		.step = { { .f = { { row_hz[i / 4], g->low_dbm0 },
				   { col_hz[i % 4], g->high_dbm0 } } } },
	};
	tonegen_start(&g->tone, &g->def, 0);
	g->phase = DTMF_GEN_ON;
	g->left = g->on;
}

/* To what comes when `left` is used up. */
static void next_phase(struct dtmf_gen *g)
{
	if (g->phase == DTMF_GEN_ON) {
		tonegen_stop(&g->tone);
		g->phase = DTMF_GEN_OFF;
		g->left = g->off;
	}
	if (g->left)
		return;
	g->phase = DTMF_GEN_IDLE;
	if (g->count)
		start_digit(g);
}

/* Is the digit that sounds the one that is held? */
static bool is_held(const struct dtmf_gen *g)
{
	return g->held && !g->count && g->phase == DTMF_GEN_ON;
}

size_t dtmf_gen_run(struct dtmf_gen *g, int16_t *pcm, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t k = n - done;

		if (!g->left && !is_held(g))
			next_phase(g);
		if (g->phase == DTMF_GEN_IDLE)
			break;
		if (g->left && g->left < k)
			k = g->left;
		tonegen_run(&g->tone, pcm + done, k);
		done += k;
		g->left -= g->left ? (uint32_t)k : 0;
	}
	memset(pcm + done, 0, (n - done) * sizeof(*pcm));
	return done;
}

bool dtmf_gen_is_idle(const struct dtmf_gen *g)
{
	return g->phase == DTMF_GEN_IDLE && !g->count;
}
