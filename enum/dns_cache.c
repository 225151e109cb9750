/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers kept for their TTL, and one question for all who ask it at the
 * same time. An entry may be asking (its question runs; callers may wait in
 * it) and may be holding (it has an answer, fresh or expired, and stands in
 * the list by last use); it is freed when it is neither.
 */
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/metric.h"
#include "enum/dns_cache.h"

static METRIC_COUNT(m_hits, "tipring_dns_cache_hits_total",
		    "DNS questions answered from the cache");
static METRIC_COUNT(m_misses, "tipring_dns_cache_misses_total",
		    "DNS questions passed on to a server");
static METRIC_COUNT(m_joined, "tipring_dns_cache_joined_total",
		    "DNS questions that waited for one already asked");
static METRIC_COUNT(m_evicted, "tipring_dns_cache_evicted_total",
		    "DNS answers dropped for lack of room");
static METRIC_COUNT(m_stale, "tipring_dns_cache_stale_total",
		    "DNS questions answered with expired answers");
static METRIC_COUNT(m_prefetched, "tipring_dns_cache_prefetched_total",
		    "DNS answers asked for again before they expired");
static METRIC(m_entries, METRIC_GAUGE, "tipring_dns_cache_entries", NULL,
	      "DNS answers held");
static METRIC(m_bytes, METRIC_GAUGE, "tipring_dns_cache_bytes", NULL,
	      "Memory of the DNS answers held");

enum {
	RECHECK_US     = 5000000,       /* after a failure: RFC 8767, 5 */
	PREFETCH_HITS  = 2,             /* in the life of an answer */
	PREFETCH_PART  = 10,            /* in the last tenth of it */
	PREFETCHES_MAX = 50,            /* at once */
};

struct entry {
	struct hash_node        hash;
	struct list_node        lru;    /* linked: holding */
	struct cache           *c;
	struct dns_query        below;  /* running: asking */
	struct list             waiting;
	struct tmr              stale_tmr;      /* they wait no longer */
	const struct dns_rrset *set;    /* NULL: not holding */
	int                     err;
	uint64_t                expires_us, asked_us;
	uint64_t                failed_us;      /* asking again failed */
	uint32_t                keep_s, hits;   /* of this answer */
	bool                    prefetch;       /* asked without a caller */
	uint16_t                type;
	char                    name[];
};

struct cache {
	struct resolver        r;
	struct loop           *loop;
	struct resolver       *below;
	struct dns_cache_conf  conf;
	struct hash            entries;
	struct list            lru;     /* first: unused for longest */
	struct resolver_ready  ready;
	struct dns_cache_stats stats;   /* entries and bytes: holding */
	unsigned               prefetching;
};

struct key {
	const char *name;
	uint16_t    type;
};

static struct cache *cache_of(const struct resolver *r)
{
	return CONTAINER(r, struct cache, r);
}

/* Entries --------------------------------------------------------------- */

static size_t cost(const struct entry *e)
{
	return sizeof(*e) + strlen(e->name) + e->set->size_bytes;
}

/* What it holds changes by so much. */
static void account(struct cache *c, int entries, ptrdiff_t bytes)
{
	c->stats.entries += (size_t)entries;
	c->stats.bytes += (size_t)bytes;
	metric_add(&m_entries, entries);
	metric_add(&m_bytes, bytes);
}

/* It holds no more. */
static void let_go(struct entry *e)
{
	if (!e->set)
		return;
	list_unlink(&e->lru);
	account(e->c, -1, -(ptrdiff_t)cost(e));
	e->set = dns_rrset_unref(e->set);
}

static void hold(struct entry *e, int err, const struct dns_rrset *set,
		 uint32_t keep_s)
{
	struct cache *c = e->c;

	let_go(e);
	e->err = err;
	e->set = dns_rrset_ref(set);
	e->keep_s = keep_s;
	e->expires_us = loop_now_us(c->loop) + keep_s * 1000000ULL;
	e->failed_us = 0;
	e->hits = 0;
	list_append(&c->lru, &e->lru);
	account(c, 1, (ptrdiff_t)cost(e));
}

/* Its question is over. */
static void asked(struct entry *e)
{
	e->c->stats.asking--;
	e->c->prefetching -= e->prefetch;
	e->prefetch = false;
	tmr_stop(&e->stale_tmr);
}

static void entry_free(struct entry *e)
{
	let_go(e);
	if (resolver_is_running(&e->below)) {
		resolver_cancel(&e->below);
		asked(e);
	}
	hash_remove(&e->c->entries, &e->hash);
	mem_free(e);
}

static uint64_t key_hash(const struct cache *c, const struct key *k)
{
	return hash_istr(&c->entries, str_z(k->name)) ^ k->type;
}

static bool key_eq(const struct hash_node *n, const void *arg)
{
	const struct entry *e = CONTAINER(n, struct entry, hash);
	const struct key *k = arg;

	return e->type == k->type && str_ieqz(str_z(e->name), k->name);
}

