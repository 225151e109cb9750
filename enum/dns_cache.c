/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers kept for their TTL, and one question for all who ask it at the
 * same time. An entry is either asking (its question runs, callers wait in
 * it) or holding (its answer is good until it expires, it stands in the
 * list by last use).
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

struct entry {
	struct hash_node        hash;
	struct list_node        lru;    /* linked: holding */
	struct cache           *c;
	struct dns_query        below;  /* running: asking */
	struct list             waiting;
	const struct dns_rrset *set;
	int                     err;
	uint64_t                expires_us;
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
};

struct key {
	const char *name;
	uint16_t    type;
};

static struct cache *cache_of(const struct resolver *r)
{
	return CONTAINER(r, struct cache, r);
}

static size_t cost(const struct entry *e)
{
	return sizeof(*e) + strlen(e->name) + e->set->size_bytes;
}

/* Takes the entry out of the list of those that hold, if it is there. */
static void let_go(struct entry *e)
{
	struct cache *c = e->c;

	if (list_is_linked(&e->lru)) {
		list_unlink(&e->lru);
		c->stats.entries--;
		c->stats.bytes -= cost(e);
	}
	e->set = dns_rrset_unref(e->set);
}

static void entry_free(struct entry *e)
{
	let_go(e);
	resolver_cancel(&e->below);
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

static void make_room(struct cache *c)
{
	while (c->stats.entries > c->conf.entries_max ||
	       c->stats.bytes > c->conf.bytes_max) {
		entry_free(CONTAINER(list_first(&c->lru), struct entry,
				     lru));
		c->stats.evicted++;
		metric_add(&m_evicted, 1);
	}
}

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

static void on_answer(int err, const struct dns_rrset *set, void *arg)
{
	struct entry *e = arg;
	struct cache *c = e->c;
	uint32_t keep = keep_s(c, err, set);

	while (!list_is_empty(&e->waiting)) {
		struct dns_query *q = CONTAINER(list_first(&e->waiting),
						struct dns_query, node);

		list_unlink(&q->node);
		q->left_s = keep;
		resolver_ready_add(&c->ready, q, err, set);
	}
	if (keep == 0) {
		entry_free(e);
		return;
	}
	e->err = err;
	e->set = dns_rrset_ref(set);
	e->expires_us = loop_now_us(c->loop) + keep * 1000000ULL;
	list_append(&c->lru, &e->lru);
	c->stats.entries++;
	c->stats.bytes += cost(e);
	make_room(c);
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

static void hit(struct entry *e, struct dns_query *q)
{
	struct cache *c = e->c;

	c->stats.hits++;
	metric_add(&m_hits, 1);
	list_unlink(&e->lru);
	list_append(&c->lru, &e->lru);
	q->cached = true;
	q->left_s = left_s(e);
	resolver_ready_add(&c->ready, q, e->err, e->set);
}

static int cache_query(struct resolver *r, struct dns_query *q,
		       const char *name, uint16_t type)
{
	struct key k = { name, type };
	struct cache *c = cache_of(r);
	struct entry *e = find(c, &k);
	int err;

	if (e && list_is_linked(&e->lru) && left_s(e) > 0) {
		hit(e, q);
		return 0;
	}
	if (e && resolver_is_running(&e->below)) {
		c->stats.joined++;
		metric_add(&m_joined, 1);
		list_append(&e->waiting, &q->node);
		return 0;
	}
	if (!e) {
		err = entry_new(&e, c, &k);
		if (err)
			return err;
	}
	let_go(e);
	err = resolver_query(c->below, &e->below, name, type, on_answer, e);
	if (err) {
		entry_free(e);
		return err;
	}
	c->stats.misses++;
	metric_add(&m_misses, 1);
	list_append(&e->waiting, &q->node);
	return 0;
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
	c->conf = *conf;
	if (!c->conf.entries_max)
		c->conf.entries_max = 10000;
	if (!c->conf.bytes_max)
		c->conf.bytes_max = 16u << 20;
	if (!c->conf.ttl_max_s)
		c->conf.ttl_max_s = 86400;
	if (!c->conf.negative_max_s)
		c->conf.negative_max_s = 3600;
	list_init(&c->lru);
	resolver_ready_init(&c->ready, l);
	*rp = &c->r;
	return 0;
}

void dns_cache_flush(struct resolver *r)
{
	struct cache *c = cache_of(r);

	while (!list_is_empty(&c->lru))
		entry_free(CONTAINER(list_first(&c->lru), struct entry,
				     lru));
}

void dns_cache_get_stats(const struct resolver *r, struct dns_cache_stats *s)
{
	*s = cache_of(r)->stats;
}
