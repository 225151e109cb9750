/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ENUM lookups (RFC 6116). A lookup is one walk per tree (enum_walk.c), all
 * at once, and the choice among what they bring.
 */
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "enum/enum.h"
#include "enum/enum_walk.h"
#include "enum/uri_parts.h"

static METRIC_COUNT(m_lookups, "tipring_enum_lookups_total",
		    "ENUM lookups started");
static METRIC_COUNT(m_found, "tipring_enum_found_total",
		    "ENUM lookups that found a URI");
static METRIC_COUNT(m_absent, "tipring_enum_not_found_total",
		    "ENUM lookups of numbers that are not in ENUM");
static METRIC_COUNT(m_unavailable, "tipring_enum_unavailable_total",
		    "ENUM lookups that no tree answered in time");
static METRIC_COUNT(m_vacant, "tipring_enum_vacant_total",
		    "ENUM lookups of numbers that are not allocated");
static struct metric_hist h_seconds = {
	.name = "tipring_enum_lookup_seconds",
	.help = "Time from the start of an ENUM lookup to its result",
	.le = { .0001, .001, .002, .005, .01, .02, .05, .1, .2, .5, .8 } };

struct enum_trees {
	unsigned         n;
	struct enum_tree v[];           /* by rank */
};

struct enum_lookup {
	struct list_node    node;       /* in client->lookups */
	struct enum_client *c;
	struct enum_query  *q;
	enum_fn            *fn;
	void               *arg;
	struct tmr          deadline, settle;
	bool                starting;
	struct enum_trees    *trees;      /* a reference */
	struct enum_walk_job common;
	unsigned            n;
	struct enum_walk    walks[];
};

struct enum_client {
	struct loop      *loop;
	struct list       lookups;
	uint64_t          secret[2];
	uint32_t          deadline_ms;
	struct enum_trees  *trees;
	enum_self_fn     *self;
	void             *self_arg;
};

/* The end ---------------------------------------------------------------- */

static void lookup_free(struct enum_lookup *job)
{
	list_unlink(&job->node);
	tmr_stop(&job->deadline);
	tmr_stop(&job->settle);
	for (unsigned i = 0; i < job->n; i++)
		enum_walk_fini(&job->walks[i]);
	obj_unref(job->trees);
	mem_free(job);
}

static void count(int err, double seconds)
{
	metric_add(err == 0 ? &m_found : err == ENOENT ? &m_absent :
		   &m_unavailable, 1);
	metric_observe(&h_seconds, seconds);
}

/* The last call; w: the tree that has it, or NULL. */
static void finish(struct enum_lookup *job, int err, const struct enum_walk *w)
{
	struct enum_step s = { .kind = ENUM_STEP_END, .err = err };
	uint64_t us = loop_now_us(job->c->loop) - job->common.begun_us;

	count(err, (double)us / 1e6);
	list_unlink(&job->node);
	tmr_stop(&job->deadline);
	tmr_stop(&job->settle);
	for (unsigned i = 0; i < job->n; i++)
		enum_walk_stop(&job->walks[i]);
	if (job->n > 0)
		enum_walk_trace(w ? w : &job->walks[0], &s);
	if (w && w->answer->vacant)
		metric_add(&m_vacant, 1);
	job->q->job = NULL;
	job->fn(err, w ? w->answer : NULL, job->arg);
	lookup_free(job);       /* nobody else knows it any more */
}

/* The answer that counts of those there are: by rank, but what should have
 * been validated and was not only where there is nothing else. */
static const struct enum_walk *best(const struct enum_lookup *job)
{
	const struct enum_walk *weak = NULL;

	for (unsigned i = 0; i < job->n; i++) {
		const struct enum_walk *w = &job->walks[i];

		if (w->state != WALK_FOUND)
			continue;
		if (!w->weak)
			return w;
		if (!weak)
			weak = w;
	}
	return weak;
}

/* Is the result certain? In order of rank: a tree that still asks may yet
 * know better than those behind it. */
static void settle(struct enum_lookup *job)
{
	const struct enum_walk *found = best(job);
	bool failed = false;

	for (unsigned i = 0; i < job->n; i++) {
		const struct enum_walk *w = &job->walks[i];

		if (w == found && !w->weak)
			break;
		if (w->state == WALK_ASKING)
			return;
		failed |= w->state == WALK_FAILED;
	}
	finish(job, found ? 0 : failed ? EAGAIN : ENOENT, found);
}

static void on_settle(void *arg)
{
	settle(arg);
}

static void on_deadline(void *arg)
{
	struct enum_lookup *job = arg;
	const struct enum_walk *found;

	for (unsigned i = 0; i < job->n; i++)
		enum_walk_expire(&job->walks[i]);
	found = best(job);
	finish(job, found ? 0 : EAGAIN, found);
}

static void on_walk_ended(void *arg)
{
	struct enum_lookup *job = arg;

	if (job->starting)      /* no callback before the caller is back */
		tmr_start(job->c->loop, &job->settle, 0, on_settle, job);
	else
		settle(job);
}

/* Lookups ------------------------------------------------------------------ */

void enum_uri_number(const struct enum_uri *u, char number[E164_MAX],
		     struct tel_port *port)
{
	struct uri_parts parts;

