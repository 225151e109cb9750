/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of a rule. All that are given must hold; each is one row
 * of the table `conditions`.
 */
#include "gateway/route/rule_enum.h"
#include "gateway/route/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
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
	const char *n = global(j)[0] ? global(j) : j->q.called.number;
	struct str group[ERE_GROUPS];

	return ere_match(r->re, str_z(n), group) ||
	       ere_match(r->re, str_z(j->q.called.number), group);
}

static bool fits_digits(const struct rule *r, const struct route_job *j)
{
	size_t n = strlen(form(r->conf->prefix, j));

	if (r->conf->prefix[0] == '+' && n)
		n--;
	return (!r->conf->min_digits || n >= (size_t)r->conf->min_digits) &&
	       (!r->conf->max_digits || n <= (size_t)r->conf->max_digits);
}

static bool fits_time(const struct rule *r, const struct route_job *j)
{
	return rule_in_time(r->spans, r->n_spans, j->q.wall_us);
}

static bool fits_enum(const struct rule *r, const struct route_job *j)
{
	(void)r;
	return rule_enum_may_ask(j);
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
	snprintf(out, cap, "time %s", r->conf->time);
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
	{ has_prefix, fits_prefix, say_prefix },
	{ has_regex,  fits_regex,  say_regex },
	{ has_digits, fits_digits, say_digits },
	{ has_time,   fits_time,   say_time },
	{ has_enum,   fits_enum,   say_e164 },
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
	char text[ROUTE_SOURCE_TEXT];

	route_source_print(text, s);
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(from[i], class_names[s->kind]) ||
		    !strcmp(from[i], text))
			return true;
	return false;
}

bool rule_from(const struct rule *r, const struct route_source *s)
{
	if (!r->conf->from.n)
		return s->kind != ROUTE_FROM_INTERNET;
	return route_source_is(s, &r->conf->from);
}

static void say_from(const struct rule *r, char *out, size_t cap)
{
	const char (*from)[ROUTE_NAME_MAX] = r->conf->from.v;
	size_t n = (size_t)snprintf(out, cap, "from");

	if (!r->conf->from.n)
		snprintf(out, cap, "from the house");
	for (size_t i = 0; i < r->conf->from.n && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s %s",
				      i ? "," : "", from[i]);
}

bool rule_fits(const struct rule *r, const struct route_job *j, char *why,
	       size_t cap)
{
	size_t said = N_CONDITIONS;

	if (!rule_from(r, &j->q.from)) {
		if (j->trace)
			say_from(r, why, cap);
		return false;
	}
	for (size_t i = 0; i < N_CONDITIONS; i++) {
		if (!conditions[i].given(r->conf))
			continue;
		said = i;
		if (conditions[i].fits(r, j))
			continue;
		if (j->trace)
			conditions[i].say(r, why, cap);
		return false;
	}
	if (said < N_CONDITIONS)
		conditions[said].say(r, why, cap);
	else
		snprintf(why, cap, "always");
	return true;
}

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

int rule_init(struct rule *r, const struct route_rule_conf *conf,
	      const char **what)
{
	int err = 0;

	memset(r, 0, sizeof(*r));
	r->conf = conf;
	*what = "regex";
	if (conf->regex[0])
		err = compile(r);
	if (!err && conf->time[0]) {
		*what = "time";
		err = rule_parse_time(r->spans, &r->n_spans, conf->time);
	}
	if (!err) {
		*what = "to";
		err = read_targets(r);
	}
	if (err)
		rule_fini(r);
	return err;
}

void rule_fini(struct rule *r)
{
	r->re = mem_free(r->re);
}
