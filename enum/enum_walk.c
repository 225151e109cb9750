/* SPDX-License-Identifier: Apache-2.0 */
#include "enum/enum_walk.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/metric.h"
#include "enum/enum_name.h"

static METRIC_COUNT(m_bad, "tipring_enum_bad_records_total",
		    "NAPTR records skipped as malformed");
static METRIC_COUNT(m_refused, "tipring_enum_refused_total",
		    "Results that the policy of their tree does not allow");

/* One more way, tried when those before it led nowhere: a domain to ask, or
 * the answer that the records there make. */
struct enum_walk_rest {
	struct enum_walk_rest *next;
	struct enum_answer    *answer;          /* or NULL: the domain */
	unsigned               hop;
	char                   domain[];
};

void enum_walk_trace(const struct enum_walk *w, struct enum_step *s)
{
	const struct enum_walk_job *job = w->job;
	const struct clk *clk;
	uint64_t now;

	if (!job->query->trace)
		return;
	clk = loop_clk(job->loop);
	now = clk->now_us(clk->arg);
	s->apex = w->tree->apex;
	s->domain = w->domain;
	s->hop = w->hop;
	s->at_us = now - job->begun_us;
	s->elapsed_us = now - w->asked_us;
	job->query->trace(s, job->query->trace_arg);
}

/* The tree's last word. May end the lookup: nothing after it. */
static void end(struct enum_walk *w, enum enum_walk_state state,
		const char *why)
{
	struct enum_step s = { .kind = ENUM_STEP_RESULT, .why = why };

	w->state = state;
	s.err = state == WALK_FOUND ? 0 : state == WALK_ABSENT ? ENOENT :
		EAGAIN;
	enum_walk_trace(w, &s);
	w->job->ended(w->job->arg);
}

static void pop(struct enum_walk *w)
{
	struct enum_walk_rest *r = w->rest;

	w->rest = r->next;
	mem_free(r->answer);
	mem_free(r);
}

static void trace_back(const struct enum_walk *w, const char *why)
{
	struct enum_step s = { .kind = ENUM_STEP_BACK, .why = why };

	enum_walk_trace(w, &s);
}

static void on_naptr(int err, const struct dns_rrset *set, void *arg);

static int ask(struct enum_walk *w)
{
	struct enum_step s = { .kind = ENUM_STEP_QUERY };

	w->asked_us = loop_now_us(w->job->loop);
	enum_walk_trace(w, &s);
	return resolver_query(w->tree->resolver, &w->query, w->domain,
			      DNS_NAPTR, on_naptr, w);
}

/* Why w->domain is not to be asked, or NULL: it counts as asked. */
static const char *hindrance(struct enum_walk *w)
{
	char lower[DNS_NAME_MAX];
	size_t n = strlen(w->domain);
	uint64_t h;

	if (w->hop > ENUM_HOPS_MAX || w->n_asked == ENUM_ASKED_MAX)
		return "too many non-terminals";
	for (size_t i = 0; i < n; i++)
		lower[i] = str_lower(w->domain[i]);
	h = siphash(w->job->secret, lower, n);
	for (unsigned i = 0; i < w->n_asked; i++)
		if (w->asked[i] == h)
			return "loop of non-terminals";
	w->asked[w->n_asked++] = h;
	return NULL;
}

/* Asks for w->domain. False: it cannot, *why says so. */
static bool try_domain(struct enum_walk *w, const char **why)
{
	*why = hindrance(w);
	if (*why)
		return false;
	if (ask(w) == 0)
		return true;
	*why = "query could not be started";
	w->failed = true;
	return false;
}

static void take_answer(struct enum_walk *w)
{
	struct enum_walk_rest *r = w->rest;

	w->answer = r->answer;
	w->hop = r->hop;
	r->answer = NULL;
	pop(w);
}

/* The next of the ways, or the end; why: what stopped the one before. */
static void take_next(struct enum_walk *w, const char *why)
{
	struct enum_walk_rest *r;

	while ((r = w->rest) && !r->answer) {
		w->hop = r->hop;
		memcpy(w->domain, r->domain, strlen(r->domain) + 1);
		pop(w);
		if (try_domain(w, &why))
			return;
		if (w->rest)
			trace_back(w, why);
	}
	if (!r) {
		end(w, w->failed ? WALK_FAILED : WALK_ABSENT, why);
		return;
	}
	take_answer(w);
	end(w, WALK_FOUND, "beside a non-terminal that led nowhere");
}

