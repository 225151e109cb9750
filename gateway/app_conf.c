/* SPDX-License-Identifier: Apache-2.0 */
/* All sections of the configuration, and the rules between them. */
#include "gateway/app_conf.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "enum/enum_conf.h"
#include "gateway/app_plan.h"
#include "gateway/call/call_conf.h"
#include "gateway/call/leg_service.h"
#include "gateway/line/line_conf.h"
#include "gateway/route/guard_conf.h"
#include "gateway/route/place.h"
#include "gateway/route/rule_set.h"
#include "gateway/route/route_conf.h"
#include "gateway/service/phone_conf.h"
#include "gateway/sip/peer.h"
#include "media/media_conf.h"

static const char *const levels[] = {
	[LOG_ERR] = "err", [LOG_WARN] = "warn", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug", NULL
};

static const struct conf_key log_keys[] = {
	{ CONF_FIELD(struct log_conf, level), .type = CONF_NAME,
	  .names = levels, .dflt = "info", .flags = CONF_RELOAD,
	  .doc = "What is logged: err, warn, notice, info, debug." },
	{ 0 }
};

const struct conf_section log_conf_section = {
	.name = "log", .size = sizeof(struct log_conf), .keys = log_keys,
	.doc = "The log, on standard error.",
};

static const struct conf_key control_keys[] = {
	{ CONF_FIELD(struct control_conf, socket), .type = CONF_FILE,
	  .max = 103, .dflt = "",
	  .doc = "Unix socket of `tipring ctl`; empty: none." },
	{ 0 }
};

const struct conf_section control_conf_section = {
	.name = "control", .size = sizeof(struct control_conf),
	.keys = control_keys, .doc = "The operator's door.",
};

static const struct conf_key numbering_keys[] = {
	{ CONF_FIELD(struct numbering_conf, plan), .type = CONF_STR,
	  .max = 31, .dflt = "",
	  .doc = "Dial plan of the country: jp, us (USA, Canada), gb, de, "
		 "fr; the keys below count more." },
	{ CONF_FIELD(struct numbering_conf, plan_file), .type = CONF_FILE,
	  .max = 255, .dflt = "", .flags = CONF_READABLE,
	  .doc = "Dial plan of one's own, see docs/add-a-dial-plan.md." },
	{ CONF_FIELD(struct numbering_conf, country), .type = CONF_STR,
	  .max = 3, .dflt = "", .doc = "Country code: \"81\"." },
	{ CONF_FIELD(struct numbering_conf, national), .type = CONF_STR,
	  .max = 5, .dflt = "", .doc = "Prefix of national numbers: \"0\"." },
	{ CONF_FIELD(struct numbering_conf, international), .type = CONF_STR,
	  .max = 5, .dflt = "",
	  .doc = "Prefix of international numbers: \"010\"." },
	{ CONF_FIELD(struct numbering_conf, area), .type = CONF_STR,
	  .max = 7, .dflt = "",
	  .doc = "Area code put before local numbers; empty: they have no "
		 "E.164 form." },
	{ CONF_FIELD(struct numbering_conf, bare), .type = CONF_BOOL,
	  .dflt = "no",
	  .doc = "National numbers may be dialled without their prefix." },
	{ CONF_FIELD(struct numbering_conf, min_digits), .type = CONF_INT,
	  .min = 0, .max = 15, .dflt = "0",
	  .doc = "Fewest digits of a national number, without prefix." },
	{ CONF_FIELD(struct numbering_conf, max_digits), .type = CONF_INT,
	  .min = 0, .max = 15, .dflt = "0",
	  .doc = "Most digits of a national number, without prefix." },
	{ CONF_FIELD(struct numbering_conf, zone), .type = CONF_STR,
	  .max = ZONE_NAME_MAX - 1, .dflt = "",
	  .doc = "Time zone of rules that name none, of guard: night and of "
		 "`tipring route --at`: \"Asia/Tokyo\"; empty: the "
		 "machine's." },
	{ 0 }
};

