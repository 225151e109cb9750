/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions: RFC 3261 section 17 with the Accepted states of RFC 6026.
 * The stack owns them until their last timer; a user who keeps a pointer
 * is told by on_end, after which the pointer is dead, or forgets it first.
 */
#ifndef GATEWAY_SIP_TXN_H
#define GATEWAY_SIP_TXN_H

#include "gateway/sip/msg_build.h"
#include "gateway/sip/transport.h"

struct txn_client;                      /* figures 5 and 6 */
struct txn_server;                      /* figures 7 and 8 */

enum txn_end {
	TXN_DONE,
	TXN_TIMEOUT,            /* client: nobody answered; server: no ACK */
	TXN_SEND_FAILED,
};

struct txn_client_cb {
	/* Every response but retransmissions: 1xx, one final, and every 2xx
	 * to an INVITE (forks, retransmissions that want another ACK). */
	void (*on_response)(const struct sip_msg *m, void *arg);
	/* Last upcall. After a final response it comes with TXN_DONE. */
	void (*on_end)(enum txn_end why, void *arg);
};

struct txn_server_cb {
	/* INVITE only: the far end cancels; CANCEL is answered already. The
	 * user answers the INVITE with 487. */
	void (*on_cancel)(const struct sip_msg *cancel, void *arg);
	/* Last upcall. TXN_TIMEOUT: an answer of 300 or more to an INVITE
	 * got no ACK. */
	void (*on_end)(enum txn_end why, void *arg);
};

/* Sends r on the flow as a new transaction. A request over 1,300 bytes for
 * UDP goes by TCP when there is a TCP transport (and by UDP if that
 * connection fails). No upcall before it returns. ENOMEM, EMSGSIZE,
 * ENOBUFS: too many transactions; errors of sending come by on_end. */
int txn_client_new(struct txn_client **tp, struct sip_stack *s,
		   struct sip_flow *f, const struct sip_request *r,
		   const struct txn_client_cb *cb, void *arg) MUST_CHECK;

/* Sends CANCEL, now or as soon as a provisional response came. headers:
 * whole lines such as Reason, or empty. The INVITE's own final response
 * still comes (487, or a timeout after 64 T1). Idempotent. */
int txn_client_cancel(struct txn_client *t, struct str headers) MUST_CHECK;

/* The flow it uses now. */
struct sip_flow *txn_client_flow(const struct txn_client *t);

/* No more upcalls; timers, ACK and CANCEL run on alone. */
void txn_forget_client(struct txn_client *t);

/* The upcalls of a server transaction, which the stack made for an incoming
 * request. Without them it lives on its own. */
void txn_server_listen(struct txn_server *t, const struct txn_server_cb *cb,
		       void *arg);

/* Answers; also again: several 1xx, and a 2xx to an INVITE again as long as
 * no ACK came (RFC 6026; the session repeats it). ENOMEM, EMSGSIZE; EALREADY: a
 * final response was sent. */
int txn_server_reply(struct txn_server *t, const struct sip_response *r)
	MUST_CHECK;
/* The same in one line; fmt: whole header lines, "" for none. */
int txn_server_replyf(struct txn_server *t, uint16_t status,
		      const char *reason, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* Sends the last response once more, byte for byte. */
void txn_server_resend(struct txn_server *t);

/* The request. Once it was answered for good it lives until the caller
 * returns to the loop, or forgets t; take a reference to keep it. */
const struct sip_msg *txn_server_request(const struct txn_server *t);
/* The To tag of our answers: that of the request, or one made for it. It
 * is the local tag of a dialog made by this request. */
struct str txn_server_tag(const struct txn_server *t);
/* Where answers go. */
struct sip_flow *txn_server_flow(const struct txn_server *t);
bool txn_server_is_answered(const struct txn_server *t);   /* finally */

/* No more upcalls. The caller has answered or answers before it forgets;
 * else the stack answers 500. */
void txn_forget_server(struct txn_server *t);

#endif
