/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to one DNS server: carries a packet there and the answer back.
 * It knows nothing of names, failover or time beyond DNS_LINK_LIFE_MS.
 * resolver_cares.c has the real one.
 */
#ifndef ENUM_DNS_LINK_H
#define ENUM_DNS_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

struct dns_link;

/* One packet on its way, allocated by its owner, who keeps it until done,
 * which comes exactly once (also from dns_link_close). */
struct dns_attempt {
	/* p: the answer, valid during the call; NULL with err: EAGAIN
	 * (silence), ECONNREFUSED (closed port, no route), ECANCELED (the
	 * link was renewed or closed), EIO (other). May come before send
	 * returns. Nothing may be sent, and no link closed or renewed,
	 * inside. */
	void (*done)(struct dns_attempt *a, int err, const uint8_t *p,
		     size_t n);
	bool  bare;     /* FORMERR without the question, which was put in:
			 * only the id was repeated */
	/* the link's */
	void            *way;
	struct list_node node;
	const uint8_t   *p;
	size_t           n;
	bool             formerr;
};

/* Silence is reported after so long. */
enum { DNS_LINK_LIFE_MS = 2500 };

struct dns_link_ops {
	void (*send)(struct dns_link *k, struct dns_attempt *a,
		     const uint8_t *p, size_t n);
	void (*close)(struct dns_link *k);
	void (*renew)(struct dns_link *k);      /* may be NULL */
};

struct dns_link {
	const struct dns_link_ops *ops;
	char                       name[72];    /* "192.0.2.1:53" */
};

/* Sends a packet; a is the link's until it is done, and p stays as long. */
static inline void dns_link_send(struct dns_link *k, struct dns_attempt *a,
				 const uint8_t *p, size_t n)
{
	k->ops->send(k, a, p, n);
}

/* The addresses of this machine are others: what is under way on old sockets
 * is done with ECANCELED. */
static inline void dns_link_renew(struct dns_link *k)
{
	if (k->ops->renew)
		k->ops->renew(k);
}

/* All attempts are done with ECANCELED; then the link is freed. */
static inline void dns_link_close(struct dns_link *k)
{
	k->ops->close(k);
}

#endif
