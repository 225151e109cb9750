/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover over several DNS servers, with memory of which are dead. A job
 * is one query; an attempt is one packet of it at one server. A job waits
 * in the queue when it needs an attempt that cannot be sent at once: no
 * room in any window, or an answer was just refused and nothing may be
 * sent from within that call (see dns_link.h).
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "enum/dns_msg.h"
#include "enum/resolver_pool.h"

static METRIC_COUNT(m_queries, "tipring_dns_queries_total",
		    "DNS queries started");
static METRIC_COUNT(m_packets, "tipring_dns_packets_total",
		    "DNS packets sent, probes included");
static METRIC_COUNT(m_bad, "tipring_dns_bad_answers_total",
		    "DNS answers that were malformed or of another question");
static METRIC_COUNT(m_refused, "tipring_dns_refused_answers_total",
		    "DNS answers SERVFAIL, REFUSED and the like");
static METRIC_COUNT(m_silent, "tipring_dns_silent_total",
		    "DNS attempts without an answer in time");
static METRIC_COUNT(m_unavailable, "tipring_dns_unavailable_total",
		    "DNS queries that ended without an answer");
static METRIC_COUNT(m_overflow, "tipring_dns_queue_full_total",
		    "DNS queries refused because too many were waiting");

enum {
	STRIKES_DOWN   = 3,
	SILENCE_US     = 1000000,       /* and no answer for so long */
	PROBE_FIRST_MS = 250,
	PROBE_LAST_MS  = 4000,
	PROBES_MAX     = 3,             /* of one link on their way */
	HOPS_MAX       = 8,             /* CNAMEs asked for */
};

struct server {
	struct dns_link *link;
	struct pool     *pool;
	unsigned         in_flight, probes;
	unsigned         strikes;       /* failures since the last answer */
	uint64_t         heard_us;      /* the last answer */
	uint64_t         quiet_us;      /* first packet sent since then */
	bool             down, plain;   /* plain: does not speak EDNS */
	struct tmr       probe_tmr;
	uint32_t         probe_ms;
	uint16_t         last_type;     /* what a probe asks */
	char             last_name[DNS_NAME_MAX];
};

struct job {
	struct list_node        node;           /* in pool->jobs */
	struct list_node        wait;           /* in pool->waiting */
	struct pool            *pool;
	struct dns_query       *q;
	struct list             attempts;       /* still awaited */
	unsigned                n_tries, hops;
	unsigned                tried, refused_by;      /* masks of servers */
	uint64_t                end_us;
	struct tmr              tmr;
	bool                    garbage;        /* some answer was malformed */
	uint32_t                ttl_s;          /* of CNAMEs asked for */
	const struct dns_rrset *refused;        /* the last bad rcode */
	uint16_t                type;
	char                    name[DNS_NAME_MAX];
};

struct attempt {
	struct dns_attempt base;
	struct list_node   node;        /* in job->attempts */
	struct job        *job;         /* NULL: nobody waits for it */
	struct server     *server;
	uint64_t           sent_us;
	uint16_t           id;
	bool               edns, probe, struck;
};

struct pool {
	struct resolver       r;
	struct loop          *loop;
	struct resolver_conf  conf;
	struct log_tag        tag;
	struct server         servers[POOL_LINKS_MAX];
	unsigned              n_servers, n_waiting;
	bool                  closing;
	struct list           jobs, waiting;
	struct tmr            pump_tmr;
	struct resolver_ready ready;
};

static void wait_for_pump(struct job *j, bool urgent);
static void pump(void *arg);
static void probe(void *arg);

static struct pool *pool_of(const struct resolver *r)
{
	return CONTAINER(r, struct pool, r);
}

/* Servers --------------------------------------------------------------- */

/* It answered: whatever it said, it lives. */
static void server_heard(struct server *s)
{
	if (s->down)
		log_notice(&s->pool->tag, "dns server is back", "server=%s",
			   s->link->name);
	s->heard_us = loop_now_us(s->pool->loop);
	s->quiet_us = 0;
	s->strikes = 0;
	s->down = false;
	s->probe_ms = PROBE_FIRST_MS;
	tmr_stop(&s->probe_tmr);
}

