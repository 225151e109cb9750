/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the rules for one call after the other. A job walks: emergency rule,
 * rule 0, rule 1 ...; each result waits for route_next() or route_cancel().
 * It holds the set of rules that it began with.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "gateway/route/caller_name.h"
#include "gateway/route/place.h"
#include "gateway/route/rule_enum.h"
#include "gateway/route/rule_set.h"
#include "gateway/route/rule_targets.h"

struct router {
	struct route_env env;
	struct rule_set *set;           /* for searches that begin now */
};

static const struct log_tag tag = { .module = "route" };
static METRIC_COUNT(m_hit, "tipring_route_hits_total",
		    "Results that rules gave");
static METRIC_COUNT(m_none, "tipring_route_none_total",
		    "Searches that ended without a further rule");
static METRIC_COUNT(m_emergency, "tipring_route_emergency_total",
		    "Calls taken by the emergency rule");

static void router_destroy(void *obj)
{
	struct router *r = obj;

	r->set = obj_unref(r->set);
}

int router_new(struct router **rp, const struct route_conf *conf,
	       const struct route_env *env)
{
	struct router *r = obj_new(sizeof(*r), router_destroy);
	int err;

	if (!r)
		return ENOMEM;
	r->env = *env;
	err = rule_set_new(&r->set, conf);
	if (err)
		obj_unref(r);
	else
		*rp = r;
	return err;
}

int router_prepare(struct rule_set **sp, const struct route_conf *conf)
{
	return rule_set_new(sp, conf);
}

void router_commit(struct router *r, struct rule_set *set)
{
	rule_set_follow(set, r->set);
	obj_unref(r->set);
	r->set = set;
	log_notice(&tag, "rules replaced", "rules=%u", set->n_rules);
}

void router_discard(struct rule_set *set)
{
	obj_unref(set);
}

void router_free(struct router *r)
{
	obj_unref(r);
}

struct number_table *router_table(const struct router *r, const char *name)
{
	const struct number_tables_entry *e =
		number_tables_find(r->set->conf.tables, name);

	return e ? e->table : NULL;
}

enum q850_cause route_none_cause(const struct route_job *j)
{
	return j->full ? CAUSE_NO_CIRCUIT : CAUSE_NO_ROUTE;
}

struct route_use *route_use_begin(struct route_use *u)
{
	if (u)
		u->calls++;
	return obj_ref(u);
}

struct route_use *route_use_end(struct route_use *u)
{
	if (u)
		u->calls--;
	return obj_unref(u);
}

bool route_is_emergency(const struct router *r, const char *number)
{
	return rule_set_is_emergency(r->set, number);
}

static void e164_of(const struct rule_set *s, const char *number,
		    char out[E164_MAX])
{
	if (e164_normalise(out, str_z(number), s->conf.plan))
		out[0] = '\0';
}

static void tell(const struct route_job *j, const struct route_step *s)
{
	if (j->trace)
		j->trace(s, j->trace_arg);
}

static void tell_number(const struct route_job *j)
{
	tell(j, &(struct route_step){ .kind = ROUTE_STEP_NUMBER,
				      .number = j->q.called.number,
				      .e164 = j->e164, .rn = j->rn });
}

static void tell_rule(const struct route_job *j, enum route_step_kind kind,
		      const char *rule, const char *why)
{
	tell(j, &(struct route_step){ .kind = kind, .rule = rule,
				      .why = why });
}

/* An emergency call keeps to the order that was given for it. */
static const char *poor(const struct route_job *j,
			const struct route_target *t)
{
	const struct route_env *env = &j->router->env;

	return env->poor && !j->result.emergency ? env->poor(t, env->arg)
						 : NULL;
}

/* What ENUM found may be one of our peers under its name in DNS. */
static void name_peers(struct route_job *j)
{
	const struct route_env *env = &j->router->env;

	for (unsigned i = 0; i < j->result.n && env->peer_of; i++)
		if (j->result.v[i].kind == ROUTE_URI)
			env->peer_of(&j->result.v[i], env->arg);
}

