/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated network of datagrams on the virtual clock, in place of the
 * kernel's (base/udp.h): hosts by address, delay, loss, reordering,
 * duplicates, cut links and address translation. One thread. The same seed
 * gives the same run. Sockets are opened on addresses, not on "any".
 */
#ifndef TESTS_LIB_FAKE_NET_H
#define TESTS_LIB_FAKE_NET_H

#include "base/udp.h"

struct fake_net;

/* How datagrams travel. ppm: of a million. Zeroed: at once, none lost. */
struct fake_link {
	uint32_t delay_us;      /* each way */
	uint32_t jitter_us;     /* up to that much more; keeps the order */
	uint32_t loss_ppm;
	uint32_t reorder_ppm;   /* so many come reorder_us later than due */
	uint32_t reorder_us;
	uint32_t dup_ppm;       /* so many come twice */
	bool     cut;           /* nothing passes */
};

struct fake_net_stats {
	uint64_t sent, delivered, lost, nobody;
};

/* Sees every datagram as it is sent (addresses as the receiver will see
 * them). False: it is lost. data may be changed in place. */
typedef bool fake_net_tap_fn(const struct addr *src, const struct addr *dst,
			     uint8_t *data, size_t len, void *arg);

/* An empty network. ENOMEM. */
int fake_net_new(struct fake_net **np, uint64_t seed) MUST_CHECK;
/* Datagrams under way are gone; the sockets are closed before, the loops
 * they were bound to are freed after. NULL-safe. */
void fake_net_free(struct fake_net *n);

/* What sip_stack_new, rtp_port and others take. */
struct udp_net *fake_net_udp(struct fake_net *n);

/* The way between all hosts. */
void fake_net_set(struct fake_net *n, const struct fake_link *l);
/* The way from one address to another (ports do not count), one direction.
 * At most 32 of them; setting again replaces. */
void fake_net_set_link(struct fake_net *n, const struct addr *from,
		       const struct addr *to, const struct fake_link *l);
/* Both directions to and from a host: cut off, or back. At most 8. */
void fake_net_cut(struct fake_net *n, const struct addr *host, bool cut);

/* Puts a host behind a translator: what it sends to other networks shows
 * the public address and the port + 10000 (modulo the port range); answers
 * come back. Hosts behind the same public address reach each other
 * directly. At most 8 of them. */
void fake_net_nat(struct fake_net *n, const struct addr *host,
		  const struct addr *public_ip);

/* One tap at a time; NULL: none. */
void fake_net_tap(struct fake_net *n, fake_net_tap_fn *fn, void *arg);
/* Counts since it was made. */
void fake_net_get_stats(const struct fake_net *n, struct fake_net_stats *s);

#endif
