/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of `routes:` and `emergency:`. */
#include "gateway/route/route_conf.h"

#include <string.h>

#include "gateway/route/place.h"
#include "gateway/route/rules.h"

static const struct conf_key from_item = { .type = CONF_STR, .max = 47 };
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
		 "first; none given: all groups and lines to the PSTN." },
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
	  .doc = "Callers: phones, telephones, trunks, peers, internet, or "
		 "phone:NAME, line:NAME, peer:NAME; none given: all but "
		 "internet." },
	{ CONF_FIELD(struct route_rule_conf, time), .type = CONF_STR,
	  .max = 95, .dflt = "",
	  .doc = "When, in local time: \"mon-fri 09:00-18:00, sat\"." },
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
	{ CONF_FIELD(struct route_rule_conf, strip), .type = CONF_INT,
	  .min = 0, .max = 32, .dflt = "0",
	  .doc = "Characters taken off the front of the number for the "
		 "target." },
	{ CONF_FIELD(struct route_rule_conf, add), .type = CONF_STR,
	  .max = 31, .dflt = "",
	  .doc = "Put in front of the number, after strip." },
	{ CONF_FIELD(struct route_rule_conf, to), .type = CONF_LIST,
	  .item = &to_item, .max = ROUTE_TARGETS_MAX, .dflt = "[]",
	  .doc = "Targets in this order: peer:NAME, phone:NAME, line:NAME, "
		 "group:NAME, service:echo, service:milliwatt, "
		 "service:play:FILE, reject:CAUSE." },
	{ CONF_FIELD_AS(struct route_rule_conf, answer_ms,
			"answer_timeout"),
	  .type = CONF_MS, .max = 600000, .dflt = "0",
	  .doc = "How long a target may ring; 0: as in calls." },
	{ CONF_FIELD(struct route_rule_conf, pstn_for_internet),
	  .type = CONF_BOOL, .dflt = "no",
	  .doc = "Callers from the internet may reach PSTN lines by this "
		 "rule: anybody at all may then call at our cost." },
	{ 0 }
};

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
	int actions = (c->to.n > 0) + c->local + c->enum_lookup;

	if (actions != 1)
		conf_diag_at(d, c, NULL, "a rule has exactly one of to, "
			     "local, enum");
	if (c->max_digits && c->min_digits > c->max_digits)
		conf_diag_at(d, c, "min_digits", "is larger than max_digits");
	check_text(c, d);
	check_targets(c, &c->to, d);
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
}

const struct conf_section route_emergency_section = {
	.name = "emergency",
	.size = sizeof(struct route_emergency_conf),
	.keys = emergency_keys,
	.check = check_emergency,
	.flags = CONF_RELOAD,
	.doc = "The rule before all others, open to every phone and "
	       "telephone of the house.",
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
