/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/app_guard.h"

#include "gateway/app_impl.h"
#include "gateway/app_route.h"
#include "gateway/call/numbers.h"
#include "gateway/line/group.h"
#include "gateway/route/number_table.h"
#include "gateway/sip/peer.h"

/* A line we do not know is not taken for a harmless one. */
static enum guard_way way_of_line(const struct line *l)
{
	return l && l->kind == LINE_FXS ? GUARD_FREE : GUARD_PSTN;
}

static enum guard_way way_of_group(const struct group *g)
{
	const struct line *l;

	for (unsigned i = 0; g && (l = group_line(g, i)); i++)
		if (way_of_line(l) == GUARD_PSTN)
			return GUARD_PSTN;
	return g ? GUARD_FREE : GUARD_PSTN;
}

/* Carriers of a table and who knows us by an account call the telephone
 * network; others may be a PBX. */
static enum guard_way way_of_peer(const struct app *a,
				  const struct route_target *t)
{
	const struct sip_peer *p = peer_find(a->peers, str_z(t->dest));

	return t->has_price || !p || peer_conf_has_account(p->conf)
		? GUARD_PSTN : GUARD_PEER;
}

enum guard_way app_guard_way(const struct route_target *t, void *arg)
{
	const struct app *a = arg;

	switch (t->kind) {
	case ROUTE_LINE:
		return way_of_line(line_find(&a->lines, str_z(t->dest)));
	case ROUTE_GROUP:
		return way_of_group(group_find(&a->lines, str_z(t->dest)));
	case ROUTE_PEER:
		return way_of_peer(a, t);
	case ROUTE_URI:
		/* no rule said that this peer may be called */
		return t->peer[0] ? GUARD_PSTN : GUARD_FREE;
	default:
		return GUARD_FREE;
	}
}

void app_guard_peer_of(struct route_target *t, const struct conf_snapshot *s)
{
	const struct conf_list *peers = conf_get(s, &sip_peers_section);
	const struct sip_peer_conf *c = peers->v;
	struct sip_uri uri;

	if (sip_uri_parse(&uri, str_z(t->dest)))
		return;
	for (size_t i = 0; i < peers->n; i++) {
		if (!peer_conf_has_uri(&c[i], &uri))
			continue;
		str_clip(t->peer, sizeof(t->peer), str_z(c[i].name));
		numbers_of_uri(&t->called, t->dest);
		return;
	}
}

bool app_guard_rate(struct guard_rate *r, const char *e164, void *arg)
{
	const struct app *a = arg;
	const struct guard_conf *c = conf_get(a->conf, &guard_conf_section);
	const struct number_table *t =
		c->rates[0] ? router_table(a->router, c->rates) : NULL;
	const struct number_row *row;
	struct number_match m;

	if (!t || number_table_type(t) != NUMBER_TABLE_RATES ||
	    !number_table_find(t, e164, &m))
		return false;
	row = number_table_row(t, &m, 0);
	*r = (struct guard_rate){ row->price, row->setup };
	return true;
}

bool app_guard_source(struct route_source *s, const char *name, void *arg)
{
	return app_route_source(s, name, ((const struct app *)arg)->conf);
}
