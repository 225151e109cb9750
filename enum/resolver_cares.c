/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-ares 1.18 as a carrier of single packets: one channel per server, one
 * attempt per packet, own packets through ares_send(). Its own failover,
 * retries, caching, files and typed parsers are not used, because they
 * forget, block, or lie (docs/decisions/ has the measurements). Rules:
 * - ares_cancel() is never called, and ares_destroy() never inside a
 *   callback (1.18 frees twice);
 * - nothing is sent inside a callback (the pool defers it);
 * - its clock is advanced by one tick of 10 ms while packets are under way;
 * - its sockets are ours, because it reads one until it is empty, which
 *   under a flood of forged answers is never.
 */
#include <ares.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "enum/dns_msg.h"
#include "enum/resolv_conf.h"
#include "enum/resolver_cares.h"

enum {
	TICK_MS         = 10,
	SOCKETS_MAX     = 8,            /* UDP and TCP, old and new */
	RCVBUF_BYTES    = 4 << 20,
	READS_MAX       = 100,          /* of one server in one turn */
	SENT_HEADS      = 256,
	HEADER          = 12,
	REBUILD_FAILS   = 3,            /* refused in a row: new channel */
	REBUILD_MIN_US  = 500000,
	PORT_MAX_US     = 20000000,     /* RFC 5452, 9.2 */
};

struct sock {
	struct io         io;
	struct cares     *c;
	ares_socket_t     fd;
	bool              used;
};

struct cares {
	struct dns_link k;
	struct loop    *loop;
	struct addr     server;
	bool            tcp;
	ares_channel    channel;
	struct sock     socks[SOCKETS_MAX];
	struct tmr      tick;
	unsigned        in_flight;
	struct list     sent[SENT_HEADS];       /* by the low byte of its id */
	unsigned        reads;          /* left in this turn */
	unsigned        fails;          /* refused since the last answer */
	uint64_t        built_us;
	ares_socket_t   udp;            /* the one to send from, or none */
	uint64_t        udp_us;         /* opened */
	struct log_tag  tag;
};

static struct cares *cares_of(struct dns_link *k)
{
	return CONTAINER(k, struct cares, k);
}

/* Sockets --------------------------------------------------------------- */

static void on_io(unsigned ready, void *arg)
{
	struct sock *s = arg;

	s->c->reads = READS_MAX;
	/* errors and hang-ups show as all that is wanted */
	ares_process_fd(s->c->channel,
			ready & IO_READ ? s->fd : ARES_SOCKET_BAD,
			ready & IO_WRITE ? s->fd : ARES_SOCKET_BAD);
}

static struct sock *sock_for(struct cares *c, ares_socket_t fd)
{
	struct sock *room = NULL;

	for (unsigned i = 0; i < SOCKETS_MAX; i++) {
		struct sock *s = &c->socks[i];

		if (s->used && s->fd == fd)
			return s;
		if (!s->used && !room)
			room = s;
	}
	return room;
}

/* c-ares tells which socket waits for what; 0, 0 comes before it is
 * closed. A socket that cannot be watched is silent: its packets end by
 * their time. */
static void on_sock(void *arg, ares_socket_t fd, int rd, int wr)
{
	struct cares *c = arg;
	struct sock *s = sock_for(c, fd);
	unsigned want = (rd ? IO_READ : 0u) | (wr ? IO_WRITE : 0u);
	int err = 0;

	if (!s) {
		log_err(&c->tag, "too many dns sockets", "server=%s",
			c->k.name);
		return;
	}
	if (want == 0) {
		io_stop(&s->io);
		s->used = false;
		return;
	}
	if (s->used) {
		err = io_want(&s->io, want);
	} else {
		s->used = true;
		s->fd = fd;
		s->c = c;
		err = io_start(c->loop, &s->io, fd, want, on_io, s);
	}
	if (err)
		log_err(&c->tag, "dns socket not watched",
			"server=%s error=%d", c->k.name, err);
}

