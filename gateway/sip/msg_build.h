/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and responses as text. Lines handed in end with CRLF. */
#ifndef GATEWAY_SIP_MSG_BUILD_H
#define GATEWAY_SIP_MSG_BUILD_H

#include "gateway/sip/msg.h"

/* A request without its Via and Content-Length, which the sender adds. */
struct sip_request {
	struct str method;      /* "INVITE" */
	struct str ruri;
	/* whole lines: Route, Max-Forwards, From, To, Call-ID, CSeq, Contact
	 * and so on; Content-Type if there is a body */
	struct str headers;
	struct str body;
	struct str branch;      /* empty: a new one is made */
};

struct sip_response {
	uint16_t    status;
	const char *reason;     /* NULL: the usual phrase */
	/* whole lines, or empty: Contact, Allow, Content-Type ...; never Via,
	 * From, To, Call-ID, CSeq, Record-Route, Content-Length */
	struct str  headers;
	struct str  body;
};

/* "z9hG4bK" and random characters; the longest branch that is made. */
enum { SIP_BRANCH_MAX = 32, SIP_TAG_MAX = 16, SIP_CALL_ID_MAX = 32 };

/* sent_by is "host:port", transport "UDP". Sets b's error. */
void sip_build_request(struct buf *b, const struct sip_request *r,
		       const char *transport, struct str sent_by);

/* Copies Via (with received and rport of req->src), From, To (with tag if
 * it has none and the status is not 100), Call-ID, CSeq, and in 101 to 299
 * Record-Route. */
void sip_build_response(struct buf *b, const struct sip_msg *req,
			const struct sip_response *r, struct str tag);

/* The ACK for a final answer of 300 or more, and CANCEL: both take
 * request-URI, topmost Via, Route, From, Call-ID and CSeq number from the
 * request; to is the To line's value (of the answer, or of the request);
 * extra: whole lines such as Reason, or empty. */
void sip_build_same(struct buf *b, const struct sip_msg *req,
		    const char *method, struct str to, struct str extra);

/* Random, for one use each. */
void sip_new_branch(char out[SIP_BRANCH_MAX]);
/* 12 characters. */
void sip_new_tag(char out[SIP_TAG_MAX]);
/* 24 characters, without host. */
void sip_new_call_id(char out[SIP_CALL_ID_MAX]);

#endif
