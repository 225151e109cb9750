/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells when addresses or interfaces of this machine change (rtnetlink(7)).
 * What exactly is not read, only that something came.
 */
#ifndef BASE_NET_WATCH_H
#define BASE_NET_WATCH_H

#include "base/loop.h"
#include "base/tmr.h"

typedef void net_watch_fn(void *arg);

/* Embedded in its owner. Zeroed: not started. */
struct net_watch {
	struct io     io;
	int           fd;
	struct tmr    tmr;
	struct loop  *loop;     /* NULL: not started */
	net_watch_fn *fn;
	void         *arg;
	uint64_t      told_us;
};

/* Calls fn 250 ms after a change, for all changes until then; again 2 s
 * later at the earliest. EMFILE, ENOMEM, EAFNOSUPPORT, EPERM and what else
 * sockets say. */
int net_watch_start(struct net_watch *w, struct loop *l, net_watch_fn *fn,
		    void *arg) MUST_CHECK;
/* The same with the messages of fd, a datagram socket that does not block;
 * taken over, also on failure. */
int net_watch_start_on(struct net_watch *w, struct loop *l, int fd,
		       net_watch_fn *fn, void *arg) MUST_CHECK;
/* Idempotent, legal in fn. */
void net_watch_stop(struct net_watch *w);

#endif