static ares_socket_t open_socket(int family, int type, int protocol,
				 void *arg)
{
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	int bytes = RCVBUF_BYTES, on = 1;
	struct cares *c = arg;

	/* both may fail: then it is slower, or loses more */
	if (fd >= 0 && type == SOCK_DGRAM) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes,
				 sizeof(bytes));
		c->udp = fd;
		c->udp_us = loop_now_us(c->loop);
	}
	if (fd >= 0 && type == SOCK_STREAM)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
				 sizeof(on));
	return fd;
}

static int close_socket(ares_socket_t fd, void *arg)
{
	struct cares *c = arg;

	if (c->udp == fd)
		c->udp = ARES_SOCKET_BAD;
	return close(fd);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *to,
			  ares_socklen_t n, void *arg)
{
	(void)arg;
	return connect(fd, to, n);
}

/* FORMERR (RFC 6891, 7) -------------------------------------------------- */

/* Who gets this answer; bare: it has no question. */
static struct dns_attempt *asked_by(struct cares *c, const uint8_t *p,
				    size_t n, bool bare)
{
	LIST_EACH(node, &c->sent[p[1]]) {
		struct dns_attempt *a = CONTAINER(node, struct dns_attempt,
						  node);

		if (bare ? a->p[0] == p[0] && a->p[1] == p[1] :
		    dns_msg_echo(a->p, a->n, p, n) != DNS_ECHO_OTHER)
			return a;
	}
	return NULL;
}

/* The answer is FORMERR: c-ares drops it if there is no question in it, and
 * else sends the query again, cut by what it takes for the OPT record. So it
 * is shown another code, and the question; on_packet() puts it right. */
static size_t hide_formerr(struct cares *c, uint8_t *p, size_t n, size_t max)
{
	bool bare = n == HEADER && p[4] == 0 && p[5] == 0;
	struct dns_attempt *a = asked_by(c, p, n, bare);

	if (!a)
		return n;
	a->formerr = true;
	p[3] &= 0xf0;
	if (!bare || a->n > max)
		return n;
	a->bare = true;
	p[5] = 1;
	memcpy(p + HEADER, a->p + HEADER, a->n - HEADER);
	return a->p[11] ? a->n - DNS_OPT_BYTES : a->n;
}

static bool is_formerr(const uint8_t *p, size_t n)
{
	return n >= HEADER && n <= DNS_EDNS_BYTES && (p[2] & 0x82) == 0x80 &&
	       (p[3] & 15) == DNS_FORMERR;
}

/* After so many packets the rest waits for the next turn of the loop. */
static ares_ssize_t read_socket(ares_socket_t fd, void *p, size_t n,
				int flags, struct sockaddr *from,
				ares_socklen_t *n_from, void *arg)
{
	struct cares *c = arg;
	ares_ssize_t l;

	if (c->reads == 0) {
		errno = EAGAIN;
		return -1;
	}
	c->reads--;
	l = recvfrom(fd, p, n, flags, from, n_from);
	/* only datagrams are asked whom they come from */
	if (l > 0 && from && is_formerr(p, (size_t)l))
		l = (ares_ssize_t)hide_formerr(c, p, (size_t)l, n);
	return l;
}

