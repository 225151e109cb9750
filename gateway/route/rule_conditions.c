/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of a rule. All that are given must hold; each is one row
 * of the table `conditions`.
 */
#include "gateway/route/rule_enum.h"
#include "gateway/route/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* The number of the whole world: that of the network a ported number is in
 * now goes before the number itself. */
static const char *global(const struct route_job *j)
{
	return j->rn[0] ? j->rn : j->e164;
}

/* The form of the number that a pattern speaks of. */
static const char *form(const char *pattern, const struct route_job *j)
{
	return pattern[0] == '+' ? global(j) : j->q.called.number;
}

static bool fits_prefix(const struct rule *r, const struct route_job *j)
{
	const char *p = r->conf->prefix;

	return str_starts(str_z(form(p, j)), p);
}

static bool fits_regex(const struct rule *r, const struct route_job *j)
{
	const char *dialled = j->q.called.number;
	struct str group[ERE_GROUPS];

	return ere_match(r->re, str_z(dialled), group) ||
	       (global(j)[0] && strcmp(global(j), dialled) &&
		ere_match(r->re, str_z(global(j)), group));
}

static bool fits_digits(const struct rule *r, const struct route_job *j)
{
	const char *number = form(r->conf->prefix, j);
	size_t n = strlen(number) - (number[0] == '+');

	return (!r->conf->min_digits || n >= (size_t)r->conf->min_digits) &&
	       (!r->conf->max_digits || n <= (size_t)r->conf->max_digits);
}

static const char *caller(const char *pattern, const struct route_job *j)
{
	return pattern[0] == '+' ? j->caller_e164 : j->q.calling.number;
}

static bool fits_caller(const struct rule *r, const struct route_job *j)
{
	const char *p = r->conf->caller_prefix;

	return str_starts(str_z(caller(p, j)), p);
}

static bool is_anonymous(const struct route_job *j)
{
	return !j->q.calling.number[0] ||
	       j->q.calling.presentation != PARTY_ALLOWED;
}

static bool fits_anonymous(const struct rule *r, const struct route_job *j)
{
	return is_anonymous(j) == (r->conf->anonymous == ROUTE_ANON_YES);
}

const char *rule_number(const struct number_tables_entry *e,
			const struct route_job *j)
{
	if (e->conf->form == NUMBER_FORM_DIALLED)
		return j->q.called.number;
	return e->conf->type == NUMBER_TABLE_CARRIERS ? global(j) : j->e164;
}

static bool has_number(const struct number_tables_entry *e,
		       const char *number)
{
	struct number_match m;

	return number_table_find(e->table, number, &m);
}

static bool fits_in(const struct rule *r, const struct route_job *j)
{
	return has_number(r->in, rule_number(r->in, j));
}

static bool fits_not_in(const struct rule *r, const struct route_job *j)
{
	return !has_number(r->not_in, rule_number(r->not_in, j));
}

static bool has_caller(const struct number_tables_entry *e,
		       const struct route_job *j)
{
	return has_number(e, e->conf->form == NUMBER_FORM_DIALLED
			     ? j->q.calling.number : j->caller_e164);
}

static bool fits_caller_in(const struct rule *r, const struct route_job *j)
{
	return has_caller(r->caller_in, j);
}

static bool fits_caller_not_in(const struct rule *r,
			       const struct route_job *j)
{
	return !has_caller(r->caller_not_in, j);
}

static bool fits_dates(const struct rule *r, const struct route_job *j)
{
	return rule_in_dates(r->dates, r->n_dates, r->zone, j->q.wall_us);
}

static bool fits_capacity(const struct rule *r, const struct route_job *j)
{
	return j->for_help || r->use->calls < (unsigned)r->conf->max_calls;
}

static bool fits_time(const struct rule *r, const struct route_job *j)
{
	return rule_in_time(r->spans, r->n_spans, r->zone, j->q.wall_us);
}

