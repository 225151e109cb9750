/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything of ENUM that strangers write. The first byte chooses:
 * 'm' a DNS message: parsed for several types, NAPTR records judged;
 * 's' a substitution expression, applied to a number;
 * 'n' dialled digits, made a number; 'r' a resolv.conf;
 * 'u' a URI: its parts, its policy, a name in it, its number's parameters.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "enum/dial_plan.h"
#include "enum/dns_msg.h"
#include "enum/enum.h"
#include "enum/enum_name.h"
#include "enum/enum_static.h"
#include "enum/resolv_conf.h"
#include "enum/uri_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const char number[] = "+815012345678";

static void need(bool cond)
{
	if (!cond)
		abort();
}

static bool is_self(struct str host, uint16_t port, void *arg)
{
	(void)arg;
	return port == 5060 || str_ieqz(host, "home.test");
}

static const struct enum_policy policy = {
	.n_sites = 2, .tel = ENUM_TEL_ANY,
	.sites = { { .domain = "example.com" },
		   { .net = { .net = { .family = AF_INET,
				       .ip = { 192, 0, 2 } },
			      .bits = 24 } } } };

static const char *filter(const char *uri, void *arg)
{
	return enum_policy_refuses(&policy, uri, number, is_self, arg);
}

static void judge(const struct dns_rrset *set)
{
	static const struct naptr_wish wish = {
		.services = NAPTR_ALL | NAPTR_VOID | NAPTR_CNAM,
		.filter = filter };
	static struct naptr_verdicts v;

	naptr_eval(&v, number, set, &wish);
	need(v.n <= NAPTR_REGARDED && v.n <= set->n && v.n_bad <= v.n);
	for (unsigned i = 0; i < v.n; i++) {
		need(strnlen(v.v[i].uri, NAPTR_URI_MAX) < NAPTR_URI_MAX);
		need(v.v[i].why && *v.v[i].why);
		need(v.v[i].use != NAPTR_USED || v.v[i].uri[0]);
		need(i == 0 || v.v[i - 1].rr->order <= v.v[i].rr->order);
	}
}

static void touch(const struct dns_rrset *set)
{
	volatile unsigned sum = 0;

	for (unsigned i = 0; i < set->n; i++) {
		const struct dns_rr *rr = &set->v[i];

		if (set->type == DNS_SRV)
			need(!rr->srv.target[0] ||
			     dns_name_is_valid(rr->srv.target));
		if (set->type != DNS_NAPTR)
			continue;
		need(!rr->naptr.replacement[0] ||
		     dns_name_is_valid(rr->naptr.replacement));
		for (size_t k = 0; k < rr->naptr.regexp.l; k++)
			sum += (unsigned char)rr->naptr.regexp.p[k];
	}
}

static void message(const uint8_t *p, size_t n)
{
	uint8_t query[DNS_QUERY_MAX];
	size_t n_query = dns_msg_query(query, 0, "8.1.e164.arpa", DNS_NAPTR,
				       true, 0x55);
	static const uint16_t types[] = { DNS_NAPTR, DNS_SRV, DNS_A,
					  DNS_AAAA };

	need(dns_msg_echo(query, n_query, p, n) != DNS_ECHO || n >= 31);
	for (int i = 0; i < 4; i++) {
		struct dns_msg_info info;
		struct dns_rrset *set;

		if (dns_msg_parse(&set, &info, p, n, "8.1.e164.arpa",
				  types[i]))
			continue;
		need(set->n <= DNS_RR_MAX && set->size_bytes < 200000);
		(void)dns_msg_verdict(set);     /* any */
		touch(set);
		if (set->type == DNS_NAPTR)
			judge(set);
		(void)dns_rrset_unref(set);     /* always NULL */
	}
}

static void substitution(const uint8_t *p, size_t n)
{
	const char *why = NULL;
	char out[40];
	int err = naptr_substitute(out, sizeof(out), str_pl(p, n),
				   str_z(number), &why);

	need(err == 0 || err == ENOENT || err == ENAMETOOLONG ||
	     (err == EBADMSG && why));
}

static void dialled(const uint8_t *p, size_t n)
{
	static const struct dial_keys keys = {
		.country = "81", .national = "0", .international = "010",
		.area = "3", .min_digits = 9, .max_digits = 10 };
	char out[E164_MAX], domain[DNS_NAME_MAX];
	struct dial_plan *plan;

	if (dial_plan_new(&plan, &keys))
		return;
	if (!e164_normalise(out, str_pl(p, n), plan)) {
		need(e164_is_valid(str_z(out)));
		need(!enum_domain_of(domain, sizeof(domain), out,
				     "e164.arpa", NULL));
		need(dns_name_is_valid(domain));
	}
	obj_unref(plan);
}

static void resolv(const uint8_t *p, size_t n)
{
	struct addr a[3];
	unsigned got = resolv_conf_parse(a, 3, str_pl(p, n));

	need(got <= 3);
	for (unsigned i = 0; i < got; i++)
		need(a[i].family == AF_INET || a[i].family == AF_INET6);
}

/* What is printed of a number reads the same again. */
static void parameters(struct str params)
{
	struct tel_port a, b;
	char rule[TEL_PORT_RULE];
	struct buf out;

	tel_port_read(&a, params);
	need(strlen(tel_port_rule(rule, &a)) < TEL_PORT_RULE);
	buf_init(&out, 1000);
	tel_port_print(&out, &a);
	params = buf_str(&out);
	tel_port_read(&b, params.l ? str_sub(params, 1, params.l) : params);
	need(!memcmp(a.rn, b.rn, strlen(a.rn) + 1) &&
	     !strcmp(a.rn_context, b.rn_context) && !strcmp(a.cic, b.cic) &&
	     !strcmp(a.cic_context, b.cic_context) && a.npdi == b.npdi &&
	     a.enumdi == b.enumdi);
	buf_fini(&out);
}

static void uri(const uint8_t *p, size_t n)
{
	char text[NAPTR_URI_MAX], name[ENUM_NAME_MAX];
	struct uri_parts u;
	const char *why;

	str_clip(text, sizeof(text), str_pl(p, n));
	parameters(str_z(text));
	if (!enum_name_read(name, text))
		need(*name && strlen(name) < sizeof(name));
	(void)enum_static_uri_ok(text);         /* any */
	why = filter(text, NULL);
	need(!why || *why);
	if (uri_parts_read(&u, text)) {
		need(why);
		return;
	}
	need(u.tel || u.host.l > 0);
	need(!u.number[0] || e164_is_valid(str_z(u.number)));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	switch (p[0]) {
	case 'm':
		message(p + 1, n - 1);
		break;
	case 's':
		substitution(p + 1, n - 1);
		break;
	case 'n':
		dialled(p + 1, n - 1);
		break;
	case 'r':
		resolv(p + 1, n - 1);
		break;
	case 'u':
		uri(p + 1, n - 1);
		break;
	}
	return 0;
}