/* Targets that serve badly now come behind the others, in their order. */
static void prefer_good(struct route_job *j)
{
	struct route_result *res = &j->result;
	struct route_target t;
	unsigned n = 0;

	for (unsigned i = 0; i < res->n; i++) {
		if (poor(j, &res->v[i]))
			continue;
		if (n == i) {
			n++;
			continue;
		}
		t = res->v[i];
		memmove(&res->v[n + 1], &res->v[n],
			(i - n) * sizeof(res->v[0]));
		res->v[n++] = t;
	}
}

/* The first result waits for the caller's name; emergency calls do not. */
static bool hold(struct route_job *j)
{
	j->held = j->caller.asking && !j->result.emergency;
	return j->held;
}

/* A search that is only told to somebody calls nobody: it is no hit. */
static void note_hit(const struct route_job *j)
{
	const struct route_result *res = &j->result;

	if (j->trace)
		return;
	metric_add(&m_hit, 1);
	log_info(&tag, "rule fits", "rule=%s why=\"%s\" targets=%u",
		 res->rule, res->why, res->n);
}

static void answer(struct route_job *j)
{
	struct route_result *res = &j->result;

	if (hold(j))
		return;
	for (unsigned i = 0; i < res->n; i++)
		res->v[i].port = &j->q.port;
	res->for_help = j->for_help;
	res->use = rule_set_use(j->set, res);
	name_peers(j);
	prefer_good(j);
	note_hit(j);
	for (unsigned i = 0; i < res->n; i++)
		tell(j, &(struct route_step){ .kind = ROUTE_STEP_TARGET,
					      .rule = res->rule,
					      .why = poor(j, &res->v[i]),
					      .target = &res->v[i] });
	j->fn(res, j->arg);
}

static void on_caller_name(struct route_job *j)
{
	if (j->held)
		answer(j);
}

const char *route_caller_name(const struct route_job *j)
{
	return j->caller.name;
}

static uint32_t any_random(uint32_t below, void *arg)
{
	(void)arg;
	return rand_below(below);
}

static bool set_rule(struct route_job *j, const struct rule *rule)
{
	const struct route_env *env = &j->router->env;

	j->result.pstn_for_internet = rule->conf->pstn_for_internet;
	return rule_targets(j, rule, env->random ? env->random : any_random,
			    env->arg);
}

/* The rules behind this one match the routing number of the network that
 * the number was ported to (RFC 4694). */
static void take_ported(struct route_job *j, const struct rule *rule)
{
	const char *name = rule->conf->name;
	char digits[NUMBER_DIGITS_MAX + 2], why[32 + TEL_PORT_RULE];
	struct number_match m;

	/* asked before, or another carrier's matter: RFC 4694, 5.1 */
	if (j->q.port.npdi || j->q.port.rn[0] || j->q.port.cic[0] ||
	    !number_table_find(rule->ported->table,
			       rule_number(rule->ported, j), &m)) {
		tell_rule(j, ROUTE_STEP_EMPTY, name, "not ported");
		return;
	}
	number_key_print(digits, number_table_row(rule->ported->table, &m,
						  0)->routing);
	snprintf(j->q.port.rn, sizeof(j->q.port.rn), "+%s", digits);
	j->q.port.npdi = true;
	tel_port_rule(j->rn, &j->q.port);
	snprintf(why, sizeof(why), "ported, goes on as %s", j->rn);
	tell_rule(j, ROUTE_STEP_EMPTY, name, why);
}

/* The number as it was dialled, or in the form that the house gave it. */
static bool find_local(const struct route_job *j, struct route_target *t)
{
	static const enum dial_form forms[] = {
		DIAL_FORM_E164, DIAL_FORM_NATIONAL, DIAL_FORM_BARE,
		DIAL_FORM_PLAIN,
	};
	const struct route_env *env = &j->router->env;
	const struct dial_plan *plan = j->set->conf.plan;
	char number[DIAL_DIGITS_MAX];

	if (env->find_local(t, j->q.called.number, env->arg))
		return true;
	for (size_t i = 0; plan && j->e164[0] &&
			   i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i] == DIAL_FORM_BARE && !dial_plan_is_bare(plan))
			continue;
		if (dial_plan_present(plan, forms[i], j->e164, number) &&
		    env->find_local(t, number, env->arg))
			return true;
	}
	return false;
}

