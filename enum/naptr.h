/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a set of NAPTR records says about a number: order and preference
 * (RFC 3403), the substitution expression (RFC 3402), enumservices
 * (RFC 6116). Pure: no time, no network, no memory but the caller's.
 */
#ifndef ENUM_NAPTR_H
#define ENUM_NAPTR_H

#include "enum/ere.h"
#include "enum/resolver.h"

enum {
	NAPTR_REGARDED = 32,    /* of one set, the first by order */
	NAPTR_URI_MAX  = 256,   /* with the NUL */
	NAPTR_SERVICE_MAX = 64,
};

/* Enumservices that a call can use; a mask. */
enum naptr_service {
	NAPTR_SIP   = 1,        /* E2U+sip, sip+E2U, E2U+sips */
	NAPTR_VOICE = 2,        /* E2U+voice:sip, E2U+voice:tel, tel+E2U */
	NAPTR_PSTN  = 4,        /* E2U+pstn:sip, E2U+pstn:tel (RFC 4769) */
	NAPTR_ALL   = 7,
};

enum naptr_use {
	NAPTR_USED,             /* a URI to dial */
	NAPTR_FOLLOW,           /* non-terminal: goes on at replacement */
	NAPTR_SHOWN,            /* in order, but not for calls (mailto) */
	NAPTR_LATER,            /* behind a lower order that was usable */
	NAPTR_NO_MATCH,         /* its expression does not fit the number */
	NAPTR_BAD,              /* malformed: skipped and counted */
};

struct naptr_verdict {
	const struct dns_naptr *rr;
	enum naptr_use          use;
	const char             *why;    /* constant words */
	unsigned                service;        /* enum naptr_service, or 0 */
	char                    uri[NAPTR_URI_MAX];     /* USED, SHOWN, or "" */
};

/* Of a set, sorted by order, then preference, then place; what comes after
 * the first NAPTR_REGARDED is not looked at. */
struct naptr_verdicts {
	unsigned             n;
	unsigned             n_bad;
	struct naptr_verdict v[NAPTR_REGARDED];
};

/*
 * Judges the records of set (type NAPTR) for the number ("+8150..."): the
 * lowest order that holds a usable one (to dial or to follow) is taken,
 * higher ones are NAPTR_LATER. services: mask of naptr_service.
 */
void naptr_eval(struct naptr_verdicts *out, const char *e164,
		const struct dns_rrset *set, unsigned services);

/* The enumservices named by a services field that are in calls' use; 0:
 * none. False: the field is no E2U service field at all. */
bool naptr_services(struct str field, unsigned *mask);

/*
 * RFC 3402 substitution: "!^.*$!sip:x@y!i" applied to key. The result is
 * terminated. EBADMSG: malformed, *why says what; ENOENT: no match;
 * ENAMETOOLONG: result longer than cap - 1.
 */
int naptr_substitute(char *out, size_t cap, struct str expr, struct str key,
		     const char **why) MUST_CHECK;

/* "used", "no match": for lists. */
const char *naptr_use_name(enum naptr_use u);

#endif