static struct entry *find(const struct cache *c, const struct key *k)
{
	struct hash_node *n = hash_find(&c->entries, key_hash(c, k), key_eq,
					k);

	return n ? CONTAINER(n, struct entry, hash) : NULL;
}

static int entry_new(struct entry **ep, struct cache *c, const struct key *k)
{
	size_t n = strlen(k->name);
	struct entry *e = mem_alloc(sizeof(*e) + n + 1);

	if (!e)
		return ENOMEM;
	e->c = c;
	e->type = k->type;
	list_init(&e->waiting);
	memcpy(e->name, k->name, n + 1);
	hash_insert(&c->entries, &e->hash, key_hash(c, k));
	*ep = e;
	return 0;
}

/* The answer goes; whoever waits for a new one goes on waiting. */
static void forget(struct entry *e)
{
	if (resolver_is_running(&e->below))
		let_go(e);
	else
		entry_free(e);
}

static void make_room(struct cache *c)
{
	while (c->stats.entries > c->conf.entries_max ||
	       c->stats.bytes > c->conf.bytes_max) {
		forget(CONTAINER(list_first(&c->lru), struct entry, lru));
		c->stats.evicted++;
		metric_add(&m_evicted, 1);
	}
}

/* Time ------------------------------------------------------------------ */

static uint32_t clamp(uint32_t v, uint32_t min, uint32_t max)
{
	return v < min ? min : v > max ? max : v;
}

/* How long an answer is kept; 0: not at all. */
static uint32_t keep_s(const struct cache *c, int err,
		       const struct dns_rrset *set)
{
	if (err == 0)
		return clamp(set->ttl_s, c->conf.ttl_min_s,
			     c->conf.ttl_max_s);
	if (err == ENOENT && set)
		return clamp(set->ttl_s, c->conf.negative_min_s,
			     c->conf.negative_max_s);
	return 0;
}

static uint32_t left_s(const struct entry *e)
{
	uint64_t now = loop_now_us(e->c->loop);

	return e->expires_us <= now ? 0 :
		(uint32_t)((e->expires_us - now + 999999) / 1000000);
}

/* It has an answer, fresh or not too old to be given. */
static bool is_usable(const struct entry *e)
{
	return e->set && loop_now_us(e->c->loop) < e->expires_us +
	       e->c->conf.stale_s * 1000000ULL;
}

/* A moment ago asking again was of no use. */
static bool failed_lately(const struct entry *e)
{
	return e->failed_us && loop_now_us(e->c->loop) - e->failed_us <
	       RECHECK_US;
}

/* The question runs for longer than callers wait if there is an old
 * answer. */
static bool is_overdue(const struct entry *e)
{
	return loop_now_us(e->c->loop) - e->asked_us >=
	       e->c->conf.stale_after_ms * 1000ULL;
}

/* Answers --------------------------------------------------------------- */

/* What it holds, to this caller, good for left_s seconds. */
static void give_left(struct entry *e, struct dns_query *q, uint32_t left_s)
{
	struct cache *c = e->c;

	q->cached = true;
	q->left_s = left_s;
	q->stale = q->left_s == 0;
	if (q->stale) {
		c->stats.stale++;
		metric_add(&m_stale, 1);
	} else {
		c->stats.hits++;
		metric_add(&m_hits, 1);
		e->hits++;
	}
	list_unlink(&e->lru);
	list_append(&c->lru, &e->lru);
	resolver_ready_add(&c->ready, q, e->err, e->set);
}

static void give(struct entry *e, struct dns_query *q)
{
	give_left(e, q, left_s(e));
}

static struct dns_query *next_waiting(struct entry *e)
{
	struct dns_query *q = CONTAINER(list_first(&e->waiting),
					struct dns_query, node);

	list_unlink(&q->node);
	return q;
}

static void give_all(struct entry *e)
{
	while (!list_is_empty(&e->waiting))
		give(e, next_waiting(e));
}

static void on_stale_tmr(void *arg)
{
	struct entry *e = arg;

	if (is_usable(e))
		give_all(e);
}

static void on_answer(int err, const struct dns_rrset *set, void *arg)
{
	struct entry *e = arg;
	struct cache *c = e->c;
	uint32_t keep = keep_s(c, err, set);

	asked(e);
	if (err && err != ENOENT && is_usable(e)) {
		e->failed_us = loop_now_us(c->loop);
		give_all(e);
		return;
	}
	while (!list_is_empty(&e->waiting)) {
		struct dns_query *q = next_waiting(e);

		q->left_s = keep;
		q->cached = e->below.cached;
		resolver_ready_add(&c->ready, q, err, set);
	}
	if (keep == 0) {
		entry_free(e);
		return;
	}
	hold(e, err, set, keep);
	make_room(c);
}

/* Questions ------------------------------------------------------------- */

