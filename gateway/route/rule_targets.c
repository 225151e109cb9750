/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of a rule: a list, shares of a list, the cheapest of a table. */
#include "gateway/route/rule_targets.h"

#include <stdio.h>
#include <string.h>

#include "enum/naptr.h"

static void set_number(struct party *p, const char *number)
{
	str_clip(p->number, sizeof(p->number), str_z(number));
	p->type = p->number[0] == '+' ? PARTY_E164 : PARTY_UNKNOWN;
}

/* What the targets are to dial: strip, add and rewrite work on the dialled
 * form, or on E.164 when the rule speaks of that. False: it is too long for
 * a number, and a part of it would be another one. */
static bool dial_form(struct party *to, const struct route_job *j,
		      const struct route_rule_conf *c)
{
	bool global = c->prefix[0] == '+' || c->table[0];
	const char *n = global && j->e164[0] ? j->e164 : j->q.called.number;
	char number[sizeof(c->add) + PARTY_NUMBER_MAX];
	size_t strip = (size_t)c->strip;
	const char *why;
	int err;

	*to = j->q.called;
	if (c->rewrite[0]) {
		err = naptr_substitute(number, PARTY_NUMBER_MAX,
				       str_z(c->rewrite), str_z(n), &why);
		if (!err)
			set_number(to, number);
		return err != ENAMETOOLONG;     /* ENOENT: as it is */
	}
	if (c->strip || c->add[0]) {
		if (strip > strlen(n))
			strip = strlen(n);
		snprintf(number, sizeof(number), "%s%s", c->add, n + strip);
		if (strlen(number) >= PARTY_NUMBER_MAX)
			return false;
		set_number(to, number);
	} else if (c->table[0] && j->e164[0]) {
		set_number(to, j->e164);
	}
	return true;
}

/* The rule fits, but nobody could dial what it makes of the number. */
static void refuse(struct route_job *j)
{
	struct route_result *res = &j->result;

	snprintf(res->why, sizeof(res->why), "the number becomes longer than "
		 "%d digits", PARTY_NUMBER_MAX - 1);
	memset(&res->v[0], 0, sizeof(res->v[0]));
	res->v[0].kind = ROUTE_REJECT;
	res->v[0].cause = CAUSE_INVALID_NUMBER;
	res->v[0].called = j->q.called;
	res->n = 1;
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

/* called: of the targets, by dial_form(). */
static void add(struct route_job *j, const struct rule *rule,
		const struct party *called, const struct route_target *from)
{
	struct route_target *t = &j->result.v[j->result.n++];

	*t = *from;
	t->answer_ms = rule->conf->answer_ms;
	t->called = *called;
}

/* Carriers of one price share the calls by weight. */
static void add_table(struct route_job *j, const struct rule *rule,
		      const struct party *called, rule_random_fn *random,
		      void *arg)
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

			add(j, rule, called,
			    number_table_target(t, r->target));
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
	struct party called;

	str_clip(res->rule, sizeof(res->rule), str_z(c->name));
	res->n = 0;
	if (!dial_form(&called, j, c)) {
		refuse(j);
		return true;
	}
	if (rule->table)
		add_table(j, rule, &called, random, arg);
	for (unsigned i = 0; i < rule->n_to; i++) {
		order[i] = i;
		weights[i] = i < c->weights.n ? (unsigned)w[i] : 0;
	}
	if (c->weights.n)
		rule_split(order, weights, rule->n_to, random, arg);
	for (unsigned i = 0; i < rule->n_to; i++)
		add(j, rule, &called, &rule->to[order[i]]);
	return res->n > 0;
}
