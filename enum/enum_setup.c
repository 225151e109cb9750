/* SPDX-License-Identifier: Apache-2.0 */
/* From the configuration to resolvers, caches and the client. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "enum/dns_cache.h"
#include "enum/enum_profile.h"
#include "enum/enum_setup.h"
#include "enum/enum_static.h"
#include "enum/resolver_cares.h"

/* Servers asked through one cache. */
struct group {
	struct resolver *cares, *cache;
	char             name[128];     /* the tree's apex, or "common" */
};

struct enum_setup {
	struct loop        *loop;
	struct resolver    *instead;
	struct enum_client *client;
	struct resolver    *statics;    /* NULL: none in the configuration */
	struct group        common;
	unsigned            n;
	struct group        trees[ENUM_TREES_MAX];      /* with own servers */
};

static void group_close(struct group *g)
{
	resolver_free(g->cache);
	resolver_free(g->cares);
}

static struct dns_cache_conf cache_conf(const struct enum_conf *c)
{
	return (struct dns_cache_conf){
		.entries_max = (unsigned)c->cache_entries,
		.bytes_max = (size_t)c->cache_memory_mb << 20,
		.ttl_min_s = c->ttl_min_ms / 1000,
		.ttl_max_s = c->ttl_max_ms / 1000,
		.negative_max_s = c->negative_ttl_max_ms / 1000,
		.stale_s = c->stale_ms / 1000,
		.stale_after_ms = c->stale_after_ms < c->deadline_ms
			? c->stale_after_ms : c->deadline_ms / 2,
	};
}

/* tc NULL: the common servers. */
static int servers_conf(struct resolver_conf *rc,
			const struct enum_conf *conf,
			const struct enum_tree_conf *tc)
{
	const struct conf_list *servers = tc && tc->servers.n ? &tc->servers
							      : &conf->servers;
	const struct addr *v = servers->v;

	if (servers->n > POOL_LINKS_MAX)
		return EINVAL;
	*rc = (struct resolver_conf){ .timeout_ms = conf->timeout_ms,
				      .tcp = tc && tc->tcp };
	for (size_t i = 0; i < servers->n; i++)
		rc->servers[rc->n_servers++] = v[i];
	return 0;
}

static int group_open(struct enum_setup *s, struct group *g,
		      const struct enum_conf *conf, const char *name,
		      const struct enum_tree_conf *tc)
{
	struct dns_cache_conf cache = cache_conf(conf);
	struct resolver_conf rc;
	int err = servers_conf(&rc, conf, tc);

	str_clip(g->name, sizeof(g->name), str_z(name));
	if (!err && !s->instead)
		err = resolver_cares_new(&g->cares, s->loop, &rc);
	if (!err)
		err = dns_cache_new(&g->cache, s->loop, &cache,
				    s->instead ? s->instead : g->cares);
	return err;
}

/* Is it asked apart from the common servers? */
static bool is_apart(const struct enum_tree_conf *tc)
{
	return tc->servers.n > 0 || tc->tcp;
}

static int add_tree(struct enum_setup *s, const struct enum_conf *conf,
		    const struct enum_tree_conf *tc, struct enum_tree *t)
{
	struct group *g = &s->common;
	int err = enum_profile_tree(t, tc);

	if (!err && is_apart(tc) && !s->instead) {
		g = &s->trees[s->n++];
		err = group_open(s, g, conf, t->apex, tc);
	}
	t->resolver = g->cache;
	return err;
}

/* The list of numbers as a tree; it trusts itself. */
static int add_static(struct enum_setup *s, const struct enum_conf *conf,
		      struct enum_tree *t)
{
	memset(t, 0, sizeof(*t));
	str_clip(t->apex, sizeof(t->apex), STR_LIT(ENUM_STATIC_APEX));
	t->rank = conf->static_rank;
	t->policy.tel = ENUM_TEL_ANY;
	if (enum_static_new(&s->statics, s->loop, &conf->statics))
		return ENOMEM;
	t->resolver = s->statics;
	return 0;
}

int enum_setup_new(struct enum_setup **sp, struct loop *l,
		   const struct enum_conf *conf, struct resolver *instead)
{
	const struct enum_tree_conf *tc = conf->trees.v;
	struct enum_tree trees[ENUM_TREES_MAX];
	struct enum_setup *s;
	unsigned n = 0;
	int err;

	if (conf->trees.n + (conf->statics.n > 0) > ENUM_TREES_MAX)
		return EINVAL;
	s = mem_alloc(sizeof(*s));
	if (!s)
		return ENOMEM;
	s->loop = l;
	s->instead = instead;
	err = group_open(s, &s->common, conf, "common", NULL);
	if (!err && conf->statics.n > 0)
		err = add_static(s, conf, &trees[n++]);
	for (size_t i = 0; i < conf->trees.n && !err; i++)
		err = add_tree(s, conf, &tc[i], &trees[n++]);
	if (!err && n > 0)
		err = enum_client_new(&s->client, l, trees, n);
	if (!err && s->client)
		enum_client_set_deadline(s->client, conf->deadline_ms);
	if (err)
		enum_setup_free(s);
	else
		*sp = s;
	return err;
}

