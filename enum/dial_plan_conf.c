/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a dial plan's data file, and how it is loaded. */
#include "enum/dial_plan_conf.h"

#include <string.h>

#include "base/mem.h"

static const char *const kinds[] = {
	[DIAL_UNKNOWN] = "unknown", [DIAL_GEOGRAPHIC] = "geographic",
	[DIAL_MOBILE] = "mobile", [DIAL_IP] = "ip",
	[DIAL_PERSONAL] = "personal", [DIAL_PAGER] = "pager",
	[DIAL_FREEPHONE] = "freephone", [DIAL_SHARED] = "shared",
	[DIAL_PREMIUM] = "premium", [DIAL_SERVICE] = "service",
	[DIAL_SHORT] = "short", [DIAL_EMERGENCY] = "emergency",
	[DIAL_INTERNATIONAL] = "international", NULL
};

const char *dial_kind_name(enum dial_kind k)
{
	return kinds[k];
}

static const struct conf_key pattern_item = {
	.type = CONF_STR, .min = 1, .max = DIAL_PATTERN_MAX - 1
};
static const struct conf_key short_item = {
	.type = CONF_STR, .min = 1, .max = DIAL_SHORT_MAX - 1
};

static const struct conf_key sos_item = {
	.type = CONF_STR, .min = 1, .max = DIAL_SOS_MAX - 1
};

#define F(member) CONF_FIELD(struct dial_plan_conf, member)
static const struct conf_key plan_keys[] = {
	{ F(title), .type = CONF_STR, .min = 1, .max = 63,
	  .doc = "For people." },
	{ F(country), .type = CONF_STR, .min = 1, .max = 3,
	  .doc = "Country code." },
	{ F(national), .type = CONF_STR, .max = 5, .dflt = "",
	  .doc = "Prefix of national numbers." },
	{ F(bare), .type = CONF_BOOL, .dflt = "no",
	  .doc = "National numbers are dialled without that prefix, too." },
	{ F(local), .type = CONF_STR, .max = 10, .dflt = "123456789",
	  .doc = "First digits of local numbers, dialled without area "
		 "code." },
	{ F(international), .type = CONF_LIST, .item = &pattern_item,
	  .min = 1, .max = 32,
	  .doc = "Prefixes of international numbers, the usual one first." },
	{ F(carriers), .type = CONF_LIST, .item = &pattern_item,
	  .max = 64, .dflt = "[]",
	  .doc = "Codes in front of a number that choose who carries the "
		 "call." },
	{ F(withhold), .type = CONF_LIST, .item = &pattern_item, .max = 8,
	  .dflt = "[]",
	  .doc = "Codes in front of a number that withhold the caller's, "
		 "the usual one first." },
	{ F(show), .type = CONF_LIST, .item = &pattern_item, .max = 8,
	  .dflt = "[]",
	  .doc = "Codes in front of a number that show the caller's." },
	{ F(emergency), .type = CONF_LIST, .item = &short_item, .max = 32,
	  .dflt = "[]", .doc = "Emergency numbers, the first for any need." },
	{ F(sos), .type = CONF_LIST, .item = &sos_item, .max = 32,
	  .dflt = "[]",
	  .doc = "Those that are for one need: \"fire 119\", with the words "
		 "of RFC 5031." },
	{ 0 }
};
#undef F

#define F(member) CONF_FIELD(struct dial_range_conf, member)
static const struct conf_key range_keys[] = {
	{ F(prefix), .type = CONF_STR, .min = 1, .max = DIAL_PATTERN_MAX - 1,
	  .doc = "How its numbers begin: digits, x for any, sets as [2-9]." },
	{ F(kind), .type = CONF_NAME, .names = kinds,
	  .doc = "geographic, mobile, ip, personal, pager, freephone, "
		 "shared, premium, service, short, international." },
	{ F(digits), .type = CONF_STR, .min = 1, .max = 7,
	  .doc = "Length with that beginning: 10, or 9-10." },
	{ F(country), .type = CONF_STR, .max = 3, .dflt = "",
	  .doc = "Country code, if it is not that of the plan." },
	{ 0 }
};
#undef F

static bool digits_only(const char *s)
{
	return !s[strspn(s, "0123456789")];
}

/* The first of prefixes is dialled by us: it has to be literal. */
static void check_patterns(const struct dial_plan_conf *c, const char *key,
			   const struct conf_list *l, struct conf_diag *d)
{
	const char (*v)[DIAL_PATTERN_MAX] = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (!dial_pattern_is_valid(v[i]))
			conf_diag_at(d, c, key, "'%s' is no pattern of "
				     "digits", v[i]);
	if (l->n && (strpbrk(v[0], "x[") || strlen(v[0]) >= DIAL_CODE_MAX))
		conf_diag_at(d, c, key, "the first has to be plain digits, "
			     "at most %d", DIAL_CODE_MAX - 1);
}

static bool is_emergency(const struct dial_plan_conf *c, struct str number)
{
	const char (*v)[DIAL_SHORT_MAX] = c->emergency.v;

	for (size_t i = 0; i < c->emergency.n; i++)
		if (str_eqz(number, v[i]))
			return true;
	return false;
}

static void check_sos(const struct dial_plan_conf *c, struct conf_diag *d)
{
	const char (*v)[DIAL_SOS_MAX] = c->sos.v;

	for (size_t i = 0; i < c->sos.n; i++) {
		struct str service, number;

		if (!str_cut(str_z(v[i]), ' ', &service, &number) ||
		    !service.l ||
		    (!is_emergency(c, number) && !conf_diag_doubts(d, c)))
			conf_diag_at(d, c, "sos", "'%s' is not like "
				     "\"fire 119\", with a number of "
				     "emergency", v[i]);
	}
}

