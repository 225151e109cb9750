/* SPDX-License-Identifier: Apache-2.0 */
/* Scripted DNS for tests. */
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "tests/lib/fake_resolver.h"

enum { SILENT_MS = 2000, RR_MAX = 100, TEXT_MAX = 2000 };

struct record {
	struct list_node node;
	uint16_t         type;
	uint32_t         ttl_s;
	struct dns_rr    rr;
	size_t           n_text;        /* used of text */
	char             text[];        /* what rr points to */
};

struct script {
	struct list_node node;
	uint16_t         type;          /* 0: all */
	int              how;
	uint32_t         delay_ms;
};

struct owner {
	struct list_node node;
	struct list      records, scripts;
	char             name[DNS_NAME_MAX];
};

/* A question seen. */
struct asked {
	struct list_node node;
	uint16_t         type;
	char             name[DNS_NAME_MAX];
};

struct fake_job {
	struct list_node       node;
	struct fake_resolver  *f;
	struct dns_query      *q;
	struct tmr             tmr;
	uint16_t               type;
	int                    how;
	char                   name[DNS_NAME_MAX];
};

struct fake_resolver {
	struct resolver       r;
	struct loop          *loop;
	struct list           owners, asked, jobs;
	uint32_t              ttl_s;
	bool                  ad;
};

static void lower(char out[DNS_NAME_MAX], const char *name)
{
	size_t n = strlen(name);

	if (n > 0 && name[n - 1] == '.')
		n--;
	if (n > DNS_NAME_MAX - 1)
		n = DNS_NAME_MAX - 1;
	for (size_t i = 0; i < n; i++)
		out[i] = str_lower(name[i]);
	out[n] = '\0';
}

static struct owner *owner_find(const struct fake_resolver *f,
				const char *name)
{
	char key[DNS_NAME_MAX];

	lower(key, name);
	LIST_EACH(n, &f->owners) {
		struct owner *o = CONTAINER(n, struct owner, node);

		if (!strcmp(o->name, key))
			return o;
	}
	return NULL;
}

static struct owner *owner_get(struct fake_resolver *f, const char *name)
{
	struct owner *o = owner_find(f, name);

	if (o)
		return o;
	o = mem_alloc(sizeof(*o));
	if (!o)
		return NULL;
	lower(o->name, name);
	list_init(&o->records);
	list_init(&o->scripts);
	list_append(&f->owners, &o->node);
	return o;
}

static void owner_free(struct owner *o)
{
	LIST_EACH_SAFE(n, &o->records) {
		list_unlink(n);
		mem_free(CONTAINER(n, struct record, node));
	}
	LIST_EACH_SAFE(n, &o->scripts) {
		list_unlink(n);
		mem_free(CONTAINER(n, struct script, node));
	}
	list_unlink(&o->node);
	mem_free(o);
}

static const struct script *script_find(const struct owner *o, uint16_t type)
{
	const struct script *any = NULL;

	LIST_EACH(n, &o->scripts) {
		const struct script *s = CONTAINER(n, struct script, node);

		if (s->type == type)
			return s;
		if (s->type == 0)
			any = s;
	}
	return any;
}

/* Answers ---------------------------------------------------------------- */

/* p points into the text of r, a copy of which stands at to. */
static const char *moved(const struct record *r, const char *p, char *to)
{
	return to + (p - r->text);
}

/* A copy of the record whose texts stand at to: sets outlive scripts. */
static struct dns_rr copy_rr(const struct record *r, char *to)
{
	struct dns_rr rr = r->rr;

	memcpy(to, r->text, r->n_text + 1);
	if (r->type == DNS_SRV)
		rr.srv.target = moved(r, rr.srv.target, to);
	if (r->type == DNS_NAPTR) {
		rr.naptr.flags.p = moved(r, rr.naptr.flags.p, to);
		rr.naptr.services.p = moved(r, rr.naptr.services.p, to);
		rr.naptr.regexp.p = moved(r, rr.naptr.regexp.p, to);
		rr.naptr.replacement = moved(r, rr.naptr.replacement, to);
	}
	return rr;
}

