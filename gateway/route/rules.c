/* SPDX-License-Identifier: Apache-2.0 */
/* Rules made ready from the configuration; what they say of digits that are
 * being dialled. */
#include "gateway/route/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Could digits still grow into a number that begins with prefix? */
static bool may_begin(const char *digits, const char *prefix)
{
	size_t n = strlen(digits), p = strlen(prefix);

	return p && !strncmp(digits, prefix, n < p ? n : p);
}

enum route_digits rule_plan_digits(enum dial_state s)
{
	switch (s) {
	case DIAL_COMPLETE:
		return ROUTE_DIGITS_COMPLETE;
	case DIAL_MAYBE:
		return ROUTE_DIGITS_MAYBE;
	case DIAL_MORE:
		return ROUTE_DIGITS_MORE;
	default:
		return ROUTE_DIGITS_NONE;
	}
}

/* A prefix of the E.164 form: what it is can be told once there is one. */
static enum route_digits e164_prefix(const struct rule *r,
				     const struct rule_digits *d)
{
	const char *p = r->conf->prefix;

	if (!d->e164[0])
		return d->as_e164;
	return strncmp(d->e164, p, strlen(p)) ? ROUTE_DIGITS_NONE
					      : d->as_e164;
}

/* What the dial plan says of the number that the target will dial. */
static enum route_digits by_plan(const struct rule *r,
				 const struct rule_digits *d)
{
	const struct route_rule_conf *c = r->conf;
	char number[PARTY_NUMBER_MAX + sizeof(c->add)];
	struct dial_number n;
	struct str group[ERE_GROUPS];

	if (r->re && !ere_match(r->re, str_z(d->digits), group) &&
	    !ere_match(r->re, str_z(d->e164), group))
		return ROUTE_DIGITS_NONE;
	if (!c->strip && !c->add[0])
		return d->as_dialled;
	if (strlen(d->digits) < (size_t)c->strip)
		return ROUTE_DIGITS_MORE;
	snprintf(number, sizeof(number), "%s%s", c->add,
		 d->digits + c->strip);
	dial_plan_look(d->plan, number, &n);
	return rule_plan_digits(n.state);
}

static enum route_digits dialled_prefix(const struct rule *r,
					const struct rule_digits *d)
{
	const struct route_rule_conf *c = r->conf;
	size_t n = strlen(d->digits);
	enum route_digits plan;

	if (c->prefix[0] && !may_begin(d->digits, c->prefix))
		return ROUTE_DIGITS_NONE;
	if (n < strlen(c->prefix) || n < (size_t)c->min_digits)
		return ROUTE_DIGITS_MORE;
	if (c->max_digits && n >= (size_t)c->max_digits)
		return n == (size_t)c->max_digits ? ROUTE_DIGITS_COMPLETE
						  : ROUTE_DIGITS_NONE;
	plan = by_plan(r, d);
	if (plan == ROUTE_DIGITS_COMPLETE ||
	    (plan == ROUTE_DIGITS_MORE && !c->min_digits))
		return plan;
	return ROUTE_DIGITS_MAYBE;
}

/* Patterns other than a prefix are judged when dialling has ended. */
enum route_digits rule_digits(const struct rule *r,
			      const struct rule_digits *d)
{
	if (r->conf->ported[0])
		return ROUTE_DIGITS_NONE;       /* it has no targets */
	if (r->conf->local)
		return d->as_local;
	if (r->conf->prefix[0] == '+')
		return e164_prefix(r, d);
	if (r->conf->enum_lookup && !r->conf->prefix[0])
		return d->as_e164;
	return dialled_prefix(r, d);
}

static int read_targets(struct rule *r)
{
	const char (*to)[ROUTE_DEST_MAX] = r->conf->to.v;

	if (r->conf->to.n > ROUTE_TARGETS_MAX)
		return EBADMSG;
	for (size_t i = 0; i < r->conf->to.n; i++) {
		int err = route_target_parse(&r->to[r->n_to], to[i]);

		if (err)
			return err;
		r->to[r->n_to++].answer_ms = r->conf->answer_ms;
	}
	return 0;
}

