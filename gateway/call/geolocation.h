/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the caller of an emergency call is, as a SIP server is told it
 * (RFC 6442): the header Geolocation, and beside the session description a
 * document with the place (PIDF-LO: RFC 4119, 5139, 5491). Pure.
 */
#ifndef GATEWAY_CALL_GEOLOCATION_H
#define GATEWAY_CALL_GEOLOCATION_H

#include "base/buf.h"

struct place_conf;
struct sip_msg;

/* Buffers empty: nothing is known. */
struct geolocation {
	struct buf headers;     /* whole lines */
	struct buf document;    /* PIDF-LO, or empty: by reference only */
	char       id[144];     /* of its part: "place@home.example" */
	char       boundary[25];        /* between the parts */
	char       body_type[64];       /* Content-Type of the body of both */
};

/* Makes it empty; allocates nothing. */
void geolocation_init(struct geolocation *g);
/* Frees what it holds. */
void geolocation_fini(struct geolocation *g);

/* What the configuration says of the place; domain: ours. ENOMEM. */
int geolocation_of_place(struct geolocation *g, const struct place_conf *p,
			 struct str domain) MUST_CHECK;
/* What the caller's own INVITE says; nothing if it says nothing. A document
 * in its body and references to servers are passed on. ENOMEM. */
int geolocation_of_invite(struct geolocation *g, const struct sip_msg *m,
			  struct str domain) MUST_CHECK;

/* The session description and the document in one body of type
 * g->body_type. ENOMEM, ENOBUFS: sticky in out. */
void geolocation_body(struct buf *out, struct str sdp,
		      const struct geolocation *g);

#endif
