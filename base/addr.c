/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses: text, kernel form, classes. RFC 5952 text form by libc. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int parse_scope(uint32_t *scope, struct str s)
{
	char name[IF_NAMESIZE];
	uint32_t n;

	if (!str_u32(&n, s, UINT32_MAX)) {
		*scope = n;
		return n ? 0 : EBADMSG;
	}
	if (str_copy(name, sizeof(name), s) || !name[0])
		return EBADMSG;
	n = if_nametoindex(name);
	if (!n)
		return EBADMSG;
	*scope = n;
	return 0;
}

/* inet_pton wants a terminated copy; it reads numbers only, no names. */
static int parse_bare(struct addr *a, struct str s, int family)
{
	struct addr r = { .family = (uint8_t)family };
	char text[INET6_ADDRSTRLEN];
	struct str ip, scope;

	if (str_cut(s, '%', &ip, &scope) &&
	    (family != AF_INET6 || parse_scope(&r.scope, scope)))
		return EBADMSG;
	if (str_copy(text, sizeof(text), ip) ||
	    inet_pton(family, text, r.ip) != 1)
		return EBADMSG;
	*a = r;
	return 0;
}

int addr_parse_ip(struct addr *a, struct str s)
{
	if (s.l >= 2 && s.p[0] == '[' && s.p[s.l - 1] == ']')
		return parse_bare(a, str_sub(s, 1, s.l - 2), AF_INET6);
	return parse_bare(a, s, str_chr(s, ':') >= 0 ? AF_INET6 : AF_INET);
}

int addr_parse(struct addr *a, struct str s, uint16_t default_port)
{
	struct str ip, port, rest;
	struct addr r;
	uint32_t n = default_port;
	bool with_port;

	if (s.l && s.p[0] == '[') {
		if (!str_cut(s, ']', &ip, &rest) ||
		    (rest.l && rest.p[0] != ':'))
			return EBADMSG;
		with_port = rest.l > 0;
		port = str_sub(rest, 1, rest.l);
		ip = str_sub(ip, 1, ip.l);
		if (parse_bare(&r, ip, AF_INET6))
			return EBADMSG;
	} else {
		with_port = str_cut(s, ':', &ip, &port);
		if (str_chr(port, ':') >= 0) {  /* v6 without brackets */
			with_port = false;
			ip = s;
		}
		if (addr_parse_ip(&r, ip))
			return EBADMSG;
	}
	if (with_port && str_u32(&n, port, UINT16_MAX))
		return EBADMSG;
	r.port = (uint16_t)n;
	*a = r;
	return 0;
}

const char *addr_print_ip(char out[ADDR_TEXT_MAX], const struct addr *a)
{
	size_t n;

	if (a->family == AF_UNSPEC ||
	    !inet_ntop(a->family, a->ip, out, ADDR_TEXT_MAX))
		snprintf(out, ADDR_TEXT_MAX, "-");
	n = strlen(out);
	if (a->family == AF_INET6 && a->scope)
		snprintf(out + n, ADDR_TEXT_MAX - n, "%%%u", a->scope);
	return out;
}

const char *addr_print(char out[ADDR_TEXT_MAX], const struct addr *a)
{
	char ip[ADDR_TEXT_MAX];

	addr_print_ip(ip, a);
	if (a->family == AF_INET6)
		snprintf(out, ADDR_TEXT_MAX, "[%.60s]:%u", ip, a->port);
	else
		snprintf(out, ADDR_TEXT_MAX, "%.60s:%u", ip, a->port);
	return out;
}

static size_t ip_len(const struct addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

bool addr_eq_ip(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && a->scope == b->scope &&
	       !memcmp(a->ip, b->ip, ip_len(a));
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && addr_eq_ip(a, b);
}

bool addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return ip_len(a) && !memcmp(a->ip, zero, ip_len(a));
}

bool addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == AF_INET)
		return a->ip[0] == 127;
	return a->family == AF_INET6 && !memcmp(a->ip, one, 16);
}

