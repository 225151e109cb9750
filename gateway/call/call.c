/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call machine. Every stimulus climbs to here once and descends once;
 * this is the only place that knows both sides, and it has no word of SIP
 * or of telephones in it. Signalling thread.
 */
#include "gateway/call/call.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "gateway/call/call_table.h"

static METRIC_COUNT(m_answered, "tipring_calls_answered_total",
		    "Calls that were answered");
static METRIC_COUNT(m_failed, "tipring_calls_failed_total",
		    "Calls that no target took");
static struct metric_hist m_setup = {
	.name = "tipring_call_setup_seconds",
	.help = "From the complete number to the first target called",
	.le = { 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1 },
};

enum { MEASURE_MS = 5000 };     /* between two looks at the sound */

static void try_target(void *arg);
static void fail(struct call *c, const struct leg_end *end);

static struct loop *loop_of(const struct call *c)
{
	return c->calls->env.loop;
}

const char *call_state_name(enum call_state s)
{
	static const char *const names[] = {
		"new", "routing", "trying", "alerting", "connected",
		"releasing"
	};

	return names[s];
}

static void set_state(struct call *c, enum call_state s)
{
	log_debug(&c->tag, "state", "from=%s to=%s",
		  call_state_name(c->state), call_state_name(s));
	c->state = s;
}

/* Not to be called inside the router's upcall, but as the last thing. */
static void drop_job(struct call *c)
{
	if (c->job)
		route_cancel(c->job);
	c->result = NULL;
	c->job = mem_free(c->job);
}

static void call_destroy(void *obj)
{
	struct call *c = obj;

	tmr_stop(&c->tmr);
	drop_job(c);
	c->use = route_use_end(c->use);
}

int call_new(struct call **cp, struct calls *calls, struct leg *caller,
	     bool beyond)
{
	struct call *c = obj_new(sizeof(*c), call_destroy);
	int err;

	if (!c)
		return ENOMEM;
	rand_token(c->id, 9);
	c->calls = calls;
	c->tag.module = "call";
	snprintf(c->tag.id, sizeof(c->tag.id), "call=%s", c->id);
	err = calls_add(calls, c, beyond);
	if (err) {
		obj_unref(c);
		return err;
	}
	snprintf(c->cdr.id, sizeof(c->cdr.id), "%s", c->id);
	c->cdr.setup_ms = -1;
	c->cdr.start_us = loop_wall_us(calls->env.loop);
	caller->call = c;
	caller->side = BRIDGE_A;
	c->leg[BRIDGE_A] = caller;
	*cp = c;
	return 0;
}

/* --- end --------------------------------------------------------------- */

static void media_record(struct cdr_media *m,
			 const struct bridge_side_stats *s)
{
	const struct rtp_stats *r = &s->rtp;
	uint64_t want = r->rx_packets + r->lost;

	snprintf(m->codec, sizeof(m->codec), "%s",
		 r->codec[0] ? r->codec : s->attached ? "line" : "");
	m->loss_percent = want ? 100.0 * (double)r->lost / (double)want : -1;
	m->jitter_ms = want ? r->jitter_us / 1e3 : -1;
	m->packets_in = (int64_t)r->rx_packets;
	m->packets_out = (int64_t)r->tx_packets;
	m->erl_db = s->echo ? s->echo_erl_db : -1;
	m->erle_db = s->echo ? s->echo_erle_db : -1;
}

static void record(struct call *c)
{
	if (c->recorded)
		return;
	c->recorded = true;
	log_info(&c->tag, "ended", "cause=%d status=%u by=%s",
		 (int)c->cdr.cause, c->cdr.status, c->cdr.ended_by);
	if (c->setup_us)        /* a telephone lifted in vain is no call */
		cdr_write(c->calls->env.cdr, &c->cdr);
}

/* The record is on the disk before the call is forgotten. */
static void finish(struct call *c)
{
	struct calls *cs = c->calls;

	record(c);
	tmr_stop(&c->tmr);
	calls_remove(cs, c);
	obj_unref(c);
}

