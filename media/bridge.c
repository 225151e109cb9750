/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handle of a bridge. Commands go through a ring with one writer and
 * one reader; the places a command needs that must not fail (detach, close)
 * are kept free by those that may. What has to be allocated is allocated
 * here and freed here. [signalling]
 */
#include "media/bridge.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "media/bridge_impl.h"

static METRIC_COUNT(m_dropped, "tipring_media_events_dropped_total",
		    "events of bridges lost because too many came at once");

/* --- commands ---------------------------------------------------------- */

static unsigned ring_free(const struct bridge *b)
{
	return BRIDGE_CMDS -
	       (atomic_load_explicit(&b->cmds.in, memory_order_relaxed) -
		atomic_load_explicit(&b->cmds.out, memory_order_acquire));
}

/* Room for n commands that may fail? */
static bool has_room(const struct bridge *b, unsigned n)
{
	return !b->closing && ring_free(b) >= b->reserved + n;
}

static void push(struct bridge *b, const struct cmd *c)
{
	uint32_t in = atomic_load_explicit(&b->cmds.in,
					   memory_order_relaxed);

	assert(ring_free(b));
	b->cmds.v[in % BRIDGE_CMDS] = *c;
	atomic_store_explicit(&b->cmds.in, in + 1, memory_order_release);
	if (!atomic_exchange(&b->cmd_posted, true))
		loop_post(b->core.worker->loop, &b->cmd_note,
			  bridge_core_on_cmd, &b->core);
}

int bridge_open(struct bridge **bp, struct media_engine *e, bridge_fn *fn,
		void *arg)
{
	struct bridge *b = mem_alloc(sizeof(*b));

	if (!b)
		return ENOMEM;
	b->engine = e;
	b->fn = fn;
	b->arg = arg;
	b->core.worker = engine_worker(e);
	b->core.worker->n_bridges++;
	b->core.sig = engine_sig(e);
	b->core.conf = engine_conf(e);
	b->core.tick.fn = bridge_tick;
	b->core.unity = level_gain(0);
	for (unsigned s = 0; s < 2; s++) {
		b->core.side[s].core = &b->core;
		b->core.side[s].side = (uint8_t)s;
		b->core.side[s].gain_in = b->core.side[s].gain_out =
			b->core.unity;
	}
	*bp = b;
	return 0;
}

void bridge_set_user(struct bridge *b, bridge_fn *fn, void *arg)
{
	b->fn = fn;
	b->arg = arg;
}

/* A stage for a side, or the end of one. */
static void push_stage(struct bridge *b, enum bridge_side s,
		       enum stage_slot slot, struct stage *g)
{
	push(b, &(struct cmd){ .kind = CMD_STAGE, .side = (uint8_t)s,
			       .slot = (uint8_t)slot, .p = g });
}

/* Does somebody behind the port dial by tones that must be looked for? An
 * RTP port without an agreement gets what it needs with bridge_update. */
static bool may_dial(const struct port *p)
{
	if (rtp_is(p))
		return rtp_of(p)->asked.any && !rtp_of(p)->asked.events;
	return !p->ops->no_digits;
}

/* Detector and generator, for who does not speak RFC 4733. */
static int digit_stages(struct stage **dtmf, struct stage **digits, bool yes)
{
	int err = yes ? stage_dtmf_new(dtmf, false) : 0;

	if (!err && yes)
		err = stage_digits_new(digits);
	if (err)
		stage_free(*dtmf);
	return err;
}

/* With what the side has, it is done; what it needs no more, it gives up. */
static void push_digits(struct bridge *b, enum bridge_side s,
			struct stage *dtmf, struct stage *digits)
{
	/* who listens has made a detector of his own wish */
	if (b->listens[s])
		stage_free(dtmf);
	else
		push_stage(b, s, STAGE_DTMF, dtmf);
	push_stage(b, s, STAGE_DIGITS, digits);
}

