/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The INVITE usage of a dialog (RFC 3261 sections 12 to 15), as UAC
 * (uac.c) and as UAS (uas.c). Bodies are bytes: SDP is not SIP's business.
 * Signalling thread. No upcall comes before the function that caused it
 * has returned; on_end is the last one, exactly once.
 */
#ifndef GATEWAY_SIP_SESSION_H
#define GATEWAY_SIP_SESSION_H

#include "base/addr.h"
#include "base/buf.h"

struct sip_flow;
struct sip_locator;
struct sip_msg;
struct sip_stack;
struct txn_server;

struct sip_session;
struct sip_sessions;

enum sip_end_how {
	SIP_END_LOCAL,          /* sip_session_end() */
	SIP_END_BYE,            /* the peer hung up */
	SIP_END_CANCEL,         /* UAS: the peer gave up before the answer */
	SIP_END_REFUSED,        /* UAC: a final answer 3xx to 6xx */
	SIP_END_LOST,           /* the peer no longer answers, or says 481 */
	SIP_END_NO_ACK,         /* UAS: the 2xx was never acknowledged */
	SIP_END_UNREACHABLE,    /* UAC: no target found (DNS) or reached */
	SIP_END_MEMORY,
};

/* Why a session ended. Views are valid during the upcall only. */
struct sip_end {
	enum sip_end_how      how;
	uint16_t              status;   /* the peer's final answer, else 0 */
	uint16_t              q850;     /* the peer's Reason header, or 0 */
	struct str            text;     /* text of that Reason */
	uint32_t              retry_after_s;    /* 0: not given */
	const struct sip_msg *msg;      /* the ending message, or NULL */
};

/* Upcalls; only on_target, and what the kind of session never calls, may be
 * NULL. m and its views are valid during the call; obj_ref keeps them. */
struct sip_session_cb {
	/* UAC, may be NULL: the next target of the request was found. local
	 * is our address towards it, peer its own. Writes the offer into
	 * body; leaving it empty sends the INVITE without one. Called again
	 * for each further target. EHOSTUNREACH: this target will not do;
	 * ENOMEM ends the session. */
	int  (*on_target)(const struct addr *local, const struct addr *peer,
			  struct buf *body, void *arg);
	/* UAC, may be NULL: 100, the first sign of life. */
	void (*on_trying)(void *arg);
	/* UAC: 101 to 199. Forks show as different to-tags of m. */
	void (*on_progress)(uint16_t status, const struct sip_msg *m,
			    void *arg);
	/* UAC: the 2xx; UAS: the ACK. Also of a re-INVITE. m's body is the
	 * answer to our offer. If we made none, it is their offer, and
	 * sip_session_answer() must follow (it sends the ACK). */
	void (*on_answer)(const struct sip_msg *m, void *arg);
	/* A re-INVITE; an empty body asks us for an offer. To be followed by
	 * sip_session_answer() or sip_session_refuse(). */
	void (*on_offer)(const struct sip_msg *m, void *arg);
	/* Our re-INVITE was refused (408 and 481 end the session instead).
	 * The session goes on as it was before. */
	void (*on_refused)(uint16_t status, const struct sip_msg *m,
			   void *arg);
	/* INFO; it has been answered with 200. */
	void (*on_info)(const struct sip_msg *m, void *arg);
	/* The last upcall; the session must not be used after it. */
	void (*on_end)(const struct sip_end *why, void *arg);
};

/* All INVITE sessions of a stack. */
struct sip_sessions_conf {
	struct sip_stack   *stack;
	struct sip_locator *locator;
	uint32_t            max_sessions;       /* 0: no limit */
	/* A new INVITE that passed the checks of section 8.2; 100 has been
	 * sent. To be taken by sip_session_accept() or answered through t
	 * before it returns. */
	void (*on_invite)(struct txn_server *t, const struct sip_msg *m,
			  void *arg);
	void               *arg;
};

/* Made once by the program; gets the requests of the stack that belong to
 * INVITE, ACK, BYE, CANCEL, INFO and dialogs. ENOMEM. */
int sip_sessions_new(struct sip_sessions **sp,
		     const struct sip_sessions_conf *conf) MUST_CHECK;
/* Forgets all sessions without further messages; NULL-safe. */
void sip_sessions_free(struct sip_sessions *ss);
/* Sessions alive, ended ones that wait for their last answers included. */
size_t sip_sessions_count(const struct sip_sessions *ss);

