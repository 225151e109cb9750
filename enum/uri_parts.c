/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3261 section 19.1, RFC 3966: the parts that ENUM judges. */
#include "enum/uri_parts.h"

#include <string.h>

#include "base/addr.h"
#include "base/scan.h"

static const bool host_chars[256] = {
	['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
	['-'] = 1, ['.'] = 1, ['_'] = 1,
};

/* "+1-215-555-0123;npdi" into number and parameters. */
static void read_number(struct uri_parts *u, struct str s)
{
	struct str digits, params;

	(void)str_cut(s, ';', &digits, &params);        /* none: empty */
	(void)tel_port_read(&u->ported, params);        /* none: zeroed */
	if (!str_starts(digits, "+") ||
	    e164_normalise(u->number, digits, NULL))
		u->number[0] = '\0';
}

/* RFC 3966, 5.4; there is none so far. */
static bool has_mandatory(struct str params)
{
	struct str one;

	while (!str_is_empty(params)) {
		(void)str_cut(params, ';', &one, &params);
		if (str_istarts(one, "m-"))
			return true;
	}
	return false;
}

static bool read_tel(struct uri_parts *u, struct str s)
{
	struct str digits, params;

	u->tel = true;
	(void)str_cut(s, ';', &digits, &params);        /* none: empty */
	u->strange = has_mandatory(params);
	read_number(u, s);
	/* the number of some network (phone-context) is fine too */
	return s.l > 0 && !memchr(s.p, '@', s.l);
}

static bool read_host(struct uri_parts *u, struct scan *s)
{
	struct addr a;
	uint32_t port;

	if (scan_opt(s, '[')) {
		if (!scan_until(s, ']', &u->host) || !scan_char(s, ']') ||
		    addr_parse_ip(&a, u->host) || a.family != AF_INET6)
			return false;
	} else if (!scan_run(s, host_chars, 1, &u->host)) {
		return false;
	}
	if (scan_opt(s, ':')) {
		if (!scan_u32(s, 65535, &port) || port == 0)
			return false;
		u->port = (uint16_t)port;
	}
	return true;
}

/* Twice, or not spelt as others read it: nobody knows which counts. */
static bool read_maddr(struct uri_parts *u, struct str params)
{
	struct str one, name, val;

	while (!str_is_empty(params)) {
		(void)str_cut(params, ';', &one, &params);
		if (!str_cut(one, '=', &name, &val) ||
		    !str_ieqz(str_trim(name), "maddr"))
			continue;
		if (u->maddr.l || !val.l || !str_ieqz(name, "maddr"))
			return false;
		u->maddr = val;
	}
	return true;
}

static bool read_sip(struct uri_parts *u, struct str s)
{
	struct str user, rest, headers;
	struct scan sc;

	if (str_cut(s, '@', &user, &rest))
		read_number(u, user);
	else
		rest = s;
	if (rest.l == 0 || memchr(rest.p, '@', rest.l))
		return false;
	(void)str_cut(rest, '?', &rest, &headers);      /* none: rest */
	sc = scan_of(rest);
	if (!read_host(u, &sc))
		return false;
	if (scan_eof(&sc))
		return !sc.failed;
	if (!scan_char(&sc, ';'))
		return false;
	return read_maddr(u, scan_rest(&sc));
}

int uri_parts_read(struct uri_parts *u, const char *uri)
{
	struct str scheme, rest;
	bool ok = false;

	memset(u, 0, sizeof(*u));
	if (!str_cut(str_z(uri), ':', &scheme, &rest))
		return EBADMSG;
	if (str_ieqz(scheme, "tel"))
		ok = read_tel(u, rest);
	else if (str_ieqz(scheme, "sip") || str_ieqz(scheme, "sips"))
		ok = read_sip(u, rest);
	return ok ? 0 : EBADMSG;
}