static void check_numbering(const void *sec, struct conf_diag *d)
{
	const struct numbering_conf *c = sec;
	const struct { const char *key, *v; } t[] = {
		{ "country", c->country }, { "national", c->national },
		{ "international", c->international }, { "area", c->area },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (t[i].v[strspn(t[i].v, "0123456789")])
			conf_diag_at(d, c, t[i].key, "may hold digits only");
	if (c->max_digits && c->min_digits > c->max_digits)
		conf_diag_at(d, c, "min_digits", "is larger than max_digits");
	if (c->plan[0] && c->plan_file[0])
		conf_diag_at(d, c, "plan_file", "there is a plan already");
	if (strpbrk(c->plan, "./"))
		conf_diag_at(d, c, "plan", "is a name like jp; a file is "
			     "given as plan_file");
}

const struct conf_section numbering_conf_section = {
	.name = "numbering", .size = sizeof(struct numbering_conf),
	.keys = numbering_keys, .check = check_numbering,
	.flags = CONF_RELOAD,
	.doc = "How numbers are dialled here; makes E.164 of them.",
};

const struct conf_section *const app_sections[] = {
	&log_conf_section, &control_conf_section, &numbering_conf_section,
	&sip_conf_section, &phone_conf_section, &sip_peers_section,
	&sip_registrations_section, &enum_conf_section, &media_conf_section,
	&line_section, &group_section, &call_conf_section,
	&route_emergency_section, &number_tables_section, &guard_conf_section,
	&route_rules_section, NULL
};

/* --- rules across sections --------------------------------------------- */

/* Is there an element whose first member, its name, is this? */
static bool has_name(const struct conf_list *l, size_t size, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp((const char *)l->v + i * size, name))
			return true;
	return false;
}

/* The same, but one whose name was refused may be it. */
static bool is_in(const struct conf_snapshot *s,
		  const struct conf_section *list, const char *name)
{
	const struct conf_list *l = conf_get(s, list);

	return has_name(l, list->size, name) || has_name(l, list->size, "");
}

bool app_conf_has(const struct conf_snapshot *s, const struct route_target *t)
{
	switch (t->kind) {
	case ROUTE_PEER:
		return is_in(s, &sip_peers_section, t->dest);
	case ROUTE_PHONE:
		return is_in(s, &phone_conf_section, t->dest);
	case ROUTE_LINE:
		return is_in(s, &line_section, t->dest);
	case ROUTE_GROUP:
		return is_in(s, &group_section, t->dest);
	case ROUTE_SERVICE:
		return !strcmp(t->dest, "echo") ||
		       !strcmp(t->dest, "milliwatt") ||
		       !strncmp(t->dest, "play:", 5);
	default:
		return true;
	}
}

/* Can the announcement be played, if it is one? */
static bool is_playable(const struct conf_snapshot *s,
			const struct route_target *t)
{
	const struct call_conf *c = conf_get(s, &call_conf_section);
	char file[LEG_SERVICE_FILE];

	return t->kind != ROUTE_SERVICE || strncmp(t->dest, "play:", 5) ||
	       (!leg_service_file(file, c->announcements, t->dest + 5) &&
		!access(file, R_OK));
}

static void check_targets(const struct conf_snapshot *s, const void *sec,
			  const struct conf_list *to, struct conf_diag *d)
{
	const void *calls = conf_get(s, &call_conf_section);
	const char (*text)[ROUTE_DEST_MAX] = to->v;
	struct route_target t;

	for (size_t i = 0; i < to->n; i++) {
		if (route_target_parse(&t, text[i]))
			continue;
		if (!app_conf_has(s, &t))
			conf_diag_at(d, sec, "to", "there is no %s", text[i]);
		else if (!conf_diag_doubts(d, calls) && !is_playable(s, &t))
			conf_diag_at(d, sec, "to", "'%s' is no file that can "
				     "be read in calls: announcements",
				     text[i]);
	}
}

