/* SPDX-License-Identifier: Apache-2.0 */
/* The table of `guard:`. */
#include "gateway/route/guard_conf.h"

#include "gateway/route/guard_country.h"
#include "gateway/route/rules.h"

static const char *const actions[] = { "off", "alarm", "block", NULL };

/* The same keys for all sources and for some. */
#define LIMITS(st) \
	{ CONF_FIELD_AS(st, limits.premium, "premium"), .type = CONF_NAME, \
	  .names = actions, .dflt = "block", \
	  .doc = "Calls to premium numbers of the dial plan, satellites and " \
		 "worldwide premium services: off, alarm, block." }, \
	{ CONF_FIELD_AS(st, limits.new_country, "new_country"), \
	  .type = CONF_NAME, .names = actions, .dflt = "alarm", \
	  .doc = "The first calls of a source to a country: off, alarm, " \
		 "block (until `ctl guard allow`)." }, \
	{ CONF_FIELD_AS(st, limits.night_new_country, "night_new_country"), \
	  .type = CONF_NAME, .names = actions, .dflt = "alarm", \
	  .doc = "The same at night; at least what it is by day." }, \
	{ CONF_FIELD_AS(st, limits.new_country_calls, "new_country_calls"), \
	  .type = CONF_INT, .min = 1, .max = 1000, .dflt = "2", \
	  .doc = "So many calls with alarm make a country known." }, \
	{ CONF_FIELD_AS(st, limits.max_calls, "max_calls"), \
	  .type = CONF_INT, .min = 0, .max = 100000, .dflt = "5", \
	  .doc = "Calls at a time of one source; 0: no limit." }, \
	{ CONF_FIELD_AS(st, limits.minutes_hour, "minutes_hour"), \
	  .type = CONF_INT, .min = 0, .max = 10000000, .dflt = "120", \
	  .doc = "Minutes of one source within an hour; 0: no limit." }, \
	{ CONF_FIELD_AS(st, limits.minutes_day, "minutes_day"), \
	  .type = CONF_INT, .min = 0, .max = 10000000, .dflt = "720", \
	  .doc = "Minutes of one source within 24 hours; 0: no limit." }, \
	{ CONF_FIELD_AS(st, limits.money_hour, "money_hour"), \
	  .type = CONF_INT, .min = 0, .max = 1000000, .dflt = "0", \
	  .doc = "Money of one source within an hour, in the currency of " \
		 "the rate table; 0: no limit." }, \
	{ CONF_FIELD_AS(st, limits.money_day, "money_day"), \
	  .type = CONF_INT, .min = 0, .max = 1000000, .dflt = "0", \
	  .doc = "The same within 24 hours." }, \
	{ CONF_FIELD_AS(st, limits.action, "action"), .type = CONF_NAME, \
	  .names = actions, .dflt = "alarm", \
	  .doc = "What a limit does: off, alarm, block." }, \
	{ CONF_FIELD_AS(st, limits.night_action, "night_action"), \
	  .type = CONF_NAME, .names = actions, .dflt = "alarm", \
	  .doc = "The same at night; at least what it is by day." }, \
	{ CONF_FIELD_AS(st, limits.night_percent, "night_percent"), \
	  .type = CONF_INT, .min = 1, .max = 100, .dflt = "50", \
	  .doc = "What is left of the limits at night." }, \
	{ CONF_FIELD_AS(st, limits.block_percent, "block_percent"), \
	  .type = CONF_INT, .min = 0, .max = 10000, .dflt = "400", \
	  .doc = "So much of a limit blocks, whatever `action` says; 0: " \
		 "never." }, \
	{ CONF_FIELD_AS(st, limits.end_calls, "end_calls"), \
	  .type = CONF_BOOL, .dflt = "no", \
	  .doc = "Where a limit blocks, running calls are ended, too." }

static const struct conf_key from_item = { .type = CONF_STR, .max = 47 };
static const struct conf_key country_item = {
	.type = CONF_STR, .max = GUARD_COUNTRY_MAX - 1
};

static const struct conf_key free_item = { .type = CONF_STR, .max = 255 };

static const struct conf_key source_keys[] = {
	{ CONF_FIELD(struct guard_source_conf, from), .type = CONF_LIST,
	  .item = &from_item, .min = 1, .max = 64,
	  .doc = "Callers, as in routes: phones, phone:NAME, peers ..." },
	LIMITS(struct guard_source_conf),
	{ 0 }
};

static const struct conf_section source_section = {
	.name = "sources", .size = sizeof(struct guard_source_conf),
	.keys = source_keys,
	.doc = "Limits of some callers; the first entry that names them "
	       "counts, with its own defaults.",
};

static const struct conf_key keys[] = {
	{ CONF_FIELD(struct guard_conf, enabled), .type = CONF_BOOL,
	  .dflt = "yes",
	  .doc = "Watch calls that cost money. Without it the internet still "
		 "reaches no PSTN line." },
	{ CONF_FIELD(struct guard_conf, night), .type = CONF_STR, .max = 95,
	  .dflt = "22:00-06:00",
	  .doc = "Night, as time in routes, in the zone of numbering; "
		 "empty: never." },
	{ CONF_FIELD(struct guard_conf, countries), .type = CONF_LIST,
	  .item = &country_item, .max = 256, .dflt = "[]",
	  .doc = "Country codes that are not new to anybody, besides our "
		 "own: [\"1\", \"44\"]." },
	{ CONF_FIELD(struct guard_conf, free), .type = CONF_LIST,
	  .item = &free_item, .max = 64, .dflt = "[]",
	  .doc = "Targets that cost nothing and are not watched, like our "
		 "own exchange: [\"peer:pbx\"]." },
	{ CONF_FIELD(struct guard_conf, rates), .type = CONF_STR, .max = 47,
	  .dflt = "",
	  .doc = "Table (of type rates) that says what numbers cost." },
	LIMITS(struct guard_conf),
	{ CONF_FIELD(struct guard_conf, sources), .type = CONF_LIST,
	  .sub = &source_section, .max = 256, .dflt = "[]",
	  .doc = "Other limits for some callers." },
	{ CONF_FIELD(struct guard_conf, state_file), .type = CONF_FILE,
	  .max = 255, .dflt = "",
	  .doc = "Where the countries that are known, and what was used of "
		 "the limits, are kept over a restart; empty: nowhere." },
	{ 0 }
};

static void check(const void *sec, struct conf_diag *d)
{
	const struct guard_conf *c = sec;
	const char (*code)[GUARD_COUNTRY_MAX] = c->countries.v;
	struct rule_span spans[RULE_SPANS_MAX];
	unsigned n;

	if (c->night[0] && rule_parse_time(spans, &n, c->night))
		conf_diag_at(d, c, "night", "not a time like "
			     "\"22:00-06:00\"");
	for (size_t i = 0; i < c->countries.n; i++)
		if (!guard_country_is_valid(code[i]))
			conf_diag_at(d, c, "countries", "'%s' is no country "
				     "code", code[i]);
}

const struct conf_section guard_conf_section = {
	.name = "guard", .size = sizeof(struct guard_conf), .keys = keys,
	.check = check, .flags = CONF_RELOAD,
	.doc = "The watch against fraud: calls out to lines and peers. The "
	       "limits of calls and minutes hold for each phone and "
	       "telephone; for trunks and peers where `sources` names them. "
	       "Emergency calls are never counted nor refused.",
};
