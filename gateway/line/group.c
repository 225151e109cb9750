/* SPDX-License-Identifier: Apache-2.0 */
/* Hunt groups. A group knows its lines by pointer; lines outlive groups.
 * Signalling thread. */
#include "gateway/line/group.h"

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/line/line_conf.h"

static METRIC_COUNT(exhausted, "tipring_group_exhausted_total",
		    "Calls that found no free line in a group, or its "
		    "limit");

struct group {
	struct list_node         node;          /* in env->groups */
	const struct group_conf *conf;
	struct log_tag           tag;
	unsigned                 last;          /* index seized last */
	unsigned                 n;
	struct line             *lines[];
};

static struct group *of_node(struct list_node *n)
{
	return CONTAINER(n, struct group, node);
}

int group_open(struct group **gp, struct line_env *env,
	       const struct group_conf *conf)
{
	const char (*names)[LINE_NAME_MAX] = conf->lines.v;
	struct group *g;

	g = mem_alloc(sizeof(*g) + conf->lines.n * sizeof(g->lines[0]));
	if (!g)
		return ENOMEM;
	g->conf = conf;
	g->tag.module = "group";
	for (size_t i = 0; i < conf->lines.n; i++) {
		struct line *l = line_find(env, str_z(names[i]));

		if (l)          /* the configuration was checked for it */
			g->lines[g->n++] = l;
		else
			log_err(&g->tag, "unknown line", "group=%s line=%s",
				conf->name, names[i]);
	}
	g->last = g->n ? g->n - 1 : 0;
	list_append(&env->groups, &g->node);
	*gp = g;
	return 0;
}

void group_close(struct group *g)
{
	list_unlink(&g->node);
	mem_free(g);
}

void group_close_all(struct line_env *env)
{
	while (!list_is_empty(&env->groups))
		group_close(of_node(list_first(&env->groups)));
}

struct group *group_find(const struct line_env *env, struct str name)
{
	LIST_EACH(n, &env->groups) {
		if (str_eqz(name, of_node(n)->conf->name))
			return of_node(n);
	}
	return NULL;
}

const char *group_name(const struct group *g)
{
	return g->conf->name;
}

bool group_has(const struct group *g, const struct line *l)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (g->lines[i] == l)
			return true;
	}
	return false;
}

struct line *group_line(const struct group *g, unsigned n)
{
	return n < g->n ? g->lines[n] : NULL;
}

unsigned group_size(const struct group *g)
{
	return g->n;
}

unsigned group_free(const struct group *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < g->n; i++)
		n += line_is_free(g->lines[i]);
	return n;
}

bool group_has_room(const struct group *g)
{
	for (unsigned i = 0; i < g->n; i++)
		if (line_is_free(g->lines[i]) || line_is_resting(g->lines[i]))
			return true;
	return false;
}

bool group_is_full(const struct group *g)
{
	int n = 0;

	for (unsigned i = 0; i < g->n; i++)
		n += g->lines[i]->group == g;
	return g->conf->max_calls && n >= g->conf->max_calls;
}

static bool is_tried(const struct line *l, struct line *const *tried,
		     unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (tried[i] == l)
			return true;
	}
	return false;
}

/* Index of the line to take, or -1. */
static int hunt(const struct group *g, struct line *const *tried, unsigned n)
{
	unsigned from = g->conf->hunt == GROUP_ROUND_ROBIN ? g->last + 1 : 0;
	int best = -1;

	for (unsigned k = 0; k < g->n; k++) {
		unsigned i = (from + k) % g->n;

		if (!line_is_free(g->lines[i]) ||
		    is_tried(g->lines[i], tried, n))
			continue;
		if (g->conf->hunt != GROUP_LEAST_USED)
			return (int)i;
		if (best < 0 || g->lines[i]->calls < g->lines[best]->calls)
			best = (int)i;
	}
	return best;
}

/* A line that is free in a moment spares another's call. */
static struct line *resting(const struct group *g, struct line *const *tried,
			    unsigned n)
{
	for (unsigned i = 0; i < g->n; i++)
		if (line_is_resting(g->lines[i]) &&
		    !is_tried(g->lines[i], tried, n))
			return g->lines[i];
	return NULL;
}

/* Outgoing calls give way before incoming ones, whose caller may hold the
 * line; a longer call before a shorter one. */
static bool gives_way_before(const struct line *a, const struct line *b)
{
	if (!b)
		return true;
	if (a->outgoing != b->outgoing)
		return a->outgoing;
	return a->call_us < b->call_us;
}

static struct line *victim(const struct group *g, struct line *const *tried,
			   unsigned n)
{
	struct line *best = NULL;

	for (unsigned i = 0; i < g->n; i++) {
		struct line *l = g->lines[i];

		if (!line_gives_way(l) || is_tried(l, tried, n))
			continue;
		if (gives_way_before(l, best))
			best = l;
	}
	return best;
}

int group_seize(struct line **lp, struct group *g, enum group_call kind,
		struct line *const *tried, unsigned n_tried)
{
	int i = hunt(g, tried, n_tried);
	struct line *l = NULL;
	bool in_service = false;

	if (kind == GROUP_NORMAL && group_is_full(g)) {
		metric_add(&exhausted, 1);
		return EDQUOT;
	}
	if (i >= 0) {
		g->last = (unsigned)i;
		*lp = g->lines[i];
		return 0;
	}
	if (kind != GROUP_NORMAL)
		l = resting(g, tried, n_tried);
	if (!l && kind == GROUP_PREEMPT) {
		l = victim(g, tried, n_tried);
		if (l)
			line_preempt(l);
	}
	if (l) {
		*lp = l;
		return 0;
	}
	metric_add(&exhausted, 1);
	for (unsigned k = 0; k < g->n; k++)
		in_service |= !g->lines[k]->alarm;
	return in_service ? EBUSY : ENODEV;
}
