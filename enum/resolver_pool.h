/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resolver over several servers: which one is asked, how long, how often,
 * what counts as an answer. It remembers which servers are dead and which
 * are slow (dns_server.h): a query does not pay for what an earlier one has
 * found out. The way to a server is a dns_link (dns_link.h).
 *
 *	query -> [queue] -> try on the best server -> answer: done
 *	                       | its usual time: a second try on another
 *	                       | server beside it (one query in ten at most)
 *	                       | timeout_ms: a further try, `tries` in all
 *	                       ` SERVFAIL, REFUSED, garbage: the next at once
 *
 * The best server is the first of the list that does not fail and is not
 * much slower than another. With all servers down queries end at once with
 * EAGAIN.
 */
#ifndef ENUM_RESOLVER_POOL_H
#define ENUM_RESOLVER_POOL_H

#include "base/buf.h"
#include "enum/dns_link.h"
#include "enum/resolver.h"

enum { POOL_LINKS_MAX = 8 };

struct resolver_conf {
	struct addr servers[POOL_LINKS_MAX];    /* with port */
	unsigned    n_servers;
	bool        tcp;          /* all by TCP, not only what is cut */
	const char *resolv_conf;  /* NULL: /etc/resolv.conf */
	uint16_t    port;         /* of the servers in it; 0: 53 */
	uint32_t    watch_ms;     /* how often it is looked at; 0: 5,000 */
	uint32_t    timeout_ms;   /* until the next attempt; 0: 300 */
	uint32_t    deadline_ms;  /* of a query in all; 0: 2,000 */
	unsigned    tries;        /* attempts of a query; 0: 4 */
	unsigned    window;       /* packets to a server within 50 ms and
				   * not yet answered; 0: 200 */
	unsigned    queue_max;    /* queries waiting; 0: 20,000 */
};

/* Takes the n links (also on failure: they are closed). ENOMEM, EINVAL. */
int resolver_pool_new(struct resolver **rp, struct loop *l,
		      const struct resolver_conf *conf,
		      struct dns_link *const *links, unsigned n) MUST_CHECK;

/* Puts these links (taken, also on failure) in the place of all others.
 * Queries under way are asked again there. Not inside a link's callback.
 * EINVAL. */
int resolver_pool_replace(struct resolver *r, struct dns_link *const *links,
			  unsigned n) MUST_CHECK;

/* The addresses of this machine are others: what is under way is sent again.
 * Not inside a link's callback. */
void resolver_pool_renew(struct resolver *r);

/* Another patience with each server from now on; more than 0. */
void resolver_pool_set_timeout(struct resolver *r, uint32_t timeout_ms);

/* How many servers there are. */
unsigned resolver_pool_servers(const struct resolver *r);

/* One line for each server: "dns_server=192.0.2.1:53 up=yes ...", with
 * prefix before it. */
void resolver_pool_print(const struct resolver *r, struct buf *out,
			 const char *prefix);

/* Is any link believed to answer? For the status of the gateway. */
bool resolver_pool_is_up(const struct resolver *r);

#endif