void enum_setup_free(struct enum_setup *s)
{
	if (!s)
		return;
	enum_client_free(s->client);
	for (unsigned i = 0; i < s->n; i++)
		group_close(&s->trees[i]);
	group_close(&s->common);
	resolver_free(s->statics);
	mem_free(s);
}

struct resolver *enum_setup_resolver(const struct enum_setup *s)
{
	return s->common.cache;
}

struct enum_client *enum_setup_client(const struct enum_setup *s)
{
	return s->client;
}

static void print_group(const struct group *g, struct buf *out)
{
	struct dns_cache_stats st;
	char prefix[140];

	dns_cache_get_stats(g->cache, &st);
	buf_addf(out, "dns=%s circuit=%s cache_entries=%zu cache_kb=%zu "
		 "asking=%zu hits=%llu misses=%llu stale=%llu\n", g->name,
		 g->cares && !resolver_cares_is_up(g->cares) ? "open" :
		 "closed", st.entries, st.bytes >> 10, st.asking,
		 (unsigned long long)st.hits, (unsigned long long)st.misses,
		 (unsigned long long)st.stale);
	snprintf(prefix, sizeof(prefix), "dns=%s ", g->name);
	if (g->cares)
		resolver_cares_print(g->cares, out, prefix);
}

void enum_setup_print(const struct enum_setup *s, struct buf *out)
{
	print_group(&s->common, out);
	for (unsigned i = 0; i < s->n; i++)
		print_group(&s->trees[i], out);
}

/* Reload ---------------------------------------------------------------- */

struct enum_setup_next {
	struct resolver_next *common;   /* NULL: scripted servers */
	struct resolver_next *trees[ENUM_TREES_MAX];
	struct dns_cache_conf cache;
	uint32_t              deadline_ms;
};

/* The trees keep their servers, with another timeout. */
static int prepare_tree(struct resolver_next **np, const struct enum_setup *s,
			const struct enum_conf *conf, unsigned i)
{
	const struct enum_tree_conf *tc = conf->trees.v;
	struct resolver_conf rc;
	unsigned own = 0;
	int err;

	for (size_t k = 0; k < conf->trees.n; k++) {
		if (!is_apart(&tc[k]) || own++ != i)
			continue;
		err = servers_conf(&rc, conf, &tc[k]);
		return err ? err : resolver_cares_prepare(np,
						s->trees[i].cares, &rc);
	}
	return EINVAL;
}

int enum_setup_prepare(struct enum_setup_next **np,
		       const struct enum_setup *s,
		       const struct enum_conf *conf)
{
	struct enum_setup_next *n = mem_alloc(sizeof(*n));
	struct resolver_conf rc;
	int err;

	if (!n)
		return ENOMEM;
	n->cache = cache_conf(conf);
	n->deadline_ms = conf->deadline_ms;
	err = servers_conf(&rc, conf, NULL);
	if (!err && s->common.cares)
		err = resolver_cares_prepare(&n->common, s->common.cares,
					     &rc);
	for (unsigned i = 0; i < s->n && !err; i++)
		err = prepare_tree(&n->trees[i], s, conf, i);
	if (err)
		enum_setup_drop(n);
	else
		*np = n;
	return err;
}

void enum_setup_commit(struct enum_setup *s, struct enum_setup_next *n)
{
	if (n->common)
		resolver_cares_commit(s->common.cares, n->common);
	dns_cache_set_conf(s->common.cache, &n->cache);
	for (unsigned i = 0; i < s->n; i++) {
		if (n->trees[i])
			resolver_cares_commit(s->trees[i].cares,
					      n->trees[i]);
		dns_cache_set_conf(s->trees[i].cache, &n->cache);
	}
	if (s->client)
		enum_client_set_deadline(s->client, n->deadline_ms);
	mem_free(n);
}

void enum_setup_drop(struct enum_setup_next *n)
{
	if (!n)
		return;
	resolver_cares_drop(n->common);
	for (unsigned i = 0; i < ENUM_TREES_MAX; i++)
		resolver_cares_drop(n->trees[i]);
	mem_free(n);
}
