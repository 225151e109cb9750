/* SPDX-License-Identifier: Apache-2.0 */
/* Ring cadences. Signalling thread. */
#include "gateway/line/analog/cadence.h"

#include <string.h>

static void step(void *arg)
{
	struct cadence *c = arg;
	unsigned i = c->step % c->n;
	unsigned nr = c->step++;

	tmr_start(c->loop, &c->tmr, c->ms[i], step, c);
	c->fn(i % 2 == 0, nr, c->arg);
}

void cadence_start(struct cadence *c, struct loop *loop, const uint16_t *ms,
		   cadence_fn *fn, void *arg)
{
	cadence_stop(c);
	c->n = 0;
	while (c->n < CADENCE_STEPS && ms[c->n]) {
		c->ms[c->n] = ms[c->n];
		c->n++;
	}
	if (c->n == 0)
		return;
	c->step = 0;
	c->loop = loop;
	c->fn = fn;
	c->arg = arg;
	tmr_start(loop, &c->tmr, 0, step, c);
}

void cadence_stop(struct cadence *c)
{
	tmr_stop(&c->tmr);
}

uint32_t cadence_longest_pause(const uint16_t *ms)
{
	uint32_t longest = 0;

	for (unsigned i = 0; i < CADENCE_STEPS && ms[i]; i++) {
		if (i % 2 && ms[i] > longest)
			longest = ms[i];
	}
	return longest;
}

/* "2", "0.4", "1.25": ms; 0: wrong. */
static uint32_t seconds(struct str s)
{
	static const uint32_t unit[] = { 0, 100, 10, 1 };
	struct str whole, frac;
	uint32_t a, b = 0;

	if (str_cut(s, '.', &whole, &frac)) {
		if (frac.l < 1 || frac.l > 3 || str_u32(&b, frac, 999))
			return 0;
		b *= unit[frac.l];
	}
	if (str_u32(&a, whole, 10))
		return 0;
	return a * 1000 + b;
}

int cadence_parse(uint16_t ms[CADENCE_STEPS + 1], struct str s)
{
	uint16_t out[CADENCE_STEPS + 1] = { 0 };
	struct str rest = str_trim(s), word;
	unsigned n = 0;

	while (!str_is_empty(rest)) {
		uint32_t v;

		str_cut(rest, ' ', &word, &rest);
		rest = str_trim(rest);
		v = seconds(word);
		if (n == CADENCE_STEPS || v < 100 || v > 10000)
			return EBADMSG;
		out[n++] = (uint16_t)v;
	}
	if (n < 2 || n % 2)
		return EBADMSG;
	memcpy(ms, out, sizeof(out));
	return 0;
}