bool addr_is_multicast(const struct addr *a)
{
	static const uint8_t bcast[4] = { 255, 255, 255, 255 };

	if (a->family == AF_INET)
		return a->ip[0] >> 4 == 14 || !memcmp(a->ip, bcast, 4);
	return a->family == AF_INET6 && a->ip[0] == 0xff;
}

bool addr_is_private(const struct addr *a)
{
	static const struct { uint8_t ip[4], bits; } v4[] = {
		{ { 10, 0, 0, 0 }, 8 }, { { 172, 16, 0, 0 }, 12 },
		{ { 192, 168, 0, 0 }, 16 }, { { 100, 64, 0, 0 }, 10 },
		{ { 169, 254, 0, 0 }, 16 },
	};

	if (a->family == AF_INET6)
		return (a->ip[0] & 0xfe) == 0xfc ||
		       (a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80);
	for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
		struct cidr c = { .net.family = AF_INET, .bits = v4[i].bits };

		memcpy(c.net.ip, v4[i].ip, 4);
		if (cidr_has(&c, a))
			return true;
	}
	return false;
}

void addr_unmap(struct addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family != AF_INET6 || memcmp(a->ip, prefix, 12) != 0)
		return;
	a->family = AF_INET;
	a->scope = 0;
	memmove(a->ip, a->ip + 12, 4);
	memset(a->ip + 4, 0, 12);
}

socklen_t addr_to_sa(const struct addr *a, struct sockaddr_storage *ss)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (a->family == AF_INET) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(a->port);
		memcpy(&v4->sin_addr, a->ip, 4);
		return sizeof(*v4);
	}
	if (a->family != AF_INET6)
		return 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(a->port);
	v6->sin6_scope_id = a->scope;
	memcpy(&v6->sin6_addr, a->ip, 16);
	return sizeof(*v6);
}

int addr_from_sa(struct addr *a, const struct sockaddr *sa, socklen_t len)
{
	struct addr r = { .family = (uint8_t)sa->sa_family };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET && len >= sizeof(v4)) {
		memcpy(&v4, sa, sizeof(v4));
		memcpy(r.ip, &v4.sin_addr, 4);
		r.port = ntohs(v4.sin_port);
	} else if (sa->sa_family == AF_INET6 && len >= sizeof(v6)) {
		memcpy(&v6, sa, sizeof(v6));
		memcpy(r.ip, &v6.sin6_addr, 16);
		r.port = ntohs(v6.sin6_port);
		r.scope = v6.sin6_scope_id;
	} else {
		return EAFNOSUPPORT;
	}
	*a = r;
	return 0;
}

int addr_route_source(struct addr *src, const struct addr *dst)
{
	struct sockaddr_storage ss;
	struct addr to = *dst, from;
	socklen_t len;
	int err = 0, fd;

	if (!to.port)
		to.port = 9;    /* connect() wants one; nothing is sent */
	len = addr_to_sa(&to, &ss);
	if (!len)
		return EAFNOSUPPORT;
	fd = socket(to.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&ss, len) < 0) {
		err = errno;
		goto out;
	}
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		err = errno;
	else
		err = addr_from_sa(&from, (struct sockaddr *)&ss, len);
	if (err)
		goto out;
	from.port = 0;
	*src = from;
out:
	close(fd);
	return err;
}

int cidr_parse(struct cidr *c, struct str s)
{
	struct str ip, bits;
	struct cidr r;
	uint32_t n;
	bool has = str_cut(s, '/', &ip, &bits);

	if (addr_parse_ip(&r.net, ip) || r.net.scope)
		return EBADMSG;
	n = (uint32_t)ip_len(&r.net) * 8;
	if (has && str_u32(&n, bits, n))
		return EBADMSG;
	r.bits = (uint8_t)n;
	*c = r;
	return 0;
}

bool cidr_has(const struct cidr *c, const struct addr *a)
{
	unsigned whole = c->bits / 8, rest = c->bits % 8;

	if (a->family != c->net.family || memcmp(a->ip, c->net.ip, whole))
		return false;
	return !rest || !((a->ip[whole] ^ c->net.ip[whole]) >> (8 - rest));
}
