/* SPDX-License-Identifier: Apache-2.0 */
/* Scores per source in a table of fixed size, so that forged sources cannot
 * fill the memory. */
#include "gateway/sip/block.h"

#include <string.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/tmr.h"

enum {
	DECAY_MS = 6000,        /* one point is forgiven in so long */
	SWEEP_MS = 5000,
	KEY_SIZE = 9,           /* family, 4 or 8 bytes */
	AGENT_MAX = 128,        /* bytes of a User-Agent that are looked at */
};

struct source {
	struct hash_node node;
	struct list_node lru;           /* in quiet or in blocked */
	uint8_t          key[KEY_SIZE];
	struct addr      addr;          /* the last one of the /64 */
	uint32_t         score;
	uint64_t         scored_us;
	uint64_t         until_us;      /* 0: not blocked */
	uint64_t         dropped;
	enum sip_offence why;           /* the last one */
};

struct sip_block {
	struct loop        *loop;
	uint64_t            block_us;
	sip_block_known_fn *known;      /* or NULL */
	void               *arg;
	struct hash         hash;
	struct list         quiet, blocked;     /* longest first */
	struct tmr          tmr;
	uint32_t            n_used, n_sources;
	struct source      *sources;
};

static const struct log_tag tag = { .module = "block" };
static METRIC_COUNT(m_offences, "tipring_sip_offences_total",
		    "Requests as scanners send them");
static METRIC_COUNT(m_blocked, "tipring_sip_blocked_total",
		    "Sources that were blocked as scanners");
static METRIC_COUNT(m_dropped, "tipring_sip_blocked_requests_total",
		    "Requests and connections of blocked sources");
static METRIC(m_now, METRIC_GAUGE, "tipring_sip_blocked_sources", NULL,
	      "Sources blocked at this moment");

static const struct { const char *name; uint32_t points; } offences[] = {
	[SIP_OFFENCE_SCANNER]  = { "scanner", SIP_BLOCK_SCORE },
	[SIP_OFFENCE_USER]     = { "user", 10 },
	[SIP_OFFENCE_PASSWORD] = { "password", 15 },
	[SIP_OFFENCE_NUMBER]   = { "number", 20 },
};

bool sip_block_is_scanner(struct str agent)
{
	static const char *const names[] = {
		"friendly-scanner", "friendly-request", "sipvicious",
		"sundayddr", "sipcli", "sip-scan", "sipscan", "iwar",
		"sivus", "pplsip", "vaxsipuseragent", "svwar", "svmap",
		"svcrack", "sipptk", "gulp/",
	};

	agent = str_sub(agent, 0, AGENT_MAX);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t at = 0; at < agent.l; at++)
			if (str_istarts(str_sub(agent, at, agent.l),
					names[i]))
				return true;
	return false;
}

/* --- life -------------------------------------------------------------- */

int sip_block_new(struct sip_block **bp, struct loop *l, uint32_t block_ms,
		  uint32_t max_sources)
{
	struct sip_block *b = mem_alloc(sizeof(*b));

	if (!b)
		return ENOMEM;
	b->loop = l;
	b->block_us = block_ms * 1000ull;
	b->n_sources = max_sources;
	list_init(&b->quiet);
	list_init(&b->blocked);
	b->sources = mem_alloc(max_sources * sizeof(*b->sources));
	if (!b->sources || hash_init(&b->hash, max_sources)) {
		sip_block_free(b);
		return ENOMEM;
	}
	*bp = b;
	return 0;
}

void sip_block_free(struct sip_block *b)
{
	if (!b)
		return;
	tmr_stop(&b->tmr);
	hash_fini(&b->hash);
	mem_free(b->sources);
	mem_free(b);
}

void sip_block_on_known(struct sip_block *b, sip_block_known_fn *fn,
			void *arg)
{
	b->known = fn;
	b->arg = arg;
}

static bool is_known(const struct sip_block *b, const struct addr *src)
{
	return b->known && b->known(src, b->arg);
}

/* --- the table --------------------------------------------------------- */

static void key_of(uint8_t key[KEY_SIZE], const struct addr *src)
{
	memset(key, 0, KEY_SIZE);
	key[0] = src->family;
	/* whoever has one address of a /64 has them all */
	memcpy(key + 1, src->ip, src->family == AF_INET6 ? 8 : 4);
}

static bool same_source(const struct hash_node *n, const void *key)
{
	return !memcmp(CONTAINER(n, struct source, node)->key, key,
		       KEY_SIZE);
}

static struct source *find(const struct sip_block *b, const struct addr *src)
{
	uint8_t key[KEY_SIZE];
	struct hash_node *n;

	key_of(key, src);
	n = hash_find(&b->hash, hash_str(&b->hash, str_pl(key, KEY_SIZE)),
		      same_source, key);
	return n ? CONTAINER(n, struct source, node) : NULL;
}

/* A free entry, or that of the longest quiet source. */
static struct source *entry(struct sip_block *b)
{
	struct list *from = list_is_empty(&b->quiet) ? &b->blocked
						     : &b->quiet;
	struct source *s;

