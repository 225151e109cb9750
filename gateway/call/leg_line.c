/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A leg over a line. What the line wants said or heard goes to the bridge
 * from here, what the bridge hears comes back. Caller's side: a telephone
 * (dial tone, digits) or the exchange (caller ID); called side: ringing, or
 * dialling on the PSTN.
 */
#include "gateway/call/leg_line.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/call/digits.h"
#include "gateway/call/numbers.h"
#include "gateway/line/group.h"
#include "gateway/line/line_conf.h"

struct leg_line {
	struct leg               leg;
	struct calls            *calls;
	struct line             *line;          /* NULL: released */
	const struct tone_plan  *plan;
	struct digits            digits;
	struct group            *group;         /* hunting, called side */
	struct line            **tried;         /* of group, which has room */
	unsigned                 n_tried;
	struct line_setup        setup;
	struct party             called;        /* called side, as routed */
	struct route_query       query;         /* caller's side */
	struct leg_end           end;
	enum tone                playing;
	bool                     proceeding;    /* no more hunting */
	bool                     hunting;       /* DETACHED is awaited */
	bool                     releasing;
	bool                     answered;
	struct tmr               tmr;           /* busy tone, hunting */
};

static const struct leg_ops ops;

static struct leg_line *self(struct leg *g)
{
	return CONTAINER(g, struct leg_line, leg);
}

static struct loop *loop_of(const struct leg_line *g)
{
	return g->calls->env.loop;
}

static bool is_fxs(const struct leg_line *g)
{
	return g->line && g->line->kind == LINE_FXS;
}

static void leg_destroy(void *obj)
{
	struct leg_line *g = obj;

	tmr_stop(&g->tmr);
	digits_stop(&g->digits);
	mem_free(g->tried);
}

static void leg_line_free(struct leg *l)
{
	struct leg_line *g = self(l);

	if (g->line)            /* the program ends, the line does next */
		line_forget(g->line, g);
	obj_unref(g);
}

int leg_line_new(struct leg **gp, struct calls *cs)
{
	struct leg_line *g = obj_new(sizeof(*g), leg_destroy);

	if (!g)
		return ENOMEM;
	g->leg.ops = &ops;
	g->calls = cs;
	*gp = &g->leg;
	return 0;
}

struct line *leg_line_of(const struct leg *l)
{
	return l->ops == &ops
		       ? CONTAINER(l, const struct leg_line, leg)->line
		       : NULL;
}

/* --- sound ------------------------------------------------------------- */

static void log_media(struct leg_line *g, const char *what, int err)
{
	log_warn(call_tag(&g->leg), "media command refused",
		 "line=%s what=%s error=%s", g->line->conf->name, what,
		 strerror(err));
}

/* Puts the line's sound into the bridge, with its gains and canceller. */
static int join(struct leg_line *g)
{
	const struct line_conf *c = g->line->conf;
	struct bridge *b;
	struct port *p;
	int err;

	if (g->leg.attached)
		return 0;
	err = line_port(g->line, &p);
	if (err)
		return err;
	err = call_attach(&g->leg, p);
	if (err) {
		port_free(p);
		return err;
	}
	err = call_bridge(g->leg.call, &b);
	if (!err)
		err = bridge_gain(b, g->leg.side, c->in_db, c->out_db);
	if (!err && c->echo_ms)
		err = bridge_echo(b, g->leg.side, c->echo_ms,
				  c->echo_nlp ? 0 : BRIDGE_ECHO_NO_NLP |
						    BRIDGE_ECHO_NO_NOISE);
	return err;
}

static void play(struct leg_line *g, enum tone t)
{
	struct bridge *b;
	int err;

	if (!g->leg.attached || t == g->playing)
		return;
	err = call_bridge(g->leg.call, &b);
	if (!err)
		err = bridge_tone(b, g->leg.side, g->plan, t);
	if (err && err != ENOENT)
		log_media(g, tone_name(t), err);
	g->playing = t;
}

static void listen_for(struct leg_line *g, unsigned what)
{
	struct bridge *b;
	int err;

	if (!g->leg.attached)
		return;
	err = call_bridge(g->leg.call, &b);
	if (!err)
		err = bridge_listen(b, g->leg.side, what, g->plan, 0);
	if (err)
		log_media(g, "listen", err);
}

