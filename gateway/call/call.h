/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call: two legs, one bridge, one state.
 *
 *	NEW -> ROUTING -> TRYING -> ALERTING -> CONNECTED
 *	           ^---- next target or rule ---'    |
 *	                     all of them -> RELEASING -> (CDR, freed)
 */
#ifndef GATEWAY_CALL_CALL_H
#define GATEWAY_CALL_CALL_H

#include "base/list.h"
#include "base/log.h"
#include "gateway/call/cdr.h"
#include "gateway/call/leg.h"
#include "gateway/call/preempt.h"
#include "gateway/route/guard.h"

struct calls;

enum call_state {
	CALL_NEW,               /* the caller's digits are being collected */
	CALL_ROUTING,           /* the router searches */
	CALL_TRYING,            /* a target was called, or is about to be */
	CALL_ALERTING,          /* it rings there */
	CALL_CONNECTED,
	CALL_RELEASING,         /* waits for the legs and the bridge to end */
};

struct call {
	struct list_node          node;         /* in calls */
	struct calls             *calls;
	struct log_tag            tag;
	char                      id[16];
	enum call_state           state;
	struct leg               *leg[2];       /* by side; NULL: gone */
	struct bridge            *bridge;
	struct route_job         *job;          /* NULL: not begun, or over */
	struct route_query        query;
	const struct route_result *result;      /* of job; NULL: none now */
	struct route_use         *use;          /* counted for this rule */
	unsigned                  target, next_target;
	struct preempt            preempt;
	bool                      early;        /* caller hears the far end */
	bool                      emergency;
	bool                      timed_out;    /* target did not answer */
	bool                      detaching;    /* side B is not free yet */
	struct tmr                tmr;          /* answer, or next target */
	uint64_t                  setup_us;     /* loop time of the number */
	uint64_t                  answer_us;    /* loop time of the answer */
	bool                      recorded;     /* its record is written */
	struct leg_end            end;          /* of the last target */
	struct guard_call         guard;
	struct cdr_record         cdr;
};

/* A call with its caller's leg, which it owns from now on; state NEW. The
 * leg's side becomes A. beyond: past the limit of calls, too, since it is or
 * may become an emergency call; call_on_setup ends it if it is none. EAGAIN:
 * the limit of calls, or draining. ENOMEM. On an error the leg stays the
 * caller's. */
int call_new(struct call **cp, struct calls *calls, struct leg *caller,
	     bool beyond) MUST_CHECK;

/* Undoes call_new before anything happened: the leg is freed, there is no
 * record. */
void call_abandon(struct call *c);

/* Ends it from our side, with this cause to both legs. While it is ending:
 * what a telephone still hears of it is cut short. */
void call_hangup(struct call *c, enum q850_cause cause);

/* The call of a guard_call goes beyond what its source may: it ends. For
 * struct guard_env. */
void call_not_allowed(struct guard_call *gc, void *arg);

/* The program ends and cannot wait for legs that do not end: they are freed
 * at once, without a word to their far ends. The call is gone when its
 * bridge has closed. */
void call_cut(struct call *c);

/* "new", "routing", "trying", "alerting", "connected", "releasing". */
const char *call_state_name(enum call_state s);

#endif
