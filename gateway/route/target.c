/* SPDX-License-Identifier: Apache-2.0 */
/* Sources and targets as text, and back. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "gateway/route/route.h"

static const struct {
	enum route_kind kind;
	const char     *word;
} kinds[] = {
	{ ROUTE_PEER,    "peer:" },
	{ ROUTE_PHONE,   "phone:" },
	{ ROUTE_LINE,    "line:" },
	{ ROUTE_GROUP,   "group:" },
	{ ROUTE_SERVICE, "service:" },
	{ ROUTE_REJECT,  "reject:" },
	{ ROUTE_URI,     "" },
};

static const char *const words[] = {
	[ROUTE_FROM_INTERNET]  = "internet",
	[ROUTE_FROM_PHONE]     = "phone",
	[ROUTE_FROM_TELEPHONE] = "line",
	[ROUTE_FROM_TRUNK]     = "line",
	[ROUTE_FROM_PEER]      = "peer",
};

bool route_source_reads(const struct route_source *s, const char *text)
{
	size_t n = strlen(words[s->kind]);

	if (strncmp(text, words[s->kind], n))
		return false;
	if (s->kind == ROUTE_FROM_INTERNET)
		return !text[n];
	return text[n] == ':' && !strcmp(text + n + 1, s->name);
}

const char *route_source_print(char out[ROUTE_SOURCE_TEXT],
			       const struct route_source *s)
{
	if (s->kind == ROUTE_FROM_INTERNET)
		snprintf(out, ROUTE_SOURCE_TEXT, "internet");
	else
		snprintf(out, ROUTE_SOURCE_TEXT, "%s:%s", words[s->kind],
			 s->name);
	return out;
}

const char *route_target_print(char out[ROUTE_TARGET_TEXT],
			       const struct route_target *t)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == t->kind)
			snprintf(out, ROUTE_TARGET_TEXT, "%s%s",
				 kinds[i].word, t->dest);
	if (t->kind == ROUTE_REJECT)
		snprintf(out, ROUTE_TARGET_TEXT, "reject:%d", (int)t->cause);
	return out;
}

const char *route_target_peer(const struct route_target *t)
{
	if (t->kind == ROUTE_PEER)
		return t->dest;
	return t->kind == ROUTE_URI && t->peer[0] ? t->peer : NULL;
}

static int parse_cause(struct route_target *t, struct str s)
{
	uint32_t cause;
	int err = str_u32(&cause, s, 127);

	if (err || !cause)
		return EBADMSG;
	t->cause = (enum q850_cause)cause;
	return 0;
}

int route_target_parse(struct route_target *t, const char *text)
{
	struct str s = str_z(text);

	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].word);
		struct str rest;

		if (!n || !str_starts(s, kinds[i].word))
			continue;
		rest = str_sub(s, n, s.l);
		t->kind = kinds[i].kind;
		if (!rest.l)
			return EBADMSG;
		if (t->kind == ROUTE_REJECT)
			return parse_cause(t, rest);
		return str_copy(t->dest, sizeof(t->dest), rest) ? EBADMSG : 0;
	}
	return EBADMSG;
}
