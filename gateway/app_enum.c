/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the DNS side: one resolver for all, or for a tree of its own. */
#include "gateway/app_enum.h"

#include <stdio.h>
#include <string.h>

#include "enum/resolver_cares.h"

static int open_resolver(struct resolver **rp, struct loop *l,
			 const struct enum_conf *c,
			 const struct conf_list *servers)
{
	const struct addr *v = servers->v;
	struct resolver_conf rc = { .timeout_ms = c->timeout_ms };

	for (size_t i = 0; i < servers->n && i < POOL_LINKS_MAX; i++)
		rc.servers[rc.n_servers++] = v[i];
	return resolver_cares_new(rp, l, &rc);
}

static int open_trees(struct app_enum *a, struct loop *l,
		      const struct enum_conf *c)
{
	const struct enum_tree_conf *tc = c->trees.v;
	struct enum_tree trees[ENUM_TREES_MAX];
	unsigned n = 0;

	memset(trees, 0, sizeof(trees));
	for (size_t i = 0; i < c->trees.n && i < ENUM_TREES_MAX; i++) {
		struct enum_tree *t = &trees[n];

		snprintf(t->apex, sizeof(t->apex), "%s", tc[i].apex);
		t->rank = tc[i].rank;
		t->require_ad = tc[i].require_ad;
		t->resolver = a->resolver;
		if (a->own && tc[i].servers.n) {
			int err = open_resolver(&a->tree[n], l, c,
						&tc[i].servers);

			if (err)
				return err;
			t->resolver = a->tree[n];
		}
		n++;
	}
	return n ? enum_client_new(&a->client, l, trees, n) : 0;
}

int app_enum_open(struct app_enum *a, struct loop *l,
		  const struct enum_conf *conf, struct resolver *resolver)
{
	int err = 0;

	memset(a, 0, sizeof(*a));
	a->resolver = resolver;
	if (!resolver) {
		a->own = true;
		err = open_resolver(&a->resolver, l, conf, &conf->servers);
	}
	if (!err)
		err = open_trees(a, l, conf);
	if (err)
		app_enum_close(a);
	return err;
}

void app_enum_close(struct app_enum *a)
{
	enum_client_free(a->client);
	for (unsigned i = 0; i < ENUM_TREES_MAX; i++)
		if (a->tree[i])
			resolver_free(a->tree[i]);
	if (a->own && a->resolver)
		resolver_free(a->resolver);
	memset(a, 0, sizeof(*a));
}