int bridge_attach(struct bridge *b, enum bridge_side s, struct port *p)
{
	struct stage *dtmf = NULL, *digits = NULL;
	int err;

	if (b->port[s] || b->leaving[s])
		return EBUSY;
	if (!has_room(b, 4))
		return EAGAIN;
	err = digit_stages(&dtmf, &digits, may_dial(p));
	if (err)
		return err;
	b->port[s] = p;
	b->reserved++;          /* its detach */
	push(b, &(struct cmd){ .kind = CMD_ATTACH, .side = (uint8_t)s,
			       .p = p });
	push_digits(b, s, dtmf, digits);
	return 0;
}

int bridge_update(struct bridge *b, enum bridge_side s,
		  const struct rtp_params *params)
{
	struct rtp_port *p = rtp_of(b->port[s]);
	struct stage *dtmf = NULL, *digits = NULL;
	struct rtp_setup *setup;
	int err;

	assert(rtp_is(b->port[s]));
	if (!has_room(b, 3))
		return EAGAIN;
	err = rtp_setup_new(&setup, p, params);
	if (err)
		return err;
	err = digit_stages(&dtmf, &digits, !rtp_setup_has_events(params));
	if (err) {
		rtp_setup_free(setup);
		return err;
	}
	rtp_setup_asked(p, params);
	push(b, &(struct cmd){ .kind = CMD_UPDATE, .side = (uint8_t)s,
			       .p = setup });
	push_digits(b, s, dtmf, digits);
	return 0;
}

static void leave(struct bridge *b, enum bridge_side s, bool take)
{
	if (!b->port[s] || b->leaving[s])
		return;
	b->leaving[s] = true;
	b->taking[s] = take;
	b->listens[s] = false;
	push(b, &(struct cmd){ .kind = CMD_DETACH, .side = (uint8_t)s });
	b->reserved--;
}

void bridge_detach(struct bridge *b, enum bridge_side s)
{
	leave(b, s, false);
}

void bridge_take(struct bridge *b, enum bridge_side s)
{
	leave(b, s, true);
}

/* What a constructor of a stage said, and the stage, to the worker. */
static int add_stage(struct bridge *b, enum bridge_side s, int err,
		     struct stage *g)
{
	if (err)
		return err;
	push_stage(b, s, g->slot, g);
	return 0;
}

int bridge_tone(struct bridge *b, enum bridge_side s,
		const struct tone_plan *plan, enum tone t)
{
	struct stage *g = NULL;
	int err;

	if (!has_room(b, 1))
		return EAGAIN;
	if (t == TONE_NONE) {
		push_stage(b, s, STAGE_TONE, NULL);
		return 0;
	}
	err = stage_tone_new(&g, plan, t);
	return add_stage(b, s, err, g);
}

int bridge_play(struct bridge *b, enum bridge_side s, const char *path,
		unsigned repeat)
{
	struct stage *g = NULL;
	int err;

	if (!has_room(b, 1))
		return EAGAIN;
	if (!path) {
		push_stage(b, s, STAGE_PLAY, NULL);
		return 0;
	}
	err = stage_play_new(&g, b->core.sig, path, repeat);
	return add_stage(b, s, err, g);
}

/* The stages that listening needs; NULL where none. */
static int listen_stages(struct bridge *b, enum bridge_side s,
			 struct stage *g[3], unsigned what,
			 const struct tone_plan *plan, unsigned silence_ms)
{
	bool dtmf = what & BRIDGE_LISTEN_DTMF ||
		    (b->port[s] && may_dial(b->port[s]));
	int err = 0;

	if (dtmf)
		err = stage_dtmf_new(&g[0], what & BRIDGE_LISTEN_DIAL_FILTER);
	if (!err && what & BRIDGE_LISTEN_PROGRESS)
		err = stage_progress_new(&g[1], plan, silence_ms);
	if (!err && what & BRIDGE_LISTEN_CALLER_ID)
		err = stage_caller_id_new(&g[2], plan->caller_id);
	if (!err)
		return 0;
	for (unsigned i = 0; i < 3; i++)
		stage_free(g[i]);
	return err;
}