/* A number of the house: its phone or telephone is the only target. */
static bool try_local(struct route_job *j, const struct rule *rule)
{
	struct route_target *t = &j->result.v[0];

	memset(t, 0, sizeof(*t));
	if (!find_local(j, t))
		return false;
	snprintf(j->result.rule, sizeof(j->result.rule), "%s",
		 rule->conf->name);
	t->called = j->q.called;
	t->answer_ms = rule->conf->answer_ms;
	j->result.n = 1;
	snprintf(j->result.why, sizeof(j->result.why), "local number");
	return true;
}

static bool try_emergency(struct route_job *j)
{
	if (j->tried_emergency || !j->set->n_emergency || !j->for_help)
		return false;
	j->tried_emergency = true;
	metric_add(&m_emergency, !j->trace);
	rule_set_emergency(j->set, &j->result, &j->q.called);
	j->result.place = place_find(&j->set->conf.emergency->places,
				     &j->q.from);
	tell_rule(j, ROUTE_STEP_FIT, j->result.rule, j->result.why);
	return true;
}

static void walk(void *arg);

/* ENUM has answered: with targets, with another number, or not at all. */
static void on_enum(struct route_job *j, int err)
{
	if (!err && j->result.n) {
		answer(j);
		return;
	}
	if (!err) {
		tell_number(j);
	} else {
		tell_rule(j, ROUTE_STEP_EMPTY,
			  j->set->rules[j->next_rule - 1].conf->name,
			  rule_enum_result(err));
	}
	walk(j);
}

enum tried { TRIED_NO, TRIED_HIT, TRIED_WAITS };

static enum tried try_enum(struct route_job *j, const struct rule *rule)
{
	if (rule_enum_ask(j, j->router->env.enum_client, rule, on_enum))
		return TRIED_WAITS;
	tell_rule(j, ROUTE_STEP_EMPTY, rule->conf->name, "ENUM is not asked");
	return TRIED_NO;
}

static enum tried try_rule(struct route_job *j, const struct rule *rule)
{
	char why[sizeof(j->result.why)];
	const char *name = rule->conf->name;

	if (!rule_fits(rule, j, why, sizeof(why))) {
		j->full |= rule_is_full(rule, j);
		tell_rule(j, ROUTE_STEP_SKIP, name, why);
		return TRIED_NO;
	}
	tell_rule(j, ROUTE_STEP_FIT, name, why);
	if (rule->conf->enum_lookup)
		return try_enum(j, rule);
	if (rule->ported) {
		take_ported(j, rule);
		return TRIED_NO;
	}
	str_clip(j->result.why, sizeof(j->result.why), str_z(why));
	if (rule->conf->local ? try_local(j, rule) : set_rule(j, rule))
		return TRIED_HIT;
	tell_rule(j, ROUTE_STEP_EMPTY, name, rule->conf->local
		  ? "nobody here has the number"
		  : "no carrier of the table serves it");
	return TRIED_NO;
}

static enum tried try_rules(struct route_job *j)
{
	enum tried tried = TRIED_NO;

	while (tried == TRIED_NO && j->next_rule < j->set->n_rules)
		tried = try_rule(j, &j->set->rules[j->next_rule++]);
	return tried;
}

/* Goes on at next_rule until something fits, or ENUM has to be asked; then
 * with what an answer of ENUM has left. */
static void walk(void *arg)
{
	struct route_job *j = arg;
	bool more;

	memset(&j->result, 0, sizeof(j->result));
	if (try_emergency(j)) {
		answer(j);
		return;
	}
	do {
		switch (try_rules(j)) {
		case TRIED_HIT:
			answer(j);
			return;
		case TRIED_WAITS:
			return;
		default:
			break;
		}
		more = rule_enum_resume(j);
		if (more)
			tell_number(j);
		if (more && j->result.n) {
			answer(j);
			return;
		}
	} while (more);
	caller_name_cancel(j);
	metric_add(&m_none, !j->trace);
	tell_rule(j, ROUTE_STEP_END, NULL, NULL);
	j->fn(NULL, j->arg);
}

