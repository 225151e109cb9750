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
	SERVED_OF = 4,          /* slowed: one request of so many */
};

enum level { QUIET, SLOWED, BLOCKED, LEVELS };

struct source {
	struct hash_node node;
	struct list_node lru;           /* in a list of its level */
	uint8_t          key[KEY_SIZE];
	struct addr      addr;          /* the last one of the /64 */
	uint32_t         score, proven; /* of all, of those who hear us */
	uint64_t         scored_us;
	enum level       level;
	uint64_t         until_us;      /* unless QUIET */
	uint64_t         dropped;
	uint32_t         asked;         /* requests while it was slowed */
	enum sip_offence why;           /* the last one */
};

struct sip_block {
	struct loop        *loop;
	uint64_t            block_us;
	sip_block_known_fn *known;      /* or NULL */
	void               *arg;
	struct hash         hash;
	struct list         lru[LEVELS];        /* longest first */
	struct tmr          tmr;
	uint32_t            n_used, n_sources;
	struct source      *sources;
};

static const struct log_tag tag = { .module = "block" };
static METRIC_COUNT(m_offences, "tipring_sip_offences_total",
		    "Requests as scanners send them");
static METRIC_COUNT(m_blocked, "tipring_sip_blocked_total",
		    "Sources that were blocked as scanners");
static METRIC_COUNT(m_slowed, "tipring_sip_slowed_total",
		    "Sources slowed for what may have been forged");
static METRIC_COUNT(m_dropped, "tipring_sip_blocked_requests_total",
		    "Requests and connections of blocked sources");
static METRIC(m_now, METRIC_GAUGE, "tipring_sip_blocked_sources", NULL,
	      "Sources blocked or slowed at this moment");

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
	for (int i = 0; i < LEVELS; i++)
		list_init(&b->lru[i]);
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

/* A free entry, or that of the longest quiet source; forged ones do not
 * push out who is blocked. */
static struct source *entry(struct sip_block *b)
{
	struct list *from = b->lru;
	struct source *s;

	if (b->n_used < b->n_sources)
		return &b->sources[b->n_used++];
	while (list_is_empty(from))
		from++;
	s = CONTAINER(list_first(from), struct source, lru);
	hash_remove(&b->hash, &s->node);
	list_unlink(&s->lru);
	if (s->level != QUIET)
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
	list_append(&b->lru[QUIET], &s->lru);
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
	s->level = QUIET;
	s->score = s->proven = 0;
	s->dropped = 0;
	metric_add(&m_now, -1);
	list_unlink(&s->lru);
	list_append(&b->lru[QUIET], &s->lru);
}

static bool all_are_quiet(const struct sip_block *b)
{
	return list_is_empty(&b->lru[SLOWED]) &&
	       list_is_empty(&b->lru[BLOCKED]);
}

/* Those whose time is over; until_us UINT64_MAX: all. */
static void release(struct sip_block *b, uint64_t until_us, const char *why)
{
	for (int i = SLOWED; i < LEVELS; i++)
		LIST_EACH_SAFE(n, &b->lru[i]) {
			struct source *s = CONTAINER(n, struct source, lru);

			if (s->until_us <= until_us)
				unblock(b, s, why);
		}
}

static void sweep(void *arg)
{
	struct sip_block *b = arg;

	release(b, loop_now_us(b->loop), "time");
	if (!all_are_quiet(b))
		tmr_start(b->loop, &b->tmr, SWEEP_MS, sweep, b);
}

static void block(struct sip_block *b, struct source *s, enum level level)
{
	char text[ADDR_TEXT_MAX];

	metric_add(level == BLOCKED ? &m_blocked : &m_slowed, 1);
	if (s->level == QUIET)
		metric_add(&m_now, 1);
	s->level = level;
	s->asked = 0;
	s->until_us = loop_now_us(b->loop) + b->block_us;
	log_notice(&tag, level == BLOCKED ? "blocked" : "slowed",
		   "source=%s why=%s seconds=%llu",
		   addr_print_ip(text, &s->addr), offences[s->why].name,
		   (unsigned long long)(b->block_us / 1000000));
	list_unlink(&s->lru);
	list_append(&b->lru[level], &s->lru);
	if (!tmr_is_running(&b->tmr))
		tmr_start(b->loop, &b->tmr, SWEEP_MS, sweep, b);
}

