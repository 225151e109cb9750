/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ENUM lookups (RFC 6116). A lookup is one walk per tree, all at once; a
 * walk asks for the NAPTR records of the number's domain, judges them
 * (naptr.c) and follows non-terminal ones from domain to domain.
 */
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "enum/enum.h"
#include "enum/enum_name.h"
#include "enum/uri_parts.h"

static METRIC_COUNT(m_lookups, "tipring_enum_lookups_total",
		    "ENUM lookups started");
static METRIC_COUNT(m_found, "tipring_enum_found_total",
		    "ENUM lookups that found a URI");
static METRIC_COUNT(m_absent, "tipring_enum_not_found_total",
		    "ENUM lookups of numbers that are not in ENUM");
static METRIC_COUNT(m_unavailable, "tipring_enum_unavailable_total",
		    "ENUM lookups that no tree answered in time");
static METRIC_COUNT(m_bad, "tipring_enum_bad_records_total",
		    "NAPTR records skipped as malformed");
static METRIC_COUNT(m_refused, "tipring_enum_refused_total",
		    "Results that the policy of their tree does not allow");
static METRIC_COUNT(m_vacant, "tipring_enum_vacant_total",
		    "ENUM lookups of numbers that are not allocated");
static struct metric_hist h_seconds = {
	.name = "tipring_enum_lookup_seconds",
	.help = "Time from the start of an ENUM lookup to its result",
	.le = { .0001, .001, .002, .005, .01, .02, .05, .1, .2, .5, .8 } };

enum walk_state { WALK_ASKING, WALK_FOUND, WALK_ABSENT, WALK_FAILED };

struct walk {
	struct enum_lookup     *job;
	const struct enum_tree *tree;
	enum walk_state         state;
	struct dns_query        query;
	uint64_t                asked_us;
	unsigned                hop;
	uint64_t                seen[ENUM_HOPS_MAX + 1]; /* hashes of names */
	uint32_t                ttl_s;
	bool                    cached, stale;
	bool                    weak;   /* not validated, and should be */
	struct enum_answer     *answer; /* FOUND, or what to fall back on */
	char                    domain[DNS_NAME_MAX];
};

/* A counted object, constant. */
struct tree_set {
	unsigned         n;
	struct enum_tree v[ENUM_TREES_MAX];     /* by rank */
};

struct enum_lookup {
	struct list_node    node;       /* in client->lookups */
	struct enum_client *c;
	struct enum_query  *q;
	enum_fn            *fn;
	void               *arg;
	uint64_t            begun_us;
	struct tmr          deadline, settle;
	bool                starting;
	struct tree_set    *trees;      /* a reference */
	char                number[ENUM_NUMBER_MAX];
	unsigned            n;
	struct walk         walks[];
};

struct enum_client {
	struct loop      *loop;
	struct list       lookups;
	uint64_t          secret[2];
	uint32_t          deadline_ms;
	struct tree_set  *trees;
	enum_self_fn     *self;
	void             *self_arg;
};

/* The end ---------------------------------------------------------------- */

static void lookup_free(struct enum_lookup *job)
{
	list_unlink(&job->node);
	tmr_stop(&job->deadline);
	tmr_stop(&job->settle);
	for (unsigned i = 0; i < job->n; i++) {
		resolver_cancel(&job->walks[i].query);
		mem_free(job->walks[i].answer);
	}
	obj_unref(job->trees);
	mem_free(job);
}

static void trace(const struct walk *w, struct enum_step *s)
{
	const struct enum_lookup *job = w->job;
	uint64_t now;

	if (!job->q->trace)
		return;
	now = loop_clk(job->c->loop)->now_us(loop_clk(job->c->loop)->arg);
	s->apex = w->tree->apex;
	s->domain = w->domain;
	s->hop = w->hop;
	s->at_us = now - job->begun_us;
	s->elapsed_us = now - w->asked_us;
	job->q->trace(s, job->q->trace_arg);
}

static void count(int err, double seconds)
{
	metric_add(err == 0 ? &m_found : err == ENOENT ? &m_absent :
		   &m_unavailable, 1);
	metric_observe(&h_seconds, seconds);
}

