/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of INVITE sessions, shared by session.c (all sessions, their
 * ends), invite.c (outgoing INVITE transactions and their ACK), uac.c,
 * uas.c, reinvite.c and in_dialog.c (BYE, INFO).
 *
 *	UAC   CALLING ------------- 2xx, ACK -----> CONFIRMED --> ENDED
 *	UAS   RINGING --> ANSWERED --- ACK -------> CONFIRMED --> ENDED
 */
#ifndef GATEWAY_SIP_SESSION_IMPL_H
#define GATEWAY_SIP_SESSION_IMPL_H

#include "base/hash.h"
#include "base/tmr.h"
#include "gateway/sip/auth.h"
#include "gateway/sip/dialog.h"
#include "gateway/sip/session.h"

enum session_state {
	SESSION_CALLING,        /* UAC before the 2xx */
	SESSION_RINGING,        /* UAS before the 2xx */
	SESSION_ANSWERED,       /* UAS: 2xx sent, no ACK yet */
	SESSION_CONFIRMED,
	SESSION_ENDED,          /* what is owed to the peer goes on */
};

struct sip_sessions {
	struct sip_sessions_conf conf;
	struct list              list;
	struct hash              by_tag;
	size_t                   n;
	struct sip_method        invite;
	struct txn_server       *invited;       /* now in on_invite */
};

/* An INVITE we sent. It lives until its transaction ends, because each
 * repeated 2xx wants its ACK again. */
struct invite_out {
	struct list_node    node;
	struct sip_session *s;
	struct txn_client  *txn;
	uint32_t            cseq;
	bool                offered;    /* it had a body */
	bool                final;      /* a final answer came */
	char               *auth;       /* its Authorization line */
	struct buf          ack;        /* as sent; empty: not yet */
	struct dialog      *dialog;     /* the ACK's */
};

/* The INVITE they sent last. */
struct invite_in {
	struct txn_server *txn;         /* NULL: none, or done */
	uint32_t           cseq;
	bool               answered;    /* 2xx sent, no ACK yet */
	bool               initial;
	struct tmr         resend, limit;
	uint32_t           resend_ms;
};

/* What only the outgoing call needs, until its first INVITE is over. */
struct uac {
	struct sip_invite   p;          /* views into text */
	char               *text;
	struct sip_flow    *flow;       /* in use now */
	struct tmr          start;
	struct locate      *query;
	struct sip_target  *targets;
	unsigned            n_targets, next;
	struct list         early;      /* struct dialog */
	struct list         losers;     /* struct dialog: forks that lost */
	unsigned            n_early, n_losers;
	struct buf          body;       /* of the INVITE */
	uint16_t            last_status;
	bool                ringing;    /* a provisional answer came */
};

/* Our re-INVITE while it waits or runs. */
struct reinvite {
	struct buf body;
	struct tmr backoff;             /* after 491 */
	bool       pending;
	bool       authed;              /* challenge answered once */
};

struct sip_session {
	struct list_node       node;
	struct hash_node       by_tag;
	struct sip_sessions   *ss;
	struct sip_session_cb  cb;
	void                  *arg;
	struct log_tag         tag;
	enum session_state     state;
	bool                   uac_side; /* owner of the Call-ID */
	bool                   silent;  /* no upcalls any more */
	bool                   told;    /* on_end was called, or silent */
	bool                   bye_owed; /* BYE as soon as the ACK came */
	uint16_t               bye_q850;
	struct tmr             end_tmr;
	char                   call_id[SIP_CALL_ID_MAX];
	char                   local_tag[SIP_TAG_MAX];
	char                  *contact_user;
	uint32_t               cseq;    /* UAC before there is a dialog */
	struct dialog         *dialog;
	struct auth_client    *auth;    /* NULL: no credentials */
	char                  *auth_text;
	struct uac            *uac;
	struct list            outs;    /* struct invite_out */
	struct invite_out     *out;     /* not final or without its ACK */
	struct invite_in       in;
	struct reinvite        re;
	struct list            jobs;    /* in_dialog.c */
};

/* session.c */

/* A session in the tables; the reference is the tables'. EAGAIN: the limit
 * is reached. ENOMEM. */
int session_new(struct sip_session **sp, struct sip_sessions *ss,
		const struct sip_session_cb *cb, void *arg) MUST_CHECK;
