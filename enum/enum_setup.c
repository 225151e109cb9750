/* SPDX-License-Identifier: Apache-2.0 */
/* From the configuration to resolvers, caches and the client. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/net_watch.h"
#include "enum/dns_cache.h"
#include "enum/enum_profile.h"
#include "enum/enum_setup.h"
#include "enum/enum_static.h"
#include "enum/resolver_cares.h"

enum { SWEEP_MS = 1000 };

/* What answers for trees: servers behind one cache, or the list of numbers.
 * An object: trees in use hold it. */
struct group {
	struct list_node  node;         /* in groups or retired */
	struct resolver  *cares, *cache;
	struct resolver  *list;         /* in place of both */
	struct enum_zones zones;
	bool              quiet;        /* retired, and nobody waited lately */
	char              name[128];    /* the tree's apex, or "common" */
};

struct enum_setup {
	struct loop        *loop;
	struct resolver    *instead;
	struct enum_client *client;
	struct group       *common;
	struct resolver     names;      /* asks the group that knows a name */
	struct list         groups;     /* of trees; a reference each */
	struct list         retired;    /* lookups may still be in them */
	struct tmr          sweep;
	struct net_watch    net;
};

static void group_close(void *obj)
{
	struct group *g = obj;

	resolver_free(g->cache);
	resolver_free(g->cares);
	resolver_free(g->list);
}

static void drop_all(struct list *groups)
{
	LIST_EACH_SAFE(n, groups) {
		list_unlink(n);
		obj_unref(CONTAINER(n, struct group, node));
	}
}

/* Does nobody wait for a name of a zone any more? The last answers are given
 * in the turn after they came, so it has to be so twice. */
static bool is_quiet(struct group *g)
{
	struct dns_cache_stats st;
	bool was = g->quiet;

	if (g->list)
		return true;
	dns_cache_get_stats(g->cache, &st);
	g->quiet = st.asking == 0;
	return was && g->quiet;
}

/* A resolver must not be closed in one of its callbacks, where the last
 * lookup of a tree may end: so retired groups go by the clock. */
