/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transports and flows. A flow is one UDP pair of addresses or one TCP or
 * TLS connection; answers go back on the flow their request came on.
 */
#ifndef GATEWAY_SIP_TRANSPORT_H
#define GATEWAY_SIP_TRANSPORT_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"

struct sip_stack;
struct sip_flow;
struct sip_transport;

enum sip_tp { SIP_UDP, SIP_TCP, SIP_TLS, SIP_TP_N };

/* One row per kind in transport.c. */
struct sip_transport_ops {
	const char *name;       /* "UDP" "TCP" "TLS", as in Via */
	enum sip_tp kind;
	bool        reliable, secure;
	/* Opens the transport on t->local and starts to receive; t->local
	 * gets the port. t->priv is the transport's own. */
	int  (*listen)(struct sip_transport *t);
	/* Begins to connect; ends in sip_flow_up or sip_flow_down. UDP:
	 * nothing to do. name: what a TLS certificate must be for. */
	int  (*connect)(struct sip_flow *f, const char *name);
	/* One whole message; a flow that is still connecting keeps it. */
	int  (*send)(struct sip_flow *f, struct str msg);
	/* Frees what the flow's priv holds. */
	void (*close_flow)(struct sip_flow *f);
	void (*close)(struct sip_transport *t);
};

/* One listening address. */
struct sip_transport {
	struct list_node                node;   /* in the stack */
	const struct sip_transport_ops *ops;
	struct sip_stack               *stack;
	struct addr                     local;  /* may be any-address */
	void                           *priv;
};

/* Read-only outside the transports. Counted references; the table of the
 * stack holds one while the flow lives. */
struct sip_flow {
	struct sip_transport *tp;
	struct addr           local, remote;
	struct addr           seen;     /* our address as the far end sees it
					 * (received, rport); AF_UNSPEC: not
					 * known */
	bool                  up, down; /* connected; closed for ever */
	bool                  incoming; /* the far end connected */
	uint64_t              used_us;
	void                 *priv;
	struct log_tag        tag;
	struct list_node      lru;
	struct sip_flow      *hash_next;
};

/* The flow to an address: the one there is, or a new one (connections are
 * then still being made; what is sent meanwhile waits). tls_name: the name
 * the certificate must be for, NULL: the address. *fp is a reference.
 * ENETUNREACH: no transport of that kind and family; EAGAIN: too many. */
int sip_flow_find(struct sip_flow **fp, struct sip_stack *s, enum sip_tp kind,
		  const struct addr *to, const char *tls_name) MUST_CHECK;

/* Sends one whole message. EAGAIN, EPIPE (the flow is down), EMSGSIZE.
 * Losses after that are the network's. */
int sip_flow_send(struct sip_flow *f, struct str msg) MUST_CHECK;

/* A CRLF pair: keeps NAT bindings open (RFC 5626 section 4.4.1). */
void sip_flow_keepalive(struct sip_flow *f);

/* Watches a flow for its end: on_down is called once, after which the
 * watch is off. The caller holds a reference to the flow. */
struct sip_flow_watch {
	struct list_node node;
	struct sip_flow *flow;
	void           (*on_down)(struct sip_flow *f, int err, void *arg);
	void            *arg;
};
void sip_flow_watch(struct sip_flow_watch *w, struct sip_flow *f,
		    void (*on_down)(struct sip_flow *f, int err, void *arg),
		    void *arg);
/* Idempotent. */
void sip_flow_unwatch(struct sip_flow_watch *w);

/* "UDP"; EINVAL for -1: of a URI's transport parameter, any case. */
const char *sip_tp_name(enum sip_tp kind);
int sip_tp_of(enum sip_tp *kind, struct str name) MUST_CHECK;
/* 5060, TLS: 5061. */
uint16_t sip_tp_port(enum sip_tp kind);
bool sip_tp_reliable(enum sip_tp kind);

static inline enum sip_tp sip_flow_kind(const struct sip_flow *f)
{
	return f->tp->ops->kind;
}

#endif