static void finish_if_over(struct call *c)
{
	if (c->leg[BRIDGE_A] || c->leg[BRIDGE_B])
		return;
	if (c->bridge)
		bridge_close(c->bridge);        /* finish() on CLOSED */
	else
		finish(c);
}

static void end_record(struct call *c, const struct leg_end *end,
		       const char *by)
{
	if (c->cdr.end_us)
		return;
	c->cdr.end_us = loop_wall_us(loop_of(c));
	c->cdr.cause = end->cause;
	c->cdr.status = end->status;
	snprintf(c->cdr.ended_by, sizeof(c->cdr.ended_by), "%s", by);
}

/* A leg may take its time, a telephone hears its busy tone for half a
 * minute: the record does not wait for it, only for the last figures. */
static void record_soon(struct call *c)
{
	if (c->leg[BRIDGE_A] || c->leg[BRIDGE_B])
		if (!c->bridge || bridge_stats(c->bridge))
			record(c);
}

/* Both legs end; the one that ended by itself is gone already. */
static void release(struct call *c, const struct leg_end *end, const char *by)
{
	end_record(c, end, by);
	set_state(c, CALL_RELEASING);
	tmr_stop(&c->tmr);
	guard_done(&c->guard);
	c->use = route_use_end(c->use);
	if (c->job)
		route_cancel(c->job);
	for (int s = BRIDGE_B; s >= BRIDGE_A; s--)
		if (c->leg[s])
			c->leg[s]->ops->release(c->leg[s], end);
	record_soon(c);
	finish_if_over(c);
}

void call_abandon(struct call *c)
{
	struct leg *a = c->leg[BRIDGE_A];

	c->leg[BRIDGE_A] = NULL;
	a->ops->free(a);
	calls_remove(c->calls, c);
	obj_unref(c);
}

void call_hangup(struct call *c, enum q850_cause cause)
{
	struct leg_end end = { .cause = cause };

	if (c->state != CALL_RELEASING) {
		release(c, &end, "gateway");
		return;
	}
	/* again: a telephone need not hear its busy tone to the end */
	for (int s = BRIDGE_B; s >= BRIDGE_A; s--)
		if (c->leg[s])
			c->leg[s]->ops->release(c->leg[s], &end);
}

void call_not_allowed(struct guard_call *gc, void *arg)
{
	(void)arg;
	call_hangup(CONTAINER(gc, struct call, guard), CAUSE_REJECTED);
}

void call_cut(struct call *c)
{
	const struct leg_end end = { .cause = CAUSE_TEMPORARY_FAILURE };

	end_record(c, &end, "gateway");
	set_state(c, CALL_RELEASING);
	tmr_stop(&c->tmr);
	guard_done(&c->guard);
	if (c->job)
		route_cancel(c->job);
	for (int s = BRIDGE_B; s >= BRIDGE_A; s--) {
		struct leg *g = c->leg[s];

		c->leg[s] = NULL;
		if (g)
			g->ops->free(g);
	}
	finish_if_over(c);
}

/* No target took the call: the caller is told why. */
static void fail(struct call *c, const struct leg_end *end)
{
	metric_add(&m_failed, 1);
	log_info(&c->tag, "failed", "cause=%d text=\"%s\" tried=%u",
		 (int)end->cause, cause_text(end->cause), c->cdr.tried);
	release(c, end, c->cdr.setup_ms < 0 ? "gateway" : "called");
}

/* --- bridge ------------------------------------------------------------ */

static void tell_measured(struct call *c, const struct bridge_stats *stats)
{
	for (int s = 0; s < 2; s++) {
		struct leg *g = c->leg[s];

		if (g && g->measure && g->ops->measured &&
		    stats->side[s].attached)
			g->ops->measured(g, &stats->side[s]);
	}
}

static void on_measure(void *arg)
{
	struct call *c = arg;

	if (c->bridge && bridge_stats(c->bridge))
		log_debug(&c->tag, "not measured", "why=memory");
	tmr_start(loop_of(c), &c->tmr, MEASURE_MS, on_measure, c);
}

