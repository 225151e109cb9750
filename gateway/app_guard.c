/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/app_guard.h"

#include "gateway/app_impl.h"
#include "gateway/line/group.h"
#include "gateway/route/number_table.h"

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

enum guard_way app_guard_way(const struct route_target *t, void *arg)
{
	const struct app *a = arg;

	switch (t->kind) {
	case ROUTE_LINE:
		return way_of_line(line_find(&a->lines, str_z(t->dest)));
	case ROUTE_GROUP:
		return way_of_group(group_find(&a->lines, str_z(t->dest)));
	case ROUTE_PEER:
		return GUARD_PEER;
	default:
		return GUARD_FREE;      /* ENUM's URIs: the internet */
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