static struct dns_rrset *set_of(const struct fake_resolver *f,
				const struct owner *o, uint16_t type,
				uint16_t rcode)
{
	const struct record *found[RR_MAX];
	struct dns_rrset *set;
	size_t size = sizeof(*set);
	unsigned n = 0;
	char *to;

	for (struct list_node *at = o ? o->records.head.next : NULL;
	     at && at != &o->records.head; at = at->next) {
		const struct record *r = CONTAINER(at, struct record, node);

		if (r->type != type || n == RR_MAX || rcode != DNS_NOERROR)
			continue;
		found[n++] = r;
		size += sizeof(set->v[0]) + r->n_text + 1;
	}
	set = obj_new(size, NULL);
	if (!set)
		return NULL;
	set->type = type;
	set->rcode = rcode;
	set->ad = f->ad;
	set->ttl_s = f->ttl_s;
	set->cname = "";
	set->size_bytes = size;
	to = (char *)&set->v[n];
	for (unsigned i = 0; i < n; i++) {
		set->v[set->n++] = copy_rr(found[i], to);
		to += found[i]->n_text + 1;
		if (found[i]->ttl_s < set->ttl_s)
			set->ttl_s = found[i]->ttl_s;
	}
	return set;
}

static void job_free(struct fake_job *j)
{
	tmr_stop(&j->tmr);
	list_unlink(&j->node);
	mem_free(j);
}

static void on_due(void *arg)
{
	struct fake_job *j = arg;
	struct fake_resolver *f = j->f;
	struct dns_query *q = j->q;
	const struct owner *o = owner_find(f, j->name);
	int how = j->how, err = EAGAIN;
	uint16_t type = j->type;
	struct dns_rrset *set = NULL;

	if (how == FAKE_RECORDS && !o)
		how = DNS_NXDOMAIN;
	job_free(j);
	if (how < FAKE_SILENT) {
		set = set_of(f, o, type, (uint16_t)how);
		err = !set ? EAGAIN : how == DNS_NXDOMAIN ? ENOENT :
			how != DNS_NOERROR ? EAGAIN : set->n ? 0 : ENOENT;
	} else if (how == FAKE_GARBAGE) {
		err = EBADMSG;
	}
	q->r = NULL;
	q->job = NULL;
	q->left_s = set ? set->ttl_s : 0;
	q->fn(err, set, q->arg);
	(void)obj_unref(set);   /* always NULL */
}

static int fake_query(struct resolver *r, struct dns_query *q,
		      const char *name, uint16_t type)
{
	struct fake_resolver *f = CONTAINER(r, struct fake_resolver, r);
	const struct owner *o = owner_find(f, name);
	const struct script *s = o ? script_find(o, type) : NULL;
	struct asked *a;
	struct fake_job *j;

	if (s && s->how == FAKE_REFUSE)
		return ENOBUFS;
	a = mem_alloc(sizeof(*a));
	j = mem_alloc(sizeof(*j));
	if (!a || !j) {
		mem_free(a);
		mem_free(j);
		return ENOMEM;
	}
	lower(a->name, name);
	lower(j->name, name);
	a->type = j->type = type;
	list_append(&f->asked, &a->node);
	j->f = f;
	j->q = q;
	j->how = s ? s->how : FAKE_RECORDS;
	q->job = j;
	list_append(&f->jobs, &j->node);
	tmr_start(f->loop, &j->tmr, s && s->how == FAKE_SILENT ? SILENT_MS :
		  s ? s->delay_ms : 0, on_due, j);
	return 0;
}

static void fake_cancel(struct dns_query *q)
{
	if (q->job)
		job_free(q->job);
	q->job = NULL;
	q->r = NULL;
}

static void fake_close(struct resolver *r)
{
	(void)r;        /* fake_resolver_free() */
}

static const struct resolver_ops fake_ops = {
	.query = fake_query, .cancel = fake_cancel, .close = fake_close,
};

int fake_resolver_new(struct fake_resolver **fp, struct loop *l)
{
	struct fake_resolver *f = mem_alloc(sizeof(*f));

	if (!f)
		return ENOMEM;
	f->r.ops = &fake_ops;
	f->loop = l;
	f->ttl_s = 60;
	list_init(&f->owners);
	list_init(&f->asked);
	list_init(&f->jobs);
	*fp = f;
	return 0;
}

struct resolver *fake_resolver_of(struct fake_resolver *f)
{
	return &f->r;
}

