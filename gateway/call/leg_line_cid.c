/* SPDX-License-Identifier: Apache-2.0 */
/* Caller ID of a line as a party, and back. */
#include <stdio.h>
#include <string.h>

#include "gateway/call/leg_line.h"

void leg_line_cid_read(struct party *p, const struct caller_id *cid)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->number, sizeof(p->number), "%s", cid->number);
	snprintf(p->name, sizeof(p->name), "%.*s",
		 (int)sizeof(p->name) - 1, cid->name);
	/* in whose character set? a SIP header takes UTF-8 only */
	for (char *s = p->name; *s; s++)
		if ((unsigned char)*s >= 0x80)
			*s = '?';
	if (cid->number_private)
		p->presentation = PARTY_RESTRICTED;
	else if (cid->number_unavailable || !cid->number[0])
		p->presentation = PARTY_UNAVAILABLE;
}

void leg_line_cid_write(struct caller_id *cid, const struct party *p)
{
	memset(cid, 0, sizeof(*cid));
	cid->number_private = p->presentation == PARTY_RESTRICTED;
	cid->name_private = cid->number_private;
	cid->number_unavailable = !cid->number_private &&
				  (p->presentation == PARTY_UNAVAILABLE ||
				   !p->number[0]);
	if (p->presentation != PARTY_ALLOWED)
		return;
	/* telephones show digits only */
	for (const char *s = p->number; *s; s++) {
		size_t n = strlen(cid->number);

		if (*s >= '0' && *s <= '9' && n + 1 < sizeof(cid->number))
			cid->number[n] = *s;
	}
	for (const char *s = p->name; *s; s++) {
		size_t n = strlen(cid->name);

		if (*s >= ' ' && *s < 127 && n + 1 < sizeof(cid->name))
			cid->name[n] = *s;
	}
}
