/* SPDX-License-Identifier: Apache-2.0 */
/* The core of a bridge: commands that come, events that go, and whether
 * packets are forwarded as they come. [worker] */
#include <assert.h>

#include "media/bridge_impl.h"

/* --- events ------------------------------------------------------------ */

static void wake_sig(struct bridge *b)
{
	if (!atomic_exchange(&b->up_posted, true))
		loop_post(b->core.sig, &b->up_note, bridge_on_up, b);
}

void bridge_core_up(struct bridge_core *c, const struct up *u, bool must)
{
	struct bridge *b = bridge_of(c);
	struct up_ring *r = &b->ups;
	uint32_t in = atomic_load_explicit(&r->in, memory_order_relaxed);
	uint32_t used = in - atomic_load_explicit(&r->out,
						  memory_order_acquire);

	if (used + (must ? 0 : BRIDGE_SPARE) >= BRIDGE_EVENTS) {
		atomic_fetch_add(&b->dropped, 1);
		return;
	}
	r->v[in % BRIDGE_EVENTS] = *u;
	atomic_store_explicit(&r->in, in + 1, memory_order_release);
	wake_sig(b);
}

static void up(struct core_side *s, enum bridge_ev ev)
{
	struct up u = { .ev = (uint8_t)ev, .side = s->side };

	bridge_core_up(s->core, &u, ev == BRIDGE_EV_DETACHED);
}

static void on_event(void *arg, char digit, bool begin, uint16_t ms)
{
	bridge_digits_event(arg, digit, begin, ms);
}

static void on_timeout(void *arg)
{
	up(arg, BRIDGE_EV_RTP_TIMEOUT);
}

static const struct rtp_sink rtp_sink = { on_event, on_timeout };

static void on_digit(void *arg, char digit, bool begin)
{
	bridge_digits_tone(arg, digit, begin);
}

static void on_tone(void *arg, enum tone t, bool found)
{
	struct core_side *s = arg;
	struct up u = { .ev = BRIDGE_EV_TONE, .side = s->side,
			.tone = (uint8_t)t, .begin = found };

	bridge_core_up(s->core, &u, false);
}

static void on_voice(void *arg)
{
	struct core_side *s = arg;
	struct up u = { .ev = BRIDGE_EV_VOICE, .side = s->side };

	bridge_core_up(s->core, &u, false);
}

static void on_caller_id(void *arg, const struct caller_id *cid)
{
	struct core_side *s = arg;
	struct bridge *b = bridge_of(s->core);
	struct up u = { .ev = BRIDGE_EV_CALLER_ID, .side = s->side };

	if (cid && !atomic_exchange(&b->cid_busy, true)) {
		b->cid = *cid;
		u.cid_ok = true;
	} else if (cid) {
		return;         /* the last one is still being looked at */
	}
	bridge_core_up(s->core, &u, false);
}

static const struct stage_sink stage_sink = {
	on_digit, on_tone, on_voice, on_caller_id,
};

/* --- forward or tick --------------------------------------------------- */

/* Is there anything to hear or to change on that side? */
static bool side_is_plain(struct core_side *s)
{
	if (!rtp_is(s->port) || !bridge_digits_idle(s) ||
	    s->gain_in != s->core->unity || s->gain_out != s->core->unity)
		return false;
	for (unsigned i = 0; i < STAGE_SLOTS; i++) {
		/* a generator that is silent, a detector nobody asks */
		bool idle = i == STAGE_DIGITS ||
			    (i == STAGE_DTMF && !bridge_digits_wanted(s));

		if (s->stage[i] && !idle)
			return false;
	}
	return true;
}

static bool can_relay(struct bridge_core *c)
{
	struct core_side *a = &c->side[0], *b = &c->side[1];

	return side_is_plain(a) && side_is_plain(b) && !c->rec &&
	       rtp_port_can_relay(rtp_of(a->port), rtp_of(b->port)) &&
	       rtp_port_can_relay(rtp_of(b->port), rtp_of(a->port));
}

static void on_sound_back(struct note *n, void *arg)
{
	(void)arg;
	rtp_sound_free(CONTAINER(n, struct rtp_sound, note));
}

static void give_back_sound(struct bridge_core *c, struct rtp_sound *snd)
{
	if (snd)
		loop_post(c->sig, &snd->note, on_sound_back, NULL);
}

void bridge_core_on_sound(struct note *n, void *arg)
{
	struct rtp_sound *snd = CONTAINER(n, struct rtp_sound, note);
	struct core_side *s = arg;

	/* meanwhile the port may have left, or only forward again */
	if (rtp_is(s->port) && !s->core->relaying &&
	    !rtp_hears(rtp_of(s->port)))
		snd = rtp_sound_lend(rtp_of(s->port), snd);
	give_back_sound(s->core, snd);
}