int bridge_listen(struct bridge *b, enum bridge_side s, unsigned what,
		  const struct tone_plan *plan, unsigned silence_ms)
{
	struct stage *g[3] = { NULL };
	int err;

	if (!has_room(b, 4))
		return EAGAIN;
	err = listen_stages(b, s, g, what, plan, silence_ms);
	if (err)
		return err;
	push_stage(b, s, STAGE_DTMF, g[0]);
	b->listens[s] = what & BRIDGE_LISTEN_DTMF;
	push_stage(b, s, STAGE_PROGRESS, g[1]);
	push_stage(b, s, STAGE_CALLER_ID, g[2]);
	push(b, &(struct cmd){ .kind = CMD_LISTEN, .side = (uint8_t)s,
			       .a = (what & BRIDGE_LISTEN_DTMF) != 0 });
	return 0;
}

int bridge_digits(struct bridge *b, enum bridge_side s, const char *digits,
		  unsigned ms)
{
	size_t n = strlen(digits);

	if (n > BRIDGE_DIGITS)
		return ENOBUFS;
	if (!has_room(b, (unsigned)n / 8 + 1))
		return EAGAIN;
	for (const char *p = digits; *p; p++)
		if (*p != ',' && telev_event(*p) < 0)
			return EINVAL;
	do {
		struct cmd c = { .kind = CMD_DIGITS, .side = (uint8_t)s };
		size_t k = n < sizeof(c.d) ? n : sizeof(c.d);

		c.b = (int32_t)(ms ? ms : b->core.conf->digit_ms);
		memcpy(c.d, digits, k);
		digits += k;
		n -= k;
		c.a = n == 0;
		push(b, &c);
	} while (n);
	return 0;
}

int bridge_digit(struct bridge *b, enum bridge_side s, char digit,
		 unsigned ms)
{
	char one[2] = { digit, 0 };

	return bridge_digits(b, s, one, ms);
}

int bridge_caller_id(struct bridge *b, enum bridge_side s,
		     enum caller_id_standard std,
		     const struct caller_id *cid, unsigned flags)
{
	struct stage *g = NULL;
	int err;

	if (!has_room(b, 1))
		return EAGAIN;
	err = stage_caller_id_tx_new(&g, std, cid, flags);
	return add_stage(b, s, err, g);
}

int bridge_gain(struct bridge *b, enum bridge_side s, double in_db,
		double out_db)
{
	if (!has_room(b, 1))
		return EAGAIN;
	push(b, &(struct cmd){ .kind = CMD_GAIN, .side = (uint8_t)s,
			       .a = level_gain(in_db),
			       .b = level_gain(out_db) });
	return 0;
}

int bridge_echo(struct bridge *b, enum bridge_side s, unsigned tail_ms,
		unsigned flags)
{
	unsigned f = (flags & BRIDGE_ECHO_NO_NLP ? 0 : ECHO_NLP) |
		     (flags & BRIDGE_ECHO_NO_NOISE ? 0 : ECHO_COMFORT_NOISE);
	struct stage *g = NULL;
	int err;

	if (!has_room(b, 1))
		return EAGAIN;
	if (!tail_ms) {
		push_stage(b, s, STAGE_ECHO, NULL);
		return 0;
	}
	err = stage_echo_new(&g, tail_ms, f);
	return add_stage(b, s, err, g);
}

int bridge_record(struct bridge *b, const char *path)
{
	struct file_rec *r = NULL;
	int err = 0;

	if (!has_room(b, 1))
		return EAGAIN;
	if (path)
		err = file_rec_new(&r, b->core.sig, path, 2, 8000);
	if (err)
		return err;
	push(b, &(struct cmd){ .kind = CMD_RECORD, .p = r });
	return 0;
}