static void on_sweep(void *arg)
{
	struct enum_setup *s = arg;

	LIST_EACH_SAFE(n, &s->retired) {
		struct group *g = CONTAINER(n, struct group, node);

		if (obj_nrefs(g) > 1 || !is_quiet(g))
			continue;
		list_unlink(n);
		obj_unref(g);
	}
	if (!list_is_empty(&s->retired))
		tmr_start(s->loop, &s->sweep, SWEEP_MS, on_sweep, s);
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

/* conf's servers, or those of tc. */
static int group_new(struct group **gp, const struct enum_setup *s,
		     const struct enum_conf *conf, const char *name,
		     const struct enum_tree_conf *tc)
{
	struct dns_cache_conf cache = cache_conf(conf);
	struct group *g = obj_new(sizeof(*g), group_close);
	struct resolver_conf rc;
	int err = g ? servers_conf(&rc, conf, tc) : ENOMEM;

	if (!err && !s->instead)
		err = resolver_cares_new(&g->cares, s->loop, &rc);
	if (!err)
		err = dns_cache_new(&g->cache, s->loop, &cache,
				    s->instead ? s->instead : g->cares);
	if (err) {
		obj_unref(g);
		return err;
	}
	str_clip(g->name, sizeof(g->name), str_z(name));
	*gp = g;
	return 0;
}

/* The list of numbers; owner holds the configuration. */
static int group_of_list(struct group **gp, const struct enum_setup *s,
			 const struct enum_conf *conf, void *owner)
{
	struct group *g = obj_new(sizeof(*g), group_close);
	int err = g ? enum_static_new(&g->list, s->loop, &conf->statics,
				      owner) : ENOMEM;

	if (err)
		obj_unref(g);
	else
		*gp = g;
	return err;
}

/* Names ----------------------------------------------------------------- */

/* Who knows the name: the group with the longest zone it is in. */
static struct resolver *who_knows(const struct enum_setup *s,
				  const char *name)
{
	const struct group *best = s->common;
	size_t most = 0, n;

	LIST_EACH(node, &s->groups) {
		const struct group *g = CONTAINER(node, struct group, node);

		n = enum_profile_zone(&g->zones, name);
		if (n > most) {
			most = n;
			best = g;
		}
	}
	return best->cache;
}

/* The query is that cache's from now on, its end too. */
static int names_query(struct resolver *r, struct dns_query *q,
		       const char *name, uint16_t type)
{
	q->r = who_knows(CONTAINER(r, struct enum_setup, names), name);
	return q->r->ops->query(q->r, q, name, type);
}

static const struct resolver_ops names_ops = { .query = names_query };

struct resolver *enum_setup_resolver(struct enum_setup *s)
{
	return &s->names;
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
	print_group(s->common, out);
	LIST_EACH(n, &s->groups)
		if (!CONTAINER(n, struct group, node)->list)
			print_group(CONTAINER(n, struct group, node), out);
}

/* Trees ----------------------------------------------------------------- */

/* A group that stays, with what becomes of its servers. */
struct kept {
	struct group         *g;        /* a reference */
	struct resolver_next *next;     /* NULL: scripted servers */
	struct enum_zones     zones;
};

struct enum_setup_next {
	struct dns_cache_conf cache;
	uint32_t              deadline_ms;
	struct resolver_next *common;   /* NULL: scripted servers */
	struct list           groups;   /* new ones */
	struct enum_trees    *trees;
	unsigned              n_kept;
	struct kept           kept[];   /* as many as there are trees */
};

static bool is_kept(const struct enum_setup_next *n, const struct group *g)
{
	for (unsigned i = 0; i < n->n_kept; i++)
		if (n->kept[i].g == g)
			return true;
	return false;
}

/* The group that asks for the tree now. */
static struct group *find_group(const struct enum_setup *s,
				const struct enum_setup_next *next,
				const char *apex)
{
	LIST_EACH(n, &s->groups) {
		struct group *g = CONTAINER(n, struct group, node);

		if (!g->list && !strcmp(g->name, apex) && !is_kept(next, g))
			return g;
	}
	return NULL;
}

/* A tree with servers of its own. The group that asked for it before goes
 * on, with what its cache holds. */
static int own_group(struct group **gp, const struct enum_setup *s,
		     struct enum_setup_next *n, const struct enum_conf *conf,
		     const struct enum_tree_conf *tc, const char *apex)
{
	struct group *g = find_group(s, n, apex);
	struct kept *k = &n->kept[n->n_kept];
	struct resolver_conf rc;
	int err;

	if (!g) {
		err = group_new(&g, s, conf, apex, tc);
		if (err)
			return err;
		enum_profile_zones(&g->zones, tc);
		list_append(&n->groups, &g->node);
	} else {
		err = servers_conf(&rc, conf, tc);
		if (!err)
			err = resolver_cares_prepare(&k->next, g->cares, &rc);
		if (err)
			return err;
		k->g = obj_ref(g);
		enum_profile_zones(&k->zones, tc);
		n->n_kept++;
	}
	*gp = g;
	return 0;
}

/* Is it asked apart from the common servers? */
static bool is_apart(const struct enum_tree_conf *tc)
{
	return tc->servers.n > 0 || tc->tcp;
}

static int ready_tree(struct enum_tree *t, const struct enum_setup *s,
		      struct enum_setup_next *n, const struct enum_conf *conf,
		      const struct enum_tree_conf *tc)
{
	struct group *g = NULL;
	int err = enum_profile_tree(t, tc);

	if (!err && is_apart(tc) && !s->instead)
		err = own_group(&g, s, n, conf, tc, t->apex);
	t->resolver = g ? g->cache : s->common->cache;
	t->owner = g;
	return err;
}

/* The list of numbers as a tree; it trusts itself. */
static int ready_list(struct enum_tree *t, const struct enum_setup *s,
		      struct enum_setup_next *n, const struct enum_conf *conf,
		      void *owner)
{
	struct group *g;
	int err = group_of_list(&g, s, conf, owner);

	if (err)
		return err;
	list_append(&n->groups, &g->node);
	memset(t, 0, sizeof(*t));
	str_clip(t->apex, sizeof(t->apex), STR_LIT(ENUM_STATIC_APEX));
	t->rank = conf->static_rank;
	t->policy.tel = ENUM_TEL_ANY;
	t->resolver = g->list;
	t->owner = g;
	return 0;
}

static int ready_trees(const struct enum_setup *s, struct enum_setup_next *n,
		       const struct enum_conf *conf, void *owner)
{
	const struct enum_tree_conf *tc = conf->trees.v;
	struct enum_tree *trees = mem_alloc((conf->trees.n + 1) *
					    sizeof(*trees));
	unsigned k = 0;
	int err = 0;

	if (!trees)
		return ENOMEM;
	if (conf->statics.n > 0)
		err = ready_list(&trees[k++], s, n, conf, owner);
	for (size_t i = 0; i < conf->trees.n && !err; i++)
		err = ready_tree(&trees[k++], s, n, conf, &tc[i]);
	if (!err)
		err = enum_trees_new(&n->trees, trees, k);
	mem_free(trees);
	return err;
}

static int ready_common(const struct enum_setup *s, struct enum_setup_next *n,
			const struct enum_conf *conf)
{
	struct resolver_conf rc;
	int err = servers_conf(&rc, conf, NULL);

	if (!err && s->common->cares)
		err = resolver_cares_prepare(&n->common, s->common->cares,
					     &rc);
	return err;
}

int enum_setup_prepare(struct enum_setup_next **np,
		       const struct enum_setup *s,
		       const struct enum_conf *conf, void *owner)
{
	struct enum_setup_next *n = mem_alloc(sizeof(*n) + conf->trees.n *
					      sizeof(n->kept[0]));
	int err;

	if (!n)
		return ENOMEM;
	list_init(&n->groups);
	n->cache = cache_conf(conf);
	n->deadline_ms = conf->deadline_ms;
	err = ready_common(s, n, conf);
	if (!err)
		err = ready_trees(s, n, conf, owner);
	if (err)
		enum_setup_drop(n);
	else
		*np = n;
	return err;
}

static void move(struct list *to, struct group *g)
{
	list_unlink(&g->node);
	list_append(to, &g->node);
}

static void change_groups(struct enum_setup *s, struct enum_setup_next *n)
{
	LIST_EACH_SAFE(node, &s->groups) {
		struct group *g = CONTAINER(node, struct group, node);

		if (!is_kept(n, g))
			move(&s->retired, g);
	}
	for (unsigned i = 0; i < n->n_kept; i++) {
		struct kept *k = &n->kept[i];

		resolver_cares_commit(k->g->cares, k->next);
		k->next = NULL;
		k->g->zones = k->zones;
		dns_cache_set_conf(k->g->cache, &n->cache);
	}
	LIST_EACH_SAFE(node, &n->groups)
		move(&s->groups, CONTAINER(node, struct group, node));
	if (!list_is_empty(&s->retired))
		tmr_start(s->loop, &s->sweep, SWEEP_MS, on_sweep, s);
}

void enum_setup_commit(struct enum_setup *s, struct enum_setup_next *n)
{
	if (n->common)
		resolver_cares_commit(s->common->cares, n->common);
	n->common = NULL;
	dns_cache_set_conf(s->common->cache, &n->cache);
	change_groups(s, n);
	enum_client_set_trees(s->client, n->trees);
	enum_client_set_deadline(s->client, n->deadline_ms);
	enum_setup_drop(n);
}

void enum_setup_drop(struct enum_setup_next *n)
{
	if (!n)
		return;
	obj_unref(n->trees);
	resolver_cares_drop(n->common);
	for (unsigned i = 0; i < n->n_kept; i++) {
		resolver_cares_drop(n->kept[i].next);
		obj_unref(n->kept[i].g);
	}
	drop_all(&n->groups);
	mem_free(n);
}

/* From begin to end ------------------------------------------------------- */

static void renew_all(const struct list *groups)
{
	LIST_EACH(n, groups) {
		struct group *g = CONTAINER(n, struct group, node);

		if (g->cares)
			resolver_cares_renew(g->cares);
	}
}

/* Other addresses or interfaces: sockets may be bound to what has gone. */
static void on_network(void *arg)
{
	struct enum_setup *s = arg;

	resolver_cares_renew(s->common->cares);
	renew_all(&s->groups);
	renew_all(&s->retired);
}

/* Without it a resolver finds out when its packets fail. */
static void watch_network(struct enum_setup *s)
{
	static const struct log_tag tag = { .module = "dns" };
	int err = s->common->cares ? net_watch_start(&s->net, s->loop,
						     on_network, s) : 0;

	if (err)
		log_notice(&tag, "network is not watched", "error=%d", err);
}

int enum_setup_new(struct enum_setup **sp, struct loop *l,
		   const struct enum_conf *conf, void *owner,
		   struct resolver *instead)
{
	struct enum_setup *s = mem_alloc(sizeof(*s));
	struct enum_setup_next *n;
	int err;

	if (!s)
		return ENOMEM;
	s->loop = l;
	s->names.ops = &names_ops;
	s->instead = instead;
	list_init(&s->groups);
	list_init(&s->retired);
	err = group_new(&s->common, s, conf, "common", NULL);
	if (!err)
		err = enum_client_new(&s->client, l, NULL, 0);
	if (!err)
		err = enum_setup_prepare(&n, s, conf, owner);
	if (!err)
		enum_setup_commit(s, n);
	if (err) {
		enum_setup_free(s);
		return err;
	}
	watch_network(s);
	*sp = s;
	return 0;
}

void enum_setup_free(struct enum_setup *s)
{
	if (!s)
		return;
	enum_client_free(s->client);
	net_watch_stop(&s->net);
	tmr_stop(&s->sweep);
	drop_all(&s->groups);
	drop_all(&s->retired);
	obj_unref(s->common);
	mem_free(s);
}