/* Does anybody listen to what the side says? */
static bool is_heard(struct core_side *s)
{
	return core_other(s)->port || s->core->rec || !side_is_plain(s);
}

void bridge_core_want_sound(struct bridge_core *c)
{
	struct bridge *b = bridge_of(c);
	unsigned deaf = 0;

	if (c->relaying)
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct core_side *s = &c->side[i];

		if (rtp_is(s->port) && rtp_of(s->port)->setup &&
		    !rtp_hears(rtp_of(s->port)) && is_heard(s))
			deaf |= 1u << i;
	}
	if (!deaf)
		return;
	atomic_fetch_or(&b->deaf, deaf);
	wake_sig(b);
}

/* Who forwards needs neither tick nor sound. */
static void set_relay(struct bridge_core *c, bool relay)
{
	c->relaying = relay;
	for (unsigned i = 0; i < 2; i++) {
		struct core_side *s = &c->side[i];
		struct port *from = core_other(s)->port;

		if (!rtp_is(s->port))
			continue;
		rtp_port_relay(rtp_of(s->port), relay ? rtp_of(from) : NULL);
		if (relay)
			give_back_sound(c, rtp_sound_lend(rtp_of(s->port),
							  NULL));
	}
	if (relay)
		worker_remove(c->worker, &c->tick);
	else if (!c->closed)
		worker_add(c->worker, &c->tick);
}

void bridge_core_plan(struct bridge_core *c)
{
	bool relay = !c->closed && can_relay(c);

	if (relay != c->relaying)
		set_relay(c, relay);
}

/* --- stages ------------------------------------------------------------ */

void bridge_core_drop_stage(struct core_side *s, enum stage_slot slot)
{
	stage_give_back(s->stage[slot], s->core->sig);
	s->stage[slot] = NULL;
}

static void set_stage(struct core_side *s, enum stage_slot slot,
		      struct stage *g)
{
	bridge_core_drop_stage(s, slot);
	if (slot == STAGE_DTMF)
		bridge_digits_cut(s);
	if (!g)
		return;
	g->sink = &stage_sink;
	g->arg = s;
	s->stage[slot] = g;
}

/* --- ports ------------------------------------------------------------- */

static void attach(struct core_side *s, struct port *p)
{
	struct worker *w = s->core->worker;
	int err = 0;

	if (rtp_is(p)) {
		struct rtp_env env = { .epoch_us = w->epoch_us,
				       .phase_us = WORKER_PHASE_US,
				       .pool = &w->pool, .sink = &rtp_sink,
				       .arg = s };

		env.poll = s->poll = worker_join_port(w);
		rtp_port_join(rtp_of(p), &env);
	}
	if (p->ops->bind)
		err = p->ops->bind(p, w->loop);
	if (err) {
		if (rtp_is(p))
			worker_leave_port(w, s->poll);
		up(s, BRIDGE_EV_DETACHED);
		return;
	}
	s->port = p;
	s->silence_ms = 0;
	level_meter_reset(&s->in);
	level_meter_reset(&s->out);
	if (!s->core->tick.on)
		worker_add(w, &s->core->tick);
}

static void side_stats(const struct core_side *s, struct bridge_side_stats *st)
{
	struct echo_stats e;

	if (!s->port) {
		*st = s->left;
		return;
	}
	*st = (struct bridge_side_stats){ .attached = true };
	if (rtp_is(s->port))
		rtp_port_stats(rtp_of(s->port), &st->rtp);
	st->in_dbm0 = (float)level_meter_dbm0(&s->in);
	st->out_dbm0 = (float)level_meter_dbm0(&s->out);
	st->in_peak_dbm0 = (float)level_dbm0((double)s->in.peak *
					     s->in.peak / 2);
	st->out_peak_dbm0 = (float)level_dbm0((double)s->out.peak *
					      s->out.peak / 2);
	st->silence_ms = s->silence_ms;
	if (!s->stage[STAGE_ECHO])
		return;
	stage_echo_stats(s->stage[STAGE_ECHO], &e);
	st->echo = true;
	st->echo_erl_db = e.erl_db;
	st->echo_erle_db = e.erle_db;
}

