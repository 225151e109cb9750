/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges calls by what their source has used. A call is judged when it
 * begins; while it runs, a tick counts and tells.
 */
#include "gateway/route/guard.h"

#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "base/mem.h"
#include "base/metric.h"
#include "gateway/route/guard_file.h"
#include "gateway/route/guard_number.h"
#include "gateway/route/rules.h"

enum {
	TICK_MS  = 5000,        /* running calls are counted so often */
	/* until it is in the file: a new country, what was used */
	SAVE_MS  = 5000,
	SAVE_USED_MS = 60000,
};

#define MINUTE_US 60000000ull
#define TELL_US   3600000000ull         /* the same limit, told again */
#define MONEY     1000000ull            /* one unit of the currency */

struct guard {
	struct guard_env   env;
	struct guard_setup setup;
	struct rule_span   night[RULE_SPANS_MAX];
	unsigned           n_night;
	struct guard_state state;
	struct guard_file  file;
	struct list        calls;
	struct tmr         tick;
};

/* One limit against what was used of it. */
struct usage {
	enum guard_reason reason;
	uint64_t          used, limit;  /* limit 0: none */
};

static const struct log_tag tag = { .module = "guard" };
static METRIC_COUNT(m_alarms, "tipring_guard_alarms_total",
		    "Calls out of the usual that were told of");
static METRIC_COUNT(m_refused, "tipring_guard_refused_total",
		    "Calls refused by the guard");
static METRIC_COUNT(m_ended, "tipring_guard_ended_total",
		    "Running calls ended by the guard");

/* --- life -------------------------------------------------------------- */

static void take_setup(struct guard *g, const struct guard_setup *s)
{
	g->setup = *s;
	g->file.path = s->conf->state_file;
	obj_ref(s->owner);
	obj_ref(s->plan);
	obj_ref(s->zone);
	g->n_night = 0;
	if (s->conf->night[0] &&
	    rule_parse_time(g->night, &g->n_night, s->conf->night))
		g->n_night = 0;         /* was checked */
}

static void drop_setup(const struct guard_setup *s)
{
	obj_unref(s->owner);
	obj_unref(s->plan);
	obj_unref(s->zone);
}

static void guard_destroy(void *obj)
{
	struct guard *g = obj;

	guard_file_close(&g->file);
	tmr_stop(&g->tick);
	guard_state_fini(&g->state);
	drop_setup(&g->setup);
}

int guard_new(struct guard **gp, const struct guard_env *env,
	      const struct guard_setup *s)
{
	struct guard *g = obj_new(sizeof(*g), guard_destroy);
	int err;

	if (!g)
		return ENOMEM;
	g->env = *env;
	list_init(&g->calls);
	guard_file_init(&g->file, env->loop, &g->state, "");
	take_setup(g, s);
	err = guard_state_init(&g->state);
	if (!err)
		err = guard_file_load(&g->file);
	if (err)
		obj_unref(g);
	else
		*gp = g;
	return err;
}

void guard_free(struct guard *g)
{
	obj_unref(g);
}

void guard_reload(struct guard *g, const struct guard_setup *s)
{
	struct guard_setup old = g->setup;

	take_setup(g, s);
	drop_setup(&old);
}

/* --- limits ------------------------------------------------------------ */

/* What holds for a source. */
struct limits {
	const struct guard_limits *v;
	bool                       calls;       /* and minutes: also those */
};

static struct limits limits_of(const struct guard *g,
			       const struct route_source *s)
{
	const struct guard_conf *c = g->setup.conf;
	const struct guard_source_conf *v = c->sources.v;

	for (size_t i = 0; i < c->sources.n; i++)
		if (route_source_is(s, &v[i].from))
			return (struct limits){ &v[i].limits, true };
	/* a trunk or a peer is many callers */
	return (struct limits){ &c->limits, s->kind == ROUTE_FROM_PHONE ||
				s->kind == ROUTE_FROM_TELEPHONE };
}

static bool is_night(const struct guard *g)
{
	return g->n_night && rule_in_time(g->night, g->n_night,
					  g->setup.zone,
					  loop_wall_us(g->env.loop));
}

