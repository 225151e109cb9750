/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all lines have in common: who gets the events of a call, release in
 * the next turn of the loop, alarms, and the call that follows when an
 * emergency call takes a line in use. Signalling thread.
 */
#include "gateway/line/line.h"

#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "gateway/line/group.h"
#include "gateway/line/line_conf.h"

static void release_now(void *arg);

static METRIC_COUNT(calls_out, "tipring_line_calls_out_total",
		    "Outgoing calls on lines");
static METRIC_COUNT(calls_in, "tipring_line_calls_in_total",
		    "Incoming calls on lines");
static METRIC_COUNT(alarms, "tipring_line_alarms_total",
		    "Alarms raised by lines");
static METRIC_COUNT(preemptions, "tipring_line_preemptions_total",
		    "Calls that lost their line to an emergency call");

static const char *const kind_names[] = { "fxs", "fxo", "bchan" };
static const char *const state_names[] = {
	"down", "idle", "incoming", "outgoing", "active", "busy",
};
static const char *const ev_names[] = {
	"CID_LISTEN", "SEIZED", "DIGIT", "CID_WINDOW", "DIAL_TONE_WAIT",
	"SEND_DTMF", "PROCEEDING", "ALERTING", "PROGRESS", "ANSWERED",
	"FLASH", "HOWLER", "RELEASED", "ALARM", "ALARM_CLEAR",
};

const char *line_kind_name(enum line_kind k)
{
	return kind_names[k];
}

const char *line_state_name(enum line_state s)
{
	return state_names[s];
}

const char *line_ev_name(enum line_ev ev)
{
	return ev_names[ev];
}

struct line *line_find(const struct line_env *env, struct str name)
{
	LIST_EACH(n, &env->lines) {
		struct line *l = CONTAINER(n, struct line, node);

		if (str_eqz(name, l->name))
			return l;
	}
	return NULL;
}

/* --- for drivers ------------------------------------------------------- */

void line_init(struct line *l, struct line_env *env,
	       const struct line_ops *ops, const struct line_conf *conf)
{
	*l = (struct line){
		.ops = ops, .conf = conf, .env = env, .kind = conf->kind,
		.name = conf->name, .state = LINE_DOWN,
		.sound = { conf->in_db, conf->out_db, conf->echo_ms,
			   conf->echo_nlp },
		.tag.module = "line",
	};
	str_clip(l->own.number, sizeof(l->own.number), str_z(conf->number));
	str_clip(l->own.name, sizeof(l->own.name), str_z(conf->display));
	l->plan = tone_plan_find(conf->tone_plan);
	if (!l->plan)
		l->plan = tone_plans[0];
	snprintf(l->tag.id, sizeof(l->tag.id), "line=%.*s",
		 (int)sizeof(l->tag.id) - 6, conf->name);
	l->since_us = loop_now_us(env->loop);
	list_append(&env->lines, &l->node);
}

void line_fini(struct line *l)
{
	tmr_stop(&l->release_tmr);
	tmr_stop(&l->next_tmr);
	list_unlink(&l->node);
}

void line_up(struct line *l, const struct line_event *e)
{
	log_debug(&l->tag, "event", "ev=%s", line_ev_name(e->ev));
	if (e->ev == LINE_EV_SEIZED) {
		metric_add(&calls_in, 1);
		l->calls_in++;
		l->call_us = loop_now_us(l->env->loop);
	}
	if (l->fn)
		l->fn(l, e, l->arg);
	else
		l->env->on_line(l, e, l->env->arg);
}

void line_up_ev(struct line *l, enum line_ev ev)
{
	line_up(l, &(struct line_event){ .ev = ev });
}

/* The call is over; the one that took the line, if any, has it now. */
static void hand_over(struct line *l)
{
	bool waits = l->next_fn != NULL;

	l->fn = l->next_fn;
	l->arg = waits ? l->next_arg : NULL;
	l->emergency = waits && l->next.emergency;
	l->outgoing = waits;
	l->group = waits ? l->next.group : NULL;
	if (waits && l->next_gave_up) {
		l->release_cause = l->next_cause;
		tmr_start(l->env->loop, &l->release_tmr, 0, release_now, l);
	}
	l->next_gave_up = false;
}

void line_up_released(struct line *l, enum q850_cause cause)
{
	struct line_event e = { .ev = LINE_EV_RELEASED, .cause = cause };
	line_fn *fn = l->fn;
	void *arg = l->arg;

	tmr_stop(&l->release_tmr);
	if (l->preempted)
		e.cause = CAUSE_PREEMPTION;
	else
		l->next_fn = NULL;      /* it is the successor that ends */
	l->preempted = false;
	hand_over(l);
	log_info(&l->tag, "released", "cause=%d", (int)e.cause);
	if (fn)
		fn(l, &e, arg);
}

/* The line is idle again: now comes the call that took it. */
static void next_start(void *arg)
{
	struct line *l = arg;

	if (!l->next_fn)
		return;
	if (l->state != LINE_IDLE || l->ops->setup(l, &l->next)) {
		line_up_released(l, CAUSE_CHANNEL_UNAVAILABLE);
		return;
	}
	l->next_fn = NULL;
}

void line_set_state(struct line *l, enum line_state s)
{
	if (s == l->state)
		return;
	log_debug(&l->tag, "state", "from=%s to=%s",
		  line_state_name(l->state), line_state_name(s));
	l->state = s;
	l->since_us = loop_now_us(l->env->loop);
	if ((s == LINE_IDLE || s == LINE_DOWN) && l->next_fn)
		tmr_start(l->env->loop, &l->next_tmr, 0, next_start, l);
}