static bool fits_enum(const struct rule *r, const struct route_job *j)
{
	(void)r;
	return !rule_enum_wants(j);
}

static bool has_prefix(const struct route_rule_conf *c)
{
	return c->prefix[0];
}

static bool has_regex(const struct route_rule_conf *c)
{
	return c->regex[0];
}

static bool has_time(const struct route_rule_conf *c)
{
	return c->time[0];
}

static bool has_caller_prefix(const struct route_rule_conf *c)
{
	return c->caller_prefix[0];
}

static bool has_anonymous(const struct route_rule_conf *c)
{
	return c->anonymous != ROUTE_ANON_ANY;
}

static bool has_in(const struct route_rule_conf *c)
{
	return c->in_table[0];
}

static bool has_not_in(const struct route_rule_conf *c)
{
	return c->not_in_table[0];
}

static bool has_caller_in(const struct route_rule_conf *c)
{
	return c->caller_in_table[0];
}

static bool has_caller_not_in(const struct route_rule_conf *c)
{
	return c->caller_not_in_table[0];
}

static bool has_dates(const struct route_rule_conf *c)
{
	return c->dates.n || c->dates_file[0];
}

static bool has_capacity(const struct route_rule_conf *c)
{
	return c->max_calls > 0;
}

static bool has_enum(const struct route_rule_conf *c)
{
	return c->enum_lookup;
}

static bool has_digits(const struct route_rule_conf *c)
{
	return c->min_digits || c->max_digits;
}

static void say_prefix(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "prefix %s", r->conf->prefix);
}

static void say_regex(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "regex %s", r->conf->regex);
}

static void say_digits(const struct rule *r, char *out, size_t cap)
{
	const struct route_rule_conf *c = r->conf;

	if (!c->max_digits)
		snprintf(out, cap, "%d or more digits", c->min_digits);
	else if (c->min_digits == c->max_digits)
		snprintf(out, cap, "%d digits", c->min_digits);
	else
		snprintf(out, cap, "%d to %d digits", c->min_digits,
			 c->max_digits);
}

static void say_time(const struct rule *r, char *out, size_t cap)
{
	const char *zone = zone_name(r->zone);

	snprintf(out, cap, "time%s%s %s", *zone ? " of " : "", zone,
		 r->conf->time);
}

static void say_caller(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "a caller with prefix %s", r->conf->caller_prefix);
}

static void say_anonymous(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, r->conf->anonymous == ROUTE_ANON_YES
		 ? "an anonymous caller" : "a caller with a number");
}

static void say_in(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "a number in table %s", r->conf->in_table);
}

static void say_not_in(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "a number not in table %s", r->conf->not_in_table);
}

static void say_caller_in(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "a caller in table %s", r->conf->caller_in_table);
}

static void say_caller_not_in(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "a caller not in table %s",
		 r->conf->caller_not_in_table);
}

static void say_dates(const struct rule *r, char *out, size_t cap)
{
	const char *zone = zone_name(r->zone);

	snprintf(out, cap, "one of %zu dates%s%s", r->n_dates,
		 *zone ? " in " : "", zone);
}

static void say_capacity(const struct rule *r, char *out, size_t cap)
{
	snprintf(out, cap, "fewer than %d calls of its own, has %u",
		 r->conf->max_calls, r->use->calls);
}

static void say_e164(const struct rule *r, char *out, size_t cap)
{
	(void)r;
	snprintf(out, cap, "a number with an E.164 form");
}

