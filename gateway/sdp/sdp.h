/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session descriptions (RFC 8866): text to structs and back. A parsed
 * description holds views into its text. Pure functions.
 */
#ifndef GATEWAY_SDP_SDP_H
#define GATEWAY_SDP_SDP_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/scan.h"

enum {
	SDP_MAX_BYTES   = 65536,
	SDP_MAX_MEDIA   = 16,
	SDP_MAX_FORMATS = 32,           /* per m= line */
	SDP_MAX_ATTRS   = 512,          /* of the whole description */
};

/* a=name:value or a=name (value.p is NULL). */
struct sdp_attr {
	struct str name, value;
};

/* c=. A host name is not looked up: addr is then AF_UNSPEC. */
struct sdp_conn {
	bool        given;
	struct addr addr;               /* port 0 */
	struct str  host;               /* as written */
};

struct sdp_media {
	struct str      type;           /* "audio", "image" */
	uint16_t        port;           /* 0: refused or closed */
	uint16_t        n_ports;        /* "/2"; 1 if not given */
	struct str      proto;          /* "RTP/AVP" */
	struct str      formats[SDP_MAX_FORMATS];
	unsigned        n_formats;
	struct sdp_conn conn;
	unsigned        attr_first, n_attrs;    /* in sdp.attrs */
};

struct sdp {
	struct str       user, session_name;
	struct str       id, version;   /* of o=: decimal digits */
	struct sdp_conn  origin;        /* address of o= */
	struct sdp_conn  conn;
	struct sdp_media media[SDP_MAX_MEDIA];
	unsigned         n_media;
	struct sdp_attr  attrs[SDP_MAX_ATTRS];  /* the session's come first */
	unsigned         n_attrs, n_session_attrs;
};

/* Reads text, which must stay as long as s. Strict where a meaning could
 * be lost; bare LF, a missing last line end, missing s= and t= lines and
 * unknown line types are tolerated. EBADMSG: *where says what and where.
 * EMSGSIZE: a bound above is exceeded. */
int sdp_parse(struct sdp *s, struct str text, struct parse_pos *where)
	MUST_CHECK;

/* Writing, line by line with CRLF ends; sticky error in out. a is AF_INET
 * or AF_INET6; its port is not looked at. */
/* v=0 and o=. */
void sdp_print_origin(struct buf *out, uint64_t id, uint64_t version,
		      const struct addr *a);
/* c=. */
void sdp_print_conn(struct buf *out, const struct addr *a);
/* m= up to the protocol, without formats and line end. */
void sdp_print_media(struct buf *out, struct str type, uint16_t port,
		     struct str proto);

/* The nth attribute of that name in m, or in the session part if m is
 * NULL; NULL: none. Names are compared exactly. */
const struct sdp_attr *sdp_attr(const struct sdp *s,
				const struct sdp_media *m, const char *name,
				unsigned nth);
/* The same: in m, else in the session part. */
const struct sdp_attr *sdp_attr_any(const struct sdp *s,
				    const struct sdp_media *m,
				    const char *name);

/* Where m wants its packets: address of its c= or the session's, with m's
 * port. AF_UNSPEC: a host name or no c= at all. */
struct addr sdp_media_addr(const struct sdp *s, const struct sdp_media *m);

/* The first m= line of RTP audio with a port, or NULL. Its address family
 * is the one the answer should use. */
const struct sdp_media *sdp_audio(const struct sdp *s);

#endif
