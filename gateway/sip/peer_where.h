/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses that DNS gives for a peer, kept up to date: by them a call
 * that follows some other name is known to lead there. An answer that does
 * not come leaves those that are known.
 */
#ifndef GATEWAY_SIP_PEER_WHERE_H
#define GATEWAY_SIP_PEER_WHERE_H

#include "base/addr.h"
#include "base/tmr.h"
#include "gateway/sip/locate.h"

enum {
	PEER_WHERE_MS       = 60000,    /* from one look to the next */
	PEER_WHERE_AGAIN_MS = 5000,     /* behind one that failed */
};

/* Embedded in its owner. Zeroed: stopped, nothing known. */
struct peer_where {
	struct loop        *loop;
	struct sip_locator *locator;
	const char         *uri;        /* the owner's */
	struct tmr          tmr;
	struct locate      *query;
	unsigned            n;
	struct addr         at[LOCATE_MAX_TARGETS];
};

/* Begins to look where uri (which stays) leads, at once; what is known of
 * before is kept until then. */
void peer_where_start(struct peer_where *w, struct loop *l,
		      struct sip_locator *locator, const char *uri);
/* Idempotent. */
void peer_where_stop(struct peer_where *w);
/* Is that one of its addresses? The port does not matter. */
bool peer_where_has(const struct peer_where *w, const struct addr *a);

#endif
