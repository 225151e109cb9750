/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIP over connections (RFC 3261 section 18): listening, connecting, the
 * queue of what is to be sent, and their ends. TLS rides on it as a layer.
 */
#include "gateway/sip/transport_tcp.h"

#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/sip_stack.h"

enum {
	CONNECT_MS  = 10000,
	PARTIAL_MS  = 32000,            /* half a message for so long */
	CLOSING_MS  = 2000,
	OUT_MAX     = 4 * 65536,
	CHUNK       = 16384,
	CHUNKS      = 8,                /* per turn: others want theirs too */
	ACCEPTS     = 16,
	PAUSE_MS    = 1000,
};

struct tcp_listener {
	struct sip_transport *tp;
	int                   fd;
	struct io             io;
	struct tmr            pause;
};

static METRIC_COUNT(bad_streams, "tipring_sip_bad_streams_total",
		    "Connections closed because their framing was lost");

static struct loop *loop_of(const struct tcp_conn *c)
{
	return c->flow->tp->stack->p.loop;
}

/* --- plain TCP as a layer ---------------------------------------------- */

static int plain_start(struct tcp_conn *c)
{
	(void)c;
	return 0;
}

static int plain_read(struct tcp_conn *c, void *p, size_t n, size_t *np)
{
	ssize_t got = recv(c->fd, p, n, 0);

	c->want = IO_READ;
	if (got < 0)
		return errno == EINTR ? EAGAIN : errno;
	*np = (size_t)got;
	return 0;
}

static int plain_write(struct tcp_conn *c, const void *p, size_t n,
		       size_t *np)
{
	ssize_t put = send(c->fd, p, n, MSG_NOSIGNAL);

	c->want = IO_WRITE;
	if (put < 0)
		return errno == EINTR ? EAGAIN : errno;
	*np = (size_t)put;
	return 0;
}

static void plain_stop(struct tcp_conn *c)
{
	(void)c;
}

static const struct tcp_layer plain = {
	plain_start, plain_read, plain_write, plain_stop,
};

/* --- ends -------------------------------------------------------------- */

static void conn_free(struct tcp_conn *c)
{
	io_stop(&c->io);
	tmr_stop(&c->tmr);
	c->layer->stop(c);
	if (c->fd >= 0)
		close(c->fd);
	sip_stream_fini(&c->in);
	buf_fini(&c->out);
	mem_free(c);
}

void tcp_close_flow(struct sip_flow *f)
{
	struct tcp_conn *c = f->priv;

	f->priv = NULL;
	if (c)
		conn_free(c);
}

static void on_failed(void *arg)
{
	struct tcp_conn *c = arg;

	sip_flow_down(c->flow, c->err);
}

/* The flow ends from the loop, not inside of somebody's call. */
static void fail_soon(struct tcp_conn *c, int err)
{
	c->err = err;
	io_stop(&c->io);
	tmr_start(loop_of(c), &c->tmr, 0, on_failed, c);
}

static void on_timeout(void *arg)
{
	struct tcp_conn *c = arg;

	sip_flow_down(c->flow, ETIMEDOUT);
}

/* --- sending ----------------------------------------------------------- */

static int set_want(struct tcp_conn *c)
{
	unsigned want = IO_READ;

	if (!c->connected || c->out.len)
		want |= IO_WRITE;
	/* a layer in its handshake knows better */
	if (!c->flow->up && c->connected)
		want = c->want;
	return io_want(&c->io, want);
}

static int flush(struct tcp_conn *c)
{
	size_t done = 0, n = 0;
	int err = 0;

	while (!err && done < c->out.len) {
		err = c->layer->write(c, c->out.p + done, c->out.len - done,
				      &n);
		if (!err)
			done += n;
	}
	buf_consume(&c->out, done);
	return err == EAGAIN ? 0 : err;
}

int tcp_send(struct sip_flow *f, struct str msg)
{
	struct tcp_conn *c = f->priv;
	int err;

	if (!c || c->closing || c->err)
		return EPIPE;
	buf_adds(&c->out, msg);
	if (c->out.err) {
		err = c->out.err == ENOBUFS ? EAGAIN : c->out.err;
		c->out.err = 0;
		return err;
	}
	if (!f->up)
		return 0;
	err = flush(c);
	err = err ? err : set_want(c);
	if (err)
		fail_soon(c, err);
	return 0;
}

/* --- receiving --------------------------------------------------------- */

/* Our half is closed first and the rest is read away: closing with unread
 * bytes would reset the connection and take our answer with it. */
static void half_close(struct tcp_conn *c)
{
	if (!c->out.len)
		(void)shutdown(c->fd, SHUT_WR);
}