	if (b->n_used < b->n_sources)
		return &b->sources[b->n_used++];
	s = CONTAINER(list_first(from), struct source, lru);
	hash_remove(&b->hash, &s->node);
	list_unlink(&s->lru);
	if (s->until_us)
		metric_add(&m_now, -1);
	return s;
}

static struct source *source_of(struct sip_block *b, const struct addr *src)
{
	struct source *s = find(b, src);

	if (s)
		return s;
	s = entry(b);
	memset(s, 0, sizeof(*s));
	key_of(s->key, src);
	s->scored_us = loop_now_us(b->loop);
	hash_insert(&b->hash, &s->node,
		    hash_str(&b->hash, str_pl(s->key, KEY_SIZE)));
	list_append(&b->quiet, &s->lru);
	return s;
}

/* --- blocking ---------------------------------------------------------- */

/* One line each, fit for fail2ban and the like. */
static void unblock(struct sip_block *b, struct source *s, const char *why)
{
	char text[ADDR_TEXT_MAX];

	log_notice(&tag, "unblocked", "source=%s why=%s dropped=%llu",
		   addr_print_ip(text, &s->addr), why,
		   (unsigned long long)s->dropped);
	s->until_us = 0;
	s->score = 0;
	s->dropped = 0;
	metric_add(&m_now, -1);
	list_unlink(&s->lru);
	list_append(&b->quiet, &s->lru);
}

static void sweep(void *arg)
{
	struct sip_block *b = arg;
	uint64_t now = loop_now_us(b->loop);

	LIST_EACH_SAFE(n, &b->blocked) {
		struct source *s = CONTAINER(n, struct source, lru);

		if (s->until_us <= now)
			unblock(b, s, "time");
	}
	if (!list_is_empty(&b->blocked))
		tmr_start(b->loop, &b->tmr, SWEEP_MS, sweep, b);
}

static void block(struct sip_block *b, struct source *s)
{
	char text[ADDR_TEXT_MAX];

	s->until_us = loop_now_us(b->loop) + b->block_us;
	metric_add(&m_blocked, 1);
	metric_add(&m_now, 1);
	log_notice(&tag, "blocked", "source=%s why=%s seconds=%llu",
		   addr_print_ip(text, &s->addr), offences[s->why].name,
		   (unsigned long long)(b->block_us / 1000000));
	list_unlink(&s->lru);
	list_append(&b->blocked, &s->lru);
	if (!tmr_is_running(&b->tmr))
		tmr_start(b->loop, &b->tmr, SWEEP_MS, sweep, b);
}

/* What was forgiven since the last offence. */
static void decay(struct sip_block *b, struct source *s)
{
	uint64_t now = loop_now_us(b->loop);
	uint64_t points = (now - s->scored_us) / (DECAY_MS * 1000ull);

	s->score = points >= s->score ? 0 : s->score - (uint32_t)points;
	s->scored_us += points * DECAY_MS * 1000ull;
	if (!s->score)
		s->scored_us = now;
}

bool sip_block_note(struct sip_block *b, const struct addr *src,
		    enum sip_offence what)
{
	struct source *s;

	metric_add(&m_offences, 1);
	if (!b->block_us || is_known(b, src))
		return false;
	s = source_of(b, src);
	s->addr = *src;
	if (s->until_us)
		return true;
	decay(b, s);
	s->score += offences[what].points;
	s->why = what;
	list_unlink(&s->lru);
	list_append(&b->quiet, &s->lru);
	if (s->score < SIP_BLOCK_SCORE)
		return false;
	block(b, s);
	return true;
}

bool sip_block_drops(struct sip_block *b, const struct addr *src)
{
	struct source *s;

	if (list_is_empty(&b->blocked))
		return false;
	s = find(b, src);
	if (!s || s->until_us <= loop_now_us(b->loop))
		return false;
	/* it may have become a peer, or have registered from elsewhere */
	if (is_known(b, src)) {
		unblock(b, s, "known");
		return false;
	}
	s->dropped++;
	metric_add(&m_dropped, 1);
	return true;
}

static void clear_all(struct sip_block *b, const char *why)
{
	LIST_EACH_SAFE(n, &b->blocked)
		unblock(b, CONTAINER(n, struct source, lru), why);
}

void sip_block_set_time(struct sip_block *b, uint32_t block_ms)
{
	b->block_us = block_ms * 1000ull;
	if (!block_ms)
		clear_all(b, "off");
}

int sip_block_clear(struct sip_block *b, const struct addr *src)
{
	struct source *s;

	if (!src) {
		clear_all(b, "operator");
		return 0;
	}
	s = find(b, src);
	if (!s || !s->until_us)
		return ENOENT;
	unblock(b, s, "operator");
	return 0;
}

void sip_block_print(const struct sip_block *b, struct buf *out)
{
	uint64_t now = loop_now_us(b->loop);

	LIST_EACH(n, &b->blocked) {
		const struct source *s = CONTAINER(n, const struct source,
						   lru);
		char text[ADDR_TEXT_MAX];

		if (s->until_us <= now)
			continue;
		buf_addf(out, "source=%s why=%s left_s=%llu dropped=%llu\n",
			 addr_print_ip(text, &s->addr), offences[s->why].name,
			 (unsigned long long)((s->until_us - now) / 1000000),
			 (unsigned long long)s->dropped);
	}
}