static void detach(struct core_side *s, bool tell)
{
	struct worker *w = s->core->worker;
	struct port *p = s->port;

	if (!p)
		return;
	side_stats(s, &s->left);
	for (unsigned i = 0; i < STAGE_SLOTS; i++)
		bridge_core_drop_stage(s, i);
	s->port = NULL;
	bridge_core_plan(s->core);
	bridge_digits_reset(s);
	if (rtp_is(p))
		worker_count(&w->relayed, rtp_of(p)->stats.relayed);
	if (p->ops->unbind)
		p->ops->unbind(p);
	if (rtp_is(p))
		worker_leave_port(w, s->poll);
	if (!core_other(s)->port)
		worker_remove(w, &s->core->tick);
	if (tell)
		up(s, BRIDGE_EV_DETACHED);
}

static void on_setup_back(struct note *n, void *arg)
{
	(void)n;
	rtp_setup_free(arg);
}

static void update(struct core_side *s, struct rtp_setup *setup)
{
	struct rtp_setup *old = setup;

	/* the port may have left by itself: then nothing takes it */
	if (rtp_is(s->port))
		old = rtp_port_install(rtp_of(s->port), setup);
	if (old)
		loop_post(s->core->sig, &old->note, on_setup_back, old);
	/* forwarding begins anew with what was agreed now */
	if (s->core->relaying)
		set_relay(s->core, false);
}

/* --- figures ----------------------------------------------------------- */

static void core_stats(struct bridge_core *c, struct bridge_stats *st)
{
	for (unsigned i = 0; i < 2; i++)
		side_stats(&c->side[i], &st->side[i]);
	st->ticks = c->ticks;
	st->relaying = c->relaying;
	st->relayed = st->side[0].rtp.relayed + st->side[1].rtp.relayed;
}

static void tell_stats(struct bridge_core *c, struct bridge_answer *a)
{
	core_stats(c, &a->stats);
	loop_post(c->sig, &a->note, bridge_on_stats, a);
}

/* --- commands ---------------------------------------------------------- */

static void on_rec_back(struct note *n, void *arg)
{
	(void)n;
	file_rec_free(arg);
}

static void record(struct bridge_core *c, struct file_rec *r)
{
	if (c->rec)
		loop_post(c->sig, file_rec_note(c->rec), on_rec_back, c->rec);
	c->rec = r;
}

static void close_core(struct bridge_core *c)
{
	struct bridge *b = bridge_of(c);

	core_stats(c, &b->last);
	c->closed = true;
	record(c, NULL);
	for (unsigned i = 0; i < 2; i++)
		detach(&c->side[i], false);
	/* stages of a side that never had a port, too */
	for (unsigned i = 0; i < 2 * STAGE_SLOTS; i++)
		bridge_core_drop_stage(&c->side[i % 2], i / 2);
	loop_post(c->sig, &b->closed_note, bridge_on_closed, b);
}

static void put_digits(struct core_side *s, const struct cmd *m)
{
	for (unsigned i = 0; i < sizeof(m->d) && m->d[i]; i++)
		bridge_digits_put(s, m->d[i], (unsigned)m->b);
	if (m->a)
		bridge_digits_put(s, 0, 0);
}

static void run(struct bridge_core *c, const struct cmd *m)
{
	struct core_side *s = &c->side[m->side];

	switch ((enum cmd_kind)m->kind) {
	case CMD_ATTACH:
		attach(s, m->p);
		break;
	case CMD_DETACH:
		detach(s, true);
		break;
	case CMD_UPDATE:
		update(s, m->p);
		break;
	case CMD_STAGE:
		set_stage(s, m->slot, m->p);
		break;
	case CMD_LISTEN:
		s->tell_dtmf = m->a;
		break;
	case CMD_GAIN:
		s->gain_in = m->a;
		s->gain_out = m->b;
		break;
	case CMD_DIGITS:
		put_digits(s, m);
		break;
	case CMD_RECORD:
		record(c, m->p);
		break;
	case CMD_STATS:
		tell_stats(c, m->p);
		break;
	}
	bridge_core_plan(c);
}

static bool pop(struct bridge *b, struct cmd *m)
{
	struct cmd_ring *r = &b->cmds;
	uint32_t out = atomic_load_explicit(&r->out, memory_order_relaxed);

	if (out == atomic_load_explicit(&r->in, memory_order_acquire))
		return false;
	*m = r->v[out % BRIDGE_CMDS];
	atomic_store_explicit(&r->out, out + 1, memory_order_release);
	return true;
}

void bridge_core_on_cmd(struct note *n, void *arg)
{
	struct bridge_core *c = arg;
	struct bridge *b = bridge_of(c);
	struct cmd m;

	(void)n;
	atomic_store(&b->cmd_posted, false);
	while (pop(b, &m))
		run(c, &m);
	bridge_core_want_sound(c);
}

void bridge_core_on_close(struct note *n, void *arg)
{
	(void)n;
	close_core(arg);        /* the bridge may be gone after it */
}
