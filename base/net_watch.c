/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of addresses and interfaces, by a netlink socket. */
#include "base/net_watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/metric.h"

static METRIC_COUNT(m_changes, "tipring_network_changes_total",
		    "Changes of addresses or interfaces, several at a time "
		    "as one");

enum {
	SETTLE_US = 250000,
	AGAIN_US  = 2000000,
	READS_MAX = 64,         /* in one turn */
};

static void tell(void *arg)
{
	struct net_watch *w = arg;

	w->told_us = loop_now_us(w->loop);
	metric_add(&m_changes, 1);
	w->fn(w->arg);
}

static void changed(struct net_watch *w)
{
	uint64_t at = loop_now_us(w->loop) + SETTLE_US;

	if (tmr_is_running(&w->tmr))
		return;
	if (w->told_us && at < w->told_us + AGAIN_US)
		at = w->told_us + AGAIN_US;
	tmr_start_at(w->loop, &w->tmr, at, tell, w);
}

/* More than READS_MAX wait for the next turn. */
static void on_io(unsigned ready, void *arg)
{
	struct net_watch *w = arg;
	uint8_t none[1];

	(void)ready;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(w->fd, none, sizeof(none), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		changed(w);     /* ENOBUFS: more of them than fit */
		if (n == 0 || (n < 0 && errno != ENOBUFS)) {
			io_stop(&w->io);        /* it would be ready for ever */
			return;
		}
	}
}

int net_watch_start_on(struct net_watch *w, struct loop *l, int fd,
		       net_watch_fn *fn, void *arg)
{
	int err;

	memset(w, 0, sizeof(*w));
	err = io_start(l, &w->io, fd, IO_READ, on_io, w);
	if (err) {
		close(fd);
		return err;
	}
	w->fd = fd;
	w->loop = l;
	w->fn = fn;
	w->arg = arg;
	return 0;
}

int net_watch_start(struct net_watch *w, struct loop *l, net_watch_fn *fn,
		    void *arg)
{
	struct sockaddr_nl me = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
			     RTMGRP_IPV6_IFADDR };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			NETLINK_ROUTE);
	int err = 0;

	if (fd < 0)
		return errno;
	if (bind(fd, (struct sockaddr *)&me, sizeof(me)) < 0)
		err = errno;
	if (err) {
		close(fd);
		return err;
	}
	return net_watch_start_on(w, l, fd, fn, arg);
}

void net_watch_stop(struct net_watch *w)
{
	if (!w->loop)
		return;
	io_stop(&w->io);
	tmr_stop(&w->tmr);
	close(w->fd);
	w->loop = NULL;
}
