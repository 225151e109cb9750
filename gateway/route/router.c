/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the rules for one call after the other. A job walks: emergency rule,
 * rule 0, rule 1 ...; each result waits for route_next() or route_cancel().
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "gateway/route/rule_enum.h"
#include "gateway/route/rules.h"

struct router {
	const struct route_conf *conf;
	struct route_env         env;
	struct route_target      emergency[ROUTE_TARGETS_MAX];
	unsigned                 n_emergency;
	unsigned                 n_rules;
	struct rule              rules[];
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

	for (unsigned i = 0; i < r->n_rules; i++)
		rule_fini(&r->rules[i]);
}

static int read_emergency(struct router *r)
{
	const struct conf_list *to = &r->conf->emergency->to;
	const char (*text)[ROUTE_DEST_MAX] = to->v;

	for (size_t i = 0; i < to->n && i < ROUTE_TARGETS_MAX; i++) {
		int err = route_target_parse(&r->emergency[i], text[i]);

		if (err)
			return err;
		r->n_emergency++;
	}
	return 0;
}

int router_new(struct router **rp, const struct route_conf *conf,
	       const struct route_env *env)
{
	const struct route_rule_conf *rc = conf->rules->v;
	struct router *r = obj_new(sizeof(*r) + conf->rules->n *
						sizeof(r->rules[0]),
				   router_destroy);
	int err;

	if (!r)
		return ENOMEM;
	r->conf = conf;
	r->env = *env;
	err = read_emergency(r);
	for (size_t i = 0; !err && i < conf->rules->n; i++) {
		const char *what;

		err = rule_init(&r->rules[i], &rc[i], &what);
		if (err)
			log_err(&tag, "rule unusable", "rule=%s key=%s",
				rc[i].name, what);
		else
			r->n_rules++;
	}
	if (err)
		obj_unref(r);
	else
		*rp = r;
	return err;
}

void router_free(struct router *r)
{
	obj_unref(r);
}

bool route_is_emergency(const struct router *r, const char *number)
{
	const struct conf_list *l = &r->conf->emergency->numbers;
	const char (*numbers)[ROUTE_NUMBER_MAX] = l->v;

	if (str_istarts(str_z(number), "urn:service:sos"))
		return true;
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(numbers[i], number))
			return true;
	return false;
}

static void e164_of(const struct router *r, const char *number,
		    char out[E164_MAX])
{
	if (e164_normalise(out, str_z(number), r->env.plan))
		out[0] = '\0';
}

/* What the target is to dial: strip and add work on the dialled form,
 * or on E.164 when the rule's prefix speaks of that. */
static void dial_form(struct route_target *t, const struct route_job *j,
		      const struct route_rule_conf *c)
{
	const char *n = c->prefix[0] == '+' ? j->e164 : j->q.called.number;
	size_t strip = (size_t)c->strip;

	t->called = j->q.called;
	if (!c->strip && !c->add[0])
		return;
	if (strip > strlen(n))
		strip = strlen(n);
	snprintf(t->called.number, sizeof(t->called.number), "%s%s", c->add,
		 n + strip);
	t->called.type = t->called.number[0] == '+' ? PARTY_E164
						    : PARTY_UNKNOWN;
}

static void answer(struct route_job *j)
{
	metric_add(&m_hit, 1);
	log_info(&tag, "rule fits", "rule=%s why=\"%s\" targets=%u",
		 j->result.rule, j->result.why, j->result.n);
	j->fn(&j->result, j->arg);
}

static void set_rule(struct route_job *j, const struct rule *rule)
{
	struct route_result *res = &j->result;

	snprintf(res->rule, sizeof(res->rule), "%s", rule->conf->name);
	res->n = 0;
	for (unsigned i = 0; i < rule->n_to; i++) {
		struct route_target *t = &res->v[res->n++];

		*t = rule->to[i];
		dial_form(t, j, rule->conf);
	}
}

/* A number of the house: its phone or telephone is the only target. */
static bool try_local(struct route_job *j, const struct rule *rule)
{
	struct route_target *t = &j->result.v[0];

	memset(t, 0, sizeof(*t));
	if (!j->router->env.find_local(t, j->q.called.number,
				       j->router->env.arg))
		return false;
	set_rule(j, rule);
	t->called = j->q.called;
	t->answer_ms = rule->conf->answer_ms;
	j->result.n = 1;
	snprintf(j->result.why, sizeof(j->result.why), "local number");
	return true;
}

static bool takes_urn(const struct route_target *t)
{
	return t->kind != ROUTE_LINE && t->kind != ROUTE_GROUP;
}

/* urn:service:sos: first those who understand it; a line has only numbers,
 * the first of ours is dialled there. */
