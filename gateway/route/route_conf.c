/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of `routes:` and `emergency:`. */
#include "gateway/route/route_conf.h"

#include <string.h>

#include "base/mem.h"
#include "enum/naptr.h"
#include "gateway/route/place.h"
#include "gateway/route/rules.h"

static const struct conf_key from_item = { .type = CONF_STR, .max = 47 };
static const struct conf_key date_item = {
	.type = CONF_STR, .max = ROUTE_DATE_SIZE - 1
};
static const struct conf_key weight_item = {
	.type = CONF_INT, .min = 0, .max = 10000
};
static const char *const anonymous_names[] = { "any", "yes", "no", NULL };
static const struct conf_key to_item = { .type = CONF_STR, .max = 255 };
static const struct conf_key number_item = {
	.type = CONF_STR, .max = ROUTE_NUMBER_MAX - 1
};

static const struct conf_key emergency_keys[] = {
	{ CONF_FIELD(struct route_emergency_conf, numbers),
	  .type = CONF_LIST, .item = &number_item, .max = 32, .dflt = "[]",
	  .doc = "Emergency numbers as dialled; none given: those of the "
		 "dial plan; urn:service:sos is always one." },
	{ CONF_FIELD(struct route_emergency_conf, to), .type = CONF_LIST,
	  .item = &to_item, .max = ROUTE_TARGETS_MAX, .dflt = "[]",
	  .doc = "Targets of emergency calls in this order; PSTN lines "
		 "first; none given: all groups and lines to the PSTN. Lines "
		 "come last for urn:service:sos, which they cannot be told: "
		 "they dial the dial plan's number for what it asks for, "
		 "else the first of numbers." },
	{ CONF_FIELD(struct route_emergency_conf, places),
	  .type = CONF_LIST, .sub = &place_section, .max = 1000,
	  .dflt = "[]",
	  .doc = "Where callers are (RFC 6442): the first that names the "
		 "caller is told to SIP targets, unless the caller's phone "
		 "tells its own." },
	{ 0 }
};