/* An outgoing call. All is copied. Strings may be empty. */
struct sip_invite {
	struct str       target;        /* Request-URI, required */
	struct str       from, to;      /* URIs; to empty: target */
	struct str       from_name, to_name;    /* UTF-8, not quoted */
	struct str       contact_user;  /* user part of our Contact */
	struct str       pai, ppi;      /* P-Asserted/Preferred-Identity */
	struct str       privacy;       /* Privacy, "id" */
	struct str       headers;       /* whole lines, each with CRLF */
	struct str       auth_user, auth_secret;
	struct str       route;         /* outbound proxy: a URI, or Route
					 * values "<sip:p;lr>, ..." */
	struct sip_flow *flow;          /* a registered phone's; NULL: DNS */
	struct str       body, body_type;       /* default application/sdp */
	/* Max-Forwards that the call came with; 0: none, it begins here. */
	uint8_t          max_forwards;
	/* Addresses that DNS may not lead to; NULL: none. */
	bool           (*avoid)(const struct addr *a, void *arg);
	void            *avoid_arg;
};

/* Starts a call. *sp is valid until on_end has returned. The result of
 * every network matter comes by upcall. EINVAL: a URI or header is
 * malformed. EAGAIN: the limit of sessions. ENOMEM. */
int sip_session_invite(struct sip_session **sp, struct sip_sessions *ss,
		       const struct sip_invite *p,
		       const struct sip_session_cb *cb, void *arg) MUST_CHECK;

/* Takes an INVITE given by on_invite, from its txn. On an error the owner
 * still has to answer through t. EAGAIN: the limit of sessions. EBADMSG:
 * no dialog can be made of it (400). ENOMEM. */
int sip_session_accept(struct sip_session **sp, struct sip_sessions *ss,
		       struct txn_server *t, const struct sip_msg *invite,
		       const struct sip_session_cb *cb, void *arg) MUST_CHECK;

/* UAS: a provisional answer, 101 to 199. body may be empty. Repeated each
 * minute until the final one. EPROTO: already answered. ENOMEM. */
int sip_session_ring(struct sip_session *s, uint16_t status, struct str body)
	MUST_CHECK;

/* Sends the body: in the 2xx to an INVITE or re-INVITE, or in the ACK of
 * a 2xx that held an offer. headers: further whole lines, may be empty.
 * EPROTO: nothing to be answered. ENOMEM. */
int sip_session_answer(struct sip_session *s, struct str body,
		       struct str headers) MUST_CHECK;

/* Refuses a re-INVITE (488 and the like); the session goes on. headers:
 * further whole lines, may be empty. EPROTO: none is pending. ENOMEM. */
int sip_session_refuse(struct sip_session *s, uint16_t status,
		       struct str headers) MUST_CHECK;

/* A re-INVITE with our new offer; an empty body asks for theirs. Glare
 * (491) is tried again by itself. EALREADY: an offer is pending in either
 * direction, try again after on_answer or on_refused. EPROTO: not
 * confirmed yet. ENOMEM. */
int sip_session_offer(struct sip_session *s, struct str body) MUST_CHECK;

/* INFO inside the dialog. EPROTO: no dialog yet. ENOMEM. */
int sip_session_info(struct sip_session *s, struct str type, struct str body)
	MUST_CHECK;

/* Ends by CANCEL, BYE or the given final answer, whichever fits: status
 * (300 to 699) counts for an incoming call not answered yet. q850: cause
 * for a Reason header, 0: none. headers: whole lines for the final answer
 * (Contact, Retry-After). on_end (SIP_END_LOCAL) follows in a later turn;
 * messages still owed to the peer are sent without the owner. Idempotent. */
void sip_session_end(struct sip_session *s, uint16_t status, uint16_t q850,
		     struct str headers);
/* The same, and no further upcall at all: s must not be used any more. */
void sip_session_forget(struct sip_session *s);

/* Our address on the path to the peer and the peer's own; family AF_UNSPEC
 * before the first message. */
void sip_session_path(const struct sip_session *s, struct addr *local,
		      struct addr *peer);
/* The session description in a message: its body, or the part of a
 * multipart body that is one. Empty: none. */
struct str sip_session_sdp(const struct sip_msg *m);
/* The same for any type. */
struct str sip_session_part(const struct sip_msg *m, const char *type);
/* Call-ID, for records and logs; valid as long as the session. */
struct str sip_session_call_id(const struct sip_session *s);

#endif