/* Enters the local tag into the table. */
void session_enter(struct sip_session *s);
/* Takes it out of the tables before it was ever handed to its owner. */
void session_discard(struct sip_session *s);
/* Ends it with the upcall, now. s may be gone afterwards. */
void session_finish(struct sip_session *s, const struct sip_end *why);
/* The same with what a message tells: status, Reason, Retry-After. */
void session_finish_by(struct sip_session *s, enum sip_end_how how,
		       const struct sip_msg *m);
/* Lets it go if it has ended and owes nothing any more. */
void session_try_free(struct sip_session *s);
/* Adds Contact, and for INVITE and its 2xx Allow and Supported. */
void session_add_contact(struct sip_session *s, struct buf *b,
			 struct sip_flow *f, bool full);
/* Adds the Content-Type line if there is a body; type may be empty. */
void session_add_type(struct buf *b, struct str body, struct str type);
/* Adds "Reason: Q.850;cause=N" if q850 is not 0. */
void session_add_reason(struct buf *b, uint16_t q850);
/* Answers a request for good; lines may be empty. Without memory for it the
 * transaction ends, and the request comes again. */
void session_refuse(struct txn_server *t, uint16_t status, const char *lines);
/* Is the body of a request one we take: none, SDP, alone or as a part, or
 * one that may be ignored? */
bool session_body_ok(const struct sip_msg *m);
/* Takes a 401 or 407 if it can be answered. */
bool session_take_challenge(struct sip_session *s, const struct sip_msg *m);
/* Adds the credentials line, if a challenge was seen. */
void session_add_auth(struct sip_session *s, struct buf *b,
		      const char *method, struct str ruri);

/* invite.c */

struct invite_send {
	struct sip_flow            *flow;
	struct str                  ruri, lines, body, body_type;
	uint32_t                    cseq;
	const struct txn_client_cb *cb;
};
/* Sends an INVITE; it becomes s->out; the upcalls get the invite_out.
 * lines are whole but for credentials. */
int invite_send(struct sip_session *s, const struct invite_send *p)
	MUST_CHECK;
/* The transaction has ended: frees o and perhaps the session. */
void invite_over(struct invite_out *o);
/* No more upcalls for o; frees it. */
void invite_forget(struct invite_out *o);
/* Acknowledges a 2xx in that dialog and keeps the ACK for repeats. */
int invite_ack(struct invite_out *o, struct dialog *d, struct str body)
	MUST_CHECK;
/* A 2xx came again. */
void invite_ack_again(struct invite_out *o);

/* uac.c */

/* Ends the outgoing call before its 2xx: stops the search, or cancels. */
void uac_cancel(struct sip_session *s, uint16_t q850);
/* Frees what only the first INVITE needed. */
void uac_fini(struct sip_session *s);

/* uas.c */

/* Begins to wait for the answer to an INVITE of theirs. */
void uas_take(struct sip_session *s, struct txn_server *t,
	      const struct sip_msg *m, bool initial);
/* Sends a response to the pending INVITE. EPROTO: none pending. */
int uas_reply(struct sip_session *s, uint16_t status, struct str headers,
	      struct str body) MUST_CHECK;
/* Sends the last answer (300 and more) and lets the transaction go. */
void uas_refuse(struct sip_session *s, uint16_t status, struct str headers);
/* Their ACK. */
void uas_on_ack(struct sip_session *s, const struct sip_msg *m);
/* Stops timers and upcalls of the pending INVITE. */
void uas_fini(struct sip_session *s);

/* reinvite.c */

/* Their re-INVITE. */
void reinvite_on_request(struct sip_session *s, struct txn_server *t,
			 const struct sip_msg *m);
/* Forgets our own that waits. */
void reinvite_fini(struct sip_session *s);

/* in_dialog.c */

/* Sends BYE in a dialog of the session; errors end in silence, because
 * there is nobody left to tell. */
void in_dialog_bye(struct sip_session *s, struct dialog *d, uint16_t q850);
/* Sends INFO. */
int in_dialog_info(struct sip_session *s, struct str type, struct str body)
	MUST_CHECK;
/* Drops all requests under way without upcalls. */
void in_dialog_fini(struct sip_session *s);
/* A request of theirs in the dialog, but ACK and INVITE. */
void in_dialog_on_request(struct sip_session *s, struct txn_server *t,
			  const struct sip_msg *m);

#endif