static void close_when_sent(struct tcp_conn *c)
{
	c->closing = true;
	tmr_start(loop_of(c), &c->tmr, CLOSING_MS, on_timeout, c);
	half_close(c);
}

static int discard(struct tcp_conn *c)
{
	uint8_t chunk[CHUNK];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	return n < 0 ? errno : EPIPE;
}

/* Hands out what is whole. The flow may be down after each message. */
static void deliver(struct sip_flow *f)
{
	struct tcp_conn *c = f->priv;
	struct sip_stream_msg m;

	while (!f->down && !c->closing) {
		switch (sip_stream_next(&c->in, &m)) {
		case SIP_STREAM_MORE:
			return;
		case SIP_STREAM_PING:
			(void)tcp_send(f, STR_LIT("\r\n"));
			break;
		case SIP_STREAM_MSG:
			sip_flow_receive(f, m.text, 0, NULL);
			break;
		case SIP_STREAM_BAD:
			metric_add(&bad_streams, 1);
			sip_flow_receive(f, m.text, m.status, m.what);
			if (!f->down)
				close_when_sent(c);
			return;
		}
	}
}

/* One read. EAGAIN: no more now; EPIPE: the far end closed. */
static int read_some(struct tcp_conn *c)
{
	uint8_t chunk[CHUNK];
	size_t n = 0;
	int err = c->layer->read(c, chunk, sizeof(chunk), &n);

	if (err)
		return err;
	if (n == 0)
		return EPIPE;
	return sip_stream_add(&c->in, chunk, n);
}

static void watch_partial(struct tcp_conn *c)
{
	if (c->closing || c->err)
		return;
	if (!sip_stream_is_partial(&c->in))
		tmr_stop(&c->tmr);
	else if (!tmr_is_running(&c->tmr))
		tmr_start(loop_of(c), &c->tmr, PARTIAL_MS, on_timeout, c);
}

static void receive(struct sip_flow *f)
{
	struct tcp_conn *c = f->priv;
	int err = 0;

	for (int i = 0; i < CHUNKS && !err; i++) {
		err = read_some(c);
		if (!err)
			deliver(f);
		if (f->down || c->closing || c->err)
			return;
	}
	if (err && err != EAGAIN)
		sip_flow_down(f, err);
	else
		watch_partial(c);
}

/* --- connecting -------------------------------------------------------- */

static int socket_error(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) ? errno : err;
}

/* Up to the first byte of SIP. EAGAIN: not yet. */
static int get_up(struct tcp_conn *c)
{
	int err;

	if (!c->connected) {
		err = socket_error(c->fd);
		if (err)
			return err;
		c->connected = true;
	}
	err = c->layer->start(c);
	if (err)
		return err;
	c->flow->up = true;
	tmr_stop(&c->tmr);
	return flush(c);
}

static void on_ready(unsigned ready, void *arg)
{
	struct tcp_conn *c = arg;
	struct sip_flow *f = obj_ref(c->flow);
	int err = 0;

	if (!f->up)
		err = get_up(c);
	else if (ready & IO_WRITE)
		err = flush(c);
	if (!err && c->closing) {
		half_close(c);
		err = ready & IO_READ ? discard(c) : 0;
	} else if (!err && f->up && (ready & IO_READ)) {
		receive(f);
	}
	if (!f->down && !c->err) {
		if (!err || err == EAGAIN)
			err = set_want(c);
		if (err)
			sip_flow_down(f, err);
	}
	obj_unref(f);
}

static int conn_new(struct tcp_conn **cp, struct sip_flow *f, int fd,
		    const struct tcp_layer *layer)
{
	struct tcp_conn *c = mem_alloc(sizeof(*c));
	int one = 1;

	if (!c) {
		close(fd);
		return ENOMEM;
	}
	c->flow = f;
	c->fd = fd;
	c->layer = layer;
	c->want = IO_READ;
	sip_stream_init(&c->in);
	buf_init(&c->out, OUT_MAX);
	/* delay of signalling is worse than a few small packets */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	f->priv = c;
	tmr_start(loop_of(c), &c->tmr, CONNECT_MS, on_timeout, c);
	*cp = c;
	return 0;
}

static void learn_local(struct sip_flow *f, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (!getsockname(fd, (struct sockaddr *)&ss, &len) &&
	    !addr_from_sa(&f->local, (struct sockaddr *)&ss, len))
		addr_unmap(&f->local);
}

/* From the listening address, so that the far end sees who we are. */
static int bind_local(int fd, const struct sip_transport *t)
{
	struct addr local = t->local;
	struct sockaddr_storage ss;
	socklen_t len;

	if (addr_is_any(&local))
		return 0;
	local.port = 0;
	len = addr_to_sa(&local, &ss);
	return bind(fd, (struct sockaddr *)&ss, len) ? errno : 0;
}

