/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dialog (RFC 3261 section 12): the peer relation that both sides keep.
 * Who uses it (the INVITE session) is above.
 */
#ifndef GATEWAY_SIP_DIALOG_H
#define GATEWAY_SIP_DIALOG_H

#include "gateway/sip/locate.h"
#include "gateway/sip/msg_build.h"
#include "gateway/sip/sip.h"

enum { DIALOG_MAX_ROUTES = 32 };

/* Strings are views into text, but for target. */
struct dialog {
	struct list_node    node;               /* for its owner */
	struct str          call_id, local_tag, remote_tag;
	struct str          local, remote;      /* From and To values of our
						 * requests, tags included */
	struct str         *routes;             /* in our order, in text */
	unsigned            n_routes;
	void               *text;
	char               *target;             /* remote target URI */
	uint32_t            local_cseq;         /* last one used */
	uint32_t            remote_cseq;        /* last one seen */
	bool                has_remote_cseq;
	bool                fixed_flow;         /* only ever this flow */
	struct sip_stack   *stack;
	struct sip_locator *locator;
	struct sip_flow    *flow;               /* towards the next hop */
	struct locate      *query;
};

/* Where dialogs live. */
struct dialog_env {
	struct sip_stack   *stack;
	struct sip_locator *locator;
	bool                fixed_flow; /* use the flow of the message only
					 * (a registered phone's) */
};

/* UAC: from a response with a To tag to our INVITE. EBADMSG: too many
 * routes, or no tag. ENOMEM. */
int dialog_new_uac(struct dialog **dp, const struct dialog_env *env,
		   const struct sip_msg *resp) MUST_CHECK;
/* UAS: from the INVITE and the tag of our answers. EBADMSG: no Contact or
 * too many routes. ENOMEM. */
int dialog_new_uas(struct dialog **dp, const struct dialog_env *env,
		   const struct sip_msg *invite, struct str local_tag)
	MUST_CHECK;
/* NULL-safe. */
void dialog_free(struct dialog *d);

/* Is the request (its To tag is ours) or response (its From tag is ours)
 * part of this dialog? */
bool dialog_has(const struct dialog *d, const struct sip_msg *m);

/* Takes Contact of a target refresh request or response as the new target;
 * without Contact nothing changes. ENOMEM: the old target stays. */
int dialog_refresh(struct dialog *d, const struct sip_msg *m) MUST_CHECK;

/* Takes Record-Route and Contact of the 2xx that confirms an early dialog
 * (section 13.2.2.4: the route set is made anew). ENOMEM, EBADMSG. */
int dialog_confirm(struct dialog *d, const struct sip_msg *m) MUST_CHECK;

/* Checks and notes CSeq of a request in the dialog. False: out of order, to
 * be answered with 500 (section 12.2.2). */
bool dialog_cseq_ok(struct dialog *d, const struct sip_msg *m);

/* Adds Route, Max-Forwards, From, To, Call-ID and CSeq with the given
 * number to lines; *ruri (a view into d) is the Request-URI. */
void dialog_lines(struct dialog *d, struct buf *lines, const char *method,
		  uint32_t cseq, struct str *ruri);

/* The flow for the next request; not a new reference. NULL: none can be
 * made. */
struct sip_flow *dialog_flow(struct dialog *d);

#endif
