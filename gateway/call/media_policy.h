/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The media side of a SIP leg: which codecs, addresses, ports and keys go
 * into its SDP, and what was agreed goes to its RTP port.
 *
 * Addresses: RTP lives on the address that signalling uses towards the peer
 * (another family if the offer asks for it); what is told is the external
 * address when the peer is beyond NAT. Codecs: what the other leg speaks
 * comes first, so that packets can pass as they are.
 */
#ifndef GATEWAY_CALL_MEDIA_POLICY_H
#define GATEWAY_CALL_MEDIA_POLICY_H

#include "gateway/call/call_table.h"
#include "gateway/call/leg.h"
#include "gateway/sdp/offer_answer.h"

struct media_policy {
	struct leg         *leg;
	struct calls       *calls;
	enum sdp_srtp       srtp;
	struct addr         local, peer;        /* of the signalling path */
	struct port        *port;       /* ours until attached */
	struct addr         rtp;        /* its local address */
	struct offer_answer oa;
	bool                agreed, held;       /* held: by them */
	const struct codec_ops *codec;          /* of what we send */
	const struct codec_ops *theirs[LEG_CODECS_MAX]; /* of their offer */
	unsigned            n_theirs;
	char                warning[200];       /* why ENOTSUP: a header line
						 * of the 488; or empty */
};

/* leg outlives m. */
void media_policy_init(struct media_policy *m, struct leg *leg,
		       struct calls *calls);
/* Frees the port if no bridge has it. */
void media_policy_fini(struct media_policy *m);

/* The path of the signalling; before the first description. */
void media_policy_path(struct media_policy *m, const struct addr *local,
		       const struct addr *peer);

/* Notes which codecs an offer holds, before it is answered. EBADMSG,
 * ENOTSUP: nothing common. */
int media_policy_peek(struct media_policy *m, struct str offer) MUST_CHECK;

/* Opens the RTP port if there is none, and writes our offer. */
int media_policy_offer(struct media_policy *m, struct buf *out) MUST_CHECK;
/* Their offer, our answer; what was agreed is in force when this returns.
 * EBADMSG (400), ENOTSUP (488), EALREADY (491), others: 500. */
int media_policy_answer(struct media_policy *m, struct str offer,
			struct buf *out) MUST_CHECK;
/* Their answer to our offer; in force when this returns. Also a second
 * answer to the first offer, from another fork. */
int media_policy_finish(struct media_policy *m, struct str answer)
	MUST_CHECK;

/* The errno of an offer as the status to refuse it with. */
uint16_t media_policy_status(int err);

/* For leg_ops.codecs. */
unsigned media_policy_codecs(const struct media_policy *m,
			     const struct codec_ops *v[LEG_CODECS_MAX]);

#endif
