/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tree may make the gateway do. Whoever publishes a record chooses
 * whom a call reaches and what it costs, so each tree says how far it is
 * trusted: which hosts its results may point at, and which numbers. (pure)
 */
#ifndef ENUM_ENUM_POLICY_H
#define ENUM_ENUM_POLICY_H

#include "base/addr.h"
#include "base/str.h"

enum enum_dnssec {
	ENUM_DNSSEC_IGNORED,
	ENUM_DNSSEC_PREFERRED,  /* what is not validated counts only when no
				 * other tree knows the number */
	ENUM_DNSSEC_REQUIRED,   /* what is not validated does not count */
};

/* tel: results: the telephone network costs money. */
enum enum_tel {
	ENUM_TEL_SAME,          /* only the very number that was asked for,
				 * without portability data */
	ENUM_TEL_NEVER,
	ENUM_TEL_PORTED,        /* the same number, with its rn and cic */
	ENUM_TEL_ANY,           /* every number, as if it had been dialled */
};

enum { ENUM_SITES_MAX = 16 };

/* A domain with all below it, or a network. */
struct enum_site {
	char        domain[128];        /* "": net */
	struct cidr net;
};

/* Zeroed: any host, ENUM_TEL_SAME, DNSSEC ignored, vacant numbers are
 * rejected. */
struct enum_policy {
	enum enum_dnssec dnssec;
	enum enum_tel    tel;
	bool             vacant_goes_on; /* "void" is no reason to reject */
	unsigned         n_sites;       /* 0: every host */
	struct enum_site sites[ENUM_SITES_MAX];
};

/* "example.net", "192.0.2.0/24", "2001:db8::1". EBADMSG. */
int enum_site_parse(struct enum_site *s, const char *text) MUST_CHECK;

/* Is host the domain or below it? */
bool enum_policy_is_below(struct str host, struct str domain);

/* Does sip:user@host, port (0: none) lead back to this gateway? */
typedef bool enum_self_fn(struct str host, uint16_t port, void *arg);

/* Why the result uri of a lookup of number is not to be dialled, in
 * constant words, or NULL. self may be NULL. */
const char *enum_policy_refuses(const struct enum_policy *p, const char *uri,
				const char *number, enum_self_fn *self,
				void *self_arg);

#endif