/* --- caller's side: a telephone ---------------------------------------- */

static enum digits_state ask_digits(const char *digits, void *arg)
{
	struct leg_line *g = arg;

	switch (route_digits(g->calls->env.router, &g->query.from, digits)) {
	case ROUTE_DIGITS_COMPLETE:
		return DIGITS_COMPLETE;
	case ROUTE_DIGITS_MAYBE:
		return DIGITS_MAYBE;
	case ROUTE_DIGITS_MORE:
		return DIGITS_MORE;
	default:
		return DIGITS_NONE;
	}
}

static void leg_line_release(struct leg *l, const struct leg_end *end);

static void on_digits(enum digits_end why, const char *digits, void *arg)
{
	struct leg_line *g = arg;
	struct leg_end end = { .cause = CAUSE_INVALID_NUMBER };

	listen_for(g, 0);
	play(g, TONE_NONE);
	if (why == DIGITS_END_COMPLETE) {
		snprintf(g->query.called.number,
			 sizeof(g->query.called.number), "%s", digits);
		numbers_take_code(&g->query, g->calls->env.plan);
		g->query.wall_us = loop_wall_us(loop_of(g));
		call_on_setup(&g->leg, &g->query);
		return;
	}
	log_info(call_tag(&g->leg), "no number", "line=%s digits=%s why=%s",
		 g->line->conf->name, digits,
		 why == DIGITS_END_TIMEOUT ? "timeout" : "no route");
	call_hangup(g->leg.call, end.cause);
}

static void take_digit(struct leg_line *g, char digit)
{
	play(g, TONE_NONE);
	/* "#" ends a number, but not within *31# */
	if (digit == '#' &&
	    dial_plan_takes_hash(g->calls->env.plan, g->digits.buf))
		digits_add(&g->digits, digit);
	else
		digits_put(&g->digits, digit);
}

static void fill_source(struct leg_line *g, enum route_source_kind kind)
{
	const struct line_conf *c = g->line->conf;

	g->query.from.kind = kind;
	snprintf(g->query.from.name, sizeof(g->query.from.name), "%s",
		 c->name);
	if (kind != ROUTE_FROM_TELEPHONE)
		return;
	snprintf(g->query.calling.number, sizeof(g->query.calling.number),
		 "%s", c->number);
	snprintf(g->query.calling.name, sizeof(g->query.calling.name), "%s",
		 c->display);
}

static int begin_dialling(struct leg_line *g)
{
	const struct call_conf *c = g->calls->env.conf;
	const struct digits_times times = {
		.first_ms = (uint32_t)c->first_digit_ms,
		.long_ms = (uint32_t)c->digit_ms,
		.short_ms = (uint32_t)c->digit_end_ms,
	};
	int err;

	fill_source(g, ROUTE_FROM_TELEPHONE);
	err = join(g);
	if (err)
		return err;
	listen_for(g, BRIDGE_LISTEN_DTMF | BRIDGE_LISTEN_DIAL_FILTER);
	play(g, TONE_DIAL);
	digits_start(&g->digits, loop_of(g), &times, ask_digits, on_digits,
		     g);
	return 0;
}

/* --- caller's side: the exchange --------------------------------------- */

static int begin_caller_id(struct leg_line *g)
{
	int err;

	fill_source(g, ROUTE_FROM_TRUNK);
	err = join(g);
	if (!err)
		listen_for(g, BRIDGE_LISTEN_CALLER_ID);
	return err;
}

static void take_incoming(struct leg_line *g, const struct line_event *e)
{
	listen_for(g, 0);
	fill_source(g, ROUTE_FROM_TRUNK);
	g->query.calling = e->calling;
	if (!e->calling.number[0] &&
	    g->query.calling.presentation == PARTY_ALLOWED)
		g->query.calling.presentation = PARTY_UNAVAILABLE;
	g->query.called = e->called;
	if (!e->called.number[0])
		snprintf(g->query.called.number,
			 sizeof(g->query.called.number), "%s",
			 g->line->conf->number);
	numbers_from(&g->query, g->calls->env.plan, &g->line->conf->numbers);
	g->query.wall_us = loop_wall_us(loop_of(g));
	call_on_setup(&g->leg, &g->query);
}

