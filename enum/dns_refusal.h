/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one DNS server refuses to answer, so that it is not asked for it by
 * each call: RFC 2308, 7.1, and RFC 9520, 3.2.
 *
 * Three refusals in a row for names of one tree, and the part that these
 * names share is left alone: 1.8.e164.arpa, or e164.arpa, if they are of
 * many countries. A tree is what stands behind the digits of a name; a name
 * without digits is one of its own. After 1, 2, 4, ... 30 s one question
 * goes through; an answer ends it all. Names beside that part are asked on.
 * (pure; time is an argument)
 */
#ifndef ENUM_DNS_REFUSAL_H
#define ENUM_DNS_REFUSAL_H

#include "base/buf.h"
#include "enum/resolver.h"

enum { DNS_REFUSALS_MAX = 32 };

/* Of one server. Zeroed is not enough: dns_refusals_init(). */
struct dns_refusals {
	struct list list;       /* the latest last; at most
				 * DNS_REFUSALS_MAX */
	unsigned    n, n_open;  /* open: left alone */
};

/* Empty. */
void dns_refusals_init(struct dns_refusals *r);
/* Forgets all. */
void dns_refusals_fini(struct dns_refusals *r);

/* Is this not to be asked now? The rcode (of enum dns_rcode) of the last
 * refusal then; else 0. */
unsigned dns_refusals_find(const struct dns_refusals *r, const char *name,
			   uint16_t type, uint64_t now_us);
/* This is asked now: as the one question that goes through, perhaps. */
void dns_refusals_asked(struct dns_refusals *r, const char *name,
			uint16_t type, uint64_t now_us);
/* It was refused with rcode (not 0). From now on something more is left
 * alone: what (valid until the next call); else NULL. */
const char *dns_refusals_add(struct dns_refusals *r, const char *name,
			     uint16_t type, unsigned rcode, uint64_t now_us);
/* It was answered. True: something is asked again that was left alone. */
bool dns_refusals_answered(struct dns_refusals *r, const char *name,
			   uint16_t type);

/* Lines "... refuses=1.8.e164.arpa type=NAPTR rcode=REFUSED
 * asked_in_ms=700", head before each. */
void dns_refusals_print(const struct dns_refusals *r, struct buf *out,
			const char *head, uint64_t now_us);

#endif