/* This way led nowhere, which does not end the walk (RFC 6116, 5.2.1). */
static void go_on(struct enum_walk *w, enum enum_walk_state state,
		  const char *why)
{
	w->failed |= state == WALK_FAILED;
	if (w->rest)
		trace_back(w, why);
	take_next(w, why);
}

/* What the records say -------------------------------------------------- */

static struct enum_answer *answer_new(const struct enum_walk *w)
{
	/* large, so not zeroed: all that counts is set */
	struct enum_answer *a = mem_realloc(NULL, sizeof(*a));

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

/* The answer that the records make: URIs, a name, or that nobody has the
 * number. ENOENT: none; ENOMEM. */
static int answer_of(struct enum_answer **ap, const struct enum_walk *w,
		     const struct naptr_verdicts *vs)
{
	struct enum_answer *a = answer_new(w);
	bool name = w->job->query->name;

	if (!a)
		return ENOMEM;
	for (unsigned i = 0; i < vs->n && a->n < ENUM_URIS_MAX; i++) {
		const struct naptr_verdict *v = &vs->v[i];

		a->vacant |= v->use == NAPTR_VACANT;
		if (v->use != NAPTR_USED)
			continue;
		if (!name)
			take_uri(&a->v[a->n++], v, &w->tree->policy);
		else if (enum_name_read(a->name, v->uri) == 0)
			break;
	}
	/* beside URIs a record that says there is no such number is an
	 * error of the zone */
	a->vacant &= a->n == 0;
	if (a->n == 0 && !a->vacant && !a->name[0]) {
		mem_free(a);
		return ENOENT;
	}
	*ap = a;
	return 0;
}

/* Notes a way to take before all those that are noted. */
static int push(struct enum_walk *w, struct enum_answer *a,
		const char *domain)
{
	size_t n = strlen(domain) + 1;
	struct enum_walk_rest *r = mem_alloc(sizeof(*r) + n);

	if (!r)
		return ENOMEM;
	r->answer = a;
	r->hop = a ? w->hop : w->hop + 1;
	memcpy(r->domain, domain, n);
	r->next = w->rest;
	w->rest = r;
	return 0;
}

/* The non-terminal records before the end-th are the next ways, in turn;
 * behind them comes a, which is taken over, or not (NULL). */
static int note(struct enum_walk *w, const struct naptr_verdicts *vs,
		unsigned end, struct enum_answer *a)
{
	int err = a ? push(w, a, "") : 0;

	if (err)
		mem_free(a);
	for (unsigned i = end; i > 0 && !err; i--)
		if (vs->v[i - 1].use == NAPTR_FOLLOW)
			err = push(w, NULL, vs->v[i - 1].rr->replacement);
	return err;
}

static const char *refuses(const char *uri, void *arg)
{
	const struct enum_walk *w = arg;
	const struct enum_walk_job *job = w->job;

	return enum_policy_refuses(&w->tree->policy, uri, job->number,
				   job->self, job->self_arg);
}

/* What this lookup wants of this tree. */
static struct naptr_wish wish_of(struct enum_walk *w)
{
	struct naptr_wish wish = { .filter = refuses, .arg = w };

