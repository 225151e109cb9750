/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's datagram sockets. */
#include "base/udp.h"

#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"

/* So many datagrams per readiness, so that one socket cannot hold up the
 * turn; epoll tells again about the rest. */
enum { DRAIN_MAX = 64, BATCH = 2 };

struct udp_sock {
	struct udp   udp;
	struct io    io;
	int          fd;
	struct addr  local;
	udp_recv_fn *fn;
	void        *arg;
	bool        *gone;      /* set when closed or unbound in fn */
};

static struct udp_sock *sock_of(const struct udp *u)
{
	return CONTAINER(u, struct udp_sock, udp);
}

static void os_unbind(struct udp *u)
{
	struct udp_sock *s = sock_of(u);

	io_stop(&s->io);
	if (s->gone)
		*s->gone = true;
	s->gone = NULL;
}

static void os_close(struct udp *u)
{
	struct udp_sock *s = sock_of(u);

	os_unbind(u);
	close(s->fd);
	mem_free(s);
}

/* Two datagrams at most: one call tells that there is no second one. */
struct batch {
	struct mmsghdr          msg[BATCH];
	struct iovec            iov[BATCH];
	struct sockaddr_storage ss[BATCH];
	uint8_t                 data[BATCH][UDP_MAX + 1];
};

static int receive(struct udp_sock *s, struct batch *b)
{
	for (int i = 0; i < BATCH; i++) {
		b->iov[i] = (struct iovec){ b->data[i], UDP_MAX };
		b->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &b->ss[i], .msg_iov = &b->iov[i],
			.msg_namelen = sizeof(b->ss[i]), .msg_iovlen = 1 };
	}
	return recvmmsg(s->fd, b->msg, BATCH, MSG_DONTWAIT, NULL);
}

static void on_readable(unsigned ready, void *arg)
{
	struct udp_sock *s = arg;
	struct batch b;
	bool gone = false;

	(void)ready;
	s->gone = &gone;
	for (int i = 0; i < DRAIN_MAX; i += BATCH) {
		int n = receive(s, &b);

		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		/* n < 0: EINTR, or an ICMP error that concerns nobody here */
		for (int k = 0; k < n; k++) {
			struct addr src;

			if (addr_from_sa(&src, (struct sockaddr *)&b.ss[k],
					 b.msg[k].msg_hdr.msg_namelen))
				continue;
			s->fn(&src, b.data[k], b.msg[k].msg_len, s->arg);
			if (gone)
				return;
		}
		if (n >= 0 && n < BATCH)
			break;
	}
	s->gone = NULL;
}

static int os_bind(struct udp *u, struct loop *l, udp_recv_fn *fn, void *arg)
{
	struct udp_sock *s = sock_of(u);

	s->fn = fn;
	s->arg = arg;
	return io_start(l, &s->io, s->fd, IO_READ, on_readable, s);
}

static int os_send(struct udp *u, const struct addr *dst, const void *p,
		   size_t n)
{
	struct udp_sock *s = sock_of(u);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(dst, &ss);

	/* the first try may return an older datagram's ICMP error */
	for (int i = 0; i < 2; i++) {
		if (sendto(s->fd, p, n, MSG_NOSIGNAL, (struct sockaddr *)&ss,
			   len) >= 0)
			return 0;
		if (errno != ECONNREFUSED && errno != EINTR)
			return errno == EWOULDBLOCK ? EAGAIN : errno;
	}
	return 0;
}

static void os_local(const struct udp *u, struct addr *a)
{
	*a = sock_of(u)->local;
}

static void os_room(struct udp *u, int bytes)
{
	(void)setsockopt(sock_of(u)->fd, SOL_SOCKET, SO_RCVBUF, &bytes,
			 sizeof(bytes));
}

static int sock_make(int *fdp, struct addr *got, const struct addr *local)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(local, &ss);
	int on = 1, err = 0, fd;

	if (!len)
		return EAFNOSUPPORT;
	fd = socket(local->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return errno;
	if (local->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, len) < 0) {
		err = errno;
		goto out;
	}
	len = sizeof(ss);
	*got = *local;
	if (local->port)
		goto out;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		err = errno;
	else
		err = addr_from_sa(got, (struct sockaddr *)&ss, len);
out:
	if (err)
		close(fd);
	else
		*fdp = fd;
	return err;
}

static int os_open(struct udp **up, struct udp_net *n,
		   const struct addr *local);

static const struct udp_ops os_ops = {
	os_open, os_bind, os_unbind, os_send, os_local, os_close,
	os_room,
};

static int os_open(struct udp **up, struct udp_net *n,
		   const struct addr *local)
{
	struct udp_sock *s = mem_alloc(sizeof(*s));
	int err;

	(void)n;
	if (!s)
		return ENOMEM;
	err = sock_make(&s->fd, &s->local, local);
	if (err) {
		mem_free(s);
		return err;
	}
	s->udp.ops = &os_ops;
	*up = &s->udp;
	return 0;
}

struct udp_net udp_os = { &os_ops };