/* "phones", or "phone:alice" with an alice. */
static bool is_source(const struct conf_snapshot *s, const char *text)
{
	static const char *const classes[] = {
		"internet", "known", "phones", "telephones", "trunks",
		"peers"
	};
	struct route_target t;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!strcmp(text, classes[i]))
			return true;
	return !route_target_parse(&t, text) && app_conf_has(s, &t) &&
	       (t.kind == ROUTE_PHONE || t.kind == ROUTE_LINE ||
		t.kind == ROUTE_PEER);
}

static void check_sources(const struct conf_snapshot *s, const void *sec,
			  const struct conf_list *list, struct conf_diag *d)
{
	const char (*from)[ROUTE_NAME_MAX] = list->v;

	for (size_t i = 0; i < list->n; i++)
		if (!is_source(s, from[i]))
			conf_diag_at(d, sec, "from", "'%s' is no source; one "
				     "is like phones, or phone:NAME of one "
				     "that is configured", from[i]);
}

/* --- tables ------------------------------------------------------------ */

static void say_table(const struct number_table_conf *c, const char *text,
		      void *arg)
{
	if (!conf_diag_doubts(arg, c))  /* its type may be refused */
		conf_diag_at(arg, c, "file", "%s", text);
}

static void check_carriers(const struct conf_snapshot *s,
			   const struct number_tables_entry *e,
			   struct conf_diag *d)
{
	const struct route_target *t;
	char text[ROUTE_TARGET_TEXT];

	for (unsigned i = 0; (t = number_table_target(e->table, i)); i++)
		if (!app_conf_has(s, t))
			conf_diag_at(d, e->conf, "file",
				     "%.80s:%u: there is no %s",
				     number_tables_file(e->conf),
				     number_table_target_line(e->table, i),
				     route_target_print(text, t));
}

static int keep_tables(struct conf_snapshot *s, struct conf_diag *d)
{
	struct number_tables *t;
	int err = number_tables_load(&t, conf_get(s, &number_tables_section),
				     say_table, d);

	if (err)
		return err == ENOMEM ? err : 0;
	for (unsigned i = 0; i < t->n; i++)
		check_carriers(s, &t->v[i], d);
	conf_keep(s, &number_tables_section, t);
	return 0;
}

static void check_table_name(const struct conf_snapshot *s,
			     const struct route_rule_conf *c,
			     const char *key, const char *name,
			     struct conf_diag *d)
{
	const struct conf_list *l = conf_get(s, &number_tables_section);
	const struct number_table_conf *t = l->v;
	int type = !strcmp(key, "table") ? NUMBER_TABLE_CARRIERS :
		   !strcmp(key, "ported") ? NUMBER_TABLE_PORTED : -1;

	if (!name[0])
		return;
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(t[i].name, name))
			continue;
		if (type >= 0 && t[i].type != type &&
		    !conf_diag_doubts(d, &t[i]))
			conf_diag_at(d, c, key, "table %s is of another type",
				     name);
		return;
	}
	if (!is_in(s, &number_tables_section, name))
		conf_diag_at(d, c, key, "there is no table %s", name);
}

static int keep_plan(struct conf_snapshot *s, struct conf_diag *d)
{
	struct dial_plan *p;
	int err = app_plan_new(&p, conf_get(s, &numbering_conf_section), d);

	if (err)
		return err == ENOMEM ? err : 0;
	conf_keep(s, &numbering_conf_section, p);
	return 0;
}

static bool is_emergency(const struct route_conf *rc, const char *number)
{
	return rc->plan && number[0] &&
	       has_name(rule_set_numbers(rc), ROUTE_NUMBER_MAX, number);
}

/* Who dials it wants help: nobody of the house may have that number. */
static void check_house(const struct conf_snapshot *s,
			const struct route_conf *rc, struct conf_diag *d)
{
	const struct conf_list *pl = conf_get(s, &phone_conf_section);
	const struct conf_list *ll = conf_get(s, &line_section);
	const struct phone_conf *p = pl->v;
	const struct line_conf *l = ll->v;

	for (size_t i = 0; i < pl->n; i++)
		if (is_emergency(rc, p[i].number))
			conf_diag_at(d, &p[i], "number", "%s is an emergency "
				     "number", p[i].number);
	for (size_t i = 0; i < ll->n; i++)
		if (l[i].kind == LINE_FXS && !conf_diag_doubts(d, &l[i]) &&
		    is_emergency(rc, l[i].number))
			conf_diag_at(d, &l[i], "number", "%s is an emergency "
				     "number", l[i].number);
}

