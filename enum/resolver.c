/* SPDX-License-Identifier: Apache-2.0 */
/* What all resolvers share: the way in, and answers deferred to the next
 * turn of the loop. */
#include <string.h>

#include "base/mem.h"
#include "enum/resolver.h"

const struct dns_rrset *dns_rrset_ref(const struct dns_rrset *s)
{
	/* the count is no part of what is constant */
	return obj_ref((void *)(uintptr_t)s);
}

const struct dns_rrset *dns_rrset_unref(const struct dns_rrset *s)
{
	return obj_unref((void *)(uintptr_t)s);
}

static bool is_name_char(char c)
{
	c = str_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

bool dns_name_is_valid(const char *name)
{
	size_t n, label = 0;

	for (n = 0; name[n]; n++) {
		if (n == DNS_NAME_MAX - 1)
			return false;
		if (name[n] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_name_char(name[n]) || ++label > 63) {
			return false;
		}
	}
	return n > 0 && label > 0;
}

int resolver_query(struct resolver *r, struct dns_query *q, const char *name,
		   uint16_t type, dns_fn *fn, void *arg)
{
	size_t n = strlen(name);
	char text[DNS_NAME_MAX];
	int err;

	if (n > 0 && name[n - 1] == '.')
		n--;
	if (n >= sizeof(text))
		return EBADMSG;
	memcpy(text, name, n);
	text[n] = '\0';
	if (!dns_name_is_valid(text))
		return EBADMSG;
	*q = (struct dns_query){ .r = r, .fn = fn, .arg = arg };
	err = r->ops->query(r, q, text, type);
	if (err)
		q->r = NULL;
	return err;
}

void resolver_cancel(struct dns_query *q)
{
	if (q->r)
		q->r->ops->cancel(q);
}

void resolver_free(struct resolver *r)
{
	if (r)
		r->ops->close(r);
}

const char *dns_type_name(uint16_t type)
{
	switch (type) {
	case DNS_A:     return "A";
	case DNS_CNAME: return "CNAME";
	case DNS_SOA:   return "SOA";
	case DNS_AAAA:  return "AAAA";
	case DNS_SRV:   return "SRV";
	case DNS_NAPTR: return "NAPTR";
	case DNS_OPT:   return "OPT";
	default:        return "?";
	}
}

const char *dns_rcode_name(uint16_t rcode)
{
	switch (rcode) {
	case DNS_NOERROR:  return "NOERROR";
	case DNS_FORMERR:  return "FORMERR";
	case DNS_SERVFAIL: return "SERVFAIL";
	case DNS_NXDOMAIN: return "NXDOMAIN";
	case DNS_NOTIMP:   return "NOTIMP";
	case DNS_REFUSED:  return "REFUSED";
	case DNS_BADVERS:  return "BADVERS";
	default:           return "?";
	}
}

/* Deferred answers ------------------------------------------------------ */

static void ready_run(void *arg)
{
	struct resolver_ready *y = arg;
	bool gone = false;

	/* what comes in meanwhile waits for the next turn */
	list_append(&y->queries, &y->mark);
	y->gone = &gone;
	while (y->queries.head.next != &y->mark) {
		struct dns_query *q = CONTAINER(y->queries.head.next,
						struct dns_query, node);
		const struct dns_rrset *set = q->set;

		list_unlink(&q->node);
		q->set = NULL;
		q->r = NULL;
		q->fn(q->err, set, q->arg);
		(void)dns_rrset_unref(set);     /* always NULL */
		if (gone)
			return;
	}
	list_unlink(&y->mark);
	y->gone = NULL;
	if (!list_is_empty(&y->queries))
		tmr_start(y->loop, &y->tmr, 0, ready_run, y);
}

void resolver_ready_init(struct resolver_ready *y, struct loop *l)
{
	memset(y, 0, sizeof(*y));
	y->loop = l;
	list_init(&y->queries);
}

void resolver_ready_fini(struct resolver_ready *y)
{
	tmr_stop(&y->tmr);
	list_unlink(&y->mark);
	while (!list_is_empty(&y->queries))
		resolver_ready_drop(CONTAINER(y->queries.head.next,
					      struct dns_query, node));
	if (y->gone)
		*y->gone = true;
	y->gone = NULL;
}

void resolver_ready_add(struct resolver_ready *y, struct dns_query *q,
			int err, const struct dns_rrset *set)
{
	q->err = err;
	q->set = dns_rrset_ref(set);
	q->job = NULL;
	list_append(&y->queries, &q->node);
	if (!y->gone && !tmr_is_running(&y->tmr))
		tmr_start(y->loop, &y->tmr, 0, ready_run, y);
}

void resolver_ready_drop(struct dns_query *q)
{
	list_unlink(&q->node);
	q->set = dns_rrset_unref(q->set);
	q->job = NULL;
	q->r = NULL;
}
