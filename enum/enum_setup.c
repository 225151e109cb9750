/* SPDX-License-Identifier: Apache-2.0 */
/* From the configuration to resolvers, caches and the client. */
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

static int group_open(struct enum_setup *s, struct group *g,
		      const struct enum_conf *conf,
		      const struct conf_list *servers)
{
	struct dns_cache_conf cache = {
		.entries_max = (unsigned)conf->cache_entries };
	struct resolver_conf rc = { .timeout_ms = conf->timeout_ms };
	const struct addr *v = servers->v;
	int err = 0;

	if (servers->n > POOL_LINKS_MAX)
		return EINVAL;
	for (size_t i = 0; i < servers->n; i++)
		rc.servers[rc.n_servers++] = v[i];
	if (!s->instead)
		err = resolver_cares_new(&g->cares, s->loop, &rc);
	if (!err)
		err = dns_cache_new(&g->cache, s->loop, &cache,
				    s->instead ? s->instead : g->cares);
	return err;
}

static int add_tree(struct enum_setup *s, const struct enum_conf *conf,
		    const struct enum_tree_conf *tc, struct enum_tree *t)
{
	struct group *g = &s->common;
	int err = enum_profile_tree(t, tc);

	if (!err && tc->servers.n > 0 && !s->instead) {
		g = &s->trees[s->n++];
		err = group_open(s, g, conf, &tc->servers);
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
	err = group_open(s, &s->common, conf, &conf->servers);
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