/* A line whose kind was refused may be one to the PSTN. */
static bool may_lead_out(const struct conf_snapshot *s,
			 const struct conf_diag *d)
{
	const struct conf_list *lines = conf_get(s, &line_section);
	const struct line_conf *l = lines->v;

	for (size_t i = 0; i < lines->n; i++)
		if (l[i].kind == LINE_FXO || conf_diag_doubts(d, &l[i]))
			return true;
	return false;
}

static void check_emergency(const struct conf_snapshot *s,
			    const struct route_emergency_conf *em,
			    struct conf_diag *d)
{
	struct route_conf rc;

	app_plan_routes(&rc, s);
	check_targets(s, em, &em->to, d);
	if (em->numbers.n && !em->to.n && !may_lead_out(s, d))
		conf_diag_at(d, em, "to", "emergency numbers need a target: "
			     "there is no line to the PSTN");
	check_house(s, &rc, d);
}

static void check_places(const struct conf_snapshot *s,
			 const struct route_emergency_conf *em,
			 struct conf_diag *d)
{
	const struct place_conf *p = em->places.v;

	for (size_t i = 0; i < em->places.n; i++)
		check_sources(s, &p[i], &p[i].from, d);
}

static bool is_trunk(const struct conf_snapshot *s, const char *name)
{
	const struct conf_list *l = conf_get(s, &line_section);
	const struct line_conf *v = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(v[i].name, name))
			return v[i].kind != LINE_FXS;
	return false;
}

static bool has_account(const struct conf_list *peers, const char *name)
{
	const struct sip_peer_conf *c = peers->v;

	for (size_t i = 0; i < peers->n; i++)
		if (!strcmp(c[i].name, name))
			return peer_conf_has_account(&c[i]);
	return false;
}

bool app_conf_is_pstn(const struct conf_snapshot *s,
		      const struct route_target *t)
{
	const struct conf_list *l = conf_get(s, &group_section);
	const struct group_conf *v = l->v;

	if (t->kind == ROUTE_LINE)
		return is_trunk(s, t->dest);
	if (t->kind == ROUTE_PEER)
		return has_account(conf_get(s, &sip_peers_section), t->dest);
	for (size_t i = 0; t->kind == ROUTE_GROUP && i < l->n; i++) {
		const char (*lines)[LINE_NAME_MAX] = v[i].lines.v;

		for (size_t k = 0; k < v[i].lines.n; k++)
			if (!strcmp(v[i].name, t->dest) &&
			    is_trunk(s, lines[k]))
				return true;
	}
	return false;
}

/* Money is counted by a table of prices. */
static void check_rates(const struct conf_snapshot *s,
			const struct guard_conf *c, struct conf_diag *d)
{
	const struct conf_list *l = conf_get(s, &number_tables_section);
	const struct number_table_conf *v = l->v;
	const struct guard_source_conf *sc = c->sources.v;
	bool money = c->limits.money_hour || c->limits.money_day, found;

	for (size_t i = 0; i < c->sources.n; i++)
		money |= sc[i].limits.money_hour || sc[i].limits.money_day;
	found = !c->rates[0];
	for (size_t i = 0; i < l->n; i++)
		found |= (!strcmp(v[i].name, c->rates) &&
			  v[i].type == NUMBER_TABLE_RATES) ||
			 conf_diag_doubts(d, &v[i]);
	if (!found)
		conf_diag_at(d, c, "rates", "there is no table %s of type "
			     "rates", c->rates);
	if (money && !c->rates[0])
		conf_diag_at(d, c, "rates", "limits of money need a table of "
			     "prices");
}

