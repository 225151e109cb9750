/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of route/: what an answer of ENUM means for a call. */
#ifndef GATEWAY_ROUTE_RULE_ENUM_H
#define GATEWAY_ROUTE_RULE_ENUM_H

#include "gateway/route/rules.h"

/*
 * Asks ENUM for the job's number on behalf of rule. done comes once, never
 * before this returns: 0 with targets in j->result, 0 without targets: the
 * called number of the job is now another one, which a tel: URI named;
 * ENOENT, EAGAIN: nothing for this call. False: not asked (c may be NULL),
 * and done does not come.
 */
bool rule_enum_ask(struct route_job *j, struct enum_client *c,
		   const struct rule *rule,
		   void (*done)(struct route_job *j, int err));

/* No done after this. Idempotent. */
void rule_enum_cancel(struct route_job *j);

/* The sip: and sips: URIs of the answer, in its order, become targets. */
void rule_enum_targets(struct route_result *res, const struct enum_answer *a,
		       const struct party *called);

/* Is the first usable URI a tel: URI? Then its global number. */
bool rule_enum_tel(const struct enum_answer *a, char out[E164_MAX]);

/* "found", "not found", "unavailable" for the error of an enum_fn. */
const char *rule_enum_result(int err);

#endif
