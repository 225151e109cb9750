/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover over several DNS servers. A job is one query; a try is one
 * packet of it at one server. A job waits in the queue when it needs a try
 * that cannot be sent at once: no room in any window, or an answer was just
 * refused and nothing may be sent from within that call (see dns_link.h).
 */
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "enum/dns_msg.h"
#include "enum/dns_server.h"
#include "enum/resolver_pool.h"

static METRIC_COUNT(m_queries, "tipring_dns_queries_total",
		    "DNS queries started");
static METRIC_COUNT(m_bad, "tipring_dns_bad_answers_total",
		    "DNS answers that were malformed or of another question");
static METRIC_COUNT(m_refused, "tipring_dns_refused_answers_total",
		    "DNS answers SERVFAIL, REFUSED and the like");
static METRIC_COUNT(m_spared, "tipring_dns_not_asked_total",
		    "DNS queries not sent because all servers had refused "
		    "their part of the tree");
static METRIC_COUNT(m_hedged, "tipring_dns_hedged_total",
		    "DNS queries sent to a second server because the first "
		    "took longer than usual");
static METRIC_COUNT(m_unavailable, "tipring_dns_unavailable_total",
		    "DNS queries that ended without an answer");
static METRIC_COUNT(m_overflow, "tipring_dns_queue_full_total",
		    "DNS queries refused because too many were waiting");

enum {
	HOPS_MAX     = 8,       /* CNAMEs asked for */
	HEDGE_COST   = 10,      /* a query in ten may be hedged, */
	HEDGE_SAVED  = 100,     /* or so many, saved up, in a row */
	SLOW_TIMES   = 4,       /* much slower: so many times, and so much */
	SLOW_MORE_US = 20000,
	NO_ROOM_MS   = 10,
};

struct job {
	struct list_node        node;           /* in pool->jobs */
	struct list_node        wait;           /* in pool->waiting */
	struct pool            *pool;
	struct dns_query       *q;
	struct list             tries;          /* awaited, oldest first */
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

struct pool {
	struct resolver       r;
	struct loop          *loop;
	struct resolver_conf  conf;
	struct dns_server     servers[POOL_LINKS_MAX];
	unsigned              n_servers, n_waiting;
	unsigned              hedges;           /* saved up, x HEDGE_COST */
	bool                  closing;
	struct list           jobs, waiting;
	struct tmr            pump_tmr;
	struct resolver_ready ready;
};

static void pump(void *arg);

static struct pool *pool_of(const struct resolver *r)
{
	return CONTAINER(r, struct pool, r);
}

static struct dns_try *try_of(const struct list_node *n)
{
	return CONTAINER(n, struct dns_try, node);
}

/* Servers --------------------------------------------------------------- */

static void pump_in(struct pool *p, uint32_t ms)
{
	if (!tmr_is_running(&p->pump_tmr) || tmr_left_ms(&p->pump_tmr) > ms)
		tmr_start(p->loop, &p->pump_tmr, ms, pump, p);
}

/* The mean of the fastest server that answers; 0: none is known. */
static uint64_t fastest_us(const struct pool *p)
{
	uint64_t best = 0;

	for (unsigned i = 0; i < p->n_servers; i++) {
		const struct dns_server *s = &p->servers[i];

		if (!s->down && s->strikes == 0 && s->usual_us > 0 &&
		    (best == 0 || s->usual_us < best))
			best = s->usual_us;
	}
	return best;
}

static bool is_slow(const struct dns_server *s, uint64_t fastest)
{
	return fastest > 0 && s->usual_us > SLOW_TIMES * fastest +
	       SLOW_MORE_US;
}

/* The server for the next try of j, or NULL: none has room. Not yet asked
 * before asked, fewer failures before more, fast before slow. */
static struct dns_server *choose(struct pool *p, const struct job *j)
{
	uint64_t fastest = fastest_us(p);
	unsigned rank, best_rank = 0;
	struct dns_server *best = NULL;

