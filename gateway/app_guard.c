/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/app_guard.h"

#include "gateway/app_conf.h"
#include "gateway/app_impl.h"
#include "gateway/app_plan.h"
#include "gateway/app_route.h"
#include "gateway/call/numbers.h"
#include "gateway/route/number_table.h"
#include "gateway/sip/peer.h"

enum guard_way app_guard_way_of(const struct route_target *t,
				const struct conf_snapshot *s)
{
	switch (t->kind) {
	case ROUTE_LINE:
	case ROUTE_GROUP:
	case ROUTE_PEER:
		/* carriers of a table, and who we do not know, are not taken
		 * for harmless ones; other peers may be a PBX */
		if (t->has_price || !app_conf_has(s, t) ||
		    app_conf_is_pstn(s, t))
			return GUARD_PSTN;
		return t->kind == ROUTE_PEER ? GUARD_PEER : GUARD_FREE;
	case ROUTE_URI:
		/* no rule said that this peer may be called */
		return t->peer[0] ? GUARD_PSTN : GUARD_FREE;
	default:
		return GUARD_FREE;
	}
}

enum guard_way app_guard_way(const struct route_target *t, void *arg)
{
	return app_guard_way_of(t, ((const struct app *)arg)->conf);
}

void app_guard_setup(struct guard_setup *g, const struct conf_snapshot *s)
{
	g->conf = conf_get(s, &guard_conf_section);
	g->plan = app_plan_of(s);
	g->zone = app_plan_zone(s);
	g->owner = (void *)s;   /* only counted there */
}

void app_guard_peer_of(struct route_target *t, const struct conf_snapshot *s)
{
	const struct conf_list *peers = conf_get(s, &sip_peers_section);
	const struct sip_peer_conf *c = peers->v;
	struct sip_uri uri;
	int best = -1;

	if (sip_uri_parse(&uri, str_z(t->dest)))
		return;
	for (size_t i = 0; i < peers->n; i++) {
		int match = peer_conf_match_uri(&c[i], &uri);

		if (match <= best)
			continue;
		best = match;
		str_clip(t->peer, sizeof(t->peer), str_z(c[i].name));
	}
	if (best >= 0)
		numbers_of_uri(&t->called, t->dest);
}

bool app_guard_rate(struct guard_rate *r, const char *e164, void *arg)
{
	const struct app *a = arg;
	const struct guard_conf *c = conf_get(a->conf, &guard_conf_section);
	const struct number_table *t =
		c->rates[0] ? router_table(a->router, c->rates) : NULL;
	const struct number_row *row;
	struct number_match m;

	/* it is of type rates: the configuration was checked */
	if (!t || !number_table_find(t, e164, &m))
		return false;
	row = number_table_row(t, &m, 0);
	*r = (struct guard_rate){ row->price, row->setup };
	return true;
}

bool app_guard_source(struct route_source *s, const char *name, void *arg)
{
	return app_route_source(s, name, ((const struct app *)arg)->conf);
}