void line_set_alarm(struct line *l, bool on)
{
	enum line_ev ev = on ? LINE_EV_ALARM : LINE_EV_ALARM_CLEAR;

	if (l->alarm == on)
		return;
	l->alarm = on;
	if (on) {
		metric_add(&alarms, 1);
		log_warn(&l->tag, "out of service", "state=%s",
			 line_state_name(l->state));
	} else {
		log_notice(&l->tag, "in service", "state=%s",
			   line_state_name(l->state));
	}
	l->env->on_line(l, &(struct line_event){ .ev = ev }, l->env->arg);
}

/* --- for call control -------------------------------------------------- */

void line_set_user(struct line *l, line_fn *fn, void *arg)
{
	l->fn = fn;
	l->arg = arg;
}

static void nobody(struct line *l, const struct line_event *e, void *arg)
{
	(void)l;
	(void)e;
	(void)arg;
}

void line_forget(struct line *l, const void *user)
{
	if (l->next_fn && l->next_arg == user) {
		l->next_fn = nobody;
		l->next_arg = NULL;
	} else if (l->arg == user) {
		line_set_user(l, nobody, NULL);
	}
}

bool line_is_free(const struct line *l)
{
	return l->state == LINE_IDLE && !l->alarm && !l->fn && !l->next_fn;
}

bool line_is_resting(const struct line *l)
{
	return l->kind == LINE_FXO && l->state == LINE_BUSY && !l->alarm &&
	       !l->fn && !l->next_fn;
}

static void take(struct line *l, const struct line_setup *s)
{
	l->calls++;
	l->call_us = loop_now_us(l->env->loop);
	l->outgoing = true;
	l->group = s->group;
	metric_add(&calls_out, 1);
	log_info(&l->tag, "outgoing call", "emergency=%d", s->emergency);
}

int line_setup(struct line *l, const struct line_setup *s, line_fn *fn,
	       void *arg)
{
	int err;
	bool resting = s->emergency && line_is_resting(l);

	if (l->alarm)
		return ENODEV;
	if (resting || (l->preempted && !l->next_fn)) {
		l->next = *s;
		l->next_fn = fn;
		l->next_arg = arg;
		if (resting)
			hand_over(l);
		take(l, s);
		return 0;
	}
	if (!line_is_free(l))
		return EBUSY;
	err = l->ops->setup(l, s);
	if (err)
		return err;
	l->fn = fn;
	l->arg = arg;
	l->emergency = s->emergency;
	take(l, s);
	return 0;
}

static void release_now(void *arg)
{
	struct line *l = arg;

	if (l->next_fn && !l->preempted)
		line_up_released(l, l->release_cause);
	else
		l->ops->release(l, l->release_cause);
}

void line_release(struct line *l, const void *user, enum q850_cause cause)
{
	if (l->preempted && l->next_fn && user == l->next_arg) {
		l->next_gave_up = true;
		l->next_cause = cause;
		return;
	}
	if (user != l->arg || tmr_is_running(&l->release_tmr))
		return;
	l->release_cause = cause;
	tmr_start(l->env->loop, &l->release_tmr, 0, release_now, l);
}

bool line_gives_way(const struct line *l)
{
	return l->kind == LINE_FXO && !l->alarm && l->fn && !l->emergency &&
	       !l->preempted && !l->next_fn;
}

void line_preempt(struct line *l)
{
	log_notice(&l->tag, "taken for an emergency call", "state=%s",
		   line_state_name(l->state));
	metric_add(&preemptions, 1);
	l->preempted = true;
	l->release_cause = CAUSE_PREEMPTION;
	tmr_start(l->env->loop, &l->release_tmr, 0, release_now, l);
}

void line_alert(struct line *l)
{
	if (l->ops->alert)
		l->ops->alert(l);
}

void line_answer(struct line *l)
{
	l->ops->answer(l);
}

int line_digits(struct line *l, const char *digits)
{
	return l->ops->digits ? l->ops->digits(l, digits) : EINVAL;
}

int line_flash(struct line *l)
{
	return l->ops->flash ? l->ops->flash(l) : EINVAL;
}

int line_port(struct line *l, struct port **pp)
{
	return l->ops->port(l, pp);
}

void line_tone(struct line *l, enum tone t, bool found)
{
	if (l->ops->tone)
		l->ops->tone(l, t, found);
}

void line_voice(struct line *l)
{
	if (l->ops->voice)
		l->ops->voice(l);
}

void line_caller_id(struct line *l, const struct party *calling)
{
	if (l->ops->caller_id)
		l->ops->caller_id(l, calling);
}

void line_cid_sent(struct line *l)
{
	if (l->ops->cid_sent)
		l->ops->cid_sent(l);
}

void line_dtmf_sent(struct line *l)
{
	if (l->ops->dtmf_sent)
		l->ops->dtmf_sent(l);
}

/* --- all of them ------------------------------------------------------- */

void lines_close(struct line_env *env)
{
	group_close_all(env);
	while (!list_is_empty(&env->lines)) {
		struct line *l = CONTAINER(list_first(&env->lines),
					   struct line, node);

		line_drivers[l->conf->driver]->close(l);
	}
}

int lines_open(struct line_env *env, const struct conf_list *lines,
	       const struct conf_list *groups)
{
	const struct line_conf *c = lines->v;
	const struct group_conf *gc = groups->v;
	int err = 0;

	list_init(&env->lines);
	list_init(&env->groups);
	for (size_t i = 0; i < lines->n && !err; i++) {
		err = line_drivers[c[i].driver]->open(env, &c[i]);
		if (err)
			log_err(&(struct log_tag){ .module = "line" },
				"cannot open", "line=%s error=%s", c[i].name,
				strerror(err));
	}
	for (size_t i = 0; i < groups->n && !err; i++) {
		struct group *g;

		err = group_open(&g, env, &gc[i]);
	}
	if (err)
		lines_close(env);
	return err;
}