static int ask(struct entry *e)
{
	struct cache *c = e->c;
	int err = resolver_query(c->below, &e->below, e->name, e->type,
				 on_answer, e);

	if (err)
		return err;
	e->asked_us = loop_now_us(c->loop);
	c->stats.asking++;
	c->stats.misses++;
	metric_add(&m_misses, 1);
	return 0;
}

/* Is it asked for so often that the next caller should not wait for it? */
static void prefetch(struct entry *e, uint32_t left_s)
{
	struct cache *c = e->c;

	if (e->hits < PREFETCH_HITS || e->keep_s < PREFETCH_PART ||
	    left_s > e->keep_s / PREFETCH_PART ||
	    resolver_is_running(&e->below) || failed_lately(e) ||
	    c->prefetching >= PREFETCHES_MAX || ask(e))
		return;
	e->prefetch = true;
	c->prefetching++;
	c->stats.prefetched++;
	metric_add(&m_prefetched, 1);
}

/* Waits for the answer, or until the old one will do. */
static void wait_for(struct entry *e, struct dns_query *q)
{
	struct cache *c = e->c;

	list_append(&e->waiting, &q->node);
	if (is_usable(e) && !tmr_is_running(&e->stale_tmr))
		tmr_start_at(c->loop, &e->stale_tmr, e->asked_us +
			     c->conf.stale_after_ms * 1000ULL, on_stale_tmr,
			     e);
}

/* What it holds is not fresh, if there is anything. */
static int query_again(struct entry *e, struct dns_query *q)
{
	bool running = resolver_is_running(&e->below);
	int err = 0;

	if (is_usable(e) && (running ? is_overdue(e) : failed_lately(e))) {
		give(e, q);
		return 0;
	}
	if (running) {
		e->c->stats.joined++;
		metric_add(&m_joined, 1);
	} else {
		err = ask(e);
	}
	if (!err) {
		wait_for(e, q);
	} else if (is_usable(e)) {
		give(e, q);
		err = 0;
	} else {
		entry_free(e);
	}
	return err;
}

static int cache_query(struct resolver *r, struct dns_query *q,
		       const char *name, uint16_t type)
{
	struct key k = { name, type };
	struct cache *c = cache_of(r);
	struct entry *e = find(c, &k);
	uint32_t left = e && e->set ? left_s(e) : 0;
	int err;

	if (left > 0) {
		give_left(e, q, left);
		prefetch(e, left);
		return 0;
	}
	if (!e) {
		err = entry_new(&e, c, &k);
		if (err)
			return err;
	}
	return query_again(e, q);
}

/* What is being asked goes on without this caller: the answer will be kept
 * for the next. */
static void cache_cancel(struct dns_query *q)
{
	resolver_ready_drop(q);
}

static void drop_entry(struct hash_node *n, void *arg)
{
	struct entry *e = CONTAINER(n, struct entry, hash);

	(void)arg;
	while (!list_is_empty(&e->waiting))
		resolver_ready_drop(CONTAINER(list_first(&e->waiting),
					      struct dns_query, node));
	entry_free(e);
}

static void cache_close(struct resolver *r)
{
	struct cache *c = cache_of(r);

	resolver_ready_fini(&c->ready);
	hash_each(&c->entries, drop_entry, NULL);
	hash_fini(&c->entries);
	mem_free(c);
}

static const struct resolver_ops cache_ops = {
	.query = cache_query, .cancel = cache_cancel, .close = cache_close,
};

int dns_cache_new(struct resolver **rp, struct loop *l,
		  const struct dns_cache_conf *conf, struct resolver *below)
{
	struct cache *c = mem_alloc(sizeof(*c));

	if (!c)
		return ENOMEM;
	if (hash_init(&c->entries, 256)) {
		mem_free(c);
		return ENOMEM;
	}
	c->r.ops = &cache_ops;
	c->loop = l;
	c->below = below;
	list_init(&c->lru);
	resolver_ready_init(&c->ready, l);
	dns_cache_set_conf(&c->r, conf);
	*rp = &c->r;
	return 0;
}

void dns_cache_set_conf(struct resolver *r, const struct dns_cache_conf *conf)
{
	struct cache *c = cache_of(r);

	c->conf = *conf;
	if (!c->conf.entries_max)
		c->conf.entries_max = 10000;
	if (!c->conf.bytes_max)
		c->conf.bytes_max = 16u << 20;
	if (!c->conf.ttl_max_s)
		c->conf.ttl_max_s = 86400;
	if (!c->conf.negative_max_s)
		c->conf.negative_max_s = 3600;
	if (!c->conf.stale_after_ms)
		c->conf.stale_after_ms = 200;
	make_room(c);
}

void dns_cache_flush(struct resolver *r)
{
	struct cache *c = cache_of(r);

	while (!list_is_empty(&c->lru))
		forget(CONTAINER(list_first(&c->lru), struct entry, lru));
}

void dns_cache_get_stats(const struct resolver *r, struct dns_cache_stats *s)
{
	*s = cache_of(r)->stats;
}