void fake_resolver_free(struct fake_resolver *f)
{
	if (!f)
		return;
	LIST_EACH_SAFE(n, &f->jobs)
		fake_cancel(CONTAINER(n, struct fake_job, node)->q);
	LIST_EACH_SAFE(n, &f->owners)
		owner_free(CONTAINER(n, struct owner, node));
	LIST_EACH_SAFE(n, &f->asked) {
		list_unlink(n);
		mem_free(CONTAINER(n, struct asked, node));
	}
	mem_free(f);
}

/* Scripts ---------------------------------------------------------------- */

int fake_resolver_script(struct fake_resolver *f, const char *name,
			 uint16_t type, int how, uint32_t delay_ms)
{
	struct owner *o = owner_get(f, name);
	struct script *s = NULL;

	if (!o)
		return ENOMEM;
	LIST_EACH(n, &o->scripts)
		if (CONTAINER(n, struct script, node)->type == type)
			s = CONTAINER(n, struct script, node);
	if (!s) {
		s = mem_alloc(sizeof(*s));
		if (!s)
			return ENOMEM;
		list_append(&o->scripts, &s->node);
	}
	s->type = type;
	s->how = how;
	s->delay_ms = delay_ms;
	return 0;
}

static struct record *record_new(struct fake_resolver *f, const char *name,
				 uint16_t type)
{
	struct owner *o = owner_get(f, name);
	struct record *r = o ? mem_alloc(sizeof(*r) + TEXT_MAX) : NULL;

	if (!r)
		return NULL;
	r->type = type;
	r->ttl_s = r->rr.ttl_s = f->ttl_s;
	list_append(&o->records, &r->node);
	return r;
}

static const char *keep(struct record *r, const char *p, size_t n)
{
	char *at = r->text + r->n_text;

	if (n > TEXT_MAX - 1 - r->n_text)
		n = TEXT_MAX - 1 - r->n_text;
	memcpy(at, p, n);
	at[n] = '\0';
	r->n_text += n + (r->n_text + n < TEXT_MAX - 1);
	return at;
}

int fake_resolver_a(struct fake_resolver *f, const char *name, const char *ip)
{
	struct record *r;
	struct addr a;

	if (addr_parse_ip(&a, str_z(ip)))
		return EBADMSG;
	r = record_new(f, name, a.family == AF_INET ? DNS_A : DNS_AAAA);
	if (!r)
		return ENOMEM;
	r->rr.addr = a;
	return 0;
}

int fake_resolver_srv(struct fake_resolver *f, const char *name,
		      const struct dns_srv *srv)
{
	struct record *r = record_new(f, name, DNS_SRV);

	if (!r)
		return ENOMEM;
	r->rr.srv = *srv;
	r->rr.srv.target = keep(r, srv->target, strlen(srv->target));
	return 0;
}

static struct str keep_str(struct record *r, struct str s)
{
	return (struct str){ keep(r, s.p ? s.p : "", s.l), s.l };
}

int fake_resolver_naptr(struct fake_resolver *f, const char *name,
			const struct dns_naptr *rr)
{
	struct record *r = record_new(f, name, DNS_NAPTR);
	struct dns_naptr *d;

	if (!r)
		return ENOMEM;
	d = &r->rr.naptr;
	*d = *rr;
	d->flags = keep_str(r, rr->flags);
	d->services = keep_str(r, rr->services);
	d->regexp = keep_str(r, rr->regexp);
	d->replacement = keep(r, rr->replacement, strlen(rr->replacement));
	return 0;
}

void fake_resolver_forget(struct fake_resolver *f, const char *name)
{
	struct owner *o = owner_find(f, name);

	if (o)
		owner_free(o);
}

void fake_resolver_ttl(struct fake_resolver *f, uint32_t ttl_s)
{
	f->ttl_s = ttl_s;
}

void fake_resolver_ad(struct fake_resolver *f, bool ad)
{
	f->ad = ad;
}

unsigned fake_resolver_asked(const struct fake_resolver *f, const char *name,
			     uint16_t type)
{
	char key[DNS_NAME_MAX] = "";
	unsigned count = 0;

	if (name)
		lower(key, name);
	LIST_EACH(n, &f->asked) {
		const struct asked *a = CONTAINER(n, struct asked, node);

		count += (!name || !strcmp(a->name, key)) &&
			 (!type || a->type == type);
	}
	return count;
}

unsigned fake_resolver_waiting(const struct fake_resolver *f)
{
	unsigned count = 0;

	LIST_EACH(n, &f->jobs)
		count++;
	return count;
}