/* The last call; w: the tree that has it, or NULL. */
static void finish(struct enum_lookup *job, int err, const struct walk *w)
{
	struct enum_step s = { .kind = ENUM_STEP_END, .err = err };

	count(err, (double)(loop_now_us(job->c->loop) - job->begun_us) / 1e6);
	list_unlink(&job->node);
	tmr_stop(&job->deadline);
	tmr_stop(&job->settle);
	for (unsigned i = 0; i < job->n; i++)
		resolver_cancel(&job->walks[i].query);
	if (job->n > 0)
		trace(w ? w : &job->walks[0], &s);
	if (w && w->answer->vacant)
		metric_add(&m_vacant, 1);
	job->q->job = NULL;
	job->fn(err, w ? w->answer : NULL, job->arg);
	lookup_free(job);       /* nobody else knows it any more */
}

/* The answer that counts of those there are: by rank, but what should have
 * been validated and was not only where there is nothing else. */
static const struct walk *best(const struct enum_lookup *job)
{
	const struct walk *weak = NULL;

	for (unsigned i = 0; i < job->n; i++) {
		const struct walk *w = &job->walks[i];

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
	const struct walk *found = best(job);
	bool failed = false;

	for (unsigned i = 0; i < job->n; i++) {
		const struct walk *w = &job->walks[i];

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
	const struct walk *found = best(job);

	finish(job, found ? 0 : EAGAIN, found);
}

/* One tree ---------------------------------------------------------------- */

/* The tree's last word. May end the lookup: nothing after it. */
static void walk_end(struct walk *w, enum walk_state state, const char *why)
{
	struct enum_lookup *job = w->job;
	struct enum_step s = { .kind = ENUM_STEP_RESULT, .why = why };

	if (state != WALK_FOUND && w->answer) {
		state = WALK_FOUND;     /* the records beside the chain */
		s.why = "non-terminal led nowhere, others of its order taken";
	}
	w->state = state;
	s.err = state == WALK_FOUND ? 0 : state == WALK_ABSENT ? ENOENT :
		EAGAIN;
	trace(w, &s);
	if (job->starting)      /* no callback before the caller is back */
		tmr_start(job->c->loop, &job->settle, 0, on_settle, job);
	else
		settle(job);
}

static void on_naptr(int err, const struct dns_rrset *set, void *arg);

static void walk_ask(struct walk *w)
{
	struct enum_step s = { .kind = ENUM_STEP_QUERY };
	int err;

	w->asked_us = loop_now_us(w->job->c->loop);
	trace(w, &s);
	err = resolver_query(w->tree->resolver, &w->query, w->domain,
			     DNS_NAPTR, on_naptr, w);
	if (err)
		walk_end(w, WALK_FAILED, "query could not be started");
}

/* Goes on at the domain a non-terminal record names. */
static void walk_follow(struct walk *w, const char *domain)
{
	struct enum_client *c = w->job->c;
	char lower[DNS_NAME_MAX];
	size_t n = strlen(domain);
	uint64_t h;

	for (size_t i = 0; i <= n; i++)
		lower[i] = str_lower(domain[i]);
	if (w->hop == 0)
		w->seen[0] = siphash(c->secret, w->domain,
				     strlen(w->domain));
	h = siphash(c->secret, lower, n);
	for (unsigned i = 0; i <= w->hop; i++) {
		if (w->seen[i] == h) {
			walk_end(w, WALK_ABSENT, "loop of non-terminals");
			return;
		}
	}
	if (w->hop == ENUM_HOPS_MAX) {
		walk_end(w, WALK_ABSENT, "too many non-terminals");
		return;
	}
	w->seen[++w->hop] = h;
	memcpy(w->domain, domain, n + 1);
	walk_ask(w);
}

/* The room for the answer; what was in it is forgotten. */
static struct enum_answer *take(struct walk *w)
{
	struct enum_answer *a = w->answer;

	if (!a)         /* large, so not zeroed: all that counts is set */
		a = w->answer = mem_realloc(NULL, sizeof(*a));
	if (!a)
		return NULL;
	a->n = 0;
	a->vacant = false;
	a->name[0] = '\0';
	a->ttl_s = w->ttl_s;
	a->cached = w->cached;
	a->stale = w->stale;
	memcpy(a->apex, w->tree->apex, sizeof(a->apex));
	return a;
}

static void take_uri(struct enum_uri *u, const struct naptr_verdict *v,
		     const struct enum_policy *p)
{
	u->order = v->rr->order;
	u->preference = v->rr->preference;
	memcpy(u->uri, v->uri, strlen(v->uri) + 1);
	str_clip(u->service, sizeof(u->service), v->rr->services);
	u->tel = str_istarts(str_z(v->uri), "tel:");
	u->ported = p->tel == ENUM_TEL_PORTED || p->tel == ENUM_TEL_ANY;
}

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

static int take_uris(struct walk *w, const struct naptr_verdicts *vs)
{
	struct enum_answer *a = take(w);

	if (!a)
		return ENOMEM;
	for (unsigned i = 0; i < vs->n && a->n < ENUM_URIS_MAX; i++)
		if (vs->v[i].use == NAPTR_USED)
			take_uri(&a->v[a->n++], &vs->v[i], &w->tree->policy);
	return 0;
}

/* A lookup for a name: the first record that holds one. */
static int take_name(struct walk *w, const struct naptr_verdicts *vs)
{
	struct enum_answer *a = take(w);

	if (!a)
		return ENOMEM;
	for (unsigned i = 0; i < vs->n; i++)
		if (vs->v[i].use == NAPTR_USED &&
		    enum_name_read(a->name, vs->v[i].uri) == 0)
			return 0;
	return ENOENT;
}

static int take_vacant(struct walk *w)
{
	struct enum_answer *a = take(w);

	if (a)
		a->vacant = true;
	return a ? 0 : ENOMEM;
}

static const char *refuses(const char *uri, void *arg)
{
	const struct walk *w = arg;
	const struct enum_client *c = w->job->c;

	return enum_policy_refuses(&w->tree->policy, uri, w->job->number,
				   c->self, c->self_arg);
}

/* What this lookup wants of this tree. */
static struct naptr_wish wish_of(struct walk *w)
{
	struct naptr_wish wish = { .filter = refuses, .arg = w };

	if (w->job->q->name)
		wish.services = w->tree->services & NAPTR_CNAM;
	else
		wish.services = (w->tree->services & NAPTR_ALL) |
			(w->tree->policy.vacant_goes_on ? 0 : NAPTR_VOID);
	return wish;
}

/* The verdicts, traced and counted: how many of each use. */
static void count_uses(unsigned n_of[NAPTR_USES], const struct walk *w,
		       const struct naptr_verdicts *vs)
{
	memset(n_of, 0, NAPTR_USES * sizeof(n_of[0]));
	for (unsigned i = 0; i < vs->n; i++) {
		struct enum_step s = { .kind = ENUM_STEP_RECORD,
			.record = &vs->v[i], .why = vs->v[i].why };

		trace(w, &s);
		n_of[vs->v[i].use]++;
	}
	metric_add(&m_refused, n_of[NAPTR_REFUSED]);
}

/* The first record of the order that is taken. Beside URIs a record that
 * says there is no such number is an error of the zone. */
static const struct naptr_verdict *leader(const struct naptr_verdicts *vs,
					  bool vacant)
{
	for (unsigned i = 0; i < vs->n; i++) {
		enum naptr_use use = vs->v[i].use;

		if (use == NAPTR_USED || use == NAPTR_FOLLOW ||
		    (vacant && use == NAPTR_VACANT))
			return &vs->v[i];
	}
	return NULL;
}

static void end_found(struct walk *w, int err, const char *why)
{
	if (err == ENOENT)
		walk_end(w, WALK_ABSENT, "no record has a name");
	else if (err)
		walk_end(w, WALK_FAILED, "no memory");
	else
		walk_end(w, WALK_FOUND, why);
}

static void walk_judge(struct walk *w, const struct dns_rrset *set)
{
	struct naptr_wish wish = wish_of(w);
	const struct naptr_verdict *first;
	unsigned n_of[NAPTR_USES];
	struct naptr_verdicts vs;
	char domain[DNS_NAME_MAX];
	int err = 0;

	naptr_eval(&vs, w->job->number, set, &wish);
	metric_add(&m_bad, vs.n_bad + set->n_skipped);
	count_uses(n_of, w, &vs);
	first = leader(&vs, !n_of[NAPTR_USED] && !n_of[NAPTR_FOLLOW]);
	if (!first) {
		walk_end(w, WALK_ABSENT, n_of[NAPTR_REFUSED] ?
			 "no record is allowed" : "no record is for calls");
		return;
	}
	if (first->use == NAPTR_VACANT) {
		end_found(w, take_vacant(w), "the number is not allocated");
		return;
	}
	if (n_of[NAPTR_USED])
		err = w->job->q->name ? take_name(w, &vs)
				      : take_uris(w, &vs);
	if (err || first->use == NAPTR_USED) {
		end_found(w, err, NULL);
		return;
	}
	memcpy(domain, first->rr->replacement,
	       strlen(first->rr->replacement) + 1);
	walk_follow(w, domain);
}

static const char *reason(int err, const struct dns_rrset *set)
{
	if (err == ENOENT)
		return set && set->rcode == DNS_NXDOMAIN ? "no such name" :
			"no NAPTR record";
	if (err == EBADMSG)
		return "malformed answers only";
	return set ? "server refused" : "no answer";
}

static void on_naptr(int err, const struct dns_rrset *set, void *arg)
{
	struct walk *w = arg;
	struct enum_step s = { .kind = ENUM_STEP_ANSWER, .err = err,
		.set = set, .cached = w->query.cached,
		.stale = w->query.stale, .ttl_s = w->query.left_s };

	if (w->query.left_s < w->ttl_s)
		w->ttl_s = w->query.left_s;
	w->cached &= w->query.cached;
	w->stale |= w->query.stale;
	trace(w, &s);
	if (err == 0 && w->tree->policy.dnssec == ENUM_DNSSEC_PREFERRED)
		w->weak |= !set->ad;
	if ((err == 0 || err == ENOENT) &&
	    w->tree->policy.dnssec == ENUM_DNSSEC_REQUIRED &&
	    !(set && set->ad))
		walk_end(w, WALK_FAILED, "answer is not validated");
	else if (err == 0)
		walk_judge(w, set);
	else
		walk_end(w, err == ENOENT ? WALK_ABSENT : WALK_FAILED,
			 reason(err, set));
}

/* Lookups ------------------------------------------------------------------ */

/* Is the tree one to ask for this? Else why not. */
static const char *unfit(const struct enum_lookup *job,
			 const struct enum_tree *t)
{
	if ((job->number[0] != '+') != t->isn)
		return t->isn ? "for ITAD subscriber numbers only" :
				"for E.164 numbers only";
	if (job->q->name && !(t->services & NAPTR_CNAM))
		return "not asked for names";
	if (!job->q->name && !(t->services & NAPTR_ALL))
		return "asked for names only";
	return NULL;
}

static void walk_begin(struct walk *w, struct enum_lookup *job,
		       const struct enum_tree *tree)
{
	const char *why;

	w->job = job;
	w->tree = tree;
	w->state = WALK_ASKING;
	w->ttl_s = UINT32_MAX;
	w->cached = true;
	w->asked_us = job->begun_us;
	why = unfit(job, tree);
	if (why) {
		walk_end(w, WALK_ABSENT, why);
		return;
	}
	if (enum_domain_of(w->domain, sizeof(w->domain), job->number,
			   tree->apex, &tree->branch)) {
		walk_end(w, WALK_FAILED, "domain name is too long");
		return;
	}
	walk_ask(w);
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
	job->begun_us = loop_now_us(c->loop);
	memcpy(job->number, number, strlen(number) + 1);
	list_append(&c->lookups, &job->node);
	tmr_start(c->loop, &job->deadline,
		  deadline_ms ? deadline_ms : c->deadline_ms, on_deadline,
		  job);
	job->starting = true;
	for (unsigned i = 0; i < job->n; i++)
		walk_begin(&job->walks[i], job, &job->trees->v[i]);
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

static int add_tree(struct tree_set *set, const struct enum_tree *t)
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
	memcpy(set->v[at].apex, apex, sizeof(apex));
	if (!t->services)
		set->v[at].services = NAPTR_ALL;
	set->n++;
	return 0;
}

int enum_client_set_trees(struct enum_client *c,
			  const struct enum_tree *trees, unsigned n)
{
	struct tree_set *set;
	int err = 0;

	if (n > ENUM_TREES_MAX)
		return EINVAL;
	set = obj_new(sizeof(*set), NULL);
	if (!set)
		return ENOMEM;
	for (unsigned i = 0; i < n && !err; i++)
		err = add_tree(set, &trees[i]);
	if (err) {
		obj_unref(set);
		return err;
	}
	obj_unref(c->trees);
	c->trees = set;
	return 0;
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
	err = enum_client_set_trees(c, trees, n);
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