	if (w->job->query->name)
		wish.services = w->tree->services & NAPTR_CNAM;
	else
		wish.services = (w->tree->services & NAPTR_ALL) |
			(w->tree->policy.vacant_goes_on ? 0 : NAPTR_VOID);
	return wish;
}

/* The verdicts, traced and counted: how many of each use. */
static void count_uses(unsigned n_of[NAPTR_USES], const struct enum_walk *w,
		       const struct naptr_verdicts *vs)
{
	memset(n_of, 0, NAPTR_USES * sizeof(n_of[0]));
	for (unsigned i = 0; i < vs->n; i++) {
		struct enum_step s = { .kind = ENUM_STEP_RECORD,
			.record = &vs->v[i], .why = vs->v[i].why };

		enum_walk_trace(w, &s);
		n_of[vs->v[i].use]++;
	}
	metric_add(&m_refused, n_of[NAPTR_REFUSED]);
}

/* How many records stand before the first URI, and whether there are any
 * to follow among them; those behind it never are. */
static unsigned before_uris(bool *follow, const struct naptr_verdicts *vs)
{
	unsigned i;

	*follow = false;
	for (i = 0; i < vs->n && vs->v[i].use != NAPTR_USED; i++)
		*follow |= vs->v[i].use == NAPTR_FOLLOW;
	return i;
}

static const char *nothing(const unsigned n_of[NAPTR_USES], bool name)
{
	if (n_of[NAPTR_REFUSED])
		return "no record is allowed";
	return name ? "no record has a name" : "no record is for calls";
}

static void judge(struct enum_walk *w, const struct dns_rrset *set)
{
	struct naptr_wish wish = wish_of(w);
	struct enum_answer *a = NULL;
	unsigned n_of[NAPTR_USES], end_of;
	struct naptr_verdicts vs;
	bool follow;
	int err;

	naptr_eval(&vs, w->job->number, set, &wish);
	metric_add(&m_bad, vs.n_bad + set->n_skipped);
	count_uses(n_of, w, &vs);
	end_of = before_uris(&follow, &vs);
	err = answer_of(&a, w, &vs);
	if (err != ENOMEM && follow) {
		err = note(w, &vs, end_of, a);
		if (!err) {
			take_next(w, NULL);
			return;
		}
	}
	if (err == ENOMEM) {
		go_on(w, WALK_FAILED, "no memory");
	} else if (a) {
		w->answer = a;
		end(w, WALK_FOUND, a->vacant ? "the number is not allocated" :
		    NULL);
	} else {
		go_on(w, WALK_ABSENT, nothing(n_of, w->job->query->name));
	}
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
	struct enum_walk *w = arg;
	struct enum_step s = { .kind = ENUM_STEP_ANSWER, .err = err,
		.set = set, .cached = w->query.cached,
		.stale = w->query.stale, .ttl_s = w->query.left_s };

	if (w->query.left_s < w->ttl_s)
		w->ttl_s = w->query.left_s;
	w->cached &= w->query.cached;
	w->stale |= w->query.stale;
	enum_walk_trace(w, &s);
	if (err == 0 && w->tree->policy.dnssec == ENUM_DNSSEC_PREFERRED)
		w->weak |= !set->ad;
	if ((err == 0 || err == ENOENT) &&
	    w->tree->policy.dnssec == ENUM_DNSSEC_REQUIRED &&
	    !(set && set->ad))
		go_on(w, WALK_FAILED, "answer is not validated");
	else if (err == 0)
		judge(w, set);
	else
		go_on(w, err == ENOENT ? WALK_ABSENT : WALK_FAILED,
		      reason(err, set));
}

/* From begin to end ------------------------------------------------------- */

/* Is the tree one to ask for this? Else why not. */
static const char *unfit(const struct enum_walk_job *job,
			 const struct enum_tree *t)
{
	if ((job->number[0] != '+') != t->isn)
		return t->isn ? "for ITAD subscriber numbers only" :
				"for E.164 numbers only";
	if (job->query->name && !(t->services & NAPTR_CNAM))
		return "not asked for names";
	if (!job->query->name && !(t->services & NAPTR_ALL))
		return "asked for names only";
	return NULL;
}

void enum_walk_begin(struct enum_walk *w, const struct enum_walk_job *job,
		     const struct enum_tree *tree)
{
	const char *why = unfit(job, tree);

	w->job = job;
	w->tree = tree;
	w->ttl_s = UINT32_MAX;
	w->cached = true;
	w->asked_us = job->begun_us;
	if (why)
		end(w, WALK_ABSENT, why);
	else if (enum_domain_of(w->domain, sizeof(w->domain), job->number,
				tree->apex, &tree->branch))
		end(w, WALK_FAILED, "domain name is too long");
	else if (!try_domain(w, &why))
		end(w, WALK_FAILED, why);
}

void enum_walk_expire(struct enum_walk *w)
{
	struct enum_step s = { .kind = ENUM_STEP_RESULT,
		.why = "beside a non-terminal that was not answered in time" };

	if (w->state != WALK_ASKING)
		return;
	while (w->rest && !w->rest->answer)
		pop(w);
	if (!w->rest)
		return;
	resolver_cancel(&w->query);
	take_answer(w);
	w->state = WALK_FOUND;
	enum_walk_trace(w, &s);
}

void enum_walk_stop(struct enum_walk *w)
{
	resolver_cancel(&w->query);
}

void enum_walk_fini(struct enum_walk *w)
{
	enum_walk_stop(w);
	while (w->rest)
		pop(w);
	mem_free(w->answer);
	w->answer = NULL;
}