static uint64_t at_night(const struct guard *g, const struct guard_limits *l,
			 uint64_t limit)
{
	if (!limit || !is_night(g))
		return limit;
	limit = limit * (uint64_t)l->night_percent / 100;
	return limit ? limit : 1;
}

enum { USAGES_MAX = 5 };

/* What the account has used of them; more: a call is about to begin. */
static unsigned usages(struct guard *g, struct guard_account *a,
		       const struct limits *of, bool more,
		       struct usage v[USAGES_MAX])
{
	const struct guard_limits *l = of->v;
	uint64_t now = loop_now_us(g->env.loop);
	unsigned n = 0;

	/* a limit of 5 is reached by the sixth call */
	if (of->calls && more)
		v[n++] = (struct usage){ GUARD_CALLS, a->calls,
					 (uint64_t)l->max_calls };
	if (of->calls) {
		v[n++] = (struct usage){ GUARD_MINUTES_HOUR,
			guard_window_sum(&a->talk_hour, now),
			(uint64_t)l->minutes_hour * MINUTE_US };
		v[n++] = (struct usage){ GUARD_MINUTES_DAY,
			guard_window_sum(&a->talk_day, now),
			(uint64_t)l->minutes_day * MINUTE_US };
	}
	v[n++] = (struct usage){ GUARD_MONEY_HOUR,
		guard_window_sum(&a->money_hour, now),
		(uint64_t)l->money_hour * MONEY };
	v[n++] = (struct usage){ GUARD_MONEY_DAY,
		guard_window_sum(&a->money_day, now),
		(uint64_t)l->money_day * MONEY };
	for (unsigned i = 0; i < n; i++)
		v[i].limit = at_night(g, l, v[i].limit);
	return n;
}

/* Night is never laxer than day. */
static enum guard_action by_clock(const struct guard *g, int day, int night)
{
	return (enum guard_action)(is_night(g) && night > day ? night : day);
}

/* What going beyond this limit does now. */
static enum guard_action action_of(const struct guard *g,
				   const struct guard_limits *l,
				   const struct usage *u)
{
	if (!u->limit || u->used < u->limit)
		return GUARD_OFF;
	if (l->block_percent &&
	    u->used >= u->limit * (uint64_t)l->block_percent / 100)
		return GUARD_BLOCK;
	return by_clock(g, l->action, l->night_action);
}

/* --- telling ----------------------------------------------------------- */

static void alarm(struct guard_account *a, enum guard_reason why,
		  const char *call, const char *what)
{
	a->alarms++;
	metric_add(&m_alarms, 1);
	log_warn(&tag, "alarm", "source=%s reason=%s %s %s", a->name,
		 guard_reason_name(why), call, what);
}

/* The same limit is told once an hour. */
static void alarm_limit(struct guard *g, struct guard_account *a,
			const struct usage *u, const char *call)
{
	uint64_t now = loop_now_us(g->env.loop);
	char what[80];

	if (a->told_us[u->reason] && now - a->told_us[u->reason] < TELL_US)
		return;
	a->told_us[u->reason] = now ? now : 1;
	snprintf(what, sizeof(what), "percent=%llu",
		 (unsigned long long)(u->used * 100 / u->limit));
	alarm(a, u->reason, call, what);
}

/* A question about a call that nobody makes is told to nobody. */
static const char *refuse(struct guard_account *a, enum guard_reason why,
			  const struct guard_ask *ask)
{
	if (!ask->tag)
		return guard_reason_name(why);
	if (a)
		a->refused++;
	metric_add(&m_refused, 1);
	log_warn(&tag, "refused", "source=%s reason=%s %s called=%s",
		 a ? a->name : "internet", guard_reason_name(why),
		 ask->tag->id, ask->target->called.number);
	return guard_reason_name(why);
}

/* --- judging ----------------------------------------------------------- */

static bool is_known(const struct guard *g, const char *country)
{
	const struct conf_list *l = &g->setup.conf->countries;
	const char (*v)[GUARD_COUNTRY_MAX] = l->v;

	if (!strcmp(country, dial_plan_country(g->setup.plan)))
		return true;
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(country, v[i]))
			return true;
	return false;
}