static ares_ssize_t write_socket(ares_socket_t fd, const struct iovec *v,
				 int n, void *arg)
{
	struct msghdr m = { .msg_iov = (struct iovec *)(uintptr_t)v,
			    .msg_iovlen = (size_t)n };

	(void)arg;
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

static const struct ares_socket_functions socket_functions = {
	.asocket = open_socket, .aclose = close_socket,
	.aconnect = connect_socket, .arecvfrom = read_socket,
	.asendv = write_socket,
};

/* The channel ----------------------------------------------------------- */

/* All options are given, so that no file and no environment is read. */
static int channel_new(struct cares *c)
{
	char csv[ADDR_TEXT_MAX];
	struct in_addr dummy = { 0 };
	struct ares_options o = {
		/* EDNS is for the size of datagrams only */
		.flags = ARES_FLAG_NOCHECKRESP |
			 ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
			 (c->tcp ? ARES_FLAG_USEVC : ARES_FLAG_EDNS),
		.timeout = DNS_LINK_LIFE_MS,
		.tries = 1,
		.ndots = 1,
		.ednspsz = DNS_EDNS_BYTES,
		.servers = &dummy,
		.nservers = 1,
		.lookups = (char[]){ "b" },
		.sock_state_cb = on_sock,
		.sock_state_cb_data = c,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		   ARES_OPT_NDOTS | ARES_OPT_EDNSPSZ |
		   ARES_OPT_SERVERS | ARES_OPT_LOOKUPS |
		   ARES_OPT_SOCK_STATE_CB | ARES_OPT_DOMAINS |
		   ARES_OPT_SORTLIST | ARES_OPT_NOROTATE;

	if (ares_init_options(&c->channel, &o, mask) != ARES_SUCCESS) {
		c->channel = NULL;
		return EIO;
	}
	ares_set_socket_functions(c->channel, &socket_functions, c);
	addr_print(csv, &c->server);
	if (ares_set_servers_ports_csv(c->channel, csv) != ARES_SUCCESS) {
		ares_destroy(c->channel);
		c->channel = NULL;
		return EINVAL;
	}
	c->built_us = loop_now_us(c->loop);
	c->fails = 0;
	return 0;
}

/* The address of our end may have gone, and c-ares keeps its connected
 * socket. What is under way ends with ECANCELED and is sent again by the
 * pool. Only from timers: no attempt of the pool's is being started then. */
static void rebuild(struct cares *c)
{
	ares_channel old = c->channel;

	log_debug(&c->tag, "dns channel rebuilt", "server=%s", c->k.name);
	c->channel = NULL;
	ares_destroy(old);
	if (channel_new(c))
		log_err(&c->tag, "no dns channel", "server=%s", c->k.name);
}

/* Without anything under way there is no socket. */
static void cares_renew(struct dns_link *k)
{
	struct cares *c = cares_of(k);

	if (c->channel && c->in_flight > 0)
		rebuild(c);
}

/* Sends fail in a row. */
static bool wants_rebuild(const struct cares *c)
{
	return c->fails >= REBUILD_FAILS &&
	       loop_now_us(c->loop) - c->built_us >= REBUILD_MIN_US;
}

/* c-ares keeps the socket, and so the port, for as long as anything is under
 * way: time enough for others to find it. */
static bool is_known_port(const struct cares *c)
{
	return c->udp != ARES_SOCKET_BAD &&
	       loop_now_us(c->loop) - c->udp_us >= PORT_MAX_US;
}

static void on_tick(void *arg)
{
	struct cares *c = arg;

	if (wants_rebuild(c) || is_known_port(c))
		rebuild(c);
	c->reads = READS_MAX;
	if (c->channel)
		ares_process_fd(c->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (c->in_flight > 0)
		tmr_start(c->loop, &c->tick, TICK_MS, on_tick, c);
}

/* Packets --------------------------------------------------------------- */

static int error_of(int status)
{
	switch (status) {
	case ARES_ETIMEOUT:
		return EAGAIN;
	case ARES_ECONNREFUSED:
		return ECONNREFUSED;
	case ARES_EDESTRUCTION:
		return ECANCELED;
	default:
		return EIO;
	}
}

static void on_packet(void *arg, int status, int timeouts,
		      unsigned char *abuf, int alen)
{
	struct dns_attempt *a = arg;
	struct cares *c = a->way;
	bool answered = abuf && alen > 0;

	(void)timeouts;
	c->in_flight--;
	list_unlink(&a->node);
	if (answered && a->formerr)
		abuf[3] |= DNS_FORMERR;
	if (answered)
		c->fails = 0;
	else if (status == ARES_ECONNREFUSED)
		c->fails++;
	if (answered)
		a->done(a, 0, abuf, (size_t)alen);
	else
		a->done(a, error_of(status), NULL, 0);
}

static void cares_send(struct dns_link *k, struct dns_attempt *a,
		       const uint8_t *p, size_t n)
{
	struct cares *c = cares_of(k);

	if (!c->channel && channel_new(c)) {
		a->done(a, EIO, NULL, 0);
		return;
	}
	a->way = c;
	a->p = p;
	a->n = n;
	a->formerr = a->bare = false;
	list_append(&c->sent[p[1]], &a->node);
	c->in_flight++;
	if (!tmr_is_running(&c->tick))
		tmr_start(c->loop, &c->tick, TICK_MS, on_tick, c);
	ares_send(c->channel, p, (int)n, on_packet, a);
}

static void cares_close(struct dns_link *k)
{
	struct cares *c = cares_of(k);

	if (c->channel)
		ares_destroy(c->channel);
	tmr_stop(&c->tick);
	mem_free(c);
	ares_library_cleanup();
}

static const struct dns_link_ops cares_ops = {
	.send = cares_send, .close = cares_close, .renew = cares_renew,
};

static int link_new(struct dns_link **kp, struct loop *l,
		    const struct addr *server, bool tcp)
{
	struct cares *c;
	int err;

	if (server->port == 0 || server->family == AF_UNSPEC)
		return EINVAL;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return EIO;
	c = mem_alloc(sizeof(*c));
	if (!c) {
		ares_library_cleanup();
		return ENOMEM;
	}
	c->k.ops = &cares_ops;
	c->loop = l;
	for (unsigned i = 0; i < SENT_HEADS; i++)
		list_init(&c->sent[i]);
	c->tcp = tcp;
	c->udp = ARES_SOCKET_BAD;
	c->server = *server;
	c->server.scope = 0;    /* c-ares 1.18 takes none */
	c->tag = (struct log_tag){ .module = "dns" };
	_Static_assert(sizeof(c->k.name) >= ADDR_TEXT_MAX, "name of a link");
	addr_print(c->k.name, &c->server);
	err = channel_new(c);
	if (err) {
		cares_close(&c->k);
		return err;
	}
	*kp = &c->k;
	return 0;
}

/* The resolver --------------------------------------------------------- */

/* A pool of such links. Without servers in the configuration those of
 * resolv.conf, which is looked at now and then: at boot it is often empty
 * until the network is there. */
struct system {
	struct resolver      r;
	struct resolver     *pool;
	struct loop         *loop;
	struct resolver_conf conf;      /* servers: those in use */
	struct tmr           watch;
	bool                 watched;
	char                 path[];
};

static struct system *system_of(const struct resolver *r)
{
	return CONTAINER(r, struct system, r);
}

static int system_query(struct resolver *r, struct dns_query *q,
			const char *name, uint16_t type)
{
	struct resolver *pool = system_of(r)->pool;

	return pool->ops->query(pool, q, name, type);
}

static void system_cancel(struct dns_query *q)
{
	system_of(q->r)->pool->ops->cancel(q);
}

static void system_close(struct resolver *r)
{
	struct system *y = system_of(r);

	tmr_stop(&y->watch);
	resolver_free(y->pool);
	mem_free(y);
}

static const struct resolver_ops system_ops = {
	.query = system_query, .cancel = system_cancel,
	.close = system_close,
};

static int open_links(struct dns_link **links, struct loop *l,
		      const struct resolver_conf *conf)
{
	for (unsigned i = 0; i < conf->n_servers; i++) {
		int err = link_new(&links[i], l, &conf->servers[i], conf->tcp);

		if (!err)
			continue;
		while (i > 0)
			dns_link_close(links[--i]);
		return err;
	}
	return 0;
}

/* The servers of the file into conf. */
static void read_servers(struct resolver_conf *conf, const char *path)
{
	conf->n_servers = resolv_conf_read(conf->servers, POOL_LINKS_MAX,
					   path);
	for (unsigned i = 0; conf->port && i < conf->n_servers; i++)
		conf->servers[i].port = conf->port;
}

static bool same_servers(const struct resolver_conf *a,
			 const struct resolver_conf *b)
{
	if (a->n_servers != b->n_servers || a->tcp != b->tcp)
		return false;
	for (unsigned i = 0; i < a->n_servers; i++)
		if (!addr_eq(&a->servers[i], &b->servers[i]))
			return false;
	return true;
}

/* Other servers in the file: they take over. What fails is tried again
 * the next time. */
static void on_watch(void *arg)
{
	static const struct log_tag tag = { .module = "dns" };
	struct dns_link *links[POOL_LINKS_MAX];
	struct system *y = arg;
	struct resolver_conf now = y->conf;

	tmr_start(y->loop, &y->watch, y->conf.watch_ms, on_watch, y);
	read_servers(&now, y->path);
	if (same_servers(&now, &y->conf) ||
	    open_links(links, y->loop, &now) ||
	    resolver_pool_replace(y->pool, links, now.n_servers))
		return;
	y->conf = now;
	log_notice(&tag, "dns servers changed", "file=%s servers=%u",
		   y->path, now.n_servers);
}

static int system_open(struct system *y)
{
	struct dns_link *links[POOL_LINKS_MAX];
	int err = open_links(links, y->loop, &y->conf);

	if (err)
		return err;
	err = resolver_pool_new(&y->pool, y->loop, &y->conf, links,
				y->conf.n_servers);
	if (!err && y->watched)
		tmr_start(y->loop, &y->watch, y->conf.watch_ms, on_watch, y);
	return err;
}

int resolver_cares_new(struct resolver **rp, struct loop *l,
		       const struct resolver_conf *conf)
{
	const char *path = conf->resolv_conf ? conf->resolv_conf :
			   "/etc/resolv.conf";
	struct system *y;
	int err;

	if (conf->n_servers > POOL_LINKS_MAX)
		return EINVAL;
	y = mem_alloc(sizeof(*y) + strlen(path) + 1);
	if (!y)
		return ENOMEM;
	memcpy(y->path, path, strlen(path) + 1);
	y->r.ops = &system_ops;
	y->loop = l;
	y->conf = *conf;
	y->conf.resolv_conf = NULL;
	if (!y->conf.watch_ms)
		y->conf.watch_ms = 5000;
	y->watched = conf->n_servers == 0;
	if (y->watched)
		read_servers(&y->conf, path);
	err = system_open(y);
	if (err)
		mem_free(y);
	else
		*rp = &y->r;
	return err;
}

struct resolver_next {
	struct dns_link     *links[POOL_LINKS_MAX];
	unsigned             n;         /* 0: the servers stay */
	struct resolver_conf conf;
	bool                 watched;
};

int resolver_cares_prepare(struct resolver_next **np,
			   const struct resolver *r,
			   const struct resolver_conf *conf)
{
	const struct system *y = system_of(r);
	struct resolver_next *n;
	int err = 0;

	if (conf->n_servers > POOL_LINKS_MAX)
		return EINVAL;
	n = mem_alloc(sizeof(*n));
	if (!n)
		return ENOMEM;
	n->conf = y->conf;
	n->conf.timeout_ms = conf->timeout_ms;
	n->conf.tcp = conf->tcp;
	n->conf.n_servers = conf->n_servers;
	memcpy(n->conf.servers, conf->servers, sizeof(conf->servers));
	n->watched = conf->n_servers == 0;
	if (n->watched)
		read_servers(&n->conf, y->path);
	if (!same_servers(&n->conf, &y->conf)) {
		err = open_links(n->links, y->loop, &n->conf);
		n->n = n->conf.n_servers;
	}
	if (err)
		mem_free(n);
	else
		*np = n;
	return err;
}

void resolver_cares_commit(struct resolver *r, struct resolver_next *n)
{
	struct system *y = system_of(r);

	y->conf = n->conf;
	y->watched = n->watched;
	tmr_stop(&y->watch);
	if (y->watched)
		tmr_start(y->loop, &y->watch, y->conf.watch_ms, on_watch, y);
	if (n->conf.timeout_ms > 0)
		resolver_pool_set_timeout(y->pool, n->conf.timeout_ms);
	/* fails only for a number of links that prepare has refused */
	if (n->n > 0)
		(void)!resolver_pool_replace(y->pool, n->links, n->n);
	mem_free(n);
}

void resolver_cares_drop(struct resolver_next *n)
{
	for (unsigned i = 0; n && i < n->n; i++)
		dns_link_close(n->links[i]);
	mem_free(n);
}

void resolver_cares_renew(struct resolver *r)
{
	struct system *y = system_of(r);

	if (y->watched)
		on_watch(y);
	resolver_pool_renew(y->pool);
}

bool resolver_cares_is_up(const struct resolver *r)
{
	return resolver_pool_is_up(system_of(r)->pool);
}

void resolver_cares_print(const struct resolver *r, struct buf *out,
			  const char *prefix)
{
	resolver_pool_print(system_of(r)->pool, out, prefix);
}