int tcp_connect_with(struct sip_flow *f, const char *name,
		     const struct tcp_layer *layer)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(&f->remote, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
			SOCK_CLOEXEC, 0);
	struct tcp_conn *c;
	int err;

	if (fd < 0)
		return errno;
	err = bind_local(fd, f->tp);
	if (!err && connect(fd, (struct sockaddr *)&ss, len) &&
	    errno != EINPROGRESS)
		err = errno;
	if (!err) {
		learn_local(f, fd);
		/* nobody listens there, and the kernel has picked that very
		 * port for us: TCP then connects to itself */
		if (addr_eq(&f->local, &f->remote))
			err = ECONNREFUSED;
	}
	if (err) {
		close(fd);
		return err;
	}
	err = conn_new(&c, f, fd, layer);
	if (err)
		return err;
	str_clip(c->name, sizeof(c->name), str_z(name));
	return io_start(loop_of(c), &c->io, fd, IO_WRITE, on_ready, c);
}

static int tcp_connect(struct sip_flow *f, const char *name)
{
	return tcp_connect_with(f, name, &plain);
}

/* --- listening --------------------------------------------------------- */

static void take_conn(struct sip_transport *t, int fd, const struct addr *src)
{
	const struct tcp_layer *layer = t->ops->secure ? tls_layer() : &plain;
	struct tcp_conn *c;
	struct sip_flow *f;

	if (!sip_stack_accepts(t->stack, src) ||
	    sip_flow_new(&f, t, src, NULL)) {
		close(fd);
		return;
	}
	f->incoming = true;
	learn_local(f, fd);
	if (conn_new(&c, f, fd, layer) ||
	    io_start(loop_of(c), &c->io, fd, IO_READ, on_ready, c)) {
		sip_flow_down(f, ENOMEM);
	} else {
		c->connected = true;
		/* plain TCP is up at once; TLS speaks first */
		if (!t->ops->secure) {
			f->up = true;
			tmr_stop(&c->tmr);
		}
	}
	obj_unref(f);
}

static void on_accept(unsigned ready, void *arg);

static void on_pause_over(void *arg)
{
	struct tcp_listener *l = arg;

	if (io_start(l->tp->stack->p.loop, &l->io, l->fd, IO_READ, on_accept,
		     l))
		tmr_start(l->tp->stack->p.loop, &l->pause, PAUSE_MS,
			  on_pause_over, l);
}

static void on_accept(unsigned ready, void *arg)
{
	struct tcp_listener *l = arg;

	(void)ready;
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		struct addr src;
		int fd = accept4(l->fd, (struct sockaddr *)&ss, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE ||
			       errno == ENOMEM || errno == ENOBUFS)) {
			/* the queue stays full: do not spin on it */
			io_stop(&l->io);
			tmr_start(l->tp->stack->p.loop, &l->pause, PAUSE_MS,
				  on_pause_over, l);
		}
		if (fd < 0)
			return;
		if (addr_from_sa(&src, (struct sockaddr *)&ss, len)) {
			close(fd);
			continue;
		}
		addr_unmap(&src);
		take_conn(l->tp, fd, &src);
	}
}

static int open_listener(struct sip_transport *t)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(&t->local, &ss);
	int one = 1, err = 0;
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
			SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (t->local.family == AF_INET6)
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				 sizeof(one));
	if (!err)
		err = bind(fd, (struct sockaddr *)&ss, len);
	if (!err)
		err = listen(fd, 128);
	if (!err) {
		len = sizeof(ss);
		err = getsockname(fd, (struct sockaddr *)&ss, &len);
	}
	if (err || addr_from_sa(&t->local, (struct sockaddr *)&ss, len)) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int tcp_listen(struct sip_transport *t)
{
	struct tcp_listener *l = mem_alloc(sizeof(*l));
	int err;

	if (!l)
		return ENOMEM;
	l->tp = t;
	l->fd = open_listener(t);
	err = l->fd < 0 ? errno :
		io_start(t->stack->p.loop, &l->io, l->fd, IO_READ, on_accept,
			 l);
	if (err) {
		if (l->fd >= 0)
			close(l->fd);
		mem_free(l);
		return err;
	}
	t->priv = l;
	return 0;
}

void tcp_close(struct sip_transport *t)
{
	struct tcp_listener *l = t->priv;

	t->priv = NULL;
	io_stop(&l->io);
	tmr_stop(&l->pause);
	close(l->fd);
	mem_free(l);
}

const struct sip_transport_ops sip_tcp_ops = {
	.name = "TCP", .kind = SIP_TCP, .reliable = true, .secure = false,
	.listen = tcp_listen, .connect = tcp_connect, .send = tcp_send,
	.close_flow = tcp_close_flow, .close = tcp_close,
};
