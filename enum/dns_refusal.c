/* SPDX-License-Identifier: Apache-2.0 */
/* What a DNS server refuses: a circuit breaker for each part of a tree. */
#include "enum/dns_refusal.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/metric.h"

static METRIC(m_open, METRIC_GAUGE, "tipring_dns_refusing", NULL,
	      "Parts of trees that a DNS server refuses to answer");

enum {
	STRIKES_OPEN = 3,
	WAIT_MIN_MS  = 1000,            /* RFC 9520, 3.2 */
	WAIT_MAX_MS  = 30000,
	FORGET_US    = 300000000,       /* RFC 2308, 7.1: five minutes */
};

/* Names of one tree that were refused in a row. */
struct refusal {
	struct list_node node;
	uint64_t         last_us;       /* refused */
	uint64_t         until_us;
	uint32_t         wait_ms;       /* 0: not open, still asked */
	unsigned         strikes, rcode;
	bool             probing;
	uint16_t         type;
	const char      *part;          /* what they share, in name */
	char             name[];
};

static struct refusal *refusal_of(const struct list_node *n)
{
	return CONTAINER(n, struct refusal, node);
}

void dns_refusals_init(struct dns_refusals *r)
{
	memset(r, 0, sizeof(*r));
	list_init(&r->list);
}

static void drop(struct dns_refusals *r, struct refusal *e)
{
	list_unlink(&e->node);
	r->n--;
	if (e->wait_ms) {
		r->n_open--;
		metric_add(&m_open, -1);
	}
	mem_free(e);
}

void dns_refusals_fini(struct dns_refusals *r)
{
	while (r->n > 0)
		drop(r, refusal_of(list_first(&r->list)));
}

/* Names ----------------------------------------------------------------- */

/* Does the name end with the part, at a dot or as a whole? */
static bool is_under(const char *name, const char *part)
{
	size_t n = strlen(name), l = strlen(part);

	return l <= n && !strcasecmp(name + n - l, part) &&
	       (l == n || name[n - l - 1] == '.');
}

/* What stands behind the digits of "2.1.8.e164.arpa". */
static const char *tree_of(const char *name)
{
	while (name[0] >= '0' && name[0] <= '9' && name[1] == '.')
		name += 2;
	return name;
}

/* Open, and the name is in the part. */
static struct refusal *find_open(const struct dns_refusals *r,
				 const char *name, uint16_t type)
{
	if (r->n_open == 0)
		return NULL;
	LIST_EACH(n, &r->list) {
		struct refusal *e = refusal_of(n);

		if (e->wait_ms && e->type == type && is_under(name, e->part))
			return e;
	}
	return NULL;
}

/* Not open yet, of the same tree. */
static struct refusal *find_begun(const struct dns_refusals *r,
				  const char *name, uint16_t type)
{
	LIST_EACH(n, &r->list) {
		struct refusal *e = refusal_of(n);

		if (!e->wait_ms && e->type == type &&
		    !strcasecmp(tree_of(e->name), tree_of(name)))
			return e;
	}
	return NULL;
}

/* Questions and answers --------------------------------------------------- */

unsigned dns_refusals_find(const struct dns_refusals *r, const char *name,
			   uint16_t type, uint64_t now_us)
{
	const struct refusal *e = find_open(r, name, type);

	return e && now_us < e->until_us ? e->rcode : 0;
}

void dns_refusals_asked(struct dns_refusals *r, const char *name,
			uint16_t type, uint64_t now_us)
{
	struct refusal *e = find_open(r, name, type);

	if (!e || now_us < e->until_us)
		return;
	e->probing = true;
	e->until_us = now_us + e->wait_ms * 1000ULL;
}

static struct refusal *begin(struct dns_refusals *r, const char *name,
			     uint16_t type)
{
	size_t n = strlen(name) + 1;
	struct refusal *e = mem_alloc(sizeof(*e) + n);

	if (!e)
		return NULL;
	if (r->n == DNS_REFUSALS_MAX)
		drop(r, refusal_of(list_first(&r->list)));
	r->n++;
	list_append(&r->list, &e->node);
	memcpy(e->name, name, n);
	e->part = e->name;
	e->type = type;
	return e;
}

/* The part that the name shares with those before it: if that is a wider
 * one, what is known of it begins with this name. */
static void widen(struct refusal *e, const char *name)
{
	while (!is_under(name, e->part)) {
		e->part = strchr(e->part, '.') + 1; /* ends with the tree */
		e->strikes = 0;
	}
}

/* Once more; those that lie in its part are contained in it. */
static const char *open_part(struct dns_refusals *r, struct refusal *e,
			     uint64_t now_us)
{
	LIST_EACH_SAFE(n, &r->list) {
		struct refusal *o = refusal_of(n);

		if (o != e && o->type == e->type && is_under(o->part, e->part))
			drop(r, o);
	}
	r->n_open++;
	metric_add(&m_open, 1);
	e->wait_ms = WAIT_MIN_MS;
	e->until_us = now_us + e->wait_ms * 1000ULL;
	return e->part;
}

/* The question that went through was refused as well. */
static void refused_again(struct refusal *e, uint64_t now_us)
{
	if (!e->probing)
		return;         /* asked before it was left alone */
	e->probing = false;
	e->wait_ms = e->wait_ms * 2 < WAIT_MAX_MS ? e->wait_ms * 2 :
		     WAIT_MAX_MS;
	e->until_us = now_us + e->wait_ms * 1000ULL;
}

const char *dns_refusals_add(struct dns_refusals *r, const char *name,
			     uint16_t type, unsigned rcode, uint64_t now_us)
{
	struct refusal *e = find_open(r, name, type);
	bool is_open = e != NULL;

	if (!e)
		e = find_begun(r, name, type);
	if (e && now_us - e->last_us > FORGET_US) {
		drop(r, e);
		is_open = false;
		e = NULL;
	}
	if (!e)
		e = begin(r, name, type);
	if (!e)
		return NULL;    /* no memory: asked on */
	e->last_us = now_us;
	e->rcode = rcode;
	list_unlink(&e->node);
	list_append(&r->list, &e->node);
	if (is_open) {
		refused_again(e, now_us);
		return NULL;
	}
	widen(e, name);
	return ++e->strikes == STRIKES_OPEN ? open_part(r, e, now_us) : NULL;
}

bool dns_refusals_answered(struct dns_refusals *r, const char *name,
			   uint16_t type)
{
	unsigned n_open = r->n_open;

	if (r->n == 0)
		return false;
	LIST_EACH_SAFE(n, &r->list) {
		struct refusal *e = refusal_of(n);

		if (e->type == type && is_under(name, e->part))
			drop(r, e);
	}
	return r->n_open < n_open;
}

void dns_refusals_print(const struct dns_refusals *r, struct buf *out,
			const char *head, uint64_t now_us)
{
	LIST_EACH(n, &r->list) {
		const struct refusal *e = refusal_of(n);

		if (!e->wait_ms)
			continue;
		buf_addf(out, "%srefuses=%s type=%s rcode=%s "
			 "asked_in_ms=%llu\n", head, e->part,
			 dns_type_name(e->type), dns_rcode_name((uint16_t)
			 e->rcode), (unsigned long long)(e->until_us > now_us
			 ? (e->until_us - now_us) / 1000 : 0));
	}
}
