/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields: the table of names, and typed readers. All strings are
 * views into the message. */
#ifndef GATEWAY_SIP_HDR_H
#define GATEWAY_SIP_HDR_H

#include "gateway/sip/uri.h"

/* In alphabetical order of the names. */
enum sip_hid {
	SIP_HDR_ACCEPT, SIP_HDR_ACCEPT_CONTACT, SIP_HDR_ACCEPT_ENCODING,
	SIP_HDR_ACCEPT_LANGUAGE, SIP_HDR_ALERT_INFO, SIP_HDR_ALLOW,
	SIP_HDR_ALLOW_EVENTS, SIP_HDR_AUTHENTICATION_INFO,
	SIP_HDR_AUTHORIZATION, SIP_HDR_CALL_ID, SIP_HDR_CALL_INFO,
	SIP_HDR_CONTACT, SIP_HDR_CONTENT_DISPOSITION,
	SIP_HDR_CONTENT_ENCODING, SIP_HDR_CONTENT_LANGUAGE,
	SIP_HDR_CONTENT_LENGTH, SIP_HDR_CONTENT_TYPE, SIP_HDR_CSEQ,
	SIP_HDR_DATE, SIP_HDR_DIVERSION, SIP_HDR_ERROR_INFO,
	SIP_HDR_EVENT, SIP_HDR_EXPIRES, SIP_HDR_FLOW_TIMER, SIP_HDR_FROM,
	SIP_HDR_GEOLOCATION, SIP_HDR_HISTORY_INFO, SIP_HDR_IDENTITY,
	SIP_HDR_IDENTITY_INFO, SIP_HDR_IN_REPLY_TO, SIP_HDR_INFO_PACKAGE,
	SIP_HDR_JOIN, SIP_HDR_MAX_FORWARDS, SIP_HDR_MIME_VERSION,
	SIP_HDR_MIN_EXPIRES, SIP_HDR_MIN_SE, SIP_HDR_ORGANIZATION,
	SIP_HDR_P_ASSERTED_IDENTITY, SIP_HDR_P_ASSOCIATED_URI,
	SIP_HDR_P_CALLED_PARTY_ID, SIP_HDR_P_PREFERRED_IDENTITY,
	SIP_HDR_PATH, SIP_HDR_PRIORITY, SIP_HDR_PRIVACY,
	SIP_HDR_PROXY_AUTHENTICATE, SIP_HDR_PROXY_AUTHORIZATION,
	SIP_HDR_PROXY_REQUIRE, SIP_HDR_RACK, SIP_HDR_REASON,
	SIP_HDR_RECORD_ROUTE, SIP_HDR_RECV_INFO, SIP_HDR_REFER_SUB,
	SIP_HDR_REFER_TO, SIP_HDR_REFERRED_BY, SIP_HDR_REJECT_CONTACT,
	SIP_HDR_REMOTE_PARTY_ID, SIP_HDR_REPLACES, SIP_HDR_REPLY_TO,
	SIP_HDR_REQUEST_DISPOSITION, SIP_HDR_REQUIRE,
	SIP_HDR_RETRY_AFTER, SIP_HDR_ROUTE, SIP_HDR_RSEQ, SIP_HDR_SERVER,
	SIP_HDR_SERVICE_ROUTE, SIP_HDR_SESSION_EXPIRES, SIP_HDR_SIP_ETAG,
	SIP_HDR_SIP_IF_MATCH, SIP_HDR_SUBJECT,
	SIP_HDR_SUBSCRIPTION_STATE, SIP_HDR_SUPPORTED,
	SIP_HDR_TARGET_DIALOG, SIP_HDR_TIMESTAMP, SIP_HDR_TO,
	SIP_HDR_UNSUPPORTED, SIP_HDR_USER_AGENT, SIP_HDR_VIA,
	SIP_HDR_WARNING, SIP_HDR_WWW_AUTHENTICATE,
	SIP_HDR_OTHER,
};

/* One value of a header field: "Route: a, b" makes two of them. Folding is
 * already undone, blanks at both ends are gone. */
struct sip_hdr {
	enum sip_hid id;
	struct str   name;      /* as it came, compact or not */
	struct str   val;
};

struct sip_via {
	struct str  raw;
	struct str  transport;  /* "UDP" as it came */
	struct str  host;       /* sent-by, no brackets */
	uint16_t    port;       /* 0: not given */
	struct str  params;     /* without the first ';' */
	struct str  branch;     /* empty: none */
	struct addr received;   /* AF_UNSPEC: none */
	bool        has_rport;  /* the parameter is there */
	uint16_t    rport;      /* its value, 0: none */
};

/* From, To, Contact, Route ...: name-addr or addr-spec. */
struct sip_addr {
	struct str     raw;
	struct str     dname;   /* display name, without quotes, escaped */
	struct sip_uri uri;
	struct str     params;  /* of the header field */
	struct str     tag;     /* empty: none */
};

struct sip_cseq {
	uint32_t   num;
	struct str method;
};

/* name is any case, long or compact. */
enum sip_hid sip_hdr_id(struct str name);
/* "Call-ID"; "" for SIP_HDR_OTHER. */
const char *sip_hdr_name(enum sip_hid id);
/* May the field carry a comma-separated list? */
bool sip_hdr_is_list(enum sip_hid id);

/* Each reads one value. EBADMSG. */
int sip_via_parse(struct sip_via *v, struct str s) MUST_CHECK;
int sip_addr_parse(struct sip_addr *a, struct str s) MUST_CHECK;
int sip_cseq_parse(struct sip_cseq *c, struct str s) MUST_CHECK;

/* Decimal digits up to 2^32 - 1, then perhaps parameters or a comment
 * (Expires, Min-Expires, Retry-After, Max-Forwards). EBADMSG, ERANGE. */
int sip_num_parse(uint32_t *n, struct str s) MUST_CHECK;

/* The display name without escapes, terminated; cut to fit. */
void sip_addr_name(char *out, size_t cap, const struct sip_addr *a);
/* Adds s in quotes with escapes (display names, realms). */
void sip_add_quoted(struct buf *b, struct str s);

/* Is tok one of the values of a list of tokens, any case? list may hold
 * commas ("timer, 100rel"). */
bool sip_list_has(struct str list, const char *tok);

/* The media type of a Content-Type value, "application/sdp", without
 * parameters, compared in any case. */
bool sip_type_is(struct str content_type, const char *type);

/* All bytes a token may hold (RFC 3261 section 25.1). */
extern const bool sip_token_chars[256];

#endif
