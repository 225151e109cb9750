/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the DNS side: resolvers, the cache before them, the client. */
#include "gateway/app_enum.h"

#include <string.h>

int app_enum_open(struct app_enum *a, struct loop *l,
		  const struct conf_snapshot *conf, struct resolver *resolver)
{
	int err;

	memset(a, 0, sizeof(*a));
	err = enum_setup_new(&a->setup, l, conf_get(conf, &enum_conf_section),
			     (void *)conf /* only counted */, resolver);
	if (err)
		return err;
	a->resolver = enum_setup_resolver(a->setup);
	a->client = enum_setup_client(a->setup);
	return 0;
}

/* Is there a socket of ours at the port? 0: at a port that is implied. */
static bool is_our_port(const struct sip_conf *c, uint16_t port)
{
	const struct sip_listen_conf *l = c->listen.v;

	for (size_t i = 0; i < c->listen.n; i++)
		if (l[i].address.port == (port ? port : 5060) ||
		    (!port && l[i].address.port == 5061))
			return true;
	return false;
}

static bool is_our_address(const struct sip_conf *c, const struct addr *a)
{
	const struct sip_listen_conf *l = c->listen.v;
	struct addr own;

	for (size_t i = 0; i < c->listen.n; i++) {
		if (addr_eq_ip(&l[i].address, a))
			return true;
		/* any: what the kernel would send from to itself */
		if (addr_is_any(&l[i].address) &&
		    addr_route_source(&own, a) == 0 && addr_eq_ip(&own, a))
			return true;
	}
	return addr_parse_ip(&own, str_z(c->external_address)) == 0 &&
	       addr_eq_ip(&own, a);
}

bool app_enum_is_self(const struct sip_conf *c, struct str host,
		      uint16_t port)
{
	struct addr a;

	if (!is_our_port(c, port))
		return false;
	if (host.l > 0 && host.p[host.l - 1] == '.')
		host = str_sub(host, 0, host.l - 1);
	if (addr_parse_ip(&a, host))
		return (c->domain[0] && str_ieqz(host, c->domain)) ||
		       (c->external_address[0] &&
			str_ieqz(host, c->external_address));
	addr_unmap(&a);
	return is_our_address(c, &a);
}

int app_enum_number(char out[ENUM_NUMBER_MAX], const char *dialled,
		    const struct dial_plan *plan)
{
	char e164[E164_MAX];
	int err;

	if (enum_domain_is_isn(str_z(dialled)))
		return str_copy(out, ENUM_NUMBER_MAX, str_z(dialled));
	err = e164_normalise(e164, str_z(dialled), plan);
	return err ? err : str_copy(out, ENUM_NUMBER_MAX, str_z(e164));
}

void app_enum_close(struct app_enum *a)
{
	enum_setup_free(a->setup);
	memset(a, 0, sizeof(*a));
}