/* It failed to answer. hard: it certainly did not get the packet. */
static void server_strike(struct server *s, bool hard)
{
	struct pool *p = s->pool;
	uint64_t now = loop_now_us(p->loop);

	s->strikes++;
	if (!tmr_is_running(&s->probe_tmr) && !p->closing)
		tmr_start(p->loop, &s->probe_tmr, s->probe_ms, probe, s);
	if (s->down || s->strikes < STRIKES_DOWN ||
	    (!hard && now - s->quiet_us < SILENCE_US))
		return;
	s->down = true;
	LIST_EACH(n, &p->jobs)  /* those without another server end now */
		wait_for_pump(CONTAINER(n, struct job, node), false);
	log_warn(&p->tag, "dns server does not answer", "server=%s",
		 s->link->name);
}

/* The server for the next attempt of j, or NULL: none has room. Not yet
 * asked before asked, fewer failures before more. */
static struct server *choose(struct pool *p, const struct job *j)
{
	struct server *best = NULL;
	bool best_tried = false;

	for (unsigned i = 0; i < p->n_servers; i++) {
		struct server *s = &p->servers[i];
		bool tried = j->tried >> i & 1;

		if (s->down || s->in_flight >= p->conf.window ||
		    (j->refused_by >> i & 1))
			continue;
		if (best && (tried > best_tried || (tried == best_tried &&
			     s->strikes >= best->strikes)))
			continue;
		best = s;
		best_tried = tried;
	}
	return best;
}

/* Are all servers down, or in the mask of those that refused? */
static bool exhausted(const struct pool *p, unsigned refused_by)
{
	for (unsigned i = 0; i < p->n_servers; i++)
		if (!p->servers[i].down && !(refused_by >> i & 1))
			return false;
	return true;
}

/* Jobs ------------------------------------------------------------------ */

static void stop_waiting(struct job *j)
{
	if (!list_is_linked(&j->wait))
		return;
	list_unlink(&j->wait);
	j->pool->n_waiting--;
}

/* In the queue, first of all if urgent; the pump comes by. */
static void wait_for_pump(struct job *j, bool urgent)
{
	struct pool *p = j->pool;

	if (list_is_linked(&j->wait))
		return;
	if (urgent)
		list_prepend(&p->waiting, &j->wait);
	else
		list_append(&p->waiting, &j->wait);
	p->n_waiting++;
	if (!tmr_is_running(&p->pump_tmr))
		tmr_start(p->loop, &p->pump_tmr, 0, pump, p);
}

static void forget_attempts(struct job *j)
{
	while (!list_is_empty(&j->attempts)) {
		struct attempt *a = CONTAINER(list_first(&j->attempts),
					      struct attempt, node);

		list_unlink(&a->node);
		a->job = NULL;
	}
}

static void job_free(struct job *j)
{
	tmr_stop(&j->tmr);
	forget_attempts(j);
	stop_waiting(j);
	list_unlink(&j->node);
	(void)dns_rrset_unref(j->refused);      /* always NULL */
	mem_free(j);
}

static void job_end(struct job *j, int err, const struct dns_rrset *set)
{
	struct pool *p = j->pool;

	if (err != 0 && err != ENOENT)
		metric_add(&m_unavailable, 1);
	j->q->left_s = set ? set->ttl_s : 0;
	resolver_ready_add(&p->ready, j->q, err, set);
	job_free(j);
}

/* No answer will come any more. */
static void job_fail(struct job *j)
{
	job_end(j, j->garbage && !j->refused ? EBADMSG : EAGAIN, j->refused);
}

static void on_job_tmr(void *arg);

static void arm(struct job *j)
{
	uint64_t at = loop_now_us(j->pool->loop) +
		      j->pool->conf.timeout_ms * 1000ULL;

	if (j->n_tries >= j->pool->conf.tries || at > j->end_us)
		at = j->end_us;
	tmr_start_at(j->pool->loop, &j->tmr, at, on_job_tmr, j);
}

static void on_done(struct dns_attempt *base, int err, const uint8_t *p,
		    size_t n);

