/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch against fraud. Calls that may cost money are counted for each
 * source: how many at a time, how long, how dear, where to. Who goes beyond
 * what is usual raises an alarm (a line of the log, a counter), or is
 * refused. Emergency calls are never counted nor refused.
 *
 *	guard_admit -> [guard_answered] -> guard_done
 *
 * And the wall that holds even when all of that is off: nobody unknown
 * reaches a PSTN line unless the rule says `pstn_for_internet`.
 * Signalling thread.
 */
#ifndef GATEWAY_ROUTE_GUARD_H
#define GATEWAY_ROUTE_GUARD_H

#include "base/buf.h"
#include "base/log.h"
#include "enum/dial_plan.h"
#include "gateway/route/guard_conf.h"
#include "gateway/route/guard_country.h"
#include "gateway/route/route.h"

struct guard;
struct guard_account;

/* Where a target leads. */
enum guard_way {
	GUARD_FREE,             /* inside the house, or free of charge */
	GUARD_PEER,             /* a peer, who may ask for money */
	GUARD_PSTN,             /* a line of the exchange */
};

/* Of a number, in millionths of the currency. */
struct guard_rate {
	uint64_t per_minute, per_call;
};

/* A call that is counted; embedded in the call, zeroed at first. Members are
 * the guard's. */
struct guard_call {
	struct list_node      node;
	struct guard         *guard;
	struct guard_account *account;
	const struct log_tag *tag;
	struct guard_rate     rate;
	uint64_t              answered_us;      /* 0: not yet */
	uint64_t              talk_us, money;   /* counted so far */
	char                  told[GUARD_COUNTRY_MAX];  /* new country, of
							 * any target */
};

struct guard_env {
	struct loop *loop;
	enum guard_way (*way)(const struct route_target *t, void *arg);
	/* The price of an E.164 number; false: not known. May be NULL. */
	bool (*rate)(struct guard_rate *r, const char *e164, void *arg);
	/* A running call went beyond what is allowed: it is to end, with
	 * guard_done() before this returns. May be NULL. */
	void (*end)(struct guard_call *gc, void *arg);
	/* The source that is called so: "phone:alice"; false: there is none.
	 * May be NULL if nobody is allowed anything. */
	bool (*source)(struct route_source *s, const char *name, void *arg);
	void  *arg;
};

/* What a reload changes. conf lives in owner (an object: a reference is
 * kept; may be NULL), plan and zone are objects. */
struct guard_setup {
	const struct guard_conf *conf;
	struct dial_plan        *plan;
	void                    *owner;
	struct zone             *zone;  /* of night; NULL: the machine's */
};

/* Reads the state file, if there is one; a bad one is told and ignored.
 * ENOMEM. */
int guard_new(struct guard **gp, const struct guard_env *env,
	      const struct guard_setup *s) MUST_CHECK;
/* No call is counted any more. Writes the state file. NULL-safe. */
void guard_free(struct guard *g);
/* Other limits from now on; what was counted stays. */
void guard_reload(struct guard *g, const struct guard_setup *s);

/* A target that is about to be tried. */
struct guard_ask {
	const struct route_query  *query;
	const struct route_result *result;
	const struct route_target *target;
	const struct log_tag      *tag;         /* outlives the call; NULL:
						 * for guard_would() */
};

/* May the call be tried? If so, it is counted until guard_done(). NULL: yes;
 * else why not: a word for logs and records. */
const char *guard_admit(struct guard *g, struct guard_call *gc,
			const struct guard_ask *ask) MUST_CHECK;
/* What guard_admit() would say of a call without tag that is not made:
 * nothing is counted, nobody is told. */
const char *guard_would(struct guard *g, const struct guard_ask *ask)
	MUST_CHECK;
/* From now on it costs. */
void guard_answered(struct guard_call *gc);
/* It is over, or the target did not take it. Idempotent, also for a call
 * that was never admitted. */
void guard_done(struct guard_call *gc);

/* One line of key=value per source that was counted; running calls up to a
 * few seconds ago. */
void guard_print(struct guard *g, struct buf *out);
/* Forgets what a source has used: "phone:alice". ENOENT. */
int guard_clear(struct guard *g, const char *source) MUST_CHECK;
/* A country is not new to a source any more, that may not have called yet;
 * out gets a line that says what holds now. ENOENT: the configuration has no
 * such source; EBADMSG: no country code; ENOSPC: it knows too many;
 * ENOMEM. */
int guard_allow(struct guard *g, const char *source, const char *country,
		struct buf *out) MUST_CHECK;

#endif