static void check_plan(const void *sec, struct conf_diag *d)
{
	const struct dial_plan_conf *c = sec;
	const char (*sos)[DIAL_SHORT_MAX] = c->emergency.v;

	if (!digits_only(c->country) || c->country[0] == '0')
		conf_diag_at(d, c, "country", "'%s' is no country code",
			     c->country);
	if (!digits_only(c->national))
		conf_diag_at(d, c, "national", "may hold digits only");
	if (!digits_only(c->local))
		conf_diag_at(d, c, "local", "may hold digits only");
	if (!c->national[0] && !c->bare && !conf_diag_doubts(d, c))
		conf_diag_at(d, c, "bare", "without a national prefix it has "
			     "to be yes");
	check_patterns(c, "international", &c->international, d);
	check_patterns(c, "withhold", &c->withhold, d);
	check_patterns(c, "show", &c->show, d);
	for (size_t i = 0; i < c->carriers.n; i++) {
		const char (*v)[DIAL_PATTERN_MAX] = c->carriers.v;

		if (!dial_pattern_is_valid(v[i]))
			conf_diag_at(d, c, "carriers", "'%s' is no pattern "
				     "of digits", v[i]);
	}
	for (size_t i = 0; i < c->emergency.n; i++)
		if (!digits_only(sos[i]))
			conf_diag_at(d, c, "emergency", "'%s' is not a "
				     "number", sos[i]);
	check_sos(c, d);
}

int dial_digits_parse(uint8_t *min, uint8_t *max, const char *text)
{
	struct str a, b;
	uint32_t lo, hi;

	if (!str_cut(str_z(text), '-', &a, &b))
		b = a;
	if (str_u32(&lo, a, 15) || str_u32(&hi, b, 15) || !lo || hi < lo)
		return EBADMSG;
	*min = (uint8_t)lo;
	*max = (uint8_t)hi;
	return 0;
}

static void check_range(const void *sec, struct conf_diag *d)
{
	const struct dial_range_conf *c = sec;
	uint8_t min, max;

	if (!dial_pattern_is_valid(c->prefix))
		conf_diag_at(d, c, "prefix", "'%s' is no pattern of digits",
			     c->prefix);
	if (dial_digits_parse(&min, &max, c->digits))
		conf_diag_at(d, c, "digits", "'%s' is no length like 10 or "
			     "9-10, at most 15", c->digits);
	if (c->kind == DIAL_EMERGENCY)
		conf_diag_at(d, c, "kind", "emergency numbers stand in the "
			     "plan's list `emergency`");
	if (!digits_only(c->country))
		conf_diag_at(d, c, "country", "may hold digits only");
}

const struct conf_section dial_plan_section = {
	.name = "plan", .size = sizeof(struct dial_plan_conf),
	.keys = plan_keys, .check = check_plan,
	.doc = "Prefixes, codes and emergency numbers.",
};

const struct conf_section dial_ranges_section = {
	.name = "ranges", .size = sizeof(struct dial_range_conf),
	.keys = range_keys, .check = check_range, .list = true,
	.doc = "National numbers, without prefix. The longest beginning "
	       "counts, of equal ones the first.",
};

const struct conf_section dial_short_section = {
	.name = "short", .size = sizeof(struct dial_range_conf),
	.keys = range_keys, .check = check_range, .list = true,
	.doc = "Numbers dialled as they are, without any prefix.",
};

const struct conf_section dial_world_section = {
	.name = "countries", .size = sizeof(struct dial_range_conf),
	.keys = range_keys, .check = check_range, .list = true,
	.doc = "Numbers of other countries, country code first.",
};

static const struct conf_section *const world_sections[] = {
	&dial_world_section, NULL
};

const struct conf_section *const dial_sections[] = {
	&dial_plan_section, &dial_ranges_section, &dial_short_section, NULL
};

static int build(struct dial_plan **pp, struct conf_snapshot *s,
		 const struct dial_keys *keys, struct conf_diag *d)
{
	int err = dial_plan_build(pp, conf_get(s, &dial_plan_section),
				  conf_get(s, &dial_ranges_section),
				  conf_get(s, &dial_short_section), keys);

	if (err == EFBIG || err == EBADMSG) {
		conf_diag_at(d, NULL, NULL, "its ranges are too many");
		err = EINVAL;
	}
	obj_unref(s);
	return err;
}

int dial_plan_load(struct dial_plan **pp, const char *path,
		   const struct dial_keys *keys, struct conf_diag *d)
{
	struct conf_snapshot *s;
	int err = conf_load(&s, path, dial_sections, NULL, d);

	return err ? err : build(pp, s, keys, d);
}

int dial_plan_load_text(struct dial_plan **pp, const char *path,
			struct str text, const struct dial_keys *keys,
			struct conf_diag *d)
{
	struct conf_snapshot *s;
	int err = conf_load_text(&s, path, text, dial_sections, NULL, d);

	return err ? err : build(pp, s, keys, d);
}

int dial_plan_load_world(struct dial_plan *p, const char *path,
			 struct conf_diag *d)
{
	struct conf_snapshot *s;
	int err = conf_load(&s, path, world_sections, NULL, d);

	if (err)
		return err;
	err = dial_plan_add_world(p, conf_get(s, &dial_world_section));
	obj_unref(s);
	return err;
}

int dial_plan_new(struct dial_plan **pp, const struct dial_keys *keys)
{
	return dial_plan_build(pp, NULL, NULL, NULL, keys);
}
