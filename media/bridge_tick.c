/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tick of a bridge, every 20 ms, both directions at once:
 *
 *	pull A -> echo, DTMF, progress, caller ID -> gain --> tap --+
 *	pull B -> echo, DTMF, progress, caller ID -> gain --> tap --|-+
 *	push B <- tone | file | digits | caller ID <- gain <- rate -+ |
 *	push A <- tone | file | digits | caller ID <- gain <- rate ---+
 *
 * No allocation, lock, log or wall clock. [worker]
 */
#include <string.h>

#include "media/bridge_impl.h"

static const enum bridge_ev end_event[STAGE_SLOTS] = {
	[STAGE_PLAY] = BRIDGE_EV_PLAYED,
	[STAGE_CALLER_ID_TX] = BRIDGE_EV_CALLER_ID_SENT,
};

static void run_stage(struct core_side *s, enum stage_slot slot,
		      struct frame *f)
{
	struct up u = { .side = s->side };

	if (s->stage[slot]->ops->run(s->stage[slot], f))
		return;
	bridge_core_drop_stage(s, slot);
	if (slot != STAGE_PLAY && slot != STAGE_CALLER_ID_TX)
		return;         /* a tone that ends by itself */
	u.ev = (uint8_t)end_event[slot];
	bridge_core_up(s->core, &u, false);
}

enum { METER_EVERY = 4, WANT_EVERY = 50 };

static void gain(const struct core_side *s, int32_t g, struct frame *f)
{
	if (g != s->core->unity)
		level_gain_run(g, f->pcm, f->n);
}

/* A sample of the sound is enough for its level. */
static void meter(const struct core_side *s, struct level_meter *m,
		  const struct frame *f)
{
	if (s->core->ticks % METER_EVERY == 0)
		level_meter_run(m, f->pcm, f->n);
}

/* What the side says; silence if nobody is there. */
static void side_pull(struct core_side *s, struct frame *f)
{
	struct port *p = s->port;

	if (!p) {
		struct port *o = core_other(s)->port;

		f->hz = o ? o->hz : 8000;
		f->n = f->hz / (1000 / PORT_TICK_MS);
		memset(f->pcm, 0, f->n * sizeof(f->pcm[0]));
		return;
	}
	if (p->ops->pull(p, f))
		s->silence_ms += PORT_TICK_MS;
	for (unsigned i = 0; i < STAGE_FIRST_OUT; i++)
		if (s->stage[i] && (i != STAGE_DTMF ||
				    bridge_digits_wanted(s)))
			run_stage(s, i, f);
	gain(s, s->gain_in, f);
	meter(s, &s->in, f);
}

/* Makes out of what the other side says what this one hears. */
static void convert(struct core_side *s, struct frame *out,
		    const struct frame *in)
{
	unsigned hz = s->port->hz;

	if (in->hz == hz) {
		memcpy(out, in, offsetof(struct frame, pcm) +
				in->n * sizeof(in->pcm[0]));
		return;
	}
	if (s->rs.from_hz != in->hz || s->rs.to_hz != hz)
		resample_init(&s->rs, in->hz, hz);
	out->hz = (uint16_t)hz;
	out->n = (uint16_t)resample_run(&s->rs, in->pcm, in->n, out->pcm);
}

static void side_push(struct core_side *s, const struct frame *in)
{
	struct frame f;
	int err;

	if (!s->port)
		return;
	convert(s, &f, in);
	gain(s, s->gain_out, &f);
	bridge_digits_step(s);
	for (unsigned i = STAGE_FIRST_OUT; i < STAGE_SLOTS; i++)
		if (s->stage[i])
			run_stage(s, i, &f);
	meter(s, &s->out, &f);
	err = s->port->ops->push(s->port, &f);
	if (s->stage[STAGE_ECHO] && !err)
		s->stage[STAGE_ECHO]->ops->pushed(s->stage[STAGE_ECHO], &f);
}

void bridge_tick(struct tick *t)
{
	struct bridge_core *c = CONTAINER(t, struct bridge_core, tick);
	struct frame f[2];

	/* what signalling had no memory for is asked for again */
	if (++c->ticks % WANT_EVERY == 0)
		bridge_core_want_sound(c);
	for (unsigned i = 0; i < 2; i++)
		side_pull(&c->side[i], &f[i]);
	if (c->rec)
		file_rec_frames(c->rec, &f[0], &f[1]);
	for (unsigned i = 0; i < 2; i++)
		side_push(&c->side[i], &f[!i]);
	/* a tone, a file or a digit may have ended */
	bridge_core_plan(c);
}