static uint32_t less(uint32_t score, uint64_t points)
{
	return points >= score ? 0 : score - (uint32_t)points;
}

/* What was forgiven since the last offence. */
static void decay(struct sip_block *b, struct source *s)
{
	uint64_t now = loop_now_us(b->loop);
	uint64_t points = (now - s->scored_us) / (DECAY_MS * 1000ull);

	s->score = less(s->score, points);
	s->proven = less(s->proven, points);
	s->scored_us += points * DECAY_MS * 1000ull;
	if (!s->score)
		s->scored_us = now;
}

/* Has the score come to more than the level it has? */
static void judge(struct sip_block *b, struct source *s)
{
	if (s->level != BLOCKED && s->proven >= SIP_BLOCK_SCORE)
		block(b, s, BLOCKED);
	else if (s->level == QUIET && s->score >= SIP_BLOCK_SCORE)
		block(b, s, SLOWED);
}

bool sip_block_note(struct sip_block *b, const struct addr *src,
		    enum sip_offence what, bool heard)
{
	struct source *s;

	metric_add(&m_offences, 1);
	if (!b->block_us || is_known(b, src))
		return false;
	s = source_of(b, src);
	s->addr = *src;
	if (s->level == BLOCKED)
		return true;
	decay(b, s);
	/* bounded, as a slowed one may go on for long */
	if (s->score < SIP_BLOCK_SCORE)
		s->score += offences[what].points;
	if (heard)
		s->proven += offences[what].points;
	s->why = what;
	list_unlink(&s->lru);
	list_append(&b->lru[s->level], &s->lru);
	judge(b, s);
	return s->level != QUIET;
}

void sip_block_prove(struct sip_block *b, const struct addr *src,
		     enum sip_offence what)
{
	struct source *s = find(b, src);

	if (!s || !s->score || s->level == BLOCKED || is_known(b, src))
		return;
	s->proven += offences[what].points;
	judge(b, s);
}

/* NULL: it is quiet, or known by now. */
static struct source *find_blocked(struct sip_block *b,
				   const struct addr *src)
{
	struct source *s = all_are_quiet(b) ? NULL : find(b, src);

	if (!s || s->level == QUIET || s->until_us <= loop_now_us(b->loop))
		return NULL;
	/* it may have become a peer, or have registered from elsewhere */
	if (!is_known(b, src))
		return s;
	unblock(b, s, "known");
	return NULL;
}

static bool drop(struct source *s)
{
	s->dropped++;
	metric_add(&m_dropped, 1);
	return true;
}

bool sip_block_drops(struct sip_block *b, const struct addr *src)
{
	struct source *s = find_blocked(b, src);

	if (!s || (s->level == SLOWED && ++s->asked % SERVED_OF == 0))
		return false;
	return drop(s);
}

bool sip_block_bars(struct sip_block *b, const struct addr *src)
{
	struct source *s = find_blocked(b, src);

	return s && s->level == BLOCKED && drop(s);
}

void sip_block_set_time(struct sip_block *b, uint32_t block_ms)
{
	b->block_us = block_ms * 1000ull;
	if (!block_ms)
		release(b, UINT64_MAX, "off");
}

int sip_block_clear(struct sip_block *b, const struct addr *src)
{
	struct source *s;

	if (!src) {
		release(b, UINT64_MAX, "operator");
		return 0;
	}
	s = find(b, src);
	if (!s || s->level == QUIET)
		return ENOENT;
	unblock(b, s, "operator");
	return 0;
}

static void print_level(const struct sip_block *b, enum level level,
			struct buf *out)
{
	uint64_t now = loop_now_us(b->loop);

	LIST_EACH(n, &b->lru[level]) {
		const struct source *s = CONTAINER(n, const struct source,
						   lru);
		char text[ADDR_TEXT_MAX];

		if (s->until_us <= now)
			continue;
		buf_addf(out, "source=%s state=%s why=%s left_s=%llu "
			 "dropped=%llu\n", addr_print_ip(text, &s->addr),
			 level == BLOCKED ? "blocked" : "slowed",
			 offences[s->why].name,
			 (unsigned long long)((s->until_us - now) / 1000000),
			 (unsigned long long)s->dropped);
	}
}

void sip_block_print(const struct sip_block *b, struct buf *out)
{
	print_level(b, BLOCKED, out);
	print_level(b, SLOWED, out);
}