static void on_bridge(struct bridge *b, const struct bridge_event *e,
		      void *arg)
{
	struct call *c = arg;
	struct leg *g;

	(void)b;
	if (e->stats) {
		for (int s = 0; s < 2; s++)
			if (e->stats->side[s].attached)
				media_record(&c->cdr.media[s],
					     &e->stats->side[s]);
	}
	if (e->ev == BRIDGE_EV_CLOSED) {
		c->bridge = NULL;
		finish(c);
		return;
	}
	if (e->ev == BRIDGE_EV_STATS && c->state == CALL_CONNECTED)
		tell_measured(c, e->stats);
	if (e->ev == BRIDGE_EV_STATS && c->state == CALL_RELEASING)
		record(c);
	if (e->ev == BRIDGE_EV_DETACHED && e->side == BRIDGE_B &&
	    c->detaching) {
		c->detaching = false;
		return;
	}
	/* the end of a file concerns the side that plays it */
	g = c->leg[e->ev == BRIDGE_EV_PLAYED ? !e->side : e->side];
	if (g)
		g->ops->bridge_event(g, e);
}

int call_bridge(struct call *c, struct bridge **bp)
{
	int err = 0;

	if (!c->bridge)
		err = bridge_open(&c->bridge, c->calls->env.engine, on_bridge,
				  c);
	if (!err)
		*bp = c->bridge;
	return err;
}

int call_attach(struct leg *g, struct port *p)
{
	struct bridge *b;
	int err = call_bridge(g->call, &b);

	if (!err)
		err = bridge_attach(b, g->side, p);
	if (!err)
		g->attached = true;
	return err;
}

unsigned call_peer_codecs(const struct leg *g,
			  const struct codec_ops *v[LEG_CODECS_MAX])
{
	const struct leg *peer = g->call->leg[!g->side];

	return peer && peer->ops->codecs ? peer->ops->codecs(peer, v) : 0;
}

struct calls *call_table_of(const struct leg *g)
{
	return g->call->calls;
}

const struct log_tag *call_tag(const struct leg *g)
{
	return &g->call->tag;
}

const struct route_query *call_query(const struct leg *g)
{
	return &g->call->query;
}

bool call_is_emergency(const struct leg *g)
{
	return g->call->emergency;
}

bool call_may_preempt(const struct leg *g)
{
	struct call *c = g->call;

	return c->emergency && c->result &&
	       preempt_may(&c->preempt, c->result, c->target,
			   c->calls->env.lines);
}

const struct place_conf *call_place(const struct leg *g)
{
	return g->call->result ? g->call->result->place : NULL;
}

void call_took_line(struct leg *g, const char *name)
{
	struct cdr_record *r = &g->call->cdr;

	snprintf(r->line, sizeof(r->line), "%s", name);
}

struct leg *call_other(const struct leg *g)
{
	return g->call->leg[!g->side];
}

/* --- targets ----------------------------------------------------------- */

/* What our own timer says counts, not what the CANCEL brings back. */
static const struct leg_end no_answer = { .cause = CAUSE_NO_ANSWER };

static void on_no_answer(void *arg)
{
	struct call *c = arg;

	log_info(&c->tag, "no answer in time", "target=%s", c->cdr.target);
	c->timed_out = true;
	c->leg[BRIDGE_B]->ops->release(c->leg[BRIDGE_B], &no_answer);
}

/* Opens the leg for the target and calls it. */
static int start_leg(struct call *c, const struct route_target *t)
{
	struct leg *g = NULL;
	int err = calls_leg_new(&g, c->calls, t->kind);

	if (err)
		return err;
	g->call = c;
	g->side = BRIDGE_B;
	c->leg[BRIDGE_B] = g;
	g->hurry = c->next_target < c->result->n || route_has_next(c->job);
	err = g->ops->start(g, t);
	if (err) {
		c->leg[BRIDGE_B] = NULL;
		g->ops->free(g);
	}
	return err;
}

static void next_later(struct call *c)
{
	tmr_start(loop_of(c), &c->tmr, 0, try_target, c);
}

static void target_failed(struct call *c, const struct leg_end *end)
{
	c->end = *end;
	guard_done(&c->guard);
	c->early = false;       /* what the next one lets hear is its own */
	/* nobody may decline an emergency call for all the others */
	if (c->emergency || cause_try_next(end)) {
		set_state(c, CALL_TRYING);
		next_later(c);
	} else {
		fail(c, end);
	}
}

