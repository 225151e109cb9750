/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of route/: what an answer of ENUM means for a call. */
#ifndef GATEWAY_ROUTE_RULE_ENUM_H
#define GATEWAY_ROUTE_RULE_ENUM_H

#include "gateway/route/rules.h"

/*
 * Asks ENUM for the job's number on behalf of rule. done comes once, never
 * before this returns: 0 with targets in j->result; 0 without targets: the
 * number, its portability or next_rule of the job have changed, the rules
 * go on with them; ENOENT, EAGAIN: nothing for this call. False: not asked
 * (c may be NULL), and done does not come.
 */
bool rule_enum_ask(struct route_job *j, struct enum_client *c,
		   const struct rule *rule,
		   void (*done)(struct route_job *j, int err));

/* No rule is left: does an answer still hold URIs? True: as done with 0. */
bool rule_enum_resume(struct route_job *j);
/* Will rule_enum_resume() find something? */
bool rule_enum_has_rest(const struct route_job *j);

/* No done after this; forgets what is still to try. Idempotent. */
void rule_enum_cancel(struct route_job *j);

/* NULL: a rule can ask for the job's number; else what it wants. Short and
 * private numbers never leave for the DNS, nor do calls for help, and
 * nothing is asked twice (enumdi). */
const char *rule_enum_wants(const struct route_job *j);

/* For overlap collection: can digits become an ITAD subscriber number that
 * a rule for this source would ask for? c may be NULL. */
enum route_digits rule_enum_digits(const struct rule_set *set,
				   const struct enum_client *c,
				   const struct route_source *from,
				   const char *digits);

/* "found", "not found", "unavailable" for the error of an enum_fn. */
const char *rule_enum_result(int err);

#endif
