/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets per source. The table has a fixed number of entries, so
 * that forged sources cannot fill the memory. */
#include "gateway/sip/limit.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/metric.h"

static METRIC_COUNT(refused, "tipring_sip_limited_total",
		    "Requests dropped because their source sent too many");

struct source {
	struct hash_node node;
	struct list_node lru;
	uint8_t          key[9];        /* family, 4 or 8 bytes */
	uint64_t         milli;         /* tokens * 1000 */
	uint64_t         seen_us;
};

struct allowed {
	struct list_node node;
	struct cidr      net;
};

struct sip_limit {
	struct loop   *loop;
	uint64_t       rate, burst_milli;
	struct hash    hash;
	struct list    lru;             /* longest silent first */
	struct list    allowed;
	sip_limit_known_fn *known;      /* or NULL */
	void               *arg;
	uint32_t       n_used, n_sources;
	struct source *sources;
};

int sip_limit_new(struct sip_limit **lp, struct loop *l, uint32_t rate,
		  uint32_t burst, uint32_t max_sources)
{
	struct sip_limit *m = mem_alloc(sizeof(*m));

	if (!m)
		return ENOMEM;
	m->loop = l;
	sip_limit_set_rate(m, rate, burst);
	m->n_sources = max_sources;
	list_init(&m->lru);
	list_init(&m->allowed);
	m->sources = mem_alloc(max_sources * sizeof(*m->sources));
	if (!m->sources || hash_init(&m->hash, max_sources)) {
		sip_limit_free(m);
		return ENOMEM;
	}
	*lp = m;
	return 0;
}

void sip_limit_free(struct sip_limit *m)
{
	if (!m)
		return;
	LIST_EACH_SAFE(n, &m->allowed)
		mem_free(CONTAINER(n, struct allowed, node));
	hash_fini(&m->hash);
	mem_free(m->sources);
	mem_free(m);
}

void sip_limit_set_rate(struct sip_limit *m, uint32_t rate, uint32_t burst)
{
	m->rate = rate;
	m->burst_milli = (uint64_t)burst * 1000;
}

void sip_limit_on_known(struct sip_limit *m, sip_limit_known_fn *fn,
			void *arg)
{
	m->known = fn;
	m->arg = arg;
}

int sip_limit_allow(struct sip_limit *m, const struct cidr *net)
{
	struct allowed *a = mem_alloc(sizeof(*a));

	if (!a)
		return ENOMEM;
	a->net = *net;
	list_append(&m->allowed, &a->node);
	return 0;
}

int sip_limit_allow_addr(struct sip_limit *m, const struct addr *a)
{
	struct cidr c = { *a, a->family == AF_INET6 ? 128 : 32 };

	return sip_limit_allow(m, &c);
}

static bool is_allowed(const struct sip_limit *m, const struct addr *src)
{
	LIST_EACH(n, &m->allowed)
		if (cidr_has(&CONTAINER(n, struct allowed, node)->net, src))
			return true;
	return m->known && m->known(src, m->arg);
}

static bool same_source(const struct hash_node *n, const void *key)
{
	return !memcmp(CONTAINER(n, struct source, node)->key, key, 9);
}

static struct source *source_new(struct sip_limit *m, const uint8_t key[9],
				 uint64_t hash)
{
	struct source *s;

	if (m->n_used < m->n_sources) {
		s = &m->sources[m->n_used++];
	} else {
		s = CONTAINER(list_first(&m->lru), struct source, lru);
		hash_remove(&m->hash, &s->node);
	}
	memcpy(s->key, key, 9);
	s->milli = m->burst_milli;
	s->seen_us = loop_now_us(m->loop);
	hash_insert(&m->hash, &s->node, hash);
	return s;
}

static struct source *source_of(struct sip_limit *m, const struct addr *src)
{
	uint8_t key[9] = { src->family };
	struct hash_node *n;
	uint64_t hash;

	/* whoever has one address of a /64 has them all */
	memcpy(key + 1, src->ip, src->family == AF_INET6 ? 8 : 4);
	hash = hash_str(&m->hash, str_pl(key, sizeof(key)));
	n = hash_find(&m->hash, hash, same_source, key);
	return n ? CONTAINER(n, struct source, node) :
		   source_new(m, key, hash);
}

bool sip_limit_take(struct sip_limit *m, const struct addr *src)
{
	uint64_t now = loop_now_us(m->loop);
	struct source *s;

	if (!m->rate || is_allowed(m, src))
		return true;
	s = source_of(m, src);
	list_unlink(&s->lru);
	list_append(&m->lru, &s->lru);
	s->milli += (now - s->seen_us) * m->rate / 1000;
	s->seen_us = now;
	if (s->milli > m->burst_milli)
		s->milli = m->burst_milli;
	if (s->milli < 1000) {
		metric_add(&refused, 1);
		return false;
	}
	s->milli -= 1000;
	return true;
}
