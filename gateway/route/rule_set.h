/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of route/: the rules of one configuration, made ready. Constant
 * once made and counted, so that a reload puts another one in its place
 * while searches end on this one.
 */
#ifndef GATEWAY_ROUTE_RULE_SET_H
#define GATEWAY_ROUTE_RULE_SET_H

#include "gateway/route/rules.h"

struct rule_set {
	struct route_conf   conf;
	struct route_target emergency[ROUTE_TARGETS_MAX];
	unsigned            n_emergency;
	bool                has_uses;   /* a rule counts its calls */
	unsigned            n_rules;
	struct rule         rules[];
};

/* An object (obj_ref, obj_unref) that holds conf->owner. EBADMSG: a rule of
 * a configuration that was not checked; ENOMEM. */
int rule_set_new(struct rule_set **sp, const struct route_conf *conf)
	MUST_CHECK;

/* It takes the place of old: rules of the same name go on counting their
 * calls. */
void rule_set_follow(struct rule_set *s, const struct rule_set *old);

/* The count of the result's rule, or NULL. */
struct route_use *rule_set_use(const struct rule_set *s,
			       const struct route_result *res);

/* The emergency numbers, each char[ROUTE_NUMBER_MAX]: those of the
 * configuration, else those of the country. */
const struct conf_list *rule_set_numbers(const struct route_conf *c);

/* Is it a number of the emergency rule (or urn:service:sos)? */
bool rule_set_is_emergency(const struct rule_set *s, const char *number);
/* What help is asked for by it: the number, behind a code that withholds the
 * caller's (184110); NULL: none. */
const char *rule_set_help(const struct rule_set *s, const char *number);
/* Does a longer emergency number begin so? */
bool rule_set_begins_emergency(const struct rule_set *s, const char *digits);

/* Fills the result's targets for a call to an emergency number. */
void rule_set_emergency(const struct rule_set *s, struct route_result *res,
			const struct party *called);

#endif
