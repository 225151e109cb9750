/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call/preempt.h"

#include "gateway/line/group.h"
#include "gateway/line/line.h"
#include "gateway/route/route.h"

static bool is_line(const struct route_target *t)
{
	return t->kind == ROUTE_LINE || t->kind == ROUTE_GROUP;
}

/* At the first behind lines that follow each other: is one to come back to? */
static bool comes_back(struct preempt *p, const struct route_result *r,
		       unsigned next)
{
	return p->passed && (next == r->n || !is_line(&r->v[next]));
}

unsigned preempt_next(struct preempt *p, const struct route_result *r,
		      unsigned next)
{
	unsigned i = 0;

	p->again = comes_back(p, r, next);
	if (!p->again)
		return next;
	while (!(p->passed & 1u << i))
		i++;
	p->passed &= ~(1u << i);
	return i;
}

static bool has_room(const struct route_target *t, const struct line_env *env)
{
	const struct line *l = line_find(env, str_z(t->dest));
	const struct group *g = group_find(env, str_z(t->dest));

	if (t->kind == ROUTE_LINE)
		return l && (line_is_free(l) || line_is_resting(l));
	return g && group_has_room(g);
}

bool preempt_may(struct preempt *p, const struct route_result *r, unsigned i,
		 const struct line_env *env)
{
	if (p->again)
		return true;
	for (unsigned k = i + 1; k < r->n && is_line(&r->v[k]); k++)
		if (has_room(&r->v[k], env)) {
			p->passed |= 1u << i;
			return false;
		}
	return true;
}
