/* SPDX-License-Identifier: Apache-2.0 */
/* Connections, as TCP and TLS share them: sockets, queues, timers. What TLS
 * puts between the socket and the bytes is a layer. Not for users of the
 * stack. */
#ifndef GATEWAY_SIP_TRANSPORT_TCP_H
#define GATEWAY_SIP_TRANSPORT_TCP_H

#include "base/tmr.h"
#include "gateway/sip/transport.h"
#include "gateway/sip/transport_stream.h"

struct tcp_conn;

/* All but stop return 0 or an errno; EAGAIN: the socket is not ready, and
 * conn->want tells for what (IO_READ, IO_WRITE). */
struct tcp_layer {
	/* The connection stands; called again until it is not EAGAIN. */
	int  (*start)(struct tcp_conn *c);
	/* *np: 0 at the end of the stream. */
	int  (*read)(struct tcp_conn *c, void *p, size_t n, size_t *np);
	int  (*write)(struct tcp_conn *c, const void *p, size_t n,
		      size_t *np);
	void (*stop)(struct tcp_conn *c);
};

struct tcp_conn {
	struct sip_flow        *flow;   /* it owns us */
	const struct tcp_layer *layer;
	void                   *priv;   /* of the layer */
	char                    name[256];      /* of the certificate */
	int                     fd;
	unsigned                want;   /* of the layer */
	bool                    connected;      /* TCP */
	bool                    closing;        /* when all is sent */
	bool                    broken;         /* the layer's state */
	int                     err;
	struct io               io;
	struct tmr              tmr;    /* connecting; half a message; end */
	struct sip_stream       in;
	struct buf              out;
};

/* For the rows of both transports. */
int tcp_listen(struct sip_transport *t);
int tcp_connect_with(struct sip_flow *f, const char *name,
		     const struct tcp_layer *layer);
int tcp_send(struct sip_flow *f, struct str msg);
void tcp_close_flow(struct sip_flow *f);
void tcp_close(struct sip_transport *t);
/* The layer of a transport kind, for accepted connections. */
const struct tcp_layer *tls_layer(void);

#endif