static const char *judge_country(struct guard *g, struct guard_account *a,
				 const struct guard_limits *l,
				 const struct guard_number *n,
				 const struct guard_ask *ask,
				 struct guard_call *gc)
{
	enum guard_action action =
		by_clock(g, l->new_country, l->night_new_country);
	struct guard_country *c;
	char what[32];

	if (action == GUARD_OFF || !n->country[0] || is_known(g, n->country))
		return NULL;
	c = guard_account_find(a, n->country);
	if (c && (c->allowed || c->calls >= l->new_country_calls))
		return NULL;
	if (action == GUARD_BLOCK)
		return refuse(a, GUARD_COUNTRY, ask);
	/* only a call that is made makes a country known, and one that fails
	 * over to other targets is one call */
	if (!gc || !strcmp(gc->told, n->country))
		return NULL;
	c = guard_account_country(a, n->country);
	if (c)
		c->calls++;
	guard_file_save_in(&g->file, SAVE_MS);
	snprintf(gc->told, sizeof(gc->told), "%s", n->country);
	snprintf(what, sizeof(what), "country=%s", n->country);
	alarm(a, GUARD_COUNTRY, ask->tag->id, what);
	return NULL;
}

static const char *judge_limits(struct guard *g, struct guard_account *a,
				const struct limits *l,
				const struct guard_ask *ask)
{
	struct usage v[USAGES_MAX];
	unsigned n = usages(g, a, l, true, v);

	for (unsigned i = 0; i < n; i++) {
		enum guard_action action = action_of(g, l->v, &v[i]);

		if (action != GUARD_OFF && ask->tag)
			alarm_limit(g, a, &v[i], ask->tag->id);
		if (action == GUARD_BLOCK)
			return refuse(a, v[i].reason, ask);
	}
	return NULL;
}

/* gc: NULL for guard_would(). */
static const char *judge(struct guard *g, struct guard_account *a,
			 const struct guard_ask *ask, struct guard_number *n,
			 struct guard_call *gc)
{
	struct limits l = limits_of(g, &a->source);
	const char *why;

	guard_number_look(n, g->setup.plan, ask->target->called.number,
			  ask->query->called.number);
	if (n->premium && l.v->premium == GUARD_BLOCK)
		return refuse(a, GUARD_PREMIUM, ask);
	if (n->premium && l.v->premium == GUARD_ALARM && ask->tag)
		alarm(a, GUARD_PREMIUM, ask->tag->id, n->e164);
	why = judge_limits(g, a, &l, ask);
	return why ? why : judge_country(g, a, l.v, n, ask, gc);
}

static struct guard_account *account_of(struct guard *g,
					const struct route_source *s)
{
	char name[ROUTE_SOURCE_TEXT];
	struct guard_account *a;

	a = guard_state_find(&g->state, route_source_print(name, s));
	if (!a)
		return guard_state_add(&g->state, s, name,
				       loop_now_us(g->env.loop));
	guard_state_touch(&g->state, a);
	a->source = *s;
	return a;
}

/* Does it cost nothing, as the configuration says? */
static bool is_free(const struct guard *g, const struct route_target *t)
{
	const struct conf_list *l = &g->setup.conf->free;
	const char (*v)[ROUTE_DEST_MAX] = l->v;
	const char *peer = route_target_peer(t);
	char text[ROUTE_TARGET_TEXT];

	if (peer)
		snprintf(text, sizeof(text), "peer:%s", peer);
	else
		route_target_print(text, t);
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(text, v[i]))
			return true;
	return false;
}

static void count(struct guard *g, struct guard_call *gc,
		  struct guard_account *a, const struct guard_number *n,
		  const struct guard_ask *ask)
{
	gc->guard = g;
	gc->account = a;
	gc->tag = ask->tag;
	if (n->e164[0] && g->env.rate &&
	    !g->env.rate(&gc->rate, n->e164, g->env.arg))
		gc->rate = (struct guard_rate){ 0, 0 };
	a->calls++;
	list_append(&g->calls, &gc->node);
}

