/* SPDX-License-Identifier: Apache-2.0 */
/* ENUM's answers as targets (RFC 6116, RFC 3966 for tel: URIs). */
#include "gateway/route/rule_enum.h"

#include <string.h>

#include "base/str.h"

static bool is_sip(struct str uri)
{
	return str_istarts(uri, "sip:") || str_istarts(uri, "sips:");
}

void rule_enum_targets(struct route_result *res, const struct enum_answer *a,
		       const struct party *called)
{
	for (unsigned i = 0; i < a->n && res->n < ROUTE_TARGETS_MAX; i++) {
		struct route_target *t = &res->v[res->n];

		if (!is_sip(str_z(a->v[i].uri)))
			continue;
		memset(t, 0, sizeof(*t));
		t->kind = ROUTE_URI;
		if (str_copy(t->dest, sizeof(t->dest), str_z(a->v[i].uri)))
			continue;
		t->called = *called;
		res->n++;
	}
}

bool rule_enum_tel(const struct enum_answer *a, char out[E164_MAX])
{
	struct str number, rest;

	if (!a->n || !str_istarts(str_z(a->v[0].uri), "tel:+"))
		return false;
	str_cut(str_sub(str_z(a->v[0].uri), 4, sizeof(a->v[0].uri)), ';',
		&number, &rest);
	return e164_normalise(out, number, NULL) == 0;
}

const char *rule_enum_result(int err)
{
	switch (err) {
	case 0:
		return "found";
	case ENOENT:
		return "not found";
	default:
		return "unavailable";
	}
}
