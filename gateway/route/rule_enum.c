/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks ENUM and reads its answer (RFC 6116). The URIs of an answer are
 * tried in their order: sip: ones are targets; a tel: one makes the rules
 * go on with its number, and when they have nothing left the next URI is
 * tried. Each answer of which URIs are left is a `rest`; a tel: result that
 * is looked up itself puts another one on top.
 */
#include "gateway/route/rule_enum.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "gateway/route/rule_set.h"

enum { HOPS_MAX = 3 };          /* answers on top of each other */

struct rule_enum_rest {
	struct rule_enum_rest *below;
	const struct rule     *rule;
	struct enum_answer     a;
	unsigned               at;              /* next URI of a */
	/* the question, for the rules behind rule */
	struct party           called;
	char                   e164[E164_MAX];
	struct tel_port        port;
	unsigned               next_rule;
	bool                   went_on;         /* to them, before the end */
};

static const struct log_tag tag = { .module = "route" };

static void pop(struct route_job *j)
{
	struct rule_enum_rest *f = j->dns.rest;

	j->dns.rest = f->below;
	mem_free(f);
}

/* The job is about the number of the question again. */
static void restore(struct route_job *j, const struct rule_enum_rest *f)
{
	j->q.called = f->called;
	memcpy(j->e164, f->e164, sizeof(j->e164));
	j->q.port = f->port;
	tel_port_rule(j->rn, &j->q.port);
}

static void name_result(struct route_result *res, const struct rule *rule,
			const struct enum_answer *a)
{
	snprintf(res->rule, sizeof(res->rule), "%s", rule->conf->name);
	res->pstn_for_internet = rule->conf->pstn_for_internet;
	snprintf(res->why, sizeof(res->why), "enum: found%s",
		 a->stale ? " (stale)" : a->cached ? " (cache)" : "");
}

/* A request is sent to a URI without its headers (RFC 3261 section 19.1.1);
 * before an "@" the "?" is part of the user. */
static struct str without_headers(struct str uri)
{
	ptrdiff_t at = str_chr(uri, '@');
	struct str host = str_sub(uri, at < 0 ? 0 : (size_t)at, uri.l);
	ptrdiff_t ask = str_chr(host, '?');

	return ask < 0 ? uri : str_sub(uri, 0, uri.l - host.l + (size_t)ask);
}

/* The SIP URIs from *at on up to the next tel: one, as targets. */
static void take_sip(struct route_job *j, const struct rule *rule,
		     const struct enum_answer *a, unsigned *at)
{
	struct route_result *res = &j->result;

	for (; *at < a->n && !a->v[*at].tel; (*at)++) {
		struct route_target *t = &res->v[res->n];

		if (res->n == ROUTE_TARGETS_MAX)
			continue;
		memset(t, 0, sizeof(*t));
		t->kind = ROUTE_URI;
		if (str_copy(t->dest, sizeof(t->dest),
			     without_headers(str_z(a->v[*at].uri))))
			continue;
		t->called = j->q.called;
		t->answer_ms = rule->conf->answer_ms;
		res->n++;
	}
	name_result(res, rule, a);
}

/* Was the number asked for before? */
static bool is_loop(const struct rule_enum_rest *f, const char *number)
{
	for (f = f->below; f; f = f->below)
		if (!strcmp(f->e164, number))
			return true;
	return false;
}

/* Nobody who dialled another number pays for a premium one, be it called or
 * the way to the one that is (rn). */
static bool is_dear(const struct route_job *j, const char *number)
{
	return number[0] &&
	       dial_plan_kind(j->set->conf.plan, number) == DIAL_PREMIUM;
}

/* The rules go on with the number of a tel: URI. The one that was asked for
 * goes to the rules behind, or to all of them by its routing number; another
 * one is as if it had been dialled. Returns NULL, or why they do not. */
static const char *take_tel(struct route_job *j, struct rule_enum_rest *f,
			    const struct enum_uri *u)
{
	struct party *p = &j->q.called;
	char number[E164_MAX], rn[TEL_PORT_RULE];
	struct tel_port port;
	bool same;

	enum_uri_number(u, number, &port);
	tel_port_rule(rn, &port);
	same = !strcmp(number, f->e164);
	if (!number[0] || is_loop(f, number))
		return "a loop, the number was asked for before";
	if (!is_dear(j, f->e164) && (is_dear(j, number) || is_dear(j, rn)))
		return "a premium number that nobody dialled";
	restore(j, f);
	if (port.npdi || port.rn[0] || port.cic[0] || !same)
		j->q.port = port;
	j->q.port.enumdi |= same;
	tel_port_rule(j->rn, &j->q.port);
	if (same && !j->rn[0] && f->went_on)
		return "the rules behind were tried for this number";
	j->next_rule = same && !j->rn[0] ? f->next_rule : 0;
	f->went_on |= same && !j->rn[0];
	if (same)
		return NULL;
	snprintf(p->number, sizeof(p->number), "%s", number);
	p->type = PARTY_E164;
	memcpy(j->e164, number, sizeof(j->e164));
	return NULL;
}

static void tell_left(const struct route_job *j, const struct enum_uri *u,
		      const char *why)
{
	struct route_target t = { .kind = ROUTE_URI };
	const struct route_step s = { .kind = ROUTE_STEP_LEAVE,
				      .why = why, .target = &t };

	if (!j->trace)
		return;
	str_clip(t.dest, sizeof(t.dest), str_z(u->uri));
	j->trace(&s, j->trace_arg);
}