	if (!u->tel || uri_parts_read(&parts, u->uri))
		memset(&parts, 0, sizeof(parts));
	if (!u->ported)
		memset(&parts.ported, 0, sizeof(parts.ported));
	memcpy(number, parts.number, E164_MAX);
	*port = parts.ported;
}

int enum_lookup(struct enum_client *c, struct enum_query *q,
		const char *number, uint32_t deadline_ms, enum_fn *fn,
		void *arg)
{
	struct enum_lookup *job;

	if (!e164_is_valid(str_z(number)) &&
	    !enum_domain_is_isn(str_z(number)))
		return EBADMSG;
	job = mem_alloc(sizeof(*job) + c->trees->n * sizeof(job->walks[0]));
	if (!job)
		return ENOMEM;
	metric_add(&m_lookups, 1);
	job->c = c;
	job->q = q;
	job->fn = fn;
	job->arg = arg;
	job->trees = obj_ref(c->trees);
	job->n = job->trees->n;
	job->common = (struct enum_walk_job){
		.loop = c->loop, .query = q, .begun_us = loop_now_us(c->loop),
		.secret = { c->secret[0], c->secret[1] }, .self = c->self,
		.self_arg = c->self_arg, .ended = on_walk_ended, .arg = job };
	memcpy(job->common.number, number, strlen(number) + 1);
	list_append(&c->lookups, &job->node);
	tmr_start(c->loop, &job->deadline,
		  deadline_ms ? deadline_ms : c->deadline_ms, on_deadline,
		  job);
	job->starting = true;
	for (unsigned i = 0; i < job->n; i++)
		enum_walk_begin(&job->walks[i], &job->common,
				&job->trees->v[i]);
	if (job->n == 0)
		tmr_start(c->loop, &job->settle, 0, on_settle, job);
	job->starting = false;
	q->job = job;
	return 0;
}

void enum_cancel(struct enum_query *q)
{
	struct enum_lookup *job = q->job;

	q->job = NULL;
	if (job)
		lookup_free(job);
}

/* Clients ------------------------------------------------------------------ */

static int add_tree(struct enum_trees *set, const struct enum_tree *t)
{
	char apex[sizeof(t->apex)];
	size_t n = strnlen(t->apex, sizeof(t->apex));
	unsigned at = set->n;

	if (n > 0 && n < sizeof(apex) && t->apex[n - 1] == '.')
		n--;
	if (n == sizeof(apex))
		return EINVAL;
	memset(apex, 0, sizeof(apex));
	for (size_t i = 0; i < n; i++)
		apex[i] = str_lower(t->apex[i]);
	if (!dns_name_is_valid(apex))
		return EINVAL;
	while (at > 0 && set->v[at - 1].rank > t->rank) {
		set->v[at] = set->v[at - 1];
		at--;
	}
	set->v[at] = *t;
	obj_ref(set->v[at].owner);
	memcpy(set->v[at].apex, apex, sizeof(apex));
	if (!t->services)
		set->v[at].services = NAPTR_ALL;
	set->n++;
	return 0;
}

static void trees_free(void *obj)
{
	struct enum_trees *set = obj;

	for (unsigned i = 0; i < set->n; i++)
		obj_unref(set->v[i].owner);
}

int enum_trees_new(struct enum_trees **tp, const struct enum_tree *trees,
		   unsigned n)
{
	struct enum_trees *set;
	int err = 0;

	set = obj_new(sizeof(*set) + n * sizeof(set->v[0]), trees_free);
	if (!set)
		return ENOMEM;
	for (unsigned i = 0; i < n && !err; i++)
		err = add_tree(set, &trees[i]);
	if (err)
		obj_unref(set);
	else
		*tp = set;
	return err;
}

void enum_client_set_trees(struct enum_client *c, struct enum_trees *trees)
{
	struct enum_trees *old = c->trees;

	c->trees = obj_ref(trees);
	obj_unref(old);
}

bool enum_client_has_trees(const struct enum_client *c)
{
	return c->trees->n > 0;
}

int enum_client_new(struct enum_client **cp, struct loop *l,
		    const struct enum_tree *trees, unsigned n)
{
	struct enum_client *c = mem_alloc(sizeof(*c));
	int err;

	if (!c)
		return ENOMEM;
	c->loop = l;
	rand_bytes(c->secret, sizeof(c->secret));
	list_init(&c->lookups);
	enum_client_set_deadline(c, 0);
	err = enum_trees_new(&c->trees, trees, n);
	if (err)
		mem_free(c);
	else
		*cp = c;
	return err;
}

void enum_client_set_deadline(struct enum_client *c, uint32_t ms)
{
	c->deadline_ms = ms ? ms : ENUM_DEADLINE_MS;
}

void enum_client_set_self(struct enum_client *c, enum_self_fn *self,
			  void *arg)
{
	c->self = self;
	c->self_arg = arg;
}

bool enum_client_has_isn(const struct enum_client *c)
{
	for (unsigned i = 0; i < c->trees->n; i++)
		if (c->trees->v[i].isn)
			return true;
	return false;
}

void enum_client_free(struct enum_client *c)
{
	if (!c)
		return;
	while (!list_is_empty(&c->lookups))
		enum_cancel(CONTAINER(list_first(&c->lookups),
				      struct enum_lookup, node)->q);
	obj_unref(c->trees);
	mem_free(c);
}
