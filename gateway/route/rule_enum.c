/* SPDX-License-Identifier: Apache-2.0 */
/* ENUM's answers as targets (RFC 6116, RFC 3966 for tel: URIs). */
#include "gateway/route/rule_enum.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

enum { HOPS_MAX = 3 };          /* tel: results of ENUM looked up again */

static const struct log_tag tag = { .module = "route" };

static bool is_sip(struct str uri)
{
	return str_istarts(uri, "sip:") || str_istarts(uri, "sips:");
}

void rule_enum_targets(struct route_result *res, const struct enum_answer *a,
		       const struct party *called)
{
	for (unsigned i = 0; i < a->n && res->n < ROUTE_TARGETS_MAX; i++) {
		struct route_target *t = &res->v[res->n];

		if (!is_sip(str_z(a->v[i].uri)))
			continue;
		memset(t, 0, sizeof(*t));
		t->kind = ROUTE_URI;
		if (str_copy(t->dest, sizeof(t->dest), str_z(a->v[i].uri)))
			continue;
		t->called = *called;
		res->n++;
	}
}

bool rule_enum_tel(const struct enum_answer *a, char out[E164_MAX])
{
	struct str number, rest;

	if (!a->n || !str_istarts(str_z(a->v[0].uri), "tel:+"))
		return false;
	str_cut(str_sub(str_z(a->v[0].uri), 4, sizeof(a->v[0].uri)), ';',
		&number, &rest);
	return e164_normalise(out, number, NULL) == 0;
}

const char *rule_enum_result(int err)
{
	switch (err) {
	case 0:
		return "found";
	case ENOENT:
		return "not found";
	default:
		return "unavailable";
	}
}

/* The tree says that nobody has the number: no other way would find
 * anybody either. */
static void take_vacant(struct route_job *j, const struct rule *rule)
{
	struct route_result *res = &j->result;

	snprintf(res->rule, sizeof(res->rule), "%s", rule->conf->name);
	snprintf(res->why, sizeof(res->why), "enum: number not allocated");
	memset(&res->v[0], 0, sizeof(res->v[0]));
	res->v[0].kind = ROUTE_REJECT;
	res->v[0].cause = CAUSE_UNALLOCATED;
	res->v[0].called = j->q.called;
	res->n = 1;
}

/* What the answer is to the job; see rule_enum_ask() for the result. */
static int take(struct route_job *j, const struct rule *rule,
		const struct enum_answer *a)
{
	struct route_result *res = &j->result;
	char tel[E164_MAX];

	if (a->vacant) {
		take_vacant(j, rule);
		return 0;
	}
	if (rule_enum_tel(a, tel) && j->hops < HOPS_MAX) {
		j->hops++;
		snprintf(j->q.called.number, sizeof(j->q.called.number),
			 "%s", tel);
		return 0;
	}
	rule_enum_targets(res, a, &j->q.called);
	if (!res->n)
		return ENOENT;
	snprintf(res->rule, sizeof(res->rule), "%s", rule->conf->name);
	snprintf(res->why, sizeof(res->why), "enum: found%s",
		 a->cached ? " (cache)" : "");
	for (unsigned i = 0; i < res->n; i++)
		res->v[i].answer_ms = rule->conf->answer_ms;
	return 0;
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	struct route_job *j = arg;
	const struct rule *rule = j->dns.rule;

	j->dns.rule = NULL;
	if (err) {
		log_info(&tag, "enum yields no target", "rule=%s result=%s",
			 rule->conf->name, rule_enum_result(err));
	} else {
		err = take(j, rule, a);
		if (err)
			log_info(&tag, "enum yields no target",
				 "rule=%s result=unusable",
				 rule->conf->name);
	}
	j->dns.done(j, err);
}

static void on_step(const struct enum_step *dns, void *arg)
{
	struct route_job *j = arg;
	const struct route_step s = {
		.kind = ROUTE_STEP_ENUM, .dns = dns,
		.rule = j->dns.rule ? j->dns.rule->conf->name : "",
	};

	j->trace(&s, j->trace_arg);
}

bool rule_enum_ask(struct route_job *j, struct enum_client *c,
		   const struct rule *rule,
		   void (*done)(struct route_job *j, int err))
{
	j->dns.query.trace = j->trace ? on_step : NULL;
	j->dns.query.trace_arg = j;
	if (!c || enum_lookup(c, &j->dns.query, j->e164, 0, on_enum, j))
		return false;
	j->dns.rule = rule;
	j->dns.done = done;
	return true;
}

void rule_enum_cancel(struct route_job *j)
{
	if (j->dns.rule)
		enum_cancel(&j->dns.query);
	j->dns.rule = NULL;
}
