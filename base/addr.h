/* SPDX-License-Identifier: Apache-2.0 */
/* IP address and port, IPv4 and IPv6. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/str.h"

struct addr {
	uint8_t  family;        /* AF_INET, AF_INET6, or AF_UNSPEC: none */
	uint8_t  ip[16];        /* network order; 4 bytes used for IPv4 */
	uint16_t port;          /* host order */
	uint32_t scope;         /* IPv6 link-local interface index */
};

struct cidr {
	struct addr net;
	uint8_t     bits;
};

enum { ADDR_TEXT_MAX = 72 };    /* "[v6%scope]:port" and the NUL */

/* "192.0.2.1", "192.0.2.1:5060", "2001:db8::1", "[2001:db8::1]",
 * "[2001:db8::1]:5060"; port is default_port where none is given. No names,
 * no DNS. EBADMSG. */
int addr_parse(struct addr *a, struct str s, uint16_t default_port)
	MUST_CHECK;
/* The bare address, without port; v6 with or without brackets. EBADMSG. */
int addr_parse_ip(struct addr *a, struct str s) MUST_CHECK;

/* "192.0.2.1:5060", "[2001:db8::1]:5060". Returns out. */
const char *addr_print(char out[ADDR_TEXT_MAX], const struct addr *a);
/* "192.0.2.1", "2001:db8::1" (no brackets). Returns out. */
const char *addr_print_ip(char out[ADDR_TEXT_MAX], const struct addr *a);

bool addr_eq(const struct addr *a, const struct addr *b);      /* and port */
bool addr_eq_ip(const struct addr *a, const struct addr *b);
bool addr_is_any(const struct addr *a);         /* 0.0.0.0, :: */
bool addr_is_loopback(const struct addr *a);
bool addr_is_multicast(const struct addr *a);   /* and IPv4 broadcast */
/* RFC 1918, RFC 6598, link-local, unique local: not reachable from the
 * internet. */
bool addr_is_private(const struct addr *a);
/* ::ffff:a.b.c.d becomes a.b.c.d. */
void addr_unmap(struct addr *a);

/* To and from the kernel's form. The length is returned; 0: AF_UNSPEC. */
socklen_t addr_to_sa(const struct addr *a, struct sockaddr_storage *ss);
int addr_from_sa(struct addr *a, const struct sockaddr *sa, socklen_t len)
	MUST_CHECK;

/* The local address the kernel would send from towards dst; port 0. Sends
 * nothing. ENETUNREACH and others. */
int addr_route_source(struct addr *src, const struct addr *dst) MUST_CHECK;

/* "10.0.0.0/8", "2001:db8::/32", or a bare address. EBADMSG. */
int cidr_parse(struct cidr *c, struct str s) MUST_CHECK;
bool cidr_has(const struct cidr *c, const struct addr *a);

#endif