static const struct conf_key rule_keys[] = {
	{ CONF_FIELD(struct route_rule_conf, name), .type = CONF_STR,
	  .min = 1, .max = 47, .flags = CONF_UNIQUE,
	  .doc = "Name in logs and records." },
	{ CONF_FIELD(struct route_rule_conf, prefix), .type = CONF_STR,
	  .max = 31, .dflt = "",
	  .doc = "The number begins so; with + it is the E.164 form, else "
		 "what was dialled." },
	{ CONF_FIELD(struct route_rule_conf, regex), .type = CONF_STR,
	  .max = 255, .dflt = "",
	  .doc = "POSIX extended regular expression over the number." },
	{ CONF_FIELD(struct route_rule_conf, from), .type = CONF_LIST,
	  .item = &from_item, .max = 64, .dflt = "[]",
	  .doc = "Callers: phones, telephones, trunks, peers, known (all of "
		 "these), internet, or "
		 "phone:NAME, line:NAME, peer:NAME; none given: phones and "
		 "telephones for a rule that leads out of the house, all but "
		 "internet for others." },
	{ CONF_FIELD(struct route_rule_conf, caller_prefix),
	  .type = CONF_STR, .max = 31, .dflt = "",
	  .doc = "The caller's number begins so; with + it is its E.164 "
		 "form." },
	{ CONF_FIELD(struct route_rule_conf, anonymous), .type = CONF_NAME,
	  .names = anonymous_names, .dflt = "any",
	  .doc = "yes: callers without a number that may be shown only; no: "
		 "none of them." },
	{ CONF_FIELD(struct route_rule_conf, in_table), .type = CONF_STR,
	  .max = 47, .dflt = "",
	  .doc = "The number is in this table." },
	{ CONF_FIELD(struct route_rule_conf, not_in_table), .type = CONF_STR,
	  .max = 47, .dflt = "",
	  .doc = "The number is not in this table." },
	{ CONF_FIELD(struct route_rule_conf, caller_in_table),
	  .type = CONF_STR, .max = 47, .dflt = "",
	  .doc = "The caller's number is in this table." },
	{ CONF_FIELD(struct route_rule_conf, caller_not_in_table),
	  .type = CONF_STR, .max = 47, .dflt = "",
	  .doc = "The caller's number is not in this table (an anonymous "
		 "caller's is in none)." },
	{ CONF_FIELD(struct route_rule_conf, time), .type = CONF_STR,
	  .max = 95, .dflt = "",
	  .doc = "When, by the clock of zone: \"mon-fri 09:00-18:00, "
		 "sat\"." },
	{ CONF_FIELD(struct route_rule_conf, dates), .type = CONF_LIST,
	  .item = &date_item, .max = ROUTE_DATES_MAX, .dflt = "[]",
	  .doc = "On these days only, in zone: \"2026-05-03\", every "
		 "year \"01-01\", from one to another "
		 "\"12-29..01-03\"." },
	{ CONF_FIELD(struct route_rule_conf, dates_file), .type = CONF_FILE,
	  .max = 255, .dflt = "", .flags = CONF_READABLE,
	  .doc = "More of them: a file with one a line, text may stand "
		 "behind it." },
	{ CONF_FIELD(struct route_rule_conf, zone), .type = CONF_STR,
	  .max = ZONE_NAME_MAX - 1, .dflt = "",
	  .doc = "Time zone of time and dates: \"Asia/Tokyo\"; none given: "
		 "that of numbering." },
	{ CONF_FIELD(struct route_rule_conf, max_calls), .type = CONF_INT,
	  .min = 0, .max = 100000, .dflt = "0",
	  .doc = "The rule carries so many calls at once, then it does not "
		 "fit, but for emergency calls; 0: any." },
	{ CONF_FIELD(struct route_rule_conf, min_digits), .type = CONF_INT,
	  .min = 0, .max = 32, .dflt = "0",
	  .doc = "Fewest digits of the number; 0: any." },
	{ CONF_FIELD(struct route_rule_conf, max_digits), .type = CONF_INT,
	  .min = 0, .max = 32, .dflt = "0",
	  .doc = "Most digits of the number; 0: any." },
	{ CONF_FIELD(struct route_rule_conf, local), .type = CONF_BOOL,
	  .dflt = "no",
	  .doc = "The target is the phone or telephone that has the number." },
	{ CONF_FIELD_AS(struct route_rule_conf, enum_lookup, "enum"),
	  .type = CONF_BOOL, .dflt = "no",
	  .doc = "The targets are what ENUM knows of the number." },
	{ CONF_FIELD(struct route_rule_conf, table), .type = CONF_STR,
	  .max = 47, .dflt = "",
	  .doc = "The targets are the carriers of this table for the number, "
		 "the cheapest first; each by its longest prefix." },
	{ CONF_FIELD(struct route_rule_conf, ported), .type = CONF_STR,
	  .max = 47, .dflt = "",
	  .doc = "A number in this table of ported numbers goes on with its "
		 "routing number: the rules behind this one match that." },
	{ CONF_FIELD(struct route_rule_conf, strip), .type = CONF_INT,
	  .min = 0, .max = 32, .dflt = "0",
	  .doc = "Characters taken off the front of the number for the "
		 "target." },
	{ CONF_FIELD(struct route_rule_conf, add), .type = CONF_STR,
	  .max = 31, .dflt = "",
	  .doc = "Put in front of the number, after strip." },
	{ CONF_FIELD(struct route_rule_conf, rewrite), .type = CONF_STR,
	  .max = 127, .dflt = "",
	  .doc = "Instead of strip and add: '!REGEX!NUMBER!', with \\1 to "
		 "\\9 for what its brackets hold; a number that does not "
		 "match stays as it is." },
	{ CONF_FIELD(struct route_rule_conf, to), .type = CONF_LIST,
	  .item = &to_item, .max = ROUTE_TARGETS_MAX, .dflt = "[]",
	  .doc = "Targets in this order: peer:NAME, phone:NAME, line:NAME, "
		 "group:NAME, service:echo, service:milliwatt, "
		 "service:play:FILE, reject:CAUSE." },
	{ CONF_FIELD(struct route_rule_conf, weights), .type = CONF_LIST,
	  .item = &weight_item, .max = ROUTE_TARGETS_MAX, .dflt = "[]",
	  .doc = "Shares of the targets, one for each: [70, 30] begins with "
		 "the first in 70 of 100 calls; the others follow if it "
		 "fails." },
	{ CONF_FIELD_AS(struct route_rule_conf, answer_ms,
			"answer_timeout"),
	  .type = CONF_MS, .max = 600000, .dflt = "0",
	  .doc = "How long a target may ring; 0: as in calls." },
	{ CONF_FIELD(struct route_rule_conf, pstn_for_internet),
	  .type = CONF_BOOL, .dflt = "no",
	  .doc = "Callers from the internet may reach PSTN lines, carriers "
		 "of a table, peers with an account, and by ENUM any peer, "
		 "through this rule: anybody at all may then call at our "
		 "cost." },
	{ 0 }
};

