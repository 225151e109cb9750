/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SIP stack: transports, transactions, dispatch. It checks requests as
 * RFC 3261 section 8.2 asks and answers the bad ones itself; what it hands
 * up is sound.
 */
#ifndef GATEWAY_SIP_SIP_H
#define GATEWAY_SIP_SIP_H

#include "base/loop.h"
#include "base/udp.h"
#include "gateway/sip/block.h"
#include "gateway/sip/method.h"

struct resolver;
struct sip_stack;
struct sip_limit;
struct sip_trace;

/* Files in PEM; the names outlive the stack. cert and key are needed to
 * listen. */
struct sip_tls_params {
	const char *cert_file, *key_file;
	const char *ca_file;            /* NULL: the system's */
	bool        no_verify;          /* of servers: not for production */
	bool        require_client;     /* clients must show a certificate */
};

/* 0 or NULL: the default. */
struct sip_stack_params {
	struct loop    *loop;
	struct udp_net *net;
	struct resolver *resolver;      /* NULL: addresses only, no names */
	uint32_t        t1_ms, t2_ms, t4_ms;    /* 500, 4000, 5000 */
	const char     *user_agent;     /* User-Agent and Server; "Tipring" */
	struct addr     external;       /* our address on the internet when
					 * behind NAT; port 0: the local one */
	struct cidr     local_nets[8];  /* not behind NAT towards these, besides
					 * private addresses */
	unsigned        n_local_nets;
	unsigned        max_txns;       /* 20000 */
	unsigned        max_flows;      /* 4096 */
	bool            force_rport;    /* answer to the source port always */
	uint32_t        idle_ms;        /* of TCP connections; 600000 */
	struct sip_limit *limit;        /* NULL: no limit per source */
	struct sip_block *block;        /* NULL: scanners are served */
	struct sip_trace *trace;        /* NULL: no trace */
	const struct sip_tls_params *tls;
};

/* A stack without listening addresses. user_agent is copied. */
int sip_stack_new(struct sip_stack **sp, const struct sip_stack_params *p)
	MUST_CHECK;
/* Ends all transactions and flows without upcalls, and frees; NULL-safe.
 * Users of transactions are gone before. */
void sip_stack_free(struct sip_stack *s);

/* Listens; port 0: any. *got (may be NULL) is the address with its port. */
int sip_stack_listen(struct sip_stack *s, enum sip_tp kind,
		     const struct addr *at, struct addr *got) MUST_CHECK;

/* Serves a method outside of dialogs; the row must outlive the stack.
 * Replaces a row of the same name. ENOMEM. */
int sip_stack_serve(struct sip_stack *s, const struct sip_method *m,
		    void *arg) MUST_CHECK;
/* Adds a method to Allow without a row (in-dialog ones: BYE, ACK ...). */
int sip_stack_allow(struct sip_stack *s, const char *method) MUST_CHECK;
/* Adds an option tag to Supported, so that Require of it passes. */
int sip_stack_support(struct sip_stack *s, const char *option) MUST_CHECK;

/* Requests with a To tag, and every ACK that no transaction took (t is then
 * NULL). False: no such dialog, the stack answers 481 (nothing to ACK).
 * Another request without t: only asks whether the dialog is there. */
typedef bool sip_dialog_fn(struct sip_stack *s, struct txn_server *t,
			   const struct sip_msg *m, void *arg);
void sip_stack_on_dialog(struct sip_stack *s, sip_dialog_fn *fn, void *arg);

/* Responses without a transaction: late 2xx to an INVITE. */
typedef void sip_stray_fn(struct sip_stack *s, const struct sip_msg *m,
			  void *arg);
void sip_stack_on_stray(struct sip_stack *s, sip_stray_fn *fn, void *arg);

/* Builds a request for a flow, Via and Content-Length included (ACK for a
 * 2xx: keep b and send it again for each 2xx). Sets b's error. */
void sip_stack_build(struct sip_stack *s, struct buf *b, struct sip_flow *f,
		     const struct sip_request *r);

/* Our address as the far end of the flow must see it: the configured
 * external one, the one learned from received and rport, or the local. */
void sip_stack_local(struct addr *a, struct sip_stack *s,
		     const struct sip_flow *f);
/* Adds "<sip:user@host:port;transport=tcp>" for that flow; user unescaped,
 * may be empty. */
void sip_stack_add_contact(struct sip_stack *s, struct buf *b,
			   const struct sip_flow *f, struct str user);
/* Does the host and port of the URI mean this stack? */
bool sip_stack_is_us(const struct sip_stack *s, const struct sip_uri *u);
/* Further names of ours (domains), for sip_stack_is_us. ENOMEM. */
int sip_stack_add_domain(struct sip_stack *s, const char *domain) MUST_CHECK;

/* "INVITE, ACK, BYE" and "timer, path": for Allow and Supported lines. */
const char *sip_stack_allowed(const struct sip_stack *s);
const char *sip_stack_supported(const struct sip_stack *s);

/* The sender of a request behaved as scanners do. True: it is blocked now;
 * an answer would only help it. */
bool sip_stack_offence(struct sip_stack *s, const struct sip_msg *m,
		       enum sip_offence what);

/* The loop it runs on. */
struct loop *sip_stack_loop(const struct sip_stack *s);
/* NULL: addresses only. */
struct resolver *sip_stack_resolver(const struct sip_stack *s);
/* For User-Agent and Server lines. */
const char *sip_stack_user_agent(const struct sip_stack *s);
/* T1 in ms (2xx retransmission, 64 T1 limits). */
uint32_t sip_stack_t1(const struct sip_stack *s);
uint32_t sip_stack_t2(const struct sip_stack *s);
bool sip_stack_has(const struct sip_stack *s, enum sip_tp kind);
/* Transactions alive, for drain and tests. */
unsigned sip_stack_txns(const struct sip_stack *s);

#endif
