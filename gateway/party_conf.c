/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of `numbers:`. */
#include "gateway/party_conf.h"

#include <string.h>

static const char *const forms[] = {
	[DIAL_FORM_AS_IS] = "as_is", [DIAL_FORM_DIALLED] = "dialled",
	[DIAL_FORM_NATIONAL] = "national", [DIAL_FORM_BARE] = "bare",
	[DIAL_FORM_INTERNATIONAL] = "international",
	[DIAL_FORM_E164] = "e164", [DIAL_FORM_PLAIN] = "plain", NULL
};

static const char *const screens[] = {
	[PARTY_SCREEN_PASS] = "pass", [PARTY_SCREEN_REPLACE] = "replace",
	[PARTY_SCREEN_WITHHOLD] = "withhold", NULL
};

static const struct conf_key shown_item = {
	.type = CONF_STR, .min = 1, .max = PARTY_SHOWN_MAX - 1
};

#define F(member) CONF_FIELD(struct party_numbers_conf, member)
#define CALLED(form) { F(called), .type = CONF_NAME, .names = forms, \
	.dflt = form, \
	.doc = "Form of called numbers, to it and from it: as_is; dialled " \
	       "(as is, but + becomes the prefixes of the dial plan); " \
	       "national (with prefix); bare (without); international " \
	       "(with prefix and country code); e164 (with +); plain " \
	       "(E.164 without +)." }
#define CALLING(form) { F(calling), .type = CONF_NAME, .names = forms, \
	.dflt = form, \
	.doc = "The same for callers' numbers." }
#define MAIN { F(main), .type = CONF_STR, .max = PARTY_SHOWN_MAX - 1, \
	.dflt = "", \
	.doc = "Number shown for callers who have none of that form, such " \
	       "as extensions, and by screen: replace." }
#define SCREEN { F(screen), .type = CONF_NAME, .names = screens, \
	.dflt = "pass", \
	.doc = "What becomes of a caller's number from it that accept does " \
	       "not hold: pass, replace (by main), withhold." }
#define ACCEPT { F(accept), .type = CONF_LIST, .item = &shown_item, \
	.max = 64, .dflt = "[]", \
	.doc = "Beginnings of callers' numbers that it may show, as E.164 " \
	       "with + or as they come." }

static const struct conf_key peer_keys[] = {
	CALLED("as_is"), CALLING("as_is"), MAIN, SCREEN, ACCEPT, { 0 }
};

static const struct conf_key line_keys[] = {
	CALLED("dialled"), CALLING("dialled"), MAIN, SCREEN, ACCEPT,
	{ F(access), .type = CONF_STR, .max = 7, .dflt = "",
	  .doc = "fxo: dialled in front of every number, emergency numbers "
		 "too; a comma is a pause." },
	{ 0 }
};
#undef F

static bool is_number(const char *s)
{
	if (*s == '+')
		s++;
	return *s && !s[strspn(s, "0123456789")];
}

static void check(const void *sec, struct conf_diag *d)
{
	const struct party_numbers_conf *c = sec;
	const char (*v)[PARTY_SHOWN_MAX] = c->accept.v;
	bool doubts = conf_diag_doubts(d, c);

	if (c->main[0] && !is_number(c->main))
		conf_diag_at(d, c, "main", "'%s' is not a number", c->main);
	if (c->screen == PARTY_SCREEN_REPLACE && !c->main[0] && !doubts)
		conf_diag_at(d, c, "screen", "replace needs main: by what?");
	if (c->accept.n && c->screen == PARTY_SCREEN_PASS && !doubts)
		conf_diag_at(d, c, "accept", "is of no use while screen is "
			     "pass");
	for (size_t i = 0; i < c->accept.n; i++)
		if (!is_number(v[i]))
			conf_diag_at(d, c, "accept", "'%s' is no beginning "
				     "of a number", v[i]);
	if (c->access[strspn(c->access, "0123456789*#,")])
		conf_diag_at(d, c, "access", "may hold 0-9 * # and commas "
			     "only");
}

const struct conf_section party_peer_numbers_section = {
	.name = "numbers", .size = sizeof(struct party_numbers_conf),
	.keys = peer_keys, .check = check,
	.doc = "Forms of numbers, and whose are believed.",
};

const struct conf_section party_line_numbers_section = {
	.name = "numbers", .size = sizeof(struct party_numbers_conf),
	.keys = line_keys, .check = check,
	.doc = "Forms of numbers, and whose are believed.",
};