/* A number, or a name. Numbers come without what stands between digits, and
 * have no letters but the keys of a telephone: a name that begins like a
 * number needs a regex. */
static bool can_begin(const char *s)
{
	bool plus = s[0] == '+';

	if (!strchr("+0123456789*#(", s[0]))
		return !strchr(s, ' ');
	s += plus;
	return !s[strspn(s, plus ? "0123456789" : "0123456789*#ABCD")];
}

static void check_prefix(const struct route_rule_conf *c, const char *key,
			 const char *prefix, struct conf_diag *d)
{
	if (prefix[0] && !can_begin(prefix))
		conf_diag_at(d, c, key, "no number begins with '%s': it "
			     "has 0-9 * # only, or + and 0-9", prefix);
}

static void check_text(const struct route_rule_conf *c, struct conf_diag *d)
{
	struct rule_span spans[RULE_SPANS_MAX];
	struct ere re;
	const char *why;
	unsigned n;

	if (c->regex[0] && ere_compile(&re, str_z(c->regex), false, &why))
		conf_diag_at(d, c, "regex", "not a regular expression: %s",
			     why);
	if (c->time[0] && rule_parse_time(spans, &n, c->time))
		conf_diag_at(d, c, "time", "not a time like "
			     "\"mon-fri 09:00-18:00, sat\"");
}

static void check_zone(const struct route_rule_conf *c, struct conf_diag *d)
{
	struct zone *zone = NULL;
	const char *why;
	int err = c->zone[0] ? zone_open(&zone, c->zone, &why) : 0;

	if (err)
		conf_diag_at(d, c, "zone", "%s",
			     err == EBADMSG ? why : strerror(err));
	else if (c->zone[0] && !c->time[0] && !c->dates.n &&
		 !c->dates_file[0] && !conf_diag_doubts(d, c))
		conf_diag_at(d, c, "zone", "is that of time and dates; here "
			     "are none");
	obj_unref(zone);
}

static void check_rewrite(const struct route_rule_conf *c,
			  struct conf_diag *d)
{
	char out[PARTY_NUMBER_MAX];
	const char *why;

	if (c->rewrite[0] &&
	    naptr_substitute(out, sizeof(out), str_z(c->rewrite), str_z("0"),
			     &why) == EBADMSG)
		conf_diag_at(d, c, "rewrite", "not like '!^0(.*)$!+81\\1!': "
			     "%s", why);
	if (c->rewrite[0] && (c->strip || c->add[0]))
		conf_diag_at(d, c, "rewrite", "stands instead of strip and "
			     "add");
	if (!c->to.n && !c->table[0] && !conf_diag_doubts(d, c) &&
	    (c->rewrite[0] || c->strip || c->add[0]))
		conf_diag_at(d, c, c->rewrite[0] ? "rewrite" : c->strip ?
			     "strip" : "add", "changes what is dialled at "
			     "targets of to or table; here are none");
}

