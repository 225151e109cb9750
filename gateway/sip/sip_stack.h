/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the stack share: its parts and the doors between
 * transports, transactions and dispatch. Not for users of the stack. */
#ifndef GATEWAY_SIP_SIP_STACK_H
#define GATEWAY_SIP_SIP_STACK_H

#include "base/fsm.h"
#include "base/hash.h"
#include "base/tmr.h"
#include "gateway/sip/sip.h"

enum { SIP_STACK_DOMAINS_MAX = 16 };

struct sip_served {
	struct list_node         node;
	const struct sip_method *row;
	void                    *arg;
};

struct sip_stack {
	struct sip_stack_params p;
	struct sip_tls_params   tls;
	char                    user_agent[64];
	struct log_tag          tag;
	struct list             transports;
	/* flows */
	struct hash             flows;
	struct list             flow_lru;       /* longest unused first */
	unsigned                n_flows;
	struct tmr              sweep;
	void                   *tls_ctx;        /* of transport_tls.c */
	/* transactions */
	struct hash             clients, servers, merges;
	struct list             client_list, server_list;
	unsigned                n_txns;
	/* dispatch */
	struct list             served;
	char                    allowed[256], supported[256];
	char                    domains[SIP_STACK_DOMAINS_MAX][128];
	unsigned                n_domains;
	sip_dialog_fn          *on_dialog;
	void                   *dialog_arg;
	sip_stray_fn           *on_stray;
	void                   *stray_arg;
	struct buf              out;            /* where messages are built */
};

/* A message of a transport; m->flow and m->src are set. */
void sip_stack_receive(struct sip_stack *s, struct sip_msg *m);
/* May this source send another request? (flood protection) */
bool sip_stack_admits(struct sip_stack *s, const struct addr *src,
		      struct str text);
/* May it connect? (also: is it not blocked) */
bool sip_stack_accepts(struct sip_stack *s, const struct addr *src);
/* Answers without a transaction. */
void sip_stack_refuse(struct sip_stack *s, const struct sip_msg *req,
		      uint16_t status, const char *headers);
/* The flow an answer to req goes on (RFC 3261 section 18.2.2, RFC 3581). */
int sip_stack_answer_flow(struct sip_flow **fp, struct sip_stack *s,
			  const struct sip_msg *req) MUST_CHECK;

/* Flows: start and end with the stack. */
void sip_flows_sweep(void *stack);
void sip_flows_close(struct sip_stack *s);

/* Transactions: where a message belongs. True: it was taken. */
bool txn_client_receive(struct sip_stack *s, struct sip_msg *m);
bool txn_server_receive(struct sip_stack *s, struct sip_msg *m);
/* Has a request come that is ours, still under way? Some name leads to us. */
bool txn_client_is_own(struct sip_stack *s, const struct sip_msg *m);
/* The INVITE transaction that a CANCEL means, or NULL. */
struct txn_server *txn_server_cancelled(struct sip_stack *s,
					const struct sip_msg *cancel);
/* Answers the CANCEL t, and tells the user of the INVITE. */
void txn_server_cancel(struct txn_server *invite, struct txn_server *t);
/* The same request by another way: RFC 3261 section 8.2.2.2. */
bool txn_server_merged(struct sip_stack *s, const struct txn_server *t);
/* ENOMEM, ENOBUFS. No reference for the caller. */
int txn_server_new(struct txn_server **tp, struct sip_stack *s,
		   struct sip_msg *req) MUST_CHECK;
/* An offence in a request whose sender need not hear us: the ACK of our
 * answer proves that he does. Nothing without a transaction. */
void txn_server_blame(struct sip_stack *s, const struct sip_msg *m,
		      enum sip_offence what);
/* Nobody wants to read the request any more: an answered transaction needs
 * no more than to know it again when it is repeated, for half a minute. */
void txn_server_settle(struct txn_server *t);
extern const struct fsm_table txn_server_invite_fsm, txn_server_other_fsm,
	txn_client_invite_fsm, txn_client_other_fsm;

/* No upcalls. */
void txn_clients_close(struct sip_stack *s);
void txn_servers_close(struct sip_stack *s);

#endif