/* False: it costs nothing, or *why it is refused whatever was used. */
static bool is_watched(struct guard *g, const struct guard_ask *ask,
		       const char **why)
{
	enum guard_way way = g->env.way(ask->target, g->env.arg);

	*why = NULL;
	if (ask->result->for_help)
		return false;
	if (ask->query->from.kind == ROUTE_FROM_INTERNET &&
	    way == GUARD_PSTN && !ask->result->pstn_for_internet) {
		*why = refuse(NULL, GUARD_INTERNET, ask);
		return false;
	}
	return way != GUARD_FREE && g->setup.conf->enabled &&
	       !is_free(g, ask->target);
}

const char *guard_would(struct guard *g, const struct guard_ask *ask)
{
	const struct route_source *from = &ask->query->from;
	char name[ROUTE_SOURCE_TEXT];
	struct guard_account a, *known;
	struct guard_number n;
	const char *why;

	if (!is_watched(g, ask, &why))
		return why;
	known = guard_state_find(&g->state,
				 route_source_print(name, from));
	if (known)
		a = *known;
	else
		guard_account_init(&a, from);
	return judge(g, &a, ask, &n, NULL);
}

const char *guard_admit(struct guard *g, struct guard_call *gc,
			const struct guard_ask *ask)
{
	struct guard_account *a;
	struct guard_number n;
	const char *why;

	guard_done(gc);
	if (!is_watched(g, ask, &why))
		return why;
	a = account_of(g, &ask->query->from);
	if (!a)
		return "memory";
	why = judge(g, a, ask, &n, gc);
	if (!why)
		count(g, gc, a, &n, ask);
	return why;
}

/* --- running calls ----------------------------------------------------- */

/* Of so much talk; what is beyond all measure stays so, and an account takes
 * no more than GUARD_USED_MAX of it. */
static uint64_t price_of(const struct guard_rate *r, uint64_t talk_us)
{
	uint64_t money;

	if (__builtin_mul_overflow(talk_us / 1000, r->per_minute, &money) ||
	    __builtin_add_overflow(money / 60000, r->per_call, &money))
		return UINT64_MAX;
	return money;
}

/* Counts what has come since the last time. */
static void charge(struct guard_call *gc)
{
	uint64_t now = loop_now_us(gc->guard->env.loop), talk, money;

	if (!gc->answered_us)
		return;
	talk = now - gc->answered_us;
	money = price_of(&gc->rate, talk);
	guard_file_save_in(&gc->guard->file, SAVE_USED_MS);
	guard_account_use(gc->account, now, talk - gc->talk_us,
			  money - gc->money);
	gc->talk_us = talk;
	gc->money = money;
}

/* True: it has to end. */
static bool judge_running(struct guard *g, struct guard_call *gc)
{
	struct guard_account *a = gc->account;
	struct usage v[USAGES_MAX];
	struct limits l = limits_of(g, &a->source);
	unsigned n = usages(g, a, &l, false, v);
	bool end = false;

	for (unsigned i = 0; i < n; i++) {
		enum guard_action action = action_of(g, l.v, &v[i]);

		if (action != GUARD_OFF)
			alarm_limit(g, a, &v[i], gc->tag->id);
		end |= action == GUARD_BLOCK && l.v->end_calls;
	}
	return end;
}

static void end_call(struct guard *g, struct guard_call *gc)
{
	if (!g->env.end)
		return;
	metric_add(&m_ended, 1);
	log_warn(&tag, "call ended", "source=%s %s", gc->account->name,
		 gc->tag->id);
	g->env.end(gc, g->env.arg);
}

static void on_tick(void *arg)
{
	struct guard *g = arg;

	LIST_EACH_SAFE(n, &g->calls) {
		struct guard_call *gc = CONTAINER(n, struct guard_call, node);

		if (!gc->answered_us)
			continue;
		charge(gc);
		if (g->setup.conf->enabled && judge_running(g, gc))
			end_call(g, gc);
	}
	if (!list_is_empty(&g->calls))
		tmr_start(g->env.loop, &g->tick, TICK_MS, on_tick, g);
}