/* --- called side ------------------------------------------------------- */

static void on_event(struct line *l, const struct line_event *e, void *arg);

static int set_up(struct leg_line *g, struct line *l)
{
	struct line_setup *s = &g->setup;
	const char *why;
	int err;

	g->plan = l->plan;
	s->caller_id = l->kind == LINE_FXS && l->conf->caller_id;
	s->called = g->called;
	s->calling = call_query(&g->leg)->calling;
	why = numbers_to_line(&s->called, &s->calling, g->calls->env.plan,
			      l->conf, s->emergency);
	if (why) {
		log_info(call_tag(&g->leg), "number not dialled",
			 "line=%s why=\"%s\"", l->name, why);
		return EINVAL;
	}
	err = line_setup(l, s, on_event, g);
	if (err)
		return err;
	g->line = l;
	call_took_line(&g->leg, l->name);
	return 0;
}

/* The next line of the group; lines that refuse at once are passed over. */
static int hunt(struct leg_line *g)
{
	enum group_call kind =
		g->setup.emergency ? GROUP_EMERGENCY : GROUP_NORMAL;
	int err = EBUSY;

	while (g->n_tried < group_size(g->group)) {
		struct line *l;

		err = group_seize(&l, g->group, kind, g->tried, g->n_tried);
		if (err == EBUSY && call_may_preempt(&g->leg))
			err = group_seize(&l, g->group, GROUP_PREEMPT,
					  g->tried, g->n_tried);
		if (err)
			return err;
		g->tried[g->n_tried++] = l;
		err = set_up(g, l);
		if (!err)
			return 0;
	}
	return err;
}

static int start_hunt(struct leg_line *g, struct group *group)
{
	if (!group)
		return ENOENT;
	g->tried = mem_alloc(group_size(group) * sizeof(*g->tried));
	if (!g->tried)
		return ENOMEM;
	g->group = group;
	g->setup.group = group;
	return hunt(g);
}

static int leg_line_start(struct leg *l, const struct route_target *t)
{
	struct leg_line *g = self(l);
	struct line_env *env = g->calls->env.lines;
	struct line *line = line_find(env, str_z(t->dest));
	int err;

	g->called = t->called;
	g->setup.emergency = call_is_emergency(l);
	if (t->kind == ROUTE_GROUP)
		return start_hunt(g, group_find(env, str_z(t->dest)));
	if (!line)
		return ENOENT;
	if (line_gives_way(line) && call_may_preempt(l))
		line_preempt(line);
	err = set_up(g, line);
	/* the called person is busy, not the way to them */
	return err == EBUSY && line->kind == LINE_FXS ? EISCONN : err;
}

/* The exchange gave no dial tone, or it rang just then: another line of the
 * group, as long as nothing was dialled. The last one's sound has to leave
 * the bridge first. */
static bool try_another(struct leg_line *g)
{
	struct bridge *b;

	if (!g->group || g->proceeding || g->releasing)
		return false;
	if (!g->leg.attached)
		return hunt(g) == 0;
	if (call_bridge(g->leg.call, &b))
		return false;
	bridge_detach(b, g->leg.side);
	g->leg.attached = false;
	g->hunting = true;
	return true;
}

static void hunt_on(struct leg_line *g)
{
	g->hunting = false;
	if (g->releasing || hunt(g))
		call_on_released(&g->leg, &g->end);
}

static void send_caller_id(struct leg_line *g, const struct line_event *e)
{
	struct caller_id cid;
	struct bridge *b;
	int err = join(g);

	leg_line_cid_write(&cid, &g->setup.calling);
	if (!err)
		err = call_bridge(g->leg.call, &b);
	if (!err)
		err = bridge_caller_id(b, g->leg.side, g->plan->caller_id,
				       &cid, e->alert_tone ? CALLER_ID_ALERT
							   : 0);
	if (err) {
		log_media(g, "caller id", err);
		line_cid_sent(g->line);
	}
}