/* The first target was called: the INVITE is on its way to the wire, or the
 * line is seized. */
static void note_setup(struct call *c)
{
	const struct clk *clk = loop_clk(loop_of(c));
	uint64_t us = clk->now_us(clk->arg) - c->setup_us;

	c->cdr.setup_ms = (double)us / 1e3;
	metric_observe(&m_setup, (double)us / 1e6);
}

/* NULL: it may be called. */
static const char *guard_says(struct call *c, const struct route_target *t)
{
	const struct guard_ask ask = {
		.query = &c->query, .result = c->result, .target = t,
		.tag = &c->tag,
	};
	struct guard *g = c->calls->env.guard;
	const char *why = g ? guard_admit(g, &c->guard, &ask) : NULL;

	if (why)
		snprintf(c->cdr.why, sizeof(c->cdr.why), "guard: %s", why);
	return why;
}

bool call_may_lead(const struct leg *g, const struct route_target *t)
{
	return g->call->result && !guard_says(g->call, t);
}

/* False: it is not allowed, and the call has failed. */
static bool ask_guard(struct call *c, const struct route_target *t)
{
	struct leg_end end = { .cause = CAUSE_REJECTED };

	if (!guard_says(c, t))
		return true;
	fail(c, &end);
	return false;
}

static void start_target(struct call *c, const struct route_target *t)
{
	char text[ROUTE_TARGET_TEXT];
	uint32_t ms = t->answer_ms ? t->answer_ms
				   : c->calls->env.conf->answer_ms;
	int err;

	c->timed_out = false;
	c->cdr.line[0] = '\0';
	route_target_print(text, t);
	snprintf(c->cdr.target, sizeof(c->cdr.target), "%s", text);
	snprintf(c->cdr.route, sizeof(c->cdr.route), "%s", c->result->rule);
	snprintf(c->cdr.why, sizeof(c->cdr.why), "%s", c->result->why);
	log_info(&c->tag, "calling", "target=%s rule=%s", text,
		 c->result->rule);
	if (t->kind == ROUTE_REJECT) {
		struct leg_end end = { .cause = t->cause };

		fail(c, &end);
		return;
	}
	if (!ask_guard(c, t))
		return;
	err = start_leg(c, t);
	c->cdr.tried++;
	if (!err && c->cdr.setup_ms < 0)
		note_setup(c);
	if (err) {
		struct leg_end end = { .cause = cause_from_errno(err) };

		log_info(&c->tag, "target not usable",
			 "target=%s why=\"%s\" error=%d", text,
			 cause_text(end.cause), err);
		if (err == EDQUOT)
			snprintf(c->cdr.why, sizeof(c->cdr.why),
				 "all the calls of %.60s", text);
		target_failed(c, &end);
		return;
	}
	tmr_start(loop_of(c), &c->tmr, ms, on_no_answer, c);
}

/* A caller without a name: what ENUM calls them. */
static void take_caller_name(struct call *c)
{
	struct party *p = &c->query.calling;

	if (!p->name[0])
		snprintf(p->name, sizeof(p->name), "%s",
			 route_caller_name(c->job));
}

static void on_route(const struct route_result *r, void *arg)
{
	struct call *c = arg;

	c->result = r;
	c->next_target = 0;
	c->preempt = (struct preempt){ 0 };
	c->use = route_use_end(c->use);
	if (!r) {
		if (!c->cdr.tried)
			c->end.cause = route_none_cause(c->job);
		fail(c, &c->end);
		return;
	}
	take_caller_name(c);
	c->use = route_use_begin(r->use);
	c->emergency = r->for_help;
	c->cdr.emergency |= c->emergency;
	set_state(c, CALL_TRYING);
	try_target(c);
}

/* The next target of the rule, else the next rule. Side B has to be free:
 * the last target's port may still be on its way out. */
