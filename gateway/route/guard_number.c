/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_number.h"

#include <stdio.h>
#include <string.h>

#include "gateway/party.h"

enum {
	CODE_MAX = 5,           /* characters of a code of the exchange */
};

static bool look_exactly(const struct dial_plan *p, struct guard_number *n,
			 const char *dialled)
{
	struct dial_number d;

	memset(n, 0, sizeof(*n));
	dial_plan_look(p, dialled, &d);
	snprintf(n->e164, sizeof(n->e164), "%s", d.e164);
	n->premium = d.kind == DIAL_PREMIUM;
	if (!n->e164[0])
		return n->premium;
	n->premium |= guard_country_is_service(n->e164) ||
		      dial_plan_kind(p, n->e164) == DIAL_PREMIUM;
	guard_country_of(n->country, n->e164);
	return true;
}

/* An exchange takes the digits that it needs and lets the rest be: the
 * longest beginning that is a number counts, so that no "#" or digit too
 * many behind it hides where it leads. */
static bool look_begin(const struct dial_plan *p, struct guard_number *n,
		       const char *dialled)
{
	char digits[PARTY_NUMBER_MAX];
	size_t len = 0;
	bool found = false;

	memset(n, 0, sizeof(*n));
	/* in what a zone holds there may be visual separators (RFC 3966) */
	for (const char *s = dialled; *s && len < sizeof(digits) - 1; s++) {
		if (strchr("+0123456789*#", *s))
			digits[len++] = *s;
		else if (!strchr("-.() ", *s))
			break;
	}
	for (; len > 0 && !found; len--) {
		digits[len] = '\0';
		found = look_exactly(p, n, digits);
	}
	return found;
}

/* A number may stand behind a code of the exchange: *70, *21* ... */
static bool look(const struct dial_plan *p, struct guard_number *n,
		 const char *dialled)
{
	bool found = look_begin(p, n, dialled);
	struct guard_number behind;

	if (dialled[0] != '*' && dialled[0] != '#')
		return found;
	for (size_t i = 1; i <= CODE_MAX && dialled[i]; i++) {
		if (!look_begin(p, &behind, dialled + i) ||
		    (found && !behind.premium))
			continue;
		*n = behind;
		found = true;
	}
	return found;
}

void guard_number_look(struct guard_number *n, const struct dial_plan *p,
		       const char *target, const char *dialled)
{
	struct guard_number first;

	if (!look(p, &first, dialled))
		memset(&first, 0, sizeof(first));
	if (!look(p, n, target))
		*n = first;
	n->premium |= first.premium;
}