static void send_dtmf(struct leg_line *g, const char *digits)
{
	struct bridge *b;
	int err = join(g);

	if (!err)
		err = call_bridge(g->leg.call, &b);
	if (!err)
		err = bridge_digits(b, g->leg.side, digits, 0);
	if (err) {
		log_media(g, "dtmf", err);
		line_release(g->line, g, CAUSE_RESOURCE_UNAVAILABLE);
	}
}

static void wait_dial_tone(struct leg_line *g)
{
	int err = join(g);

	if (err) {
		log_media(g, "attach", err);
		line_release(g->line, g, CAUSE_RESOURCE_UNAVAILABLE);
		return;
	}
	listen_for(g, BRIDGE_LISTEN_PROGRESS);
}

static void on_answered(struct leg_line *g)
{
	int err = join(g);

	g->answered = true;
	if (err) {
		log_media(g, "attach", err);
		line_release(g->line, g, CAUSE_RESOURCE_UNAVAILABLE);
		return;
	}
	if (g->leg.side == BRIDGE_B)
		call_on_answer(&g->leg);
}

static void on_released(struct leg_line *g, enum q850_cause cause)
{
	g->line = NULL;
	tmr_stop(&g->tmr);
	digits_stop(&g->digits);
	if (!g->releasing)
		g->end.cause = cause;
	if (g->leg.side == BRIDGE_B && try_another(g))
		return;
	call_on_released(&g->leg, &g->end);
}

/* --- events of the line ------------------------------------------------ */

static void on_event(struct line *l, const struct line_event *e, void *arg)
{
	struct leg_line *g = arg;

	switch (e->ev) {
	case LINE_EV_SEIZED:
		take_incoming(g, e);
		break;
	case LINE_EV_DIGIT:
		take_digit(g, e->digit);
		break;
	case LINE_EV_CID_WINDOW:
		send_caller_id(g, e);
		break;
	case LINE_EV_DIAL_TONE_WAIT:
		wait_dial_tone(g);
		break;
	case LINE_EV_SEND_DTMF:
		send_dtmf(g, e->digits);
		break;
	case LINE_EV_PROCEEDING:
		/* the exchange's own sound tells the rest */
		g->proceeding = true;
		call_on_progress(&g->leg, l->kind == LINE_FXO
						  ? LEG_EARLY_MEDIA
						  : LEG_PROCEEDING);
		break;
	case LINE_EV_ALERTING:
		call_on_progress(&g->leg, LEG_ALERTING);
		break;
	case LINE_EV_PROGRESS:
		call_on_progress(&g->leg, LEG_EARLY_MEDIA);
		break;
	case LINE_EV_ANSWERED:
		on_answered(g);
		break;
	case LINE_EV_RELEASED:
		on_released(g, e->cause);
		break;
	default:
		break;
	}
}

/* --- events of the bridge ---------------------------------------------- */

static void on_caller_id(struct leg_line *g, const struct caller_id *cid)
{
	struct party p;

	if (cid)
		leg_line_cid_read(&p, cid);
	line_caller_id(g->line, cid ? &p : NULL);
}

static void leg_line_bridge_event(struct leg *l, const struct bridge_event *e)
{
	struct leg_line *g = self(l);

	if (e->ev == BRIDGE_EV_DETACHED && g->hunting)
		hunt_on(g);     /* may have freed g */
	if (e->ev == BRIDGE_EV_DETACHED || !g->line)
		return;
	switch (e->ev) {
	case BRIDGE_EV_DIGIT:
		if (e->begin && digits_is_running(&g->digits))
			take_digit(g, e->digit);
		break;
	case BRIDGE_EV_DIGITS_SENT:
		/* afresh: a dial tone that a digit cut short sounds like
		 * ringback */
		listen_for(g, BRIDGE_LISTEN_PROGRESS);
		line_dtmf_sent(g->line);
		break;
	case BRIDGE_EV_TONE:
		line_tone(g->line, e->tone, e->begin);
		break;
	case BRIDGE_EV_VOICE:
		line_voice(g->line);
		break;
	case BRIDGE_EV_CALLER_ID:
		on_caller_id(g, e->cid);
		break;
	case BRIDGE_EV_CALLER_ID_SENT:
		line_cid_sent(g->line);
		break;
	default:
		break;
	}
}