static struct attempt *attempt_new(struct server *s, struct job *j)
{
	struct attempt *a = mem_alloc(sizeof(*a));

	if (!a)
		return NULL;
	a->base.done = on_done;
	a->server = s;
	a->sent_us = loop_now_us(s->pool->loop);
	a->id = (uint16_t)rand_u32();
	a->edns = !s->plain;
	a->job = j;
	if (j)
		list_append(&j->attempts, &a->node);
	return a;
}

static void attempt_send(struct attempt *a, const char *name, uint16_t type)
{
	struct server *s = a->server;
	uint8_t packet[DNS_QUERY_MAX];
	size_t n = dns_msg_query(packet, a->id, name, type, a->edns);

	metric_add(&m_packets, 1);
	if (s->quiet_us == 0)
		s->quiet_us = a->sent_us;
	dns_link_send(s->link, &a->base, packet, n);
}

/* Sends the next attempt, or finds that it has to wait, or that there is
 * none to be had. j may be gone afterwards. */
static void job_next(struct job *j)
{
	struct pool *p = j->pool;
	struct server *s;
	struct attempt *a;

	if (exhausted(p, 0) || exhausted(p, j->refused_by) ||
	    j->n_tries >= p->conf.tries) {
		if (exhausted(p, 0) || list_is_empty(&j->attempts))
			job_fail(j);
		return;
	}
	s = choose(p, j);
	if (!s) {
		wait_for_pump(j, j->n_tries > 0);
		return;
	}
	a = attempt_new(s, j);
	if (!a) {
		job_fail(j);
		return;
	}
	stop_waiting(j);
	s->in_flight++;
	j->n_tries++;
	j->tried |= 1u << (s - p->servers);
	arm(j);
	s->last_type = j->type;
	memcpy(s->last_name, j->name, sizeof(j->name));
	attempt_send(a, s->last_name, s->last_type);
}

/* The last attempts have been silent for a while: one more, or the end. */
static void on_job_tmr(void *arg)
{
	struct job *j = arg;

	LIST_EACH(n, &j->attempts) {
		struct attempt *a = CONTAINER(n, struct attempt, node);

		/* a server that answered others meanwhile is alive */
		if (!a->struck && a->server->heard_us <= a->sent_us) {
			metric_add(&m_silent, 1);
			server_strike(a->server, false);
		}
		a->struck = true;
	}
	if (loop_now_us(j->pool->loop) >= j->end_us) {
		job_fail(j);
		return;
	}
	arm(j);
	job_next(j);
}

/* Sends for those who wait, as far as there is room. */
static void pump(void *arg)
{
	struct pool *p = arg;
	unsigned n = p->n_waiting;

	while (n-- > 0 && !list_is_empty(&p->waiting)) {
		struct job *j = CONTAINER(list_first(&p->waiting),
					  struct job, wait);

		if (!exhausted(p, j->refused_by) &&
		    j->n_tries < p->conf.tries && !choose(p, j))
			return;         /* goes on when an answer comes */
		stop_waiting(j);
		job_next(j);
	}
}

/* Answers --------------------------------------------------------------- */

/* The answer names another name to ask for. */
static bool job_chase(struct job *j, const struct dns_rrset *set)
{
	if (++j->hops > HOPS_MAX || !dns_name_is_valid(set->cname))
		return false;
	memcpy(j->name, set->cname, strlen(set->cname) + 1);
	if (set->ttl_s < j->ttl_s)
		j->ttl_s = set->ttl_s;
	forget_attempts(j);
	j->n_tries = j->tried = j->refused_by = 0;
	return true;
}

/* This attempt came to nothing: the next one, from the pump. */
static void job_lost_one(struct job *j)
{
	if (j->pool->closing)
		return;
	if (j->n_tries < j->pool->conf.tries || list_is_empty(&j->attempts))
		wait_for_pump(j, true);
}

static void job_refused(struct job *j, const struct server *by,
			const struct dns_rrset *set)
{
	metric_add(&m_refused, 1);
	(void)dns_rrset_unref(j->refused);      /* always NULL */
	j->refused = dns_rrset_ref(set);
	j->refused_by |= 1u << (by - j->pool->servers);
	job_lost_one(j);
}

