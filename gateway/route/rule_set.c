/* SPDX-License-Identifier: Apache-2.0 */
/* All rules of a configuration, and the emergency rule before them. */
#include "gateway/route/rule_set.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

static const struct log_tag tag = { .module = "route" };

static void set_destroy(void *obj)
{
	struct rule_set *s = obj;

	for (unsigned i = 0; i < s->n_rules; i++)
		rule_fini(&s->rules[i]);
	obj_unref(s->conf.tables);
	obj_unref(s->conf.zone);
	obj_unref(s->conf.plan);
	obj_unref(s->conf.owner);
}

static int add_emergency(struct rule_set *s, const char *to)
{
	int err = route_target_parse(&s->emergency[s->n_emergency], to);

	if (!err)
		s->n_emergency++;
	return err;
}

static int read_emergency(struct rule_set *s)
{
	const struct conf_list *to = &s->conf.emergency->to;
	const char (*text)[ROUTE_DEST_MAX] = to->v;
	int err = 0;

	for (size_t i = 0; !err && i < to->n && i < ROUTE_TARGETS_MAX; i++)
		err = add_emergency(s, text[i]);
	for (unsigned i = 0; !err && !to->n && i < s->conf.n_sos; i++)
		err = add_emergency(s, s->conf.sos[i]);
	return err;
}

static int read_rules(struct rule_set *s)
{
	const struct route_rule_conf *rc = s->conf.rules->v;

	for (size_t i = 0; i < s->conf.rules->n; i++) {
		const char *what;
		int err = rule_init(&s->rules[i], &rc[i], s->conf.tables,
				    &what);

		if (err) {
			log_err(&tag, "rule unusable", "rule=%s key=%s",
				rc[i].name, what);
			return err;
		}
		s->n_rules++;
		if (!rc[i].zone[0])
			s->rules[i].zone = obj_ref(s->conf.zone);
		s->has_uses |= rc[i].max_calls > 0;
	}
	return 0;
}

int rule_set_new(struct rule_set **sp, const struct route_conf *conf)
{
	struct rule_set *s = obj_new(sizeof(*s) + conf->rules->n *
						  sizeof(s->rules[0]),
				     set_destroy);
	int err;

	if (!s)
		return ENOMEM;
	s->conf = *conf;
	s->conf.owner = obj_ref(conf->owner);
	s->conf.zone = obj_ref(conf->zone);
	s->conf.plan = obj_ref(conf->plan);
	s->conf.tables = obj_ref(conf->tables);
	err = read_emergency(s);
	if (!err)
		err = read_rules(s);
	if (err)
		obj_unref(s);
	else
		*sp = s;
	return err;
}

/* A call that began under the old rules still counts. */
static void take_use(struct rule *r, const struct rule_set *old)
{
	for (unsigned i = 0; i < old->n_rules; i++)
		if (r->use && old->rules[i].use &&
		    !strcmp(old->rules[i].conf->name, r->conf->name)) {
			obj_unref(r->use);
			r->use = obj_ref(old->rules[i].use);
		}
}

void rule_set_follow(struct rule_set *s, const struct rule_set *old)
{
	for (unsigned i = 0; i < s->n_rules; i++)
		take_use(&s->rules[i], old);
}

struct route_use *rule_set_use(const struct rule_set *s,
			       const struct route_result *res)
{
	for (unsigned i = 0; s->has_uses && !res->emergency &&
			     i < s->n_rules; i++)
		if (!strcmp(s->rules[i].conf->name, res->rule))
			return s->rules[i].use;
	return NULL;
}

const struct conf_list *rule_set_numbers(const struct route_conf *c)
{
	const struct conf_list *l = &c->emergency->numbers;

	return l->n ? l : dial_plan_emergency(c->plan);
}

static bool is_emergency(const struct rule_set *s, const char *number)
{
	const struct conf_list *l = rule_set_numbers(&s->conf);
	const char (*numbers)[ROUTE_NUMBER_MAX] = l->v;
	struct str digits = str_z(number);

	/* some phones send the "#" that ended the dialling */
	if (digits.l > 1 && digits.p[digits.l - 1] == '#')
		digits.l--;
	for (size_t i = 0; i < l->n; i++)
		if (str_eqz(digits, numbers[i]))
			return true;
	return false;
}

const char *rule_set_help(const struct rule_set *s, const char *number)
{
	struct dial_number n = { .code = 0 };

	if (str_istarts(str_z(number), "urn:service:sos") ||
	    is_emergency(s, number))
		return number;
	if (s->conf.plan)
		dial_plan_look(s->conf.plan, number, &n);
	return n.code && is_emergency(s, number + n.code) ? number + n.code
							  : NULL;
}

bool rule_set_is_emergency(const struct rule_set *s, const char *number)
{
	return rule_set_help(s, number) != NULL;
}

bool rule_set_begins_emergency(const struct rule_set *s, const char *digits)
{
	const struct conf_list *l = rule_set_numbers(&s->conf);
	const char (*numbers)[ROUTE_NUMBER_MAX] = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (!strncmp(numbers[i], digits, strlen(digits)))
			return true;
	return false;
}

/* What a line dials for a URN: what it asks for, if the country has a number
 * for that, else the first of ours. "": there is none. */
static const char *number_for(const struct rule_set *s, const char *urn)
{
	const struct conf_list *l = rule_set_numbers(&s->conf);
	const char *n = s->conf.plan ? dial_plan_sos(s->conf.plan, urn)
				     : NULL;

	if (n && rule_set_is_emergency(s, n))
		return n;
	return l->n ? l->v : "";
}

static bool takes_urn(const struct route_target *t)
{
	return t->kind != ROUTE_LINE && t->kind != ROUTE_GROUP;
}

/* urn:service:sos: first those who understand it, then lines, which have
 * only numbers (docs/decisions/0023). */
static void emergency_urn(const struct rule_set *s, struct route_result *res,
			  const struct party *called)
{
	const char *number = number_for(s, called->number);

	res->n = 0;
	for (unsigned i = 0; i < s->n_emergency; i++)
		if (takes_urn(&s->emergency[i])) {
			res->v[res->n] = s->emergency[i];
			res->v[res->n++].called = *called;
		}
	for (unsigned i = 0; *number && i < s->n_emergency; i++)
		if (!takes_urn(&s->emergency[i])) {
			struct route_target *t = &res->v[res->n++];

			*t = s->emergency[i];
			str_clip(t->called.number, sizeof(t->called.number),
				 str_z(number));
		}
}

void rule_set_emergency(const struct rule_set *s, struct route_result *res,
			const struct party *called)
{
	snprintf(res->rule, sizeof(res->rule), "emergency");
	snprintf(res->why, sizeof(res->why), "emergency number");
	res->emergency = true;
	res->n = s->n_emergency;
	for (unsigned i = 0; i < res->n; i++) {
		res->v[i] = s->emergency[i];
		res->v[i].called = *called;
	}
	if (str_istarts(str_z(called->number), "urn:"))
		emergency_urn(s, res, called);
}