static void try_target(void *arg)
{
	struct call *c = arg;
	const struct route_result *r = c->result;

	if (c->detaching) {
		tmr_start(loop_of(c), &c->tmr, 2, try_target, c);
		return;
	}
	if (r)
		c->target = preempt_next(&c->preempt, r, c->next_target);
	if (r && c->target < r->n) {
		c->next_target += c->target == c->next_target;
		start_target(c, &r->v[c->target]);
	} else {
		c->result = NULL;
		set_state(c, CALL_ROUTING);
		route_next(c->job);
	}
}

/* --- upcalls of the legs ----------------------------------------------- */

void call_on_setup(struct leg *g, const struct route_query *q)
{
	struct call *c = g->call;
	const struct clk *clk = loop_clk(loop_of(c));
	char from[ROUTE_SOURCE_TEXT];

	c->query = *q;
	c->setup_us = clk->now_us(clk->arg);
	c->cdr.calling = q->calling;
	c->cdr.called = q->called;
	snprintf(c->cdr.source, sizeof(c->cdr.source), "%s",
		 route_source_print(from, &q->from));
	log_info(&c->tag, "setup", "from=%s calling=%s called=%s", from,
		 q->calling.number, q->called.number);
	if (calls_over_limit(c->calls) && !calls_for_help(c->calls, q)) {
		log_info(&c->tag, "limit of calls", "calls=%u", c->calls->n);
		call_hangup(c, CAUSE_RESOURCE_UNAVAILABLE);
		return;
	}
	set_state(c, CALL_ROUTING);
	c->job = mem_alloc(sizeof(*c->job));
	if (!c->job) {
		call_hangup(c, CAUSE_RESOURCE_UNAVAILABLE);
		return;
	}
	route_find(c->calls->env.router, c->job, q, on_route, c);
}

void call_on_progress(struct leg *g, enum leg_progress p)
{
	struct call *c = g->call;
	struct leg *a = c->leg[BRIDGE_A];

	if (c->state == CALL_RELEASING || c->state == CALL_CONNECTED || !a)
		return;
	if (p == LEG_EARLY_MEDIA || p == LEG_ALERTING_MEDIA)
		c->early = true;
	if (p == LEG_ALERTING_MEDIA)
		p = LEG_ALERTING;
	if (p == LEG_ALERTING) {
		if (!c->cdr.ringing_us)
			c->cdr.ringing_us = loop_wall_us(loop_of(c));
		set_state(c, CALL_ALERTING);
	}
	a->ops->progress(a, p);
}

void call_on_answer(struct leg *g)
{
	struct call *c = g->call;
	struct leg *a = c->leg[BRIDGE_A];

	if (c->state == CALL_RELEASING || c->state == CALL_CONNECTED || !a)
		return;
	tmr_stop(&c->tmr);
	metric_add(&m_answered, 1);
	c->cdr.answer_us = loop_wall_us(loop_of(c));
	c->answer_us = loop_now_us(loop_of(c));
	set_state(c, CALL_CONNECTED);
	drop_job(c);            /* several kB, and no target comes now */
	guard_answered(&c->guard);
	log_info(&c->tag, "answered", "target=%s", c->cdr.target);
	if (a->measure || g->measure)
		tmr_start(loop_of(c), &c->tmr, MEASURE_MS, on_measure, c);
	a->ops->answer(a);
}

/* The called side has gone. */
static void called_released(struct call *c, const struct leg_end *end)
{
	switch (c->state) {
	case CALL_TRYING:
	case CALL_ALERTING:
		tmr_stop(&c->tmr);
		target_failed(c, c->timed_out ? &no_answer : end);
		break;
	case CALL_CONNECTED:
		release(c, end, "called");
		break;
	default:
		finish_if_over(c);
		break;
	}
}

void call_on_released(struct leg *g, const struct leg_end *end)
{
	struct call *c = g->call;
	struct leg_end why = *end;      /* may lie in the leg */
	enum bridge_side side = g->side;

	/* ports of the last leg stay until the bridge is closed */
	if (g->attached && c->bridge && c->leg[!side]) {
		c->detaching = side == BRIDGE_B;
		bridge_detach(c->bridge, side);
	}
	c->leg[side] = NULL;
	g->ops->free(g);
	if (side == BRIDGE_B)
		called_released(c, &why);
	else if (c->state != CALL_RELEASING)
		release(c, &why, "caller");
	else
		finish_if_over(c);
}