static void check_guard(const struct conf_snapshot *s, struct conf_diag *d)
{
	const struct guard_conf *c = conf_get(s, &guard_conf_section);
	const struct guard_source_conf *v = c->sources.v;
	const char (*target)[ROUTE_DEST_MAX] = c->free.v;
	struct route_target t;

	for (size_t i = 0; i < c->free.n; i++)
		if (route_target_parse(&t, target[i]) || !app_conf_has(s, &t))
			conf_diag_at(d, c, "free", "there is no %s",
				     target[i]);
	for (size_t i = 0; i < c->sources.n; i++)
		check_sources(s, &v[i], &v[i].from, d);
	check_rates(s, c, d);
}

/* Nobody unknown calls at our cost unless that is said twice. */
static void check_internet(const struct conf_snapshot *s,
			   const struct route_rule_conf *c,
			   struct conf_diag *d)
{
	const char (*from)[ROUTE_NAME_MAX] = c->from.v;
	const char (*to)[ROUTE_DEST_MAX] = c->to.v;
	struct route_target t;
	bool open = false;

	for (size_t i = 0; i < c->from.n; i++)
		open |= !strcmp(from[i], "internet");
	for (size_t i = 0; open && !c->pstn_for_internet && i < c->to.n; i++)
		if (!route_target_parse(&t, to[i]) &&
		    app_conf_is_pstn(s, &t))
			conf_diag_at(d, c, "to", "'%s' is a way to the "
				     "telephone network: the internet may "
				     "not reach it without "
				     "pstn_for_internet: yes", to[i]);
	if (open && !c->pstn_for_internet && c->table[0])
		conf_diag_at(d, c, "table", "the internet may not reach its "
			     "carriers without pstn_for_internet: yes");
}

static void check_rule(const struct conf_snapshot *s,
		       const struct route_rule_conf *c, struct conf_diag *d)
{
	struct rule_date *dates = NULL;
	unsigned line;
	size_t n;

	check_targets(s, c, &c->to, d);
	check_sources(s, c, &c->from, d);
	check_internet(s, c, d);
	check_table_name(s, c, "table", c->table, d);
	check_table_name(s, c, "ported", c->ported, d);
	check_table_name(s, c, "in_table", c->in_table, d);
	check_table_name(s, c, "not_in_table", c->not_in_table, d);
	check_table_name(s, c, "caller_in_table", c->caller_in_table, d);
	check_table_name(s, c, "caller_not_in_table", c->caller_not_in_table,
			 d);
	if (c->dates_file[0] &&
	    rule_load_dates(&dates, &n, c->dates_file, &line) == EBADMSG)
		conf_diag_at(d, c, "dates_file", "its line %u is no date "
			     "like 2026-05-03 or 01-01, or too much", line);
	mem_free(dates);
}

static int keep_zone(struct conf_snapshot *s, struct conf_diag *d)
{
	const struct numbering_conf *c = conf_get(s, &numbering_conf_section);
	struct zone *zone = NULL;
	const char *why;
	int err = c->zone[0] ? zone_open(&zone, c->zone, &why) : 0;

	if (err == EBADMSG)
		conf_diag_at(d, c, "zone", "%s", why);
	else if (!err)
		conf_keep(s, &route_rules_section, zone);
	return err == ENOMEM ? err : 0;
}

int app_conf_cross(struct conf_snapshot *s, struct conf_diag *d)
{
	const struct conf_list *rules = conf_get(s, &route_rules_section);
	const struct route_rule_conf *rc = rules->v;
	const struct route_emergency_conf *em =
		conf_get(s, &route_emergency_section);
	int err = keep_plan(s, d);

	if (!err)
		err = keep_tables(s, d);
	if (!err)
		err = keep_zone(s, d);
	if (err)
		return err;
	line_conf_cross(s, d);
	check_emergency(s, em, d);
	check_places(s, em, d);
	check_guard(s, d);
	for (size_t i = 0; i < rules->n; i++)
		check_rule(s, &rc[i], d);
	return 0;
}