static void check_dates(const struct route_rule_conf *c, struct conf_diag *d)
{
	const char (*dates)[ROUTE_DATE_SIZE] = c->dates.v;
	struct rule_date date;

	for (size_t i = 0; i < c->dates.n; i++)
		if (rule_parse_date(&date, str_z(dates[i])))
			conf_diag_at(d, c, "dates", "'%s' is no date like "
				     "2026-05-03, 01-01, 12-29..01-03",
				     dates[i]);
}

static void check_weights(const struct route_rule_conf *c,
			  struct conf_diag *d)
{
	const int *w = c->weights.v;
	long sum = 0;

	if (!c->weights.n || conf_diag_doubts(d, c))
		return;
	for (size_t i = 0; i < c->weights.n; i++)
		sum += w[i];
	if (c->weights.n != c->to.n)
		conf_diag_at(d, c, "weights", "one for each target: "
			     "%zu, not %zu", c->to.n, c->weights.n);
	else if (!sum)
		conf_diag_at(d, c, "weights", "one has to be above 0");
}

static void check_targets(const void *sec, const struct conf_list *to,
			  struct conf_diag *d)
{
	const char (*text)[ROUTE_DEST_MAX] = to->v;

	for (size_t i = 0; i < to->n; i++) {
		struct route_target t;

		if (route_target_parse(&t, text[i]))
			conf_diag_at(d, sec, "to", "'%s' is no target; "
				     "one is like peer:NAME or group:NAME",
				     text[i]);
	}
}

static void check_rule(const void *sec, struct conf_diag *d)
{
	const struct route_rule_conf *c = sec;
	int actions = (c->to.n > 0) + c->local + c->enum_lookup +
		      !!c->table[0] + !!c->ported[0];

	if (actions != 1)
		conf_diag_at(d, c, NULL, "a rule has exactly one of to, "
			     "local, enum, table, ported");
	if (c->max_digits && c->min_digits > c->max_digits)
		conf_diag_at(d, c, "min_digits", "is larger than max_digits");
	check_prefix(c, "prefix", c->prefix, d);
	check_prefix(c, "caller_prefix", c->caller_prefix, d);
	check_text(c, d);
	check_zone(c, d);
	check_rewrite(c, d);
	check_dates(c, d);
	check_weights(c, d);
	check_targets(c, &c->to, d);
}

/* Behind these nobody is tried any more who could help. */
static void check_helpers(const struct route_emergency_conf *c,
			  struct conf_diag *d)
{
	const char (*text)[ROUTE_DEST_MAX] = c->to.v;

	for (size_t i = 0; i < c->to.n; i++) {
		struct route_target t;

		if (!route_target_parse(&t, text[i]) &&
		    (t.kind == ROUTE_REJECT || t.kind == ROUTE_SERVICE))
			conf_diag_at(d, c, "to", "nobody helps at '%s'",
				     text[i]);
	}
}

static void check_emergency(const void *sec, struct conf_diag *d)
{
	const struct route_emergency_conf *c = sec;
	const char (*numbers)[ROUTE_NUMBER_MAX] = c->numbers.v;

	for (size_t i = 0; i < c->numbers.n; i++) {
		const char *n = numbers[i];

		if (!*n || n[strspn(n, "0123456789")])
			conf_diag_at(d, c, "numbers", "'%s' is not a number",
				     n);
	}
	check_targets(c, &c->to, d);
	check_helpers(c, d);
}

const struct conf_section route_emergency_section = {
	.name = "emergency",
	.size = sizeof(struct route_emergency_conf),
	.keys = emergency_keys,
	.check = check_emergency,
	.flags = CONF_RELOAD,
	.doc = "The rule before all others, open to every phone, telephone "
	       "and peer, never to the internet.",
};

const struct conf_section route_rules_section = {
	.name = "routes",
	.size = sizeof(struct route_rule_conf),
	.keys = rule_keys,
	.check = check_rule,
	.list = true,
	.flags = CONF_RELOAD,
	.doc = "Rules in the order in which they are tried.",
};