/* The next URIs of the topmost answer, or the rules behind its question. */
bool rule_enum_resume(struct route_job *j)
{
	struct rule_enum_rest *f = j->dns.rest;
	const char *why;

	memset(&j->result, 0, sizeof(j->result));
	if (!f)
		return false;
	while (f->at < f->a.n) {
		const struct enum_uri *u = &f->a.v[f->at];

		if (u->tel) {
			f->at++;
			why = take_tel(j, f, u);
			if (!why)
				return true;
			tell_left(j, u, why);
			continue;
		}
		restore(j, f);
		take_sip(j, f->rule, &f->a, &f->at);
		/* then what is left of the answer, not the rules */
		j->next_rule = UINT32_MAX;
		if (j->result.n)
			return true;
	}
	restore(j, f);
	j->next_rule = f->went_on ? UINT32_MAX : f->next_rule;
	pop(j);
	return true;
}

bool rule_enum_has_rest(const struct route_job *j)
{
	return j->dns.rest && j->dns.rest->at < j->dns.rest->a.n;
}

const char *rule_enum_result(int err)
{
	switch (err) {
	case 0:
		return "found";
	case ENOENT:
		return "not found";
	case ELOOP:
		return "too many tel: results in a row";
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

/* An answer with tel: URIs is kept until they have all been tried. */
static int push(struct route_job *j, const struct rule *rule,
		const struct enum_answer *a)
{
	const struct rule_enum_rest *below;
	struct rule_enum_rest *f;
	unsigned depth = 0;

	for (below = j->dns.rest; below; below = below->below)
		depth++;
	if (depth == HOPS_MAX)
		return ELOOP;
	f = mem_alloc(sizeof(*f));
	if (!f)
		return ENOMEM;
	f->below = j->dns.rest;
	f->rule = rule;
	f->a = *a;
	f->called = j->q.called;
	memcpy(f->e164, j->e164, sizeof(f->e164));
	f->port = j->q.port;
	f->next_rule = j->next_rule;
	j->dns.rest = f;
	return 0;
}

/* What the answer is to the job; see rule_enum_ask() for the result. */
static int take(struct route_job *j, const struct rule *rule,
		const struct enum_answer *a)
{
	unsigned at = 0;
	int err;

	j->q.port.enumdi = true;
	if (a->vacant) {
		take_vacant(j, rule);
		return 0;
	}
	while (at < a->n && !a->v[at].tel)
		at++;
	if (at == a->n) {
		at = 0;
		take_sip(j, rule, a, &at);
		return j->result.n ? 0 : ENOENT;
	}
	err = push(j, rule, a);
	if (!err)
		(void)rule_enum_resume(j);      /* there is something */
	return err;
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	struct route_job *j = arg;
	const struct rule *rule = j->dns.rule;

	j->dns.rule = NULL;
	if (!err)
		err = take(j, rule, a);
	else
		j->q.port.enumdi |= err == ENOENT;      /* RFC 4759 */
	if (err)
		log_info(&tag, "enum yields no target", "rule=%s result=%s",
			 rule->conf->name, rule_enum_result(err));
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

/* What to ask for: E.164, or an ITAD subscriber number; NULL: neither. */
static const char *asked(const struct route_job *j)
{
	if (j->e164[0] == '+')
		return j->e164;
	return enum_domain_is_isn(str_z(j->q.called.number))
		? j->q.called.number : NULL;
}

const char *rule_enum_wants(const struct route_job *j)
{
	if (j->for_help)
		return "a call that is not for help";
	if (!asked(j))
		return "a number with an E.164 form";
	return j->q.port.enumdi ? "a number that ENUM was not asked for yet"
				: NULL;
}

bool rule_enum_ask(struct route_job *j, struct enum_client *c,
		   const struct rule *rule,
		   void (*done)(struct route_job *j, int err))
{
	j->dns.query.trace = j->trace ? on_step : NULL;
	j->dns.query.trace_arg = j;
	if (!c || rule_enum_wants(j) ||
	    enum_lookup(c, &j->dns.query, asked(j), 0, on_enum, j))
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
	while (j->dns.rest)
		pop(j);
}

/* "1234" may become "1234*256". */
static enum route_digits isn_digits(const char *digits)
{
	size_t n = strspn(digits, "0123456789");

	if (n == 0 || n > E164_DIGITS_MAX)
		return ROUTE_DIGITS_NONE;
	if (!digits[n] || !strcmp(digits + n, "*"))
		return ROUTE_DIGITS_MORE;
	if (!enum_domain_is_isn(str_z(digits)))
		return ROUTE_DIGITS_NONE;
	n += strlen("*") + ENUM_ITAD_DIGITS_MAX;
	return strlen(digits) == n ? ROUTE_DIGITS_COMPLETE
				   : ROUTE_DIGITS_MAYBE;
}

enum route_digits rule_enum_digits(const struct rule_set *set,
				   const struct enum_client *c,
				   const struct route_source *from,
				   const char *digits)
{
	if (!c || !enum_client_has_isn(c))
		return ROUTE_DIGITS_NONE;
	for (unsigned i = 0; i < set->n_rules; i++)
		if (set->rules[i].conf->enum_lookup &&
		    rule_from(&set->rules[i], from))
			return isn_digits(digits);
	return ROUTE_DIGITS_NONE;
}
