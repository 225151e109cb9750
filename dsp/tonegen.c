/* SPDX-License-Identifier: Apache-2.0 */
/* Numerically controlled oscillators: a 32-bit phase, so no drift. */
#include <assert.h>
#include <math.h>

#include "dsp/level.h"
#include "dsp/tonegen.h"

/* sin(2 pi phase / 2^32), error below 4e-6 (-108 dB). */
static float sine(uint32_t phase)
{
	float x = (float)(int32_t)phase * 0x1p-31f;     /* half turns */
	float y;

	if (x > 0.5f)
		x = 1 - x;
	else if (x < -0.5f)
		x = -1 - x;
	y = x * x;
	return x * (3.14159265f + y * (-5.16771278f + y * (2.55016404f +
		y * (-0.59926453f + y * 0.08214589f))));
}

static void enter_step(struct tonegen *g)
{
	const struct tone_step *s = &g->def->step[g->step];
	struct tonegen_osc old[TONE_FREQS];

	for (int i = 0; i < TONE_FREQS; i++)
		old[i] = g->osc[i];
	for (int i = 0; i < TONE_FREQS; i++) {
		struct tonegen_osc *o = &g->osc[i];
		float hz = s->f[i].hz;

		*o = (struct tonegen_osc){ .hz = hz };
		if (!(hz > 0))
			continue;
		for (int k = 0; k < TONE_FREQS; k++)
			if (old[k].hz == hz)
				o->phase = old[k].phase;
		o->inc = (uint32_t)llrint((double)hz / g->hz * 0x1p32);
		o->amp = (float)level_peak((double)s->f[i].dbm0 + g->gain_db);
	}
	g->left = (uint32_t)((uint64_t)s->ms * g->hz / 1000);
}

static void next_step(struct tonegen *g)
{
	if (++g->step == g->def->nsteps) {
		g->step = g->def->loop_from;
		if (g->def->repeat && ++g->round == g->def->repeat) {
			tonegen_stop(g);
			return;
		}
	}
	enter_step(g);
}

void tonegen_init(struct tonegen *g, unsigned hz)
{
	*g = (struct tonegen){ .hz = hz };
}

void tonegen_start(struct tonegen *g, const struct tone_def *def,
		   double gain_db)
{
	if (!def || !def->nsteps) {
		tonegen_stop(g);
		return;
	}
	assert(def->nsteps <= TONE_STEPS && def->loop_from < def->nsteps);
	g->def = def;
	g->gain_db = (float)gain_db;
	g->step = 0;
	g->round = 0;
	enter_step(g);
}

void tonegen_sine(struct tonegen *g, double hz, double dbm0, unsigned ms)
{
	g->own = (struct tone_def){
		.nsteps = 1, .repeat = 1,
		.step = { { .f = { { (float)hz, (float)dbm0 } } } },
	};
	tonegen_start(g, &g->own, 0);
	/* not in the step: ms may be longer than its 16 bits */
	g->left = (uint32_t)((uint64_t)ms * g->hz / 1000);
}

void tonegen_stop(struct tonegen *g)
{
	g->def = NULL;
	for (int i = 0; i < TONE_FREQS; i++)
		g->osc[i] = (struct tonegen_osc){ 0 };
}

/* n samples of the step that is on. */
static void fill(struct tonegen *g, int16_t *pcm, size_t n)
{
	int nosc = 0;

	while (nosc < TONE_FREQS && g->osc[nosc].inc)
		nosc++;
	for (size_t i = 0; i < n; i++) {
		float x = 0;

		for (int k = 0; k < nosc; k++) {
			x += g->osc[k].amp * sine(g->osc[k].phase);
			g->osc[k].phase += g->osc[k].inc;
		}
		x = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
		pcm[i] = (int16_t)lrintf(x);
	}
}

size_t tonegen_run(struct tonegen *g, int16_t *pcm, size_t n)
{
	size_t done = 0, i;

	while (done < n && g->def) {
		size_t k = n - done;

		if (g->left && g->left < k)
			k = g->left;
		fill(g, pcm + done, k);
		done += k;
		if (g->left && (g->left -= (uint32_t)k) == 0)
			next_step(g);
	}
	for (i = done; i < n; i++)
		pcm[i] = 0;
	return done;
}