/* --- commands of the call ---------------------------------------------- */

static void leg_line_progress(struct leg *l, enum leg_progress p)
{
	struct leg_line *g = self(l);

	if (!g->line || g->releasing)
		return;
	if (p == LEG_ALERTING)
		line_alert(g->line);
	if (!is_fxs(g))
		return;
	if (p == LEG_EARLY_MEDIA || l->call->early)
		play(g, TONE_NONE);
	else if (p == LEG_ALERTING)
		play(g, TONE_RINGBACK);
}

static void leg_line_answer(struct leg *l)
{
	struct leg_line *g = self(l);

	if (!g->line || g->releasing)
		return;
	play(g, TONE_NONE);
	g->answered = true;
	line_answer(g->line);
	if (!is_fxs(g))
		listen_for(g, g->line->conf->hangup_tone
				      ? BRIDGE_LISTEN_PROGRESS : 0);
}

static void busy_tone_over(void *arg)
{
	struct leg_line *g = arg;

	if (g->line)
		line_release(g->line, g, g->end.cause);
}

/* A telephone off-hook hears why the call is over; its user hangs up. */
static bool hears_the_end(const struct leg_line *g)
{
	return is_fxs(g) && g->leg.attached && !calls_are_ending(g->calls) &&
	       (g->leg.side == BRIDGE_A || g->answered);
}

static void leg_line_release(struct leg *l, const struct leg_end *end)
{
	struct leg_line *g = self(l);
	enum tone t = cause_to_tone(end->cause);

	if (g->releasing) {
		if (tmr_is_running(&g->tmr)) {
			tmr_stop(&g->tmr);
			busy_tone_over(g);
		}
		return;
	}
	g->releasing = true;
	g->end = *end;
	digits_stop(&g->digits);
	if (!g->line)
		return;         /* DETACHED is on its way */
	if (hears_the_end(g)) {
		listen_for(g, 0);
		play(g, t);
		tmr_start(loop_of(g), &g->tmr,
			  (uint32_t)g->calls->env.conf->busy_tone_ms,
			  busy_tone_over, g);
		return;
	}
	line_release(g->line, g, end->cause);
}

static const struct leg_ops ops = {
	.kind = "line",
	.start = leg_line_start,
	.progress = leg_line_progress,
	.answer = leg_line_answer,
	.release = leg_line_release,
	.bridge_event = leg_line_bridge_event,
	.free = leg_line_free,
};

/* --- lines nobody uses ------------------------------------------------- */

static int begin(struct leg_line *g, const struct line_event *e)
{
	switch (e->ev) {
	case LINE_EV_SEIZED:
		if (is_fxs(g))
			return begin_dialling(g);
		take_incoming(g, e);
		return 0;
	case LINE_EV_CID_LISTEN:
		return begin_caller_id(g);
	case LINE_EV_HOWLER:
		fill_source(g, ROUTE_FROM_TELEPHONE);
		if (join(g))
			return EAGAIN;
		play(g, TONE_HOWLER);
		return 0;
	default:
		return EINVAL;
	}
}

void leg_line_on_line(struct line *l, const struct line_event *e, void *arg)
{
	struct calls *cs = arg;
	struct leg_line *g;
	struct leg *leg;
	struct call *c;
	int err;

	if (e->ev == LINE_EV_ALARM || e->ev == LINE_EV_ALARM_CLEAR)
		return;         /* logged and counted by the line */
	err = leg_line_new(&leg, cs);
	if (err)
		goto out;
	/* what a telephone will dial is not known yet */
	err = call_new(&c, cs, leg, l->kind == LINE_FXS);
	if (err) {
		leg->ops->free(leg);
		goto out;
	}
	g = self(leg);
	g->line = l;
	g->plan = l->plan;
	line_set_user(l, on_event, g);
	err = begin(g, e);
	if (err) {
		log_warn(call_tag(leg), "line not served", "line=%s error=%s",
			 l->conf->name, strerror(err));
		call_hangup(c, CAUSE_RESOURCE_UNAVAILABLE);
	}
	return;
out:
	line_release(l, NULL, CAUSE_RESOURCE_UNAVAILABLE);
}