static void emergency_urn(struct route_job *j)
{
	const struct router *r = j->router;
	const struct conf_list *l = &r->conf->emergency->numbers;
	const char (*numbers)[ROUTE_NUMBER_MAX] = l->v;
	struct route_result *res = &j->result;

	res->n = 0;
	for (unsigned i = 0; i < r->n_emergency; i++)
		if (takes_urn(&r->emergency[i])) {
			res->v[res->n] = r->emergency[i];
			res->v[res->n++].called = j->q.called;
		}
	for (unsigned i = 0; l->n && i < r->n_emergency; i++)
		if (!takes_urn(&r->emergency[i])) {
			struct route_target *t = &res->v[res->n++];

			*t = r->emergency[i];
			snprintf(t->called.number, sizeof(t->called.number),
				 "%s", numbers[0]);
		}
}

static bool try_emergency(struct route_job *j)
{
	struct router *r = j->router;
	struct route_result *res = &j->result;

	if (j->tried_emergency || j->q.from.kind == ROUTE_FROM_INTERNET ||
	    !route_is_emergency(r, j->q.called.number))
		return false;
	j->tried_emergency = true;
	metric_add(&m_emergency, 1);
	snprintf(res->rule, sizeof(res->rule), "emergency");
	snprintf(res->why, sizeof(res->why), "emergency number");
	res->emergency = true;
	res->n = r->n_emergency;
	for (unsigned i = 0; i < res->n; i++) {
		res->v[i] = r->emergency[i];
		res->v[i].called = j->q.called;
	}
	if (str_istarts(str_z(j->q.called.number), "urn:"))
		emergency_urn(j);
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
		/* another number: it runs through all rules anew */
		j->next_rule = 0;
		e164_of(j->router, j->q.called.number, j->e164);
	}
	walk(j);
}

static bool try_rule(struct route_job *j, const struct rule *rule)
{
	if (!rule_fits(rule, j, j->result.why, sizeof(j->result.why)))
		return false;
	if (rule->conf->local)
		return try_local(j, rule);
	set_rule(j, rule);
	return j->result.n > 0;
}

/* Goes on at next_rule until something fits, or ENUM has to be asked. */
static void walk(void *arg)
{
	struct route_job *j = arg;
	struct router *r = j->router;
	char why[sizeof(j->result.why)];

	memset(&j->result, 0, sizeof(j->result));
	if (try_emergency(j)) {
		answer(j);
		return;
	}
	while (j->next_rule < r->n_rules) {
		const struct rule *rule = &r->rules[j->next_rule++];

		if (rule->conf->enum_lookup) {
			if (rule_fits(rule, j, why, sizeof(why)) &&
			    rule_enum_ask(j, r->env.enum_client, rule,
					  on_enum))
				return;
		} else if (try_rule(j, rule)) {
			answer(j);
			return;
		}
	}
	metric_add(&m_none, 1);
	j->fn(NULL, j->arg);
}

void route_find(struct router *r, struct route_job *j,
		const struct route_query *q, route_fn *fn, void *arg)
{
	memset(j, 0, sizeof(*j));
	j->router = r;
	j->q = *q;
	j->fn = fn;
	j->arg = arg;
	e164_of(r, q->called.number, j->e164);
	tmr_start(r->env.loop, &j->tmr, 0, walk, j);
}

void route_next(struct route_job *j)
{
	tmr_start(j->router->env.loop, &j->tmr, 0, walk, j);
}

bool route_has_next(const struct route_job *j)
{
	const struct router *r = j->router;
	char why[sizeof(j->result.why)];

	for (unsigned i = j->next_rule; i < r->n_rules; i++)
		if (rule_fits(&r->rules[i], j, why, sizeof(why)))
			return true;
	return false;
}

void route_cancel(struct route_job *j)
{
	if (!j->router)
		return;
	tmr_stop(&j->tmr);
	rule_enum_cancel(j);
	j->router = NULL;
}

/* Does a longer emergency number begin so? */
static bool begins_emergency(const struct router *r, const char *digits)
{
	const struct conf_list *l = &r->conf->emergency->numbers;
	const char (*numbers)[ROUTE_NUMBER_MAX] = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (!strncmp(numbers[i], digits, strlen(digits)))
			return true;
	return false;
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
	char e164[E164_MAX];
	struct rule_digits d = { .digits = digits, .e164 = e164 };

	if (route_is_emergency(r, digits))
		return ROUTE_DIGITS_COMPLETE;
	e164_of(r, digits, e164);
	d.as_e164 = rule_e164_digits(digits, e164, r->env.plan);
	d.as_local = local_digits(r, digits);
	for (unsigned i = 0; i < r->n_rules; i++)
		if (rule_from(&r->rules[i], from))
			all = both(all, rule_digits(&r->rules[i], &d));
	return begins_emergency(r, digits) ? both(all, ROUTE_DIGITS_MORE)
					   : all;
}
