/* SPDX-License-Identifier: Apache-2.0 */
/* A dry run through the rules. */
#include "gateway/route/route_report.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "gateway/route/number_table.h"

enum { TARGETS_TOLD = 100 };

/* --- the question ------------------------------------------------------ */

/* Where the value of this option goes; NULL: it is none. */
static const char **value_of(struct route_ask *a, const char *option)
{
	if (!strcmp(option, "--at"))
		return &a->at;
	if (!strcmp(option, "--caller"))
		return &a->caller;
	return !strcmp(option, "-c") || !strcmp(option, "--conf") ? &a->conf
								  : NULL;
}

bool route_ask_parse(struct route_ask *a, int argc, char *const *argv)
{
	memset(a, 0, sizeof(*a));
	for (int i = 0; i < argc; i++) {
		const char **value = value_of(a, argv[i]);

		if (value && i + 1 == argc)
			return false;
		if (value)
			*value = argv[++i];
		else if (!strcmp(argv[i], "--explain"))
			a->explain = true;
		else if (argv[i][0] == '-')
			return false;
		else if (!a->from)
			a->from = argv[i];
		else if (!a->number)
			a->number = argv[i];
		else
			return false;
	}
	return a->number;
}

int route_ask_time(uint64_t *wall_us, const char *text,
		   const struct zone *zone, uint64_t now_us)
{
	static const char *const forms[] = {
		"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%H:%M"
	};
	int64_t at;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm;
		const char *end;
		int day;

		if (!zone_local(zone, now_us, &tm))
			return EBADMSG;
		tm.tm_sec = 0;
		end = strptime(text, forms[i], &tm);
		if (!end || *end)
			continue;
		day = tm.tm_mday;
		at = zone_instant(zone, &tm);
		if (at < 0 || tm.tm_mday != day)        /* 30 February */
			return EBADMSG;
		*wall_us = (uint64_t)at * 1000000;
		return 0;
	}
	return EBADMSG;
}

/* --- the answer -------------------------------------------------------- */

static void tell_target(struct route_report *r, const struct route_step *s)
{
	const struct route_target *t = s->target;
	struct route_door d = { .called = t->called };
	bool ends = t->kind == ROUTE_REJECT;
	char text[ROUTE_TARGET_TEXT];

	if (r->ends)
		return;
	if (r->door)
		r->door(&d, &r->job, t, r->door_arg);
	buf_addf(r->out, "%2u  %s", ++r->n, route_target_print(text, t));
	if (ends)
		buf_addz(r->out, ", the call ends here");
	else
		buf_addf(r->out, ", dialling %s", d.called.number);
	if (t->has_price)
		buf_addf(r->out, ", %.4f a minute",
			 (double)t->price / NUMBER_MONEY);
	if (d.refused)
		buf_addf(r->out, ", the guard refuses it (%s), the call ends "
			 "here", d.refused);
	else if (d.unusable)
		buf_addf(r->out, ", which it cannot: %s", d.unusable);
	if (s->why)
		buf_addf(r->out, ", behind others: %s", s->why);
	buf_addf(r->out, "  (rule %s: %s)\n", s->rule, r->job.result.why);
	r->ends = ends || d.refused;
	r->found |= !r->ends && !d.unusable;
}

static void on_step(const struct route_step *s, void *arg)
{
	struct route_report *r = arg;

	if (s->kind == ROUTE_STEP_TARGET)
		tell_target(r, s);
	else if (r->explain)
		route_step_print(r->out, s);
}

static void tell_none(struct route_report *r)
{
	const struct route_job *j = &r->job;

	buf_addz(r->out, "no route: ");
	if (route_none_cause(j) == CAUSE_NO_CIRCUIT) {
		buf_addz(r->out, "a rule carries all the calls it may\n");
		return;
	}
	buf_addf(r->out, "no rule has a target for %s", j->q.called.number);
	if (!j->e164[0])
		buf_addz(r->out, ", which has no E.164 form");
	buf_addz(r->out, r->explain ? "\n" : "; --explain tells why\n");
}

static void on_route(const struct route_result *res, void *arg)
{
	struct route_report *r = arg;

	if (res && !r->ends && r->n < TARGETS_TOLD) {
		route_next(&r->job);
		return;
	}
	if (!r->n)
		tell_none(r);
	route_cancel(&r->job);
	r->done(r->found, r->arg);
}

void route_report_begin(struct route_report *r, struct router *router,
			const struct route_query *q)
{
	r->job.trace = on_step;
	r->job.trace_arg = r;
	route_find(router, &r->job, q, on_route, r);
}

void route_report_cancel(struct route_report *r)
{
	route_cancel(&r->job);
}