static void job_garbage(struct job *j)
{
	metric_add(&m_bad, 1);
	j->garbage = true;
	job_lost_one(j);
}

static void on_set(struct job *j, struct attempt *a, struct dns_rrset *set,
		   const struct dns_msg_info *info)
{
	int err = dns_msg_verdict(set);

	if (set->rcode == DNS_FORMERR && a->edns && !info->opt) {
		/* RFC 6891, 7: an old server; ask it again without OPT */
		a->server->plain = true;
		j->n_tries -= j->n_tries > 0;
		j->tried &= ~(1u << (a->server - j->pool->servers));
		job_lost_one(j);
	} else if (info->chase && job_chase(j, set)) {
		wait_for_pump(j, true);
	} else if (info->tc || err == EBADMSG) {
		job_garbage(j);
	} else if (err == EAGAIN || info->referral || info->chase) {
		job_refused(j, a->server, set);
	} else {
		if (j->hops > 0) {
			set->chased = true;
			if (j->ttl_s < set->ttl_s)
				set->ttl_s = j->ttl_s;
		}
		job_end(j, err, set);
	}
}

static void on_answer(struct job *j, struct attempt *a, const uint8_t *p,
		      size_t n)
{
	struct dns_msg_info info;
	struct dns_rrset *set;
	int err = EBADMSG;

	if (n > 2 && (p[0] << 8 | p[1]) == a->id)
		err = dns_msg_parse(&set, &info, p, n, j->name, j->type);
	if (err == EBADMSG) {
		job_garbage(j);
	} else if (err) {
		job_end(j, EAGAIN, NULL);
	} else {
		on_set(j, a, set, &info);
		(void)obj_unref(set);           /* always NULL */
	}
}

static void on_done(struct dns_attempt *base, int err, const uint8_t *p,
		    size_t n)
{
	struct attempt *a = CONTAINER(base, struct attempt, base);
	struct server *s = a->server;
	struct pool *pool = s->pool;
	struct job *j = a->job;

	if (a->probe)
		s->probes--;
	else
		s->in_flight--;
	if (p)
		server_heard(s);
	else if (!pool->closing && !a->struck && s->heard_us <= a->sent_us)
		server_strike(s, err == ECONNREFUSED);
	if (j) {
		list_unlink(&a->node);
		a->job = NULL;
		if (p)
			on_answer(j, a, p, n);
		else
			job_lost_one(j);
	}
	mem_free(a);
	if (pool->n_waiting > 0 && !pool->closing &&
	    !tmr_is_running(&pool->pump_tmr))
		tmr_start(pool->loop, &pool->pump_tmr, 0, pump, pool);
}

/* Asks a server that fails whether it is back. */
static void probe(void *arg)
{
	struct server *s = arg;
	struct attempt *a = NULL;

	s->probe_ms = s->probe_ms * 2 < PROBE_LAST_MS ? s->probe_ms * 2 :
		      PROBE_LAST_MS;
	tmr_start(s->pool->loop, &s->probe_tmr, s->probe_ms, probe, s);
	if (s->probes < PROBES_MAX)
		a = attempt_new(s, NULL);
	if (!a)
		return;         /* the next one then */
	a->probe = true;
	a->struck = true;
	s->probes++;
	attempt_send(a, s->last_name, s->last_type);
}

/* The resolver ---------------------------------------------------------- */

static int pool_query(struct resolver *r, struct dns_query *q,
		      const char *name, uint16_t type)
{
	struct pool *p = pool_of(r);
	struct job *j;

	if (p->n_waiting >= p->conf.queue_max) {
		metric_add(&m_overflow, 1);
		return ENOBUFS;
	}
	j = mem_alloc(sizeof(*j));
	if (!j)
		return ENOMEM;
	metric_add(&m_queries, 1);
	j->pool = p;
	j->q = q;
	q->job = j;
	j->type = type;
	memcpy(j->name, name, strlen(name) + 1);
	j->ttl_s = UINT32_MAX;
	j->end_us = loop_now_us(p->loop) + p->conf.deadline_ms * 1000ULL;
	list_init(&j->attempts);
	list_append(&p->jobs, &j->node);
	tmr_start_at(p->loop, &j->tmr, j->end_us, on_job_tmr, j);
	if (p->n_waiting > 0 && !exhausted(p, 0))
		wait_for_pump(j, false);        /* behind the others */
	else
		job_next(j);
	return 0;
}

