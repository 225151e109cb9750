/* SPDX-License-Identifier: Apache-2.0 */
/* A leg over an INVITE session (sip/session.h). */
#ifndef GATEWAY_CALL_LEG_SIP_H
#define GATEWAY_CALL_LEG_SIP_H

#include "gateway/call/call_table.h"
#include "gateway/sip/session.h"
#include "gateway/sip/txn.h"

/* Called side: to a peer, a URI, a phone. ENOMEM. */
int leg_sip_new(struct leg **gp, struct calls *cs) MUST_CHECK;

/* A new INVITE: makes the call, or answers. To be handed to the sessions as
 * on_invite; arg: struct calls. */
void leg_sip_on_invite(struct txn_server *t, const struct sip_msg *m,
		       void *arg);

/* --- inside of the leg: leg_sip_source.c, leg_sip_target.c --------------- */

/* Who calls whom, by the INVITE: source, parties. A phone proves its
 * password here. False: the INVITE has been answered (challenge, 4xx). */
bool leg_sip_source(struct route_query *q, struct calls *cs,
		    struct txn_server *t, const struct sip_msg *m);

/* What an INVITE to the target looks like. Views point into text, which
 * the caller keeps until the INVITE is sent. ENOENT: unknown peer, phone
 * not registered; EDQUOT: the peer's limit of calls; EINVAL. */
struct leg_sip_text {
	char uri[512], from[256], pai[256], to[256], name[PARTY_NAME_MAX];
	int  srtp;      /* 0: as in `calls:`; else 1 + enum sdp_srtp */
};
int leg_sip_target(struct sip_invite *inv, struct leg_sip_text *text,
		   struct calls *cs, const struct route_query *q,
		   const struct route_target *t) MUST_CHECK;

/* Would a stranger's call (NULL: it came by a line) get to where he cannot go
 * by himself: from outside to a private network, to this machine? */
bool leg_sip_leads_inside(const struct route_query *q,
			  const struct sip_msg *invite,
			  const struct addr *to);

#endif
