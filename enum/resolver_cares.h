/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resolver of the product: c-ares 1.18 carries single packets to single
 * servers (one channel per server, one attempt each); which server, how
 * often and how long is decided by resolver_pool.h. The process must ignore
 * SIGPIPE (c-ares writes to TCP with writev).
 */
#ifndef ENUM_RESOLVER_CARES_H
#define ENUM_RESOLVER_CARES_H

#include "enum/resolver_pool.h"

/* A resolver on the servers of conf; conf->n_servers == 0: those of
 * conf->resolv_conf, and 127.0.0.1 if there are none in it; the file is
 * looked at again every conf->watch_ms, its new servers take over. EINVAL:
 * more servers than POOL_LINKS_MAX, or one without a port. ENOMEM, EIO
 * (c-ares). */
int resolver_cares_new(struct resolver **rp, struct loop *l,
		       const struct resolver_conf *conf) MUST_CHECK;

struct resolver_next;

/* Readies other servers (as of resolver_cares_new) and another timeout_ms
 * for r; nothing changes yet. Errors as there. Then one of the other two. */
int resolver_cares_prepare(struct resolver_next **np,
			   const struct resolver *r,
			   const struct resolver_conf *conf) MUST_CHECK;
/* Puts them to use; queries under way are asked again if the servers are
 * others. Cannot fail. */
void resolver_cares_commit(struct resolver *r, struct resolver_next *n);
/* Forgets them. NULL-safe. */
void resolver_cares_drop(struct resolver_next *n);

/* The network of this machine has changed: queries under way are sent again
 * from where it is now, and the file is looked at. Not inside a callback of
 * r. */
void resolver_cares_renew(struct resolver *r);

/* Lines of resolver_pool_print(). */
void resolver_cares_print(const struct resolver *r, struct buf *out,
			  const char *prefix);

/* Is any server believed to answer? For the status of the gateway. */
bool resolver_cares_is_up(const struct resolver *r);

#endif