static int compile(struct rule *r)
{
	const char *why;

	r->re = mem_alloc(sizeof(*r->re));
	if (!r->re)
		return ENOMEM;
	return ere_compile(r->re, str_z(r->conf->regex), false, &why);
}

static int copy_dates(struct rule *r)
{
	const char (*text)[ROUTE_DATE_SIZE] = r->conf->dates.v;
	size_t n = r->n_dates + r->conf->dates.n;
	struct rule_date *v = mem_realloc(r->dates, n * sizeof(*v));
	int err = v ? 0 : ENOMEM;

	if (err)
		return err;
	r->dates = v;
	for (size_t i = 0; !err && i < r->conf->dates.n; i++)
		err = rule_parse_date(&v[r->n_dates++], str_z(text[i]));
	return err;
}

static int read_dates(struct rule *r)
{
	unsigned line;
	int err = 0;

	if (r->conf->dates_file[0])
		err = rule_load_dates(&r->dates, &r->n_dates,
				      r->conf->dates_file, &line);
	if (!err && r->conf->dates.n)
		err = copy_dates(r);
	return err;
}

static bool set_table(const struct number_tables_entry **out,
		      const char *name, const struct number_tables *tables)
{
	*out = name[0] ? number_tables_find(tables, name) : NULL;
	return !name[0] || *out;
}

static int find_tables(struct rule *r, const struct number_tables *t)
{
	const struct route_rule_conf *c = r->conf;

	if (!set_table(&r->in, c->in_table, t) ||
	    !set_table(&r->not_in, c->not_in_table, t) ||
	    !set_table(&r->caller_in, c->caller_in_table, t) ||
	    !set_table(&r->caller_not_in, c->caller_not_in_table, t) ||
	    !set_table(&r->table, c->table, t) ||
	    !set_table(&r->ported, c->ported, t))
		return EBADMSG;
	if (r->table && r->table->conf->type != NUMBER_TABLE_CARRIERS)
		return EBADMSG;
	return r->ported && r->ported->conf->type != NUMBER_TABLE_PORTED
		? EBADMSG : 0;
}

/* Can a call by this rule cost money, or reach strangers? */
static bool leads_out(const struct rule *r)
{
	for (unsigned i = 0; i < r->n_to; i++)
		if (r->to[i].kind == ROUTE_PEER ||
		    r->to[i].kind == ROUTE_LINE ||
		    r->to[i].kind == ROUTE_GROUP)
			return true;
	return r->conf->enum_lookup || r->conf->table[0];
}

static int read_patterns(struct rule *r, const char **what)
{
	const char *why;
	int err = 0;

	*what = "regex";
	if (r->conf->regex[0])
		err = compile(r);
	if (!err && r->conf->time[0]) {
		*what = "time";
		err = rule_parse_time(r->spans, &r->n_spans, r->conf->time);
	}
	if (!err && r->conf->zone[0]) {
		*what = "zone";
		err = zone_open(&r->zone, r->conf->zone, &why);
	}
	if (!err) {
		*what = "dates";
		err = read_dates(r);
	}
	return err;
}

int rule_init(struct rule *r, const struct route_rule_conf *conf,
	      const struct number_tables *tables, const char **what)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->conf = conf;
	err = read_patterns(r, what);
	if (!err) {
		*what = "table";
		err = find_tables(r, tables);
	}
	if (!err) {
		*what = "to";
		err = read_targets(r);
	}
	if (!err && conf->max_calls) {
		*what = "max_calls";
		r->use = obj_new(sizeof(*r->use), NULL);
		err = r->use ? 0 : ENOMEM;
	}
	r->leads_out = leads_out(r);
	if (err)
		rule_fini(r);
	return err;
}

void rule_fini(struct rule *r)
{
	r->re = mem_free(r->re);
	r->dates = mem_free(r->dates);
	r->zone = obj_unref(r->zone);
	r->use = obj_unref(r->use);
}
