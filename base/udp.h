/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagram sockets behind an interface, so that a whole gateway runs in a
 * test on a simulated network. The product uses udp_os (udp.c); SIP over
 * UDP and RTP know only this header.
 */
#ifndef BASE_UDP_H
#define BASE_UDP_H

#include "base/addr.h"
#include "base/loop.h"

struct udp_net;
struct udp;

/* One datagram. data may be changed in place and is valid only during the
 * call; at most UDP_MAX bytes. The socket may be closed inside. */
typedef void udp_recv_fn(const struct addr *src, uint8_t *data, size_t len,
			 void *arg);

enum { UDP_MAX = 65535 };

struct udp_ops {
	int  (*open)(struct udp **up, struct udp_net *n,
		     const struct addr *local);
	int  (*bind)(struct udp *u, struct loop *l, udp_recv_fn *fn,
		     void *arg);
	void (*unbind)(struct udp *u);
	int  (*send)(struct udp *u, const struct addr *dst, const void *p,
		     size_t n);
	void (*local)(const struct udp *u, struct addr *a);
	void (*close)(struct udp *u);
	void (*room)(struct udp *u, int bytes);         /* may be NULL */
};

struct udp_net { const struct udp_ops *ops; };
struct udp     { const struct udp_ops *ops; };

/* The kernel's sockets. */
extern struct udp_net udp_os;

/* A socket on local (port 0: any). Not yet receiving. EADDRINUSE, EMFILE,
 * ENOMEM and others. */
static inline int udp_open(struct udp **up, struct udp_net *n,
			   const struct addr *local)
{
	return n->ops->open(up, n, local);
}

/* Receives on the loop from now on; from then it is that thread's. */
static inline int udp_bind(struct udp *u, struct loop *l, udp_recv_fn *fn,
			   void *arg)
{
	return u->ops->bind(u, l, fn, arg);
}

/* Stops receiving; may then be bound to another loop. Idempotent. */
static inline void udp_unbind(struct udp *u)
{
	u->ops->unbind(u);
}

/* Sends one datagram without waiting. EAGAIN: the socket's buffer is full;
 * ECONNREFUSED is reported to nobody (RTP and SIP have their own ends). */
static inline int udp_send(struct udp *u, const struct addr *dst,
			   const void *p, size_t n)
{
	return u->ops->send(u, dst, p, n);
}

/* The local address and the port the socket got. */
static inline void udp_local(const struct udp *u, struct addr *a)
{
	u->ops->local(u, a);
}

/* Asks for room for so many bytes (packets and what the kernel adds) that
 * have come and were not yet read. The system may give less: then more is
 * lost of a burst. */
static inline void udp_room(struct udp *u, int bytes)
{
	if (u->ops->room)
		u->ops->room(u, bytes);
}

/* Unbinds and closes; NULL-safe. */
static inline void udp_close(struct udp *u)
{
	if (u)
		u->ops->close(u);
}

#endif
