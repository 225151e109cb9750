/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of a rule: a list, shares of a list, the cheapest of a table. */
#include "gateway/route/rule_targets.h"

#include <stdio.h>
#include <string.h>

#include "enum/naptr.h"

static void set_number(struct route_target *t, const char *number)
{
	snprintf(t->called.number, sizeof(t->called.number), "%s", number);
	t->called.type = t->called.number[0] == '+' ? PARTY_E164
						    : PARTY_UNKNOWN;
}

/* What the target is to dial: strip, add and rewrite work on the dialled
 * form, or on E.164 when the rule speaks of that. */
static void dial_form(struct route_target *t, const struct route_job *j,
		      const struct route_rule_conf *c)
{
	bool global = c->prefix[0] == '+' || c->table[0];
	const char *n = global && j->e164[0] ? j->e164 : j->q.called.number;
	char number[PARTY_NUMBER_MAX];
	size_t strip = (size_t)c->strip;
	const char *why;

	t->called = j->q.called;
	if (c->rewrite[0] &&
	    !naptr_substitute(number, sizeof(number), str_z(c->rewrite),
			      str_z(n), &why)) {
		set_number(t, number);
	} else if (c->strip || c->add[0]) {
		if (strip > strlen(n))
			strip = strlen(n);
		snprintf(number, sizeof(number), "%s%s", c->add, n + strip);
		set_number(t, number);
	} else if (c->table[0] && j->e164[0]) {
		set_number(t, j->e164);
	}
}

static unsigned draw(const unsigned *weights, const bool *taken, unsigned n,
		     uint32_t at)
{
	for (unsigned i = 0; i < n; i++) {
		if (taken[i])
			continue;
		if (at < weights[i])
			return i;
		at -= weights[i];
	}
	return 0;       /* at was below the sum: not reached */
}

void rule_split(unsigned order[ROUTE_TARGETS_MAX], const unsigned *weights,
		unsigned n, rule_random_fn *random, void *arg)
{
	bool taken[ROUTE_TARGETS_MAX] = { false };
	unsigned sum = 0, k = 0;

	for (unsigned i = 0; i < n; i++)
		sum += weights[i];
	while (sum) {
		unsigned i = draw(weights, taken, n, random(sum, arg));

		taken[i] = true;
		sum -= weights[i];
		order[k++] = i;
	}
	for (unsigned i = 0; i < n; i++)
		if (!taken[i])
			order[k++] = i;
}

static void add(struct route_job *j, const struct rule *rule,
		const struct route_target *from)
{
	struct route_target *t = &j->result.v[j->result.n++];

	*t = *from;
	t->answer_ms = rule->conf->answer_ms;
	dial_form(t, j, rule->conf);
}

/* Carriers of one price share the calls by weight. */
static void add_table(struct route_job *j, const struct rule *rule,
		      rule_random_fn *random, void *arg)
{
	const struct number_row *row[ROUTE_TARGETS_MAX];
	const struct number_table *t = rule->table->table;
	unsigned n = number_table_carriers(t, rule_number(rule->table, j),
					   row, ROUTE_TARGETS_MAX);
	unsigned order[ROUTE_TARGETS_MAX], weights[ROUTE_TARGETS_MAX], end;

	for (unsigned i = 0; i < n; i = end) {
		for (end = i; end < n && row[end]->price == row[i]->price;
		     end++)
			weights[end - i] = row[end]->weight;
		if (end - i > 1)
			rule_split(order, weights, end - i, random, arg);
		else
			order[0] = 0;
		for (unsigned k = 0; k < end - i; k++) {
			const struct number_row *r = row[i + order[k]];

			add(j, rule, number_table_target(t, r->target));
			j->result.v[j->result.n - 1].price = r->price;
			j->result.v[j->result.n - 1].has_price = true;
		}
	}
}

bool rule_targets(struct route_job *j, const struct rule *rule,
		  rule_random_fn *random, void *arg)
{
	const struct route_rule_conf *c = rule->conf;
	unsigned order[ROUTE_TARGETS_MAX], weights[ROUTE_TARGETS_MAX];
	const int *w = c->weights.v;
	struct route_result *res = &j->result;

	snprintf(res->rule, sizeof(res->rule), "%s", c->name);
	res->n = 0;
	if (rule->table)
		add_table(j, rule, random, arg);
	for (unsigned i = 0; i < rule->n_to; i++) {
		order[i] = i;
		weights[i] = i < c->weights.n ? (unsigned)w[i] : 0;
	}
	if (c->weights.n)
		rule_split(order, weights, rule->n_to, random, arg);
	for (unsigned i = 0; i < rule->n_to; i++)
		add(j, rule, &rule->to[order[i]]);
	return res->n > 0;
}
