/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transports and flows. A flow is one UDP pair of addresses or one TCP or
 * TLS connection; answers go back on the flow their request came on.
 */
#ifndef GATEWAY_SIP_TRANSPORT_H
#define GATEWAY_SIP_TRANSPORT_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/hash.h"
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
	uint64_t              no_tcp_until_us;  /* it did not work lately */
	void                 *priv;
	const char           *name;     /* of its certificate, or NULL */
	struct log_tag        tag;
	struct list           watches;
	struct list_node      lru;
	struct hash_node      node;
};

/* The flow to an address: the one there is, or a new one (connections are
 * then still being made; what is sent meanwhile waits). tls_name: the name
 * the certificate must be for, NULL: the address. *fp is a reference.
 * ENETUNREACH: no transport of that kind and family; EAGAIN: too many. */
int sip_flow_find(struct sip_flow **fp, struct sip_stack *s, enum sip_tp kind,
		  const struct addr *to, const char *tls_name) MUST_CHECK;

/* Sends one whole message. EAGAIN, EPIPE (the flow is down), EMSGSIZE.
 * Losses after that are the network's. */
int sip_flow_send(struct sip_flow *f, struct str msg);

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

/* "UDP", "TCP", "TLS". */
const char *sip_tp_name(enum sip_tp kind);
/* Of a URI's transport parameter, any case. EINVAL: another one. */
int sip_tp_of(enum sip_tp *kind, struct str name) MUST_CHECK;
/* Its row; NULL: not in this build. */
const struct sip_transport_ops *sip_tp_ops(enum sip_tp kind);
/* 5060, TLS: 5061. */
uint16_t sip_tp_port(enum sip_tp kind);
bool sip_tp_reliable(enum sip_tp kind);

/* For the transports: a new flow in the table, with one reference for the
 * caller. Incoming ones too. ENOMEM; EAGAIN: too many. */
int sip_flow_new(struct sip_flow **fp, struct sip_transport *tp,
		 const struct addr *remote, const char *name) MUST_CHECK;
/* The flow of this transport from that address, or NULL. No reference. */
struct sip_flow *sip_flow_at(struct sip_transport *tp,
			     const struct addr *remote);
/* One message came in: parses it and hands it to the stack. status: the
 * transport found a flaw that is to be answered so (413 ...), or 0. */
void sip_flow_receive(struct sip_flow *f, struct str text, uint16_t status,
		      const char *what);
/* It is over: out of the table, watchers are told. Idempotent. */
void sip_flow_down(struct sip_flow *f, int err);

extern const struct sip_transport_ops sip_udp_ops, sip_tcp_ops, sip_tls_ops;

/* UDP, TCP or TLS. */
static inline enum sip_tp sip_flow_kind(const struct sip_flow *f)
{
	return f->tp->ops->kind;
}

#endif
