/* SPDX-License-Identifier: Apache-2.0 */
/* Results of ENUM against what their tree may say. */
#include "enum/enum_policy.h"

#include <string.h>

#include "enum/resolver.h"
#include "enum/uri_parts.h"

int enum_site_parse(struct enum_site *s, const char *text)
{
	struct str t = str_z(text);

	memset(s, 0, sizeof(*s));
	if (cidr_parse(&s->net, t) == 0)
		return 0;
	while (t.l > 0 && t.p[0] == '.')        /* ".example.net" */
		t = str_sub(t, 1, t.l);
	if (t.l > 0 && t.p[t.l - 1] == '.')
		t = str_sub(t, 0, t.l - 1);
	if (str_copy(s->domain, sizeof(s->domain), t) ||
	    !dns_name_is_valid(s->domain))
		return EBADMSG;
	return 0;
}

bool enum_policy_is_below(struct str host, struct str domain)
{
	struct str tail;

	if (host.l < domain.l)
		return false;
	tail = str_sub(host, host.l - domain.l, domain.l);
	return str_ieq(tail, domain) &&
	       (host.l == domain.l || host.p[host.l - domain.l - 1] == '.');
}

static bool is_site(const struct enum_site *s, struct str host,
		    const struct addr *a)
{
	if (s->domain[0])
		return !a && enum_policy_is_below(host, str_z(s->domain));
	return a && cidr_has(&s->net, a);
}

static const char *host_refused(const struct enum_policy *p, struct str host)
{
	struct addr a;
	bool ip = addr_parse_ip(&a, host) == 0;

	if (ip)
		addr_unmap(&a);
	if (ip && (addr_is_any(&a) || addr_is_multicast(&a)))
		return "not the address of a host";
	if (!ip && host.l > 0 && host.p[host.l - 1] == '.')
		host = str_sub(host, 0, host.l - 1);
	for (unsigned i = 0; i < p->n_sites; i++)
		if (is_site(&p->sites[i], host, ip ? &a : NULL))
			return NULL;
	return p->n_sites ? "forbidden domain" : NULL;
}

static const char *tel_refused(const struct enum_policy *p,
			       const struct uri_parts *u, const char *number)
{
	if (p->tel == ENUM_TEL_NEVER)
		return "tel: is not dialled for this tree";
	if (u->strange)
		return "a parameter of it has to be understood";
	if (!u->number[0])
		return "not a number of the whole world";
	if (p->tel != ENUM_TEL_ANY && strcmp(u->number, number))
		return "another number than the one asked for";
	return NULL;
}

const char *enum_policy_refuses(const struct enum_policy *p, const char *uri,
				const char *number, enum_self_fn *self,
				void *self_arg)
{
	struct uri_parts u;
	const char *why;

	if (uri_parts_read(&u, uri))
		return "not a well-formed URI";
	if (u.tel)
		return tel_refused(p, &u, number);
	why = host_refused(p, u.host);
	/* maddr would lead past what the host promises */
	if (!why && u.maddr.l > 0)
		why = host_refused(p, u.maddr);
	if (!why && self &&
	    (self(u.host, u.port, self_arg) ||
	     (u.maddr.l > 0 && self(u.maddr, u.port, self_arg))))
		why = "points at this gateway: a loop";
	return why;
}
