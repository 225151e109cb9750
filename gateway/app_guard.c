/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/app_guard.h"

#include "gateway/app_impl.h"
#include "gateway/line/group.h"

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