static void begin(void *arg)
{
	struct route_job *j = arg;

	tell_number(j);
	if (!j->for_help)
		caller_name_ask(j, &j->router->env, j->caller_e164,
				on_caller_name);
	walk(j);
}

void route_find(struct router *r, struct route_job *j,
		const struct route_query *q, route_fn *fn, void *arg)
{
	route_trace_fn *trace = j->trace;
	void *trace_arg = j->trace_arg;
	const char *help;

	memset(j, 0, sizeof(*j));
	j->trace = trace;
	j->trace_arg = trace_arg;
	j->router = r;
	j->set = obj_ref(r->set);
	j->q = *q;
	help = rule_set_help(j->set, q->called.number);
	if (help) {
		str_clip(j->q.called.number, sizeof(j->q.called.number),
			 str_pl(help, strcspn(help, "#")));
		j->for_help = q->from.kind != ROUTE_FROM_INTERNET;
	}
	j->fn = fn;
	j->arg = arg;
	e164_of(j->set, j->q.called.number, j->e164);
	e164_of(j->set, q->calling.number, j->caller_e164);
	tel_port_rule(j->rn, &j->q.port);
	tmr_start(r->env.loop, &j->tmr, 0, begin, j);
}

void route_next(struct route_job *j)
{
	tmr_start(j->router->env.loop, &j->tmr, 0, walk, j);
}

bool route_has_next(const struct route_job *j)
{
	char why[sizeof(j->result.why)];

	if (rule_enum_has_rest(j))
		return true;
	for (unsigned i = j->next_rule; i < j->set->n_rules; i++)
		if (!j->set->rules[i].ported &&
		    rule_fits(&j->set->rules[i], j, why, sizeof(why)))
			return true;
	return false;
}

void route_cancel(struct route_job *j)
{
	if (!j->router)
		return;
	tmr_stop(&j->tmr);
	rule_enum_cancel(j);
	caller_name_cancel(j);
	j->router = NULL;
	j->set = obj_unref(j->set);
}

static enum route_digits local_digits(const struct router *r,
				      const char *digits)
{
	struct route_target t;
	bool found = r->env.find_local(&t, digits, r->env.arg);
	bool longer = r->env.begins_local(digits, r->env.arg);

	if (found)
		return longer ? ROUTE_DIGITS_MAYBE : ROUTE_DIGITS_COMPLETE;
	return longer ? ROUTE_DIGITS_MORE : ROUTE_DIGITS_NONE;
}

/* Two rules together: what one can still take keeps the other waiting. */
static enum route_digits both(enum route_digits a, enum route_digits b)
{
	if (a == ROUTE_DIGITS_NONE || a == b)
		return b;
	return b == ROUTE_DIGITS_NONE ? a : ROUTE_DIGITS_MAYBE;
}

enum route_digits route_digits(const struct router *r,
			       const struct route_source *from,
			       const char *digits)
{
	enum route_digits all = ROUTE_DIGITS_NONE;
	struct dial_number n;
	struct rule_digits d = { .plan = r->set->conf.plan, .e164 = n.e164 };

	dial_plan_look(d.plan, digits, &n);
	/* a code to withhold the caller's number is no part of it */
	digits += n.code;
	d.digits = digits;
	if (n.code && !*digits)
		return ROUTE_DIGITS_MORE;
	if (route_is_emergency(r, digits))
		return ROUTE_DIGITS_COMPLETE;
	d.as_dialled = rule_plan_digits(n.state);
	d.as_e164 = rule_plan_digits(n.e164_state);
	d.as_local = local_digits(r, digits);
	for (unsigned i = 0; i < r->set->n_rules; i++)
		if (rule_from(&r->set->rules[i], from))
			all = both(all, rule_digits(&r->set->rules[i], &d));
	/* 1234*256: but nobody who dialled all of 201 waits for a "*" */
	if (all == ROUTE_DIGITS_NONE)
		all = rule_enum_digits(r->set, r->env.enum_client, from,
				       digits);
	return n.begins_code || rule_set_begins_emergency(r->set, digits)
		       ? both(all, ROUTE_DIGITS_MORE) : all;
}