void guard_answered(struct guard_call *gc)
{
	struct guard *g = gc->guard;
	uint64_t now;

	if (!g || gc->answered_us)
		return;
	now = loop_now_us(g->env.loop);
	gc->answered_us = now ? now : 1;
	if (!tmr_is_running(&g->tick))
		tmr_start(g->env.loop, &g->tick, TICK_MS, on_tick, g);
}

void guard_done(struct guard_call *gc)
{
	struct guard_call next = { 0 };

	if (!gc->guard)
		return;
	charge(gc);
	gc->account->calls--;
	list_unlink(&gc->node);
	snprintf(next.told, sizeof(next.told), "%s", gc->told);
	*gc = next;
}

/* --- operators --------------------------------------------------------- */

static void print_money(struct buf *out, const char *key, uint64_t money)
{
	buf_addf(out, " %s=%llu.%02u", key,
		 (unsigned long long)(money / MONEY),
		 (unsigned)(money % MONEY / (MONEY / 100)));
}

static void print_countries(struct buf *out, const struct guard *g,
			    const struct guard_account *a)
{
	const struct guard_limits *l = limits_of(g, &a->source).v;
	bool any = false;

	buf_addz(out, " countries=");
	for (unsigned i = 0; i < a->n_countries; i++) {
		const struct guard_country *c = &a->countries[i];

		if (!c->allowed && c->calls < l->new_country_calls)
			continue;
		buf_addf(out, "%s%s", any ? "," : "", c->code);
		any = true;
	}
	buf_addz(out, any ? "" : "-");
}

void guard_print(struct guard *g, struct buf *out)
{
	uint64_t now = loop_now_us(g->env.loop);

	LIST_EACH(n, &g->state.used) {
		struct guard_account *a = CONTAINER(n, struct guard_account,
						    node);

		buf_addf(out, "source=%s calls=%u minutes_hour=%llu "
			 "minutes_day=%llu", a->name, a->calls,
			 (unsigned long long)
			 (guard_window_sum(&a->talk_hour, now) / MINUTE_US),
			 (unsigned long long)
			 (guard_window_sum(&a->talk_day, now) / MINUTE_US));
		print_money(out, "money_hour",
			    guard_window_sum(&a->money_hour, now));
		print_money(out, "money_day",
			    guard_window_sum(&a->money_day, now));
		buf_addf(out, " alarms=%u refused=%u", a->alarms,
			 a->refused);
		print_countries(out, g, a);
		buf_addc(out, '\n');
	}
}

int guard_clear(struct guard *g, const char *source)
{
	struct guard_account *a = guard_state_find(&g->state, source);

	if (!a)
		return ENOENT;
	guard_account_clear(a);
	guard_file_save_in(&g->file, SAVE_MS);
	return 0;
}

/* What the operator should know of it. */
static void say_allowed(struct guard *g, const struct guard_account *a,
			const char *country, struct buf *out)
{
	struct limits l = limits_of(g, &a->source);

	buf_addf(out, "%s may call country %s", a->name, country);
	if (guard_country_is_service(country) &&
	    l.v->premium == GUARD_BLOCK)
		buf_addz(out, ", but premium: block refuses it");
	else if (!g->file.path[0])
		buf_addz(out, " until a restart: there is no state_file");
	buf_addc(out, '\n');
}

int guard_allow(struct guard *g, const char *source, const char *country,
		struct buf *out)
{
	struct guard_account *a;
	struct guard_country *c;
	struct route_source s;

	if (!guard_country_is_valid(country))
		return EBADMSG;
	if (!g->env.source(&s, source, g->env.arg))
		return ENOENT;
	if (is_known(g, country)) {
		buf_addf(out, "country %s is new to nobody\n", country);
		return 0;
	}
	a = account_of(g, &s);
	if (!a)
		return ENOMEM;
	c = guard_account_country(a, country);
	if (!c)
		return ENOSPC;
	c->allowed = true;
	guard_file_save_in(&g->file, SAVE_MS);
	say_allowed(g, a, country, out);
	return 0;
}
