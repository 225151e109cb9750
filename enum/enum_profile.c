/* SPDX-License-Identifier: Apache-2.0 */
/* What trees are like where their keys do not say. */
#include "enum/enum_profile.h"

#include <string.h>

enum { CNAM = 3 };      /* its place among the names of services */

/* ENUM_TEL_SAME and so on by their place in the list of the key. */
static const enum enum_tel tels[] = {
	ENUM_TEL_SAME, ENUM_TEL_NEVER, ENUM_TEL_PORTED, ENUM_TEL_ANY,
};

static const struct profile {
	const char     *apex;           /* "": must be given */
	unsigned        services;
	enum enum_tel   tel;
	const char     *sites[4];       /* ends with NULL */
} profiles[] = {
	[ENUM_PROFILE_NONE] = { .apex = "", .services = NAPTR_ALL },
	/* IR.67 and NG.105: numbers of all carriers on the IPX; URIs of
	 * their IMS are below 3gppnetwork.org, those of other carriers below
	 * ipxsp.org. DNS of the internet has no hosts there (TS 23.003,
	 * annex D): they are the zones of the tree's servers. */
	[ENUM_PROFILE_GSMA] = {
		.apex = "e164enum.net", .services = NAPTR_SIP | NAPTR_PSTN,
		.tel = ENUM_TEL_PORTED,
		.sites = { "3gppnetwork.org", "ipxsp.org" } },
	/* TS-1021, JJ-90.31: the apex, the servers, their zones and the
	 * domains of the others are part of the agreement of two carriers;
	 * they call each other by SIP URIs (JJ-90.30) */
	[ENUM_PROFILE_TTC] = {
		.apex = "", .services = NAPTR_SIP, .tel = ENUM_TEL_NEVER },
};

static unsigned services_of(const struct enum_tree_conf *c,
			    const struct profile *p)
{
	const int *v = c->services.v;
	unsigned mask = 0;

	for (size_t i = 0; i < c->services.n; i++)
		mask |= v[i] == CNAM ? NAPTR_CNAM : 1u << v[i];
	return mask ? mask : p->services;
}

static int set_sites(struct enum_policy *pol, const struct enum_tree_conf *c,
		     const struct profile *p)
{
	const char (*text)[ENUM_SITE_TEXT] = c->domains.v;
	int err = 0;

	if (c->domains.n > ENUM_SITES_MAX)
		return EINVAL;
	for (size_t i = 0; i < c->domains.n && !err; i++)
		err = enum_site_parse(&pol->sites[pol->n_sites++], text[i]);
	for (size_t i = 0; !c->domains.n && p->sites[i] && !err; i++)
		err = enum_site_parse(&pol->sites[pol->n_sites++],
				      p->sites[i]);
	return err ? EINVAL : 0;
}

void enum_profile_zones(struct enum_zones *z, const struct enum_tree_conf *c)
{
	const char *const *sites = profiles[c->profile].sites;
	const char (*text)[ENUM_SITE_TEXT] = c->zones.v;

	memset(z, 0, sizeof(*z));
	if (!c->servers.n)      /* the common ones are asked anyway */
		return;
	for (size_t i = 0; i < c->zones.n && i < ENUM_ZONES_MAX; i++)
		memcpy(z->v[z->n++], text[i], sizeof(text[i]));
	for (size_t i = 0; !c->zones.n && sites[i]; i++)
		str_clip(z->v[z->n++], sizeof(z->v[0]), str_z(sites[i]));
}

size_t enum_profile_zone(const struct enum_zones *z, const char *name)
{
	size_t best = 0;

	for (unsigned i = 0; i < z->n; i++) {
		struct str zone = str_z(z->v[i]);

		if (zone.l > best && enum_policy_is_below(str_z(name), zone))
			best = zone.l;
	}
	return best;
}

static const char *apex_of(const struct enum_tree_conf *c)
{
	return c->apex[0] ? c->apex : profiles[c->profile].apex;
}

int enum_profile_tree(struct enum_tree *t, const struct enum_tree_conf *c)
{
	const struct profile *p = &profiles[c->profile];
	const char *what;

	if (enum_profile_check(c, &what))
		return EINVAL;
	memset(t, 0, sizeof(*t));
	str_clip(t->apex, sizeof(t->apex), str_z(apex_of(c)));
	t->rank = c->rank;
	t->isn = c->kind == 1;
	t->services = services_of(c, p);
	memcpy(t->branch.label, c->branch, sizeof(t->branch.label));
	t->branch.position = (unsigned)c->branch_position;
	t->policy.dnssec = c->dnssec ? (enum enum_dnssec)(c->dnssec - 1)
				     : ENUM_DNSSEC_IGNORED;
	t->policy.tel = c->tel ? tels[c->tel - 1] : p->tel;
	t->policy.vacant_goes_on = c->unallocated == 2;
	return set_sites(&t->policy, c, p);
}

static const char *site_trouble(const struct enum_tree_conf *c)
{
	const char (*text)[ENUM_SITE_TEXT] = c->domains.v;
	struct enum_site s;

	for (size_t i = 0; i < c->domains.n; i++)
		if (enum_site_parse(&s, text[i]))
			return "one is neither a domain nor a network";
	return NULL;
}

static const char *zone_trouble(const struct enum_tree_conf *c)
{
	const char (*text)[ENUM_SITE_TEXT] = c->zones.v;

	for (size_t i = 0; i < c->zones.n; i++)
		if (!dns_name_is_valid(text[i]))
			return "one is not a domain name";
	return c->zones.n && !c->servers.n
		? "has a meaning only with servers" : NULL;
}

const char *enum_profile_check(const struct enum_tree_conf *c,
			       const char **what)
{
	char apex[sizeof(c->apex)];
	const char *bad;

	str_clip(apex, sizeof(apex), str_z(apex_of(c)));
	if (apex[0] && apex[strlen(apex) - 1] == '.')
		apex[strlen(apex) - 1] = '\0';
	*what = apex[0] ? "not a domain name"
			: "apex has to be given, or a profile";
	if (!dns_name_is_valid(apex))
		return "apex";
	/* RFC 6116, 2 and 3.7 */
	*what = "e164.arpa is for E.164 numbers only";
	if (c->kind == 1 && str_ieqz(str_z(apex), "e164.arpa"))
		return "apex";
	*what = "not one label of a domain name";
	if (c->branch[0] && (strchr(c->branch, '.') ||
			     !dns_name_is_valid(c->branch)))
		return "branch";
	*what = "has a meaning only with branch";
	if (c->branch_position && !c->branch[0])
		return "branch_position";
	*what = bad = zone_trouble(c);
	if (bad)
		return "zones";
	*what = bad = site_trouble(c);
	return bad ? "domains" : NULL;
}
