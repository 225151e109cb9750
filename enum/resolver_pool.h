/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resolver over several servers: which one is asked, how long, how often,
 * what counts as an answer. It remembers which servers are dead: a query
 * does not pay for what an earlier one has found out. The way to a server
 * is a dns_link (dns_link.h).
 *
 *	query -> [queue] -> attempt on the best link -> answer: done
 *	                       | timeout_ms: a further attempt on the next
 *	                       | link beside it, `tries` in all
 *	                       ` SERVFAIL, REFUSED, garbage: the next at once
 *
 * A link with 3 failures in a row is down: it gets no queries, only a probe
 * of the pool's own after 0.25, 0.5, 1, 2, 4, 4, ... s, and is up with its
 * first answer. With all links down queries end at once with EAGAIN.
 */
#ifndef ENUM_RESOLVER_POOL_H
#define ENUM_RESOLVER_POOL_H

#include "enum/dns_link.h"
#include "enum/resolver.h"

enum { POOL_LINKS_MAX = 8 };

struct resolver_conf {
	struct addr servers[POOL_LINKS_MAX];    /* with port */
	unsigned    n_servers;
	const char *resolv_conf;  /* NULL: /etc/resolv.conf */
	uint16_t    port;         /* of the servers in it; 0: 53 */
	uint32_t    watch_ms;     /* how often it is looked at; 0: 5,000 */
	uint32_t    timeout_ms;   /* until the next attempt; 0: 300 */
	uint32_t    deadline_ms;  /* of a query in all; 0: 2,000 */
	unsigned    tries;        /* attempts of a query; 0: 4 */
	unsigned    window;       /* packets in flight per link; 0: 200 */
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

/* Is any link believed to answer? For the status of the gateway. */
bool resolver_pool_is_up(const struct resolver *r);

#endif