	for (unsigned i = 0; i < p->n_servers; i++) {
		struct dns_server *s = &p->servers[i];

		if ((j->refused_by >> i & 1) || !dns_server_has_room(s) ||
		    dns_server_refuses(s, j->name, j->type))
			continue;
		rank = (j->tried >> i & 1) << 16;
		rank |= (s->strikes < 100 ? s->strikes : 100) << 1;
		rank |= is_slow(s, fastest);
		if (best && rank >= best_rank)
			continue;
		best = s;
		best_rank = rank;
	}
	return best;
}

/* Passed over for being slow, a server would never be asked again. */
static void measure_slow(struct pool *p)
{
	uint64_t fastest = fastest_us(p);

	for (unsigned i = 0; i < p->n_servers; i++)
		if (!p->servers[i].down && is_slow(&p->servers[i], fastest))
			dns_server_measure(&p->servers[i]);
}

static bool all_down(const struct pool *p)
{
	for (unsigned i = 0; i < p->n_servers; i++)
		if (!p->servers[i].down)
			return false;
	return true;
}

/* Is no server left that may have an answer? */
static bool exhausted(const struct job *j)
{
	for (unsigned i = 0; i < j->pool->n_servers; i++) {
		const struct dns_server *s = &j->pool->servers[i];

		if (!s->down && !(j->refused_by >> i & 1) &&
		    !dns_server_refuses(s, j->name, j->type))
			return false;
	}
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
	pump_in(p, 0);
}

static void forget_tries(struct job *j)
{
	while (!list_is_empty(&j->tries)) {
		struct dns_try *t = try_of(list_first(&j->tries));

		list_unlink(&t->node);
		t->owner = NULL;
	}
}

static void job_free(struct job *j)
{
	tmr_stop(&j->tmr);
	forget_tries(j);
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

/* It was not asked, because the servers refuse it: with their rcode. */
static void recall_refusal(struct job *j)
{
	struct dns_rrset *set;
	unsigned rcode = 0;

	for (unsigned i = 0; i < j->pool->n_servers && !rcode; i++)
		rcode = dns_server_refuses(&j->pool->servers[i], j->name,
					   j->type);
	set = rcode ? obj_new(sizeof(*set), NULL) : NULL;
	if (!set)
		return;
	metric_add(&m_spared, 1);
	set->type = j->type;
	set->rcode = (uint16_t)rcode;
	set->cname = "";
	set->size_bytes = sizeof(*set);
	j->q->cached = true;
	j->refused = set;
}

/* No answer will come any more. */
static void job_fail(struct job *j)
{
	if (j->n_tries == 0 && j->hops == 0)
		recall_refusal(j);
	job_end(j, j->garbage && !j->refused ? EBADMSG : EAGAIN, j->refused);
}

static void on_job_tmr(void *arg);

/* Wakes when some try is late, or silent, or all is over. */
static void arm(struct job *j)
{
	uint64_t at = j->end_us;

	LIST_EACH(n, &j->tries) {
		struct dns_try *t = try_of(n);

		if (!t->late && t->late_us < at)
			at = t->late_us;
		if (!t->struck && t->silent_us < at)
			at = t->silent_us;
	}
	tmr_start_at(j->pool->loop, &j->tmr, at, on_job_tmr, j);
}

static void on_done(struct dns_try *t, int err, const uint8_t *p, size_t n);

/* j may be gone afterwards. */
static void job_try(struct job *j, struct dns_server *s)
{
	struct pool *p = j->pool;
	struct dns_try *t = dns_try_new(s, j->name, j->type, j, on_done);

	if (!t) {
		job_fail(j);
		return;
	}
	stop_waiting(j);
	j->n_tries++;
	j->tried |= 1u << (s - p->servers);
	list_append(&j->tries, &t->node);
	arm(j);
	dns_try_send(t);
}

/* Sends the next try, or finds that it has to wait, or that there is none
 * to be had. j may be gone afterwards. */
static void job_next(struct job *j)
{
	struct pool *p = j->pool;
	struct dns_server *s;

	if (exhausted(j) || j->n_tries >= p->conf.tries) {
		if (all_down(p) || list_is_empty(&j->tries))
			job_fail(j);
		return;
	}
	s = choose(p, j);
	if (s)
		job_try(j, s);
	else
		wait_for_pump(j, j->n_tries > 0);
}

/* The first server takes longer than it usually does: a second one beside
 * it, if there is one, and if not too many others do the same. */
static void job_hedge(struct job *j)
{
	struct pool *p = j->pool;
	struct dns_server *s = choose(p, j);

	if (!s || (j->tried >> (s - p->servers) & 1) ||
	    j->n_tries >= p->conf.tries || p->hedges < HEDGE_COST)
		return;
	p->hedges -= HEDGE_COST;
	metric_add(&m_hedged, 1);
	job_try(j, s);
}

static void on_job_tmr(void *arg)
{
	uint64_t now = loop_now_us(((struct job *)arg)->pool->loop);
	struct job *j = arg;
	bool late = false, silent = false;

	LIST_EACH(n, &j->tries) {
		struct dns_try *t = try_of(n);

		late = silent = false;  /* of the newest it counts */
		if (!t->late && t->late_us <= now)
			t->late = late = true;
		if (!t->struck && t->silent_us <= now) {
			dns_try_strike(t);
			silent = true;
		}
	}
	if (now >= j->end_us) {
		job_fail(j);
		return;
	}
	arm(j);
	if (silent)
		job_next(j);
	else if (late)
		job_hedge(j);
}

/* Sends for those who wait, as far as there is room. */
static void pump(void *arg)
{
	struct pool *p = arg;
	unsigned n = p->n_waiting;

	while (n-- > 0 && !list_is_empty(&p->waiting)) {
		struct job *j = CONTAINER(list_first(&p->waiting),
					  struct job, wait);

		if (!exhausted(j) && j->n_tries < p->conf.tries &&
		    !choose(p, j)) {
			pump_in(p, NO_ROOM_MS);
			return;
		}
		stop_waiting(j);
		job_next(j);
	}
}

/* A server is down, or has room. */
static void on_change(struct dns_server *s, void *arg)
{
	struct pool *p = arg;

	if (s->down) {  /* those without another server end now */
		LIST_EACH(n, &p->jobs)
			wait_for_pump(CONTAINER(n, struct job, node), false);
	}
	if (p->n_waiting > 0)
		pump_in(p, 0);
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
	forget_tries(j);
	j->n_tries = j->tried = j->refused_by = 0;
	return true;
}

/* This attempt came to nothing: the next one, from the pump. */
static void job_lost_one(struct job *j)
{
	if (j->pool->closing)
		return;
	if (j->n_tries < j->pool->conf.tries || list_is_empty(&j->tries))
		wait_for_pump(j, true);
}

static void job_refused(struct job *j, struct dns_server *by,
			const struct dns_rrset *set)
{
	metric_add(&m_refused, 1);
	(void)dns_rrset_unref(j->refused);      /* always NULL */
	j->refused = dns_rrset_ref(set);
	j->refused_by |= 1u << (by - j->pool->servers);
	/* a referral without end is SERVFAIL in all but name */
	dns_server_bad(by, j->name, j->type, set->rcode ? set->rcode :
		       DNS_SERVFAIL);
	job_lost_one(j);
}

static void job_garbage(struct job *j)
{
	metric_add(&m_bad, 1);
	j->garbage = true;
	job_lost_one(j);
}

/* What it said does not count: the same server once more. */
static void job_again(struct job *j, const struct dns_server *s)
{
	j->n_tries -= j->n_tries > 0;
	j->tried &= ~(1u << (s - j->pool->servers));
	job_lost_one(j);
}

static void job_answered(struct job *j, int err, struct dns_server *s,
			 struct dns_rrset *set)
{
	dns_server_good(s, j->name, j->type);
	if (j->hops > 0) {
		set->chased = true;
		if (j->ttl_s < set->ttl_s)
			set->ttl_s = j->ttl_s;
	}
	job_end(j, err, set);
}

static void on_set(struct job *j, struct dns_try *t, struct dns_rrset *set,
		   const struct dns_msg_info *info)
{
	int err = dns_msg_verdict(set);

	if (dns_try_no_edns(t, set->rcode, info->opt))
		job_again(j, t->server);
	else if (info->chase && job_chase(j, set))
		wait_for_pump(j, true);
	else if (info->tc || err == EBADMSG)
		job_garbage(j);
	else if (err == EAGAIN || info->referral || info->chase)
		job_refused(j, t->server, set);
	else
		job_answered(j, err, t->server, set);
}

static void on_answer(struct job *j, struct dns_try *t, const uint8_t *p,
		      size_t n)
{
	struct dns_msg_info info;
	struct dns_rrset *set;
	int err = dns_msg_parse(&set, &info, p, n, j->name, j->type);

	if (err == EBADMSG) {
		job_garbage(j);
	} else if (err) {
		job_end(j, EAGAIN, NULL);
	} else {
		on_set(j, t, set, &info);
		(void)obj_unref(set);           /* always NULL */
	}
}

static void on_done(struct dns_try *t, int err, const uint8_t *p, size_t n)
{
	struct job *j = t->owner;

	if (!j)
		return;
	list_unlink(&t->node);
	if (p)
		on_answer(j, t, p, n);
	else if (err == EILSEQ || err == ECANCELED)
		job_again(j, t->server);
	else if (err == EBADMSG)
		job_garbage(j);
	else
		job_lost_one(j);
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
	p->hedges += p->hedges < HEDGE_SAVED;
	j->pool = p;
	j->q = q;
	q->job = j;
	j->type = type;
	memcpy(j->name, name, strlen(name) + 1);
	j->ttl_s = UINT32_MAX;
	j->end_us = loop_now_us(p->loop) + p->conf.deadline_ms * 1000ULL;
	list_init(&j->tries);
	list_append(&p->jobs, &j->node);
	tmr_start_at(p->loop, &j->tmr, j->end_us, on_job_tmr, j);
	if (p->n_waiting > 0 && !exhausted(j))
		wait_for_pump(j, false);        /* behind the others */
	else
		job_next(j);
	if (p->n_servers > 1)
		measure_slow(p);
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
	for (unsigned i = 0; i < p->n_servers; i++)
		dns_server_close(&p->servers[i]);
	tmr_stop(&p->pump_tmr);
	mem_free(p);
}

static const struct resolver_ops pool_ops = {
	.query = pool_query, .cancel = pool_cancel, .close = pool_close,
};

static void take_links(struct pool *p, struct dns_link *const *links,
		       unsigned n)
{
	const struct dns_server_conf conf = {
		.timeout_ms = p->conf.timeout_ms, .window = p->conf.window,
		.pending_max = p->conf.queue_max, .on_change = on_change,
		.arg = p };

	p->n_servers = n;
	for (unsigned i = 0; i < n; i++)
		dns_server_open(&p->servers[i], p->loop, links[i], &conf);
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
	for (unsigned i = 0; i < p->n_servers; i++)
		dns_server_close(&p->servers[i]);
	p->closing = false;
	take_links(p, links, n);
	LIST_EACH(at, &p->jobs) {
		struct job *j = CONTAINER(at, struct job, node);

		j->n_tries = j->tried = j->refused_by = 0;
		wait_for_pump(j, false);
	}
	pump_in(p, 0);
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
	p->hedges = HEDGE_SAVED;
	set_conf(p, conf);
	list_init(&p->jobs);
	list_init(&p->waiting);
	resolver_ready_init(&p->ready, l);
	take_links(p, links, n);
	*rp = &p->r;
	return 0;
}

void resolver_pool_renew(struct resolver *r)
{
	struct pool *p = pool_of(r);

	for (unsigned i = 0; i < p->n_servers; i++)
		dns_link_renew(p->servers[i].link);
}

bool resolver_pool_is_up(const struct resolver *r)
{
	return !all_down(pool_of(r));
}

unsigned resolver_pool_servers(const struct resolver *r)
{
	return pool_of(r)->n_servers;
}

void resolver_pool_print(const struct resolver *r, struct buf *out,
			 const char *prefix)
{
	const struct pool *p = pool_of(r);

	for (unsigned i = 0; i < p->n_servers; i++)
		dns_server_print(&p->servers[i], out, prefix);
}

void resolver_pool_set_timeout(struct resolver *r, uint32_t timeout_ms)
{
	struct pool *p = pool_of(r);

	p->conf.timeout_ms = timeout_ms;
	for (unsigned i = 0; i < p->n_servers; i++)
		p->servers[i].conf.timeout_ms = timeout_ms;
}
