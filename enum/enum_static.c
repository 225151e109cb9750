/* SPDX-License-Identifier: Apache-2.0 */
/* The list of the configuration as a resolver. */
#include "enum/enum_static.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "enum/enum.h"
#include "enum/uri_parts.h"

enum {
	TTL_S = 60,
	ORDER = 100,
	/* "|^(.*)$|", the URI, "|" */
	REGEXP_MAX = ENUM_STATIC_URI_TEXT + 12,
};

struct static_resolver {
	struct resolver          r;
	struct resolver_ready    ready;
	const struct conf_list  *list;
	void                    *owner;
};

bool enum_static_number_ok(const char *number)
{
	size_t n = strlen(number);

	if (n > 0 && number[n - 1] != '*')
		return e164_is_valid(str_z(number));
	return n > 2 && n - 2 <= E164_DIGITS_MAX && number[0] == '+' &&
	       number[1] != '0' &&
	       strspn(number + 1, "0123456789") == n - 2;
}

bool enum_static_uri_ok(const char *uri)
{
	char plain[ENUM_STATIC_URI_TEXT + E164_MAX * 2];
	struct uri_parts u;
	size_t n = 0;

	if (strlen(uri) >= ENUM_STATIC_URI_TEXT)
		return false;
	for (const char *p = uri; *p; p++) {
		bool ref = p[0] == '\\' && p[1] == '1';

		/* '|' parts the expression that is made of it */
		if ((*p == '\\' && !ref) || (unsigned char)*p <= ' ' ||
		    strchr("|<>\"`{}^", *p) || n + E164_MAX >= sizeof(plain))
			return false;
		if (!ref) {
			plain[n++] = *p;
			continue;
		}
		memcpy(plain + n, "+815012345678", 13);
		n += 13;
		p++;
	}
	plain[n] = '\0';
	return uri_parts_read(&u, plain) == 0;
}

/* The number that a name was made of (enum_domain_of). */
static bool number_of(char out[E164_MAX], const char *name)
{
	size_t n = strlen(name), tail = strlen("." ENUM_STATIC_APEX), k = 1;

	if (n <= tail || strcmp(name + n - tail, "." ENUM_STATIC_APEX))
		return false;
	out[0] = '+';
	for (size_t i = n - tail; i-- > 0;) {
		if (name[i] == '.')
			continue;
		if (k == E164_MAX - 1)
			return false;
		out[k++] = name[i];
	}
	out[k] = '\0';
	return e164_is_valid(str_z(out));
}

static const struct enum_static_conf *find(const struct conf_list *list,
					   const char *number)
{
	const struct enum_static_conf *v = list->v, *best = NULL;
	size_t best_n = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t n = strlen(v[i].number);

		if (v[i].number[n - 1] != '*') {
			if (!strcmp(v[i].number, number))
				return &v[i];
		} else if (n > best_n &&
			   !strncmp(v[i].number, number, n - 1)) {
			best = &v[i];
			best_n = n;
		}
	}
	return best;
}

static const char *service_of(const char *uri)
{
	return str_istarts(str_z(uri), "tel:") ? "E2U+voice:tel" : "E2U+sip";
}

static struct dns_rrset *records(const struct enum_static_conf *c)
{
	const char (*to)[ENUM_STATIC_URI_TEXT] = c->to.v;
	unsigned n = (unsigned)c->to.n;
	size_t head = sizeof(struct dns_rrset) + n * sizeof(struct dns_rr);
	struct dns_rrset *set = obj_new(head + n * REGEXP_MAX, NULL);

	if (!set)
		return NULL;
	set->type = DNS_NAPTR;
	set->ttl_s = TTL_S;
	set->cname = "";
	set->ad = true;         /* our own word */
	set->size_bytes = head + n * REGEXP_MAX;
	for (unsigned i = 0; i < n; i++) {
		char *text = (char *)set + head + i * REGEXP_MAX;

		snprintf(text, REGEXP_MAX, "|^(.*)$|%s|", to[i]);
		set->v[set->n++] = (struct dns_rr){ .ttl_s = TTL_S,
			.naptr = { .order = ORDER,
				   .preference = (uint16_t)(i + 1),
				   .flags = STR_LIT("u"),
				   .services = str_z(service_of(to[i])),
				   .regexp = str_z(text),
				   .replacement = "" } };
	}
	return set;
}

static int static_query(struct resolver *r, struct dns_query *q,
			const char *name, uint16_t type)
{
	struct static_resolver *s = CONTAINER(r, struct static_resolver, r);
	const struct enum_static_conf *c = NULL;
	struct dns_rrset *set = NULL;
	char number[E164_MAX];

	if (type == DNS_NAPTR && number_of(number, name))
		c = find(s->list, number);
	if (c) {
		set = records(c);
		if (!set)
			return ENOMEM;
	}
	q->left_s = TTL_S;
	resolver_ready_add(&s->ready, q, set ? 0 : ENOENT, set);
	obj_unref(set);
	return 0;
}

static void static_cancel(struct dns_query *q)
{
	resolver_ready_drop(q);
}

static void static_close(struct resolver *r)
{
	struct static_resolver *s = CONTAINER(r, struct static_resolver, r);

	resolver_ready_fini(&s->ready);
	obj_unref(s->owner);
	mem_free(s);
}

static const struct resolver_ops static_ops = {
	.query = static_query, .cancel = static_cancel,
	.close = static_close,
};

int enum_static_new(struct resolver **rp, struct loop *l,
		    const struct conf_list *list, void *owner)
{
	const struct enum_static_conf *v = list->v;
	struct static_resolver *s;

	for (size_t i = 0; i < list->n; i++)
		if (!enum_static_number_ok(v[i].number))
			return EINVAL;
	s = mem_alloc(sizeof(*s));
	if (!s)
		return ENOMEM;
	s->r.ops = &static_ops;
	s->list = list;
	s->owner = obj_ref(owner);
	resolver_ready_init(&s->ready, l);
	*rp = &s->r;
	return 0;
}
