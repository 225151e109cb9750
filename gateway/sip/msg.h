/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parsed SIP message (RFC 3261 section 7): one block of memory, all
 * strings are views into the copy of the text it holds. Read-only once
 * parsed; counted references.
 */
#ifndef GATEWAY_SIP_MSG_H
#define GATEWAY_SIP_MSG_H

#include "base/scan.h"
#include "gateway/sip/hdr.h"

struct sip_flow;

enum sip_mid {
	SIP_INVITE, SIP_ACK, SIP_BYE, SIP_CANCEL, SIP_OPTIONS, SIP_REGISTER,
	SIP_INFO, SIP_PRACK, SIP_UPDATE, SIP_REFER, SIP_SUBSCRIBE,
	SIP_NOTIFY, SIP_PUBLISH, SIP_MESSAGE,
	SIP_OTHER,
};

enum {
	SIP_MSG_MAX   = 65535,  /* bytes of a message */
	SIP_HDRS_MAX  = 256,    /* header values */
	SIP_VIAS_MAX  = 70,
	SIP_URI_MAX   = 1024,   /* bytes of a request-URI */
};

/* Why a message is broken, and the answer it gets. */
struct sip_flaw {
	uint16_t         status;        /* 0: it is sound */
	struct parse_pos pos;           /* pos.what: constant text */
};

struct sip_msg {
	bool             request;
	enum sip_mid     method;        /* responses: that of CSeq */
	struct str       method_name;
	struct sip_uri   ruri;          /* requests */
	uint16_t         status;        /* responses: 100..699 */
	struct str       reason;        /* responses */
	struct str       call_id;
	struct sip_via   via;           /* topmost */
	struct sip_addr  from, to;
	struct sip_cseq  cseq;
	uint32_t         max_forwards;  /* 70 when there is none */
	struct str       body, body_type;
	struct str       text;          /* all of it */
	const struct sip_hdr *hdrs;     /* in wire order, lists split */
	unsigned         n_hdrs;
	struct sip_flaw  flaw;
	struct sip_flow *flow;          /* where it came from; a reference */
	struct addr      src;           /* sender as the transport saw it */
};

/* Parses one message and copies its text. EBADMSG: nothing that could be
 * answered; *why tells. 0: *mp is a message; if (*mp)->flaw.status is not 0
 * it is broken, and only what an answer needs may be used (the stack never
 * hands such a message up). A body longer than Content-Length says is cut;
 * why may be NULL. */
int sip_msg_parse(struct sip_msg **mp, struct str text,
		  struct sip_flaw *why) MUST_CHECK;

/* The nth (from 0) value of a header, or NULL. */
const struct sip_hdr *sip_msg_hdr(const struct sip_msg *m, enum sip_hid id,
				  unsigned nth);
/* The same by name, for headers the table does not know. */
const struct sip_hdr *sip_msg_hdr_name(const struct sip_msg *m,
				       const char *name, unsigned nth);
/* First value of a header, or the empty string. */
struct str sip_msg_val(const struct sip_msg *m, enum sip_hid id);
/* The nth value as an address (Contact, Route, P-Asserted-Identity ...).
 * ENOENT: there is none; EBADMSG. */
int sip_msg_addr(struct sip_addr *a, const struct sip_msg *m,
		 enum sip_hid id, unsigned nth) MUST_CHECK;
/* A number header (Expires, Min-Expires, Retry-After, Min-SE). ENOENT,
 * EBADMSG, ERANGE. */
int sip_msg_num(uint32_t *n, const struct sip_msg *m, enum sip_hid id)
	MUST_CHECK;
/* Is tok among the tokens of a header (Supported, Require, Allow)? */
bool sip_msg_has(const struct sip_msg *m, enum sip_hid id, const char *tok);

/* "INVITE"; "" for SIP_OTHER. Method names are case-sensitive. */
const char *sip_mid_name(enum sip_mid id);
enum sip_mid sip_mid_of(struct str name);
/* "Not Found"; "Unknown" for codes without a phrase. */
const char *sip_reason(uint16_t status);

#endif