static void pool_cancel(struct dns_query *q)
{
	if (q->job)
		job_free(q->job);
	resolver_ready_drop(q);
}

static void pool_close(struct resolver *r)
{
	struct pool *p = pool_of(r);

	p->closing = true;
	resolver_ready_fini(&p->ready);
	while (!list_is_empty(&p->jobs)) {
		struct job *j = CONTAINER(list_first(&p->jobs), struct job,
					  node);
		struct dns_query *q = j->q;

		job_free(j);
		resolver_ready_drop(q);
	}
	for (unsigned i = 0; i < p->n_servers; i++) {
		tmr_stop(&p->servers[i].probe_tmr);
		dns_link_close(p->servers[i].link);
	}
	tmr_stop(&p->pump_tmr);
	mem_free(p);
}

static const struct resolver_ops pool_ops = {
	.query = pool_query, .cancel = pool_cancel, .close = pool_close,
};

static void take_links(struct pool *p, struct dns_link *const *links,
		       unsigned n)
{
	p->n_servers = n;
	for (unsigned i = 0; i < n; i++)
		p->servers[i] = (struct server){ .link = links[i], .pool = p,
			.probe_ms = PROBE_FIRST_MS };
}

static void close_links(struct dns_link *const *links, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		dns_link_close(links[i]);
}

int resolver_pool_replace(struct resolver *r, struct dns_link *const *links,
			  unsigned n)
{
	struct pool *p = pool_of(r);

	if (n == 0 || n > POOL_LINKS_MAX) {
		close_links(links, n);
		return EINVAL;
	}
	p->closing = true;      /* their end is no failure of theirs */
	for (unsigned i = 0; i < p->n_servers; i++) {
		dns_link_close(p->servers[i].link);
		tmr_stop(&p->servers[i].probe_tmr);
	}
	p->closing = false;
	take_links(p, links, n);
	LIST_EACH(at, &p->jobs) {
		struct job *j = CONTAINER(at, struct job, node);

		j->n_tries = j->tried = j->refused_by = 0;
		wait_for_pump(j, false);
	}
	tmr_start(p->loop, &p->pump_tmr, 0, pump, p);
	return 0;
}

static void set_conf(struct pool *p, const struct resolver_conf *conf)
{
	p->conf = *conf;
	p->conf.resolv_conf = NULL;
	if (!p->conf.timeout_ms)
		p->conf.timeout_ms = 300;
	if (!p->conf.deadline_ms)
		p->conf.deadline_ms = 2000;
	if (!p->conf.tries)
		p->conf.tries = 4;
	if (!p->conf.window)
		p->conf.window = 200;
	if (!p->conf.queue_max)
		p->conf.queue_max = 20000;
}

int resolver_pool_new(struct resolver **rp, struct loop *l,
		      const struct resolver_conf *conf,
		      struct dns_link *const *links, unsigned n)
{
	struct pool *p = NULL;
	int err = n > 0 && n <= POOL_LINKS_MAX ? 0 : EINVAL;

	if (!err) {
		p = mem_alloc(sizeof(*p));
		err = p ? 0 : ENOMEM;
	}
	if (err) {
		close_links(links, n);
		return err;
	}
	p->r.ops = &pool_ops;
	p->loop = l;
	p->tag = (struct log_tag){ .module = "dns" };
	set_conf(p, conf);
	list_init(&p->jobs);
	list_init(&p->waiting);
	resolver_ready_init(&p->ready, l);
	take_links(p, links, n);
	*rp = &p->r;
	return 0;
}

bool resolver_pool_is_up(const struct resolver *r)
{
	return !exhausted(pool_of(r), 0);
}
