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
	/* of one set, all that is kept of an answer: none is left out before
	 * it was judged (RFC 6116, 5.2) */
	NAPTR_REGARDED = DNS_RR_MAX,
	NAPTR_URI_MAX  = 256,   /* with the NUL */
	NAPTR_SERVICE_MAX = 64,
};

/* Enumservices that mean something to a call; a mask. */
enum naptr_service {
	NAPTR_SIP   = 1,        /* E2U+sip, sip+E2U, E2U+sips */
	NAPTR_VOICE = 2,        /* E2U+voice:sip, E2U+voice:tel, tel+E2U */
	NAPTR_PSTN  = 4,        /* E2U+pstn:sip, E2U+pstn:tel (RFC 4769) */
	NAPTR_ALL   = 7,        /* of these: all that are dialled */
	NAPTR_VOID  = 8,        /* E2U+void, E2U+unused: no such number
				 * (draft-ietf-enum-unused) */
	NAPTR_CNAM  = 16,       /* E2U+pstndata:cnam, E2U+cnam: the name of
				 * who has it (draft-ietf-enum-cnam) */
};

enum naptr_use {
	NAPTR_USED,             /* a URI to dial; with NAPTR_CNAM: a name */
	NAPTR_VACANT,           /* the number is not allocated */
	NAPTR_FOLLOW,           /* non-terminal: goes on at replacement */
	NAPTR_REFUSED,          /* a URI to dial, but not allowed here */
	NAPTR_SHOWN,            /* in order, but not for calls (mailto) */
	NAPTR_LATER,            /* behind a lower order that was usable */
	NAPTR_NO_MATCH,         /* its expression does not fit the number */
	NAPTR_BAD,              /* malformed: skipped and counted */
	NAPTR_USES              /* how many there are */
};

struct naptr_verdict {
	const struct dns_naptr *rr;
	enum naptr_use          use;
	const char             *why;    /* constant words */
	unsigned                service;        /* enum naptr_service, or 0 */
	char                    uri[NAPTR_URI_MAX];     /* USED, SHOWN, or "" */
};

/* Of a set, sorted by order, then preference, then place. */
struct naptr_verdicts {
	unsigned             n;
	unsigned             n_bad;
	struct naptr_verdict v[NAPTR_REGARDED];
};

/* Why a URI to dial is not allowed, in constant words; NULL: it is. */
typedef const char *naptr_filter_fn(const char *uri, void *arg);

/* What is looked for. */
struct naptr_wish {
	unsigned         services;      /* mask of naptr_service */
	naptr_filter_fn *filter;        /* NULL: all is allowed */
	void            *arg;
};

/*
 * Judges the records of set (type NAPTR) for the number ("+8150..."): the
 * lowest order that holds a usable one (to dial, or one that says that the
 * number is vacant) is taken, higher ones are NAPTR_LATER. One to follow may
 * lead nowhere, so it does not settle the order (RFC 6116, 5.2.1).
 */
void naptr_eval(struct naptr_verdicts *out, const char *e164,
		const struct dns_rrset *set, const struct naptr_wish *wish);

/* The enumservices named by a services field that mean something to calls;
 * 0: none. Blanks around the names are forgiven. False: the field is no
 * E2U service field at all. */
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
