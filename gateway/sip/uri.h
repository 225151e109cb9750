/* SPDX-License-Identifier: Apache-2.0 */
/* SIP, SIPS and tel URIs (RFC 3261 section 19, RFC 3966); others are kept
 * as they are. All strings are views into the text that was parsed. */
#ifndef GATEWAY_SIP_URI_H
#define GATEWAY_SIP_URI_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/str.h"

enum sip_scheme { SIP_URI_SIP, SIP_URI_SIPS, SIP_URI_TEL, SIP_URI_OTHER };

struct sip_uri {
	struct str      raw;            /* the whole of it */
	enum sip_scheme scheme;
	struct str      scheme_name;
	struct str      user;           /* still escaped; tel: the number;
					 * other: all after the colon */
	bool            has_user;       /* there was an '@' (or tel:) */
	struct str      password;
	struct str      host;           /* name or address, no brackets */
	uint16_t        port;           /* 0: not given */
	struct str      params;         /* without the first ';' */
	struct str      headers;        /* without the '?' */
};

/* The whole of s is one URI. EBADMSG. */
int sip_uri_parse(struct sip_uri *u, struct str s) MUST_CHECK;

/* Is there a parameter of that name (any case)? *val (may be NULL) is its
 * value, still escaped, empty when it has none. */
bool sip_uri_param(const struct sip_uri *u, const char *name,
		   struct str *val);

/* Parameter of a list "a;b=c;d=\"e;f\"" (also of header fields). The value
 * comes without the quotes, if there are any; escapes stay. */
bool sip_param(struct str params, const char *name, struct str *val);

/* Takes the next parameter off *params. False: no more. EBADMSG forms were
 * refused when the message was parsed. */
bool sip_param_next(struct str *params, struct str *name, struct str *val);

/* Equality by RFC 3261 section 19.1.4; other schemes by the byte. */
bool sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b);

/* The address, if the host is one: ENOENT for a name. The port is 0 when
 * none is given. */
int sip_uri_addr(struct addr *a, const struct sip_uri *u) MUST_CHECK;

/* The user part without escapes, terminated, and without the parameters
 * that follow a ';' in a telephone number. EBADMSG: escaped NUL or a bad
 * escape; ENAMETOOLONG. */
int sip_uri_user(char *out, size_t cap, const struct sip_uri *u) MUST_CHECK;

/* Adds s so that it may stand as a user part. */
void sip_escape_user(struct buf *b, struct str s);

/* Adds an address as host: IPv6 in brackets, port if not 0. */
void sip_add_host(struct buf *b, const struct addr *a);

#endif
