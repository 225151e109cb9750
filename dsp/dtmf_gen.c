/* SPDX-License-Identifier: Apache-2.0 */
/* DTMF digits, one after the other or as long as a key is down. */
#include <string.h>

#include "dsp/dtmf.h"

static const char digits[] = "123A456B789C*0#D";
static const float row_hz[4] = { 697, 770, 852, 941 };
static const float col_hz[4] = { 1209, 1336, 1477, 1633 };

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
	g->tone.own = (struct tone_def){
		.nsteps = 1,
		.step = { { .f = { { row_hz[i / 4], g->low_dbm0 },
				   { col_hz[i % 4], g->high_dbm0 } } } },
	};
	tonegen_start(&g->tone, &g->tone.own, 0);
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