int bridge_stats(struct bridge *b)
{
	struct bridge_answer *a;

	if (!has_room(b, 1))
		return EAGAIN;
	a = mem_alloc(sizeof(*a));
	if (!a)
		return ENOMEM;
	a->bridge = b;
	push(b, &(struct cmd){ .kind = CMD_STATS, .p = a });
	return 0;
}

void bridge_close(struct bridge *b)
{
	if (b->closing)
		return;
	b->closing = true;
	/* a note of its own, behind all that commands have posted: when it
	 * runs, none of them can come any more */
	loop_post(b->core.worker->loop, &b->close_note, bridge_core_on_close,
		  &b->core);
}

/* --- events ------------------------------------------------------------ */

static bool pop(struct bridge *b, struct up *u)
{
	uint32_t out = atomic_load_explicit(&b->ups.out,
					    memory_order_relaxed);

	if (out == atomic_load_explicit(&b->ups.in, memory_order_acquire))
		return false;
	*u = b->ups.v[out % BRIDGE_EVENTS];
	atomic_store_explicit(&b->ups.out, out + 1, memory_order_release);
	return true;
}

/* The side is free again, and with it the port. */
static struct port *end_of_leave(struct bridge *b, enum bridge_side s)
{
	struct port *p = b->port[s];
	bool take = b->taking[s];

	/* a port that could not be bound left by itself */
	if (!b->leaving[s] && p)
		b->reserved--;
	b->port[s] = NULL;
	b->leaving[s] = b->taking[s] = false;
	if (take && !b->closing)
		return p;
	port_free(p);
	return NULL;
}

static void deliver(struct bridge *b, const struct up *u)
{
	struct bridge_event e = {
		.ev = u->ev, .side = u->side, .digit = u->digit,
		.begin = u->begin, .ms = u->ms, .tone = u->tone,
	};

	if (u->ev == BRIDGE_EV_DETACHED)
		e.port = end_of_leave(b, u->side);
	if (u->ev == BRIDGE_EV_CALLER_ID && u->cid_ok)
		e.cid = &b->cid;
	if (!b->closing)
		b->fn(b, &e, b->arg);
	if (e.cid)
		atomic_store(&b->cid_busy, false);
}

/* A port is to be heard. Without memory for it there is silence, until the
 * worker asks again. */
static void send_sound(struct bridge *b, enum bridge_side s)
{
	struct rtp_sound *snd;

	if (b->closing || b->leaving[s] || !rtp_is(b->port[s]) ||
	    rtp_sound_new(&snd, rtp_of(b->port[s])->asked.hz))
		return;
	loop_post(b->core.worker->loop, &snd->note, bridge_core_on_sound,
		  &b->core.side[s]);
}

void bridge_on_up(struct note *n, void *arg)
{
	struct bridge *b = arg;
	unsigned deaf;
	struct up u;

	(void)n;
	atomic_store(&b->up_posted, false);
	deaf = atomic_exchange(&b->deaf, 0);
	for (unsigned s = 0; s < 2; s++)
		if (deaf & 1u << s)
			send_sound(b, s);
	while (pop(b, &u))
		deliver(b, &u);
}

void bridge_on_stats(struct note *n, void *arg)
{
	struct bridge_answer *a = arg;
	struct bridge_event e = { .ev = BRIDGE_EV_STATS,
				  .stats = &a->stats };

	(void)n;
	if (!a->bridge->closing)
		a->bridge->fn(a->bridge, &e, a->bridge->arg);
	mem_free(a);
}

void bridge_on_closed(struct note *n, void *arg)
{
	struct bridge *b = arg;
	struct bridge_event e = { .ev = BRIDGE_EV_CLOSED,
				  .stats = &b->last };

	(void)n;
	for (unsigned s = 0; s < 2; s++)
		port_free(b->port[s]);
	metric_add(&m_dropped, atomic_load(&b->dropped));
	b->core.worker->n_bridges--;
	b->fn(b, &e, b->arg);
	mem_free(b);
}