static const struct {
	bool (*given)(const struct route_rule_conf *c);
	bool (*fits)(const struct rule *r, const struct route_job *j);
	void (*say)(const struct rule *r, char *out, size_t cap);
} conditions[] = {
	{ has_prefix,        fits_prefix,        say_prefix },
	{ has_regex,         fits_regex,         say_regex },
	{ has_digits,        fits_digits,        say_digits },
	{ has_in,            fits_in,            say_in },
	{ has_not_in,        fits_not_in,        say_not_in },
	{ has_caller_prefix, fits_caller,        say_caller },
	{ has_anonymous,     fits_anonymous,     say_anonymous },
	{ has_caller_in,     fits_caller_in,     say_caller_in },
	{ has_caller_not_in, fits_caller_not_in, say_caller_not_in },
	{ has_time,          fits_time,          say_time },
	{ has_dates,         fits_dates,         say_dates },
	{ has_enum,          fits_enum,          say_e164 },
	{ has_capacity,      fits_capacity,      say_capacity },
};

enum { N_CONDITIONS = sizeof(conditions) / sizeof(conditions[0]) };

static const char *const class_names[] = {
	[ROUTE_FROM_INTERNET]   = "internet",
	[ROUTE_FROM_PHONE]      = "phones",
	[ROUTE_FROM_TELEPHONE]  = "telephones",
	[ROUTE_FROM_TRUNK]      = "trunks",
	[ROUTE_FROM_PEER]       = "peers",
};

bool route_source_is(const struct route_source *s,
		     const struct conf_list *list)
{
	const char (*from)[ROUTE_NAME_MAX] = list->v;

	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(from[i], class_names[s->kind]) ||
		    route_source_reads(s, from[i]) ||
		    (!strcmp(from[i], "known") &&
		     s->kind != ROUTE_FROM_INTERNET))
			return true;
	return false;
}

bool rule_from(const struct rule *r, const struct route_source *s)
{
	if (r->conf->from.n)
		return route_source_is(s, &r->conf->from);
	if (r->leads_out)
		return s->kind == ROUTE_FROM_PHONE ||
		       s->kind == ROUTE_FROM_TELEPHONE;
	return s->kind != ROUTE_FROM_INTERNET;
}

static void say_from(const struct rule *r, char *out, size_t cap)
{
	const char (*from)[ROUTE_NAME_MAX] = r->conf->from.v;
	size_t n = (size_t)snprintf(out, cap, "from");

	if (!r->conf->from.n)
		snprintf(out, cap, r->leads_out
			 ? "a caller of the house: it says no from"
			 : "any caller but the internet: it says no from");
	for (size_t i = 0; i < r->conf->from.n && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s %s",
				      i ? "," : "", from[i]);
}

/* The first condition that does not hold; N_CONDITIONS: none. *last: the
 * last one given that does. */
static size_t missed(const struct rule *r, const struct route_job *j,
		     size_t *last)
{
	*last = N_CONDITIONS;
	for (size_t i = 0; i < N_CONDITIONS; i++) {
		if (!conditions[i].given(r->conf))
			continue;
		if (!conditions[i].fits(r, j))
			return i;
		*last = i;
	}
	return N_CONDITIONS;
}

static void say_missed(const struct rule *r, const struct route_job *j,
		       size_t miss, char *why, size_t cap)
{
	if (conditions[miss].fits == fits_enum)
		snprintf(why, cap, "%s", rule_enum_wants(j));
	else
		conditions[miss].say(r, why, cap);
}

bool rule_fits(const struct rule *r, const struct route_job *j, char *why,
	       size_t cap)
{
	size_t last, miss;

	if (!rule_from(r, &j->q.from)) {
		if (j->trace)
			say_from(r, why, cap);
		return false;
	}
	miss = missed(r, j, &last);
	if (miss < N_CONDITIONS) {
		if (j->trace)
			say_missed(r, j, miss, why, cap);
		return false;
	}
	if (last < N_CONDITIONS)
		conditions[last].say(r, why, cap);
	else
		str_clip(why, cap, STR_LIT("always"));
	return true;
}

bool rule_is_full(const struct rule *r, const struct route_job *j)
{
	size_t last;

	/* the number of calls is the last condition */
	return r->use && rule_from(r, &j->q.from) &&
	       missed(r, j, &last) == N_CONDITIONS - 1;
}

