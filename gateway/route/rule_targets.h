/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of route/: the targets that a rule which fits yields. */
#ifndef GATEWAY_ROUTE_RULE_TARGETS_H
#define GATEWAY_ROUTE_RULE_TARGETS_H

#include "gateway/route/rules.h"

/* 0 .. below - 1. */
typedef uint32_t rule_random_fn(uint32_t below, void *arg);

/* Fills j->result's targets, in the order in which to try them: those of
 * `to` (with `weights`, by their shares), or the carriers of `table`, the
 * cheapest first; a rejection where they would have to dial more than a
 * number holds. False: the table has none for the number. */
bool rule_targets(struct route_job *j, const struct rule *rule,
		  rule_random_fn *random, void *arg);

/* Puts n items of an order by their weights: the first is drawn by its
 * share of the sum, then the next of what is left; those of weight 0 come
 * last, in their order. (order: n indexes) */
void rule_split(unsigned order[ROUTE_TARGETS_MAX], const unsigned *weights,
		unsigned n, rule_random_fn *random, void *arg);

#endif
