/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "What would happen to this call?": a search that calls nobody, told to
 * people. For `tipring route` and `ctl route`.
 */
#ifndef GATEWAY_ROUTE_ROUTE_REPORT_H
#define GATEWAY_ROUTE_ROUTE_REPORT_H

#include "gateway/route/route.h"
#include "gateway/route/zone.h"

/* FROM NUMBER [--at TIME] [--caller NUMBER] [--explain] [-c FILE]; NULL:
 * not given. */
struct route_ask {
	const char *from, *number, *at, *caller, *conf;
	bool        explain;
};

/* False: these words are no question. */
bool route_ask_parse(struct route_ask *a, int argc, char *const *argv)
	MUST_CHECK;

/* "2026-05-03 12:30", "2026-05-03T12:30", "12:30" (of the day of now), by
 * the clock of the zone. EBADMSG. */
int route_ask_time(uint64_t *wall_us, const char *text,
		   const struct zone *zone, uint64_t now_us) MUST_CHECK;

/* How a target gets the call. */
struct route_door {
	struct party called;            /* number in its form */
	const char  *unusable;          /* why it cannot take the call, and the
					 * next one is tried; or NULL */
	const char  *refused;           /* why the guard ends it; or NULL */
};

typedef void route_door_fn(struct route_door *d, const struct route_job *j,
			   const struct route_target *t, void *arg);

struct route_report {
	struct route_job job;
	struct buf      *out;
	bool             explain;       /* each rule, each step of ENUM */
	/* found: a target that takes calls. Comes once, never before
	 * route_report_begin() returned. */
	void           (*done)(bool found, void *arg);
	route_door_fn   *door;          /* NULL: t->called, by all */
	void            *arg, *door_arg;
	unsigned         n;             /* targets told */
	bool             found, ends;   /* nothing is tried any more */
};

/* Searches, and goes on as if each target failed, until no rule is left; a
 * line of text for each target, in the order of the calls. out, explain,
 * done, arg are set, the rest zeroed. */
void route_report_begin(struct route_report *r, struct router *router,
			const struct route_query *q);
/* No done after this. Idempotent. */
void route_report_cancel(struct route_report *r);

#endif
