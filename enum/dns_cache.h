/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resolver with memory in front of another resolver: answers, positive
 * and negative (RFC 2308), are kept for their TTL; callers who ask what is
 * just being asked wait for the same answer. An outage is not remembered.
 * When it is full the entry that was not used for longest goes.
 */
#ifndef ENUM_DNS_CACHE_H
#define ENUM_DNS_CACHE_H

#include "enum/resolver.h"

struct dns_cache_conf {
	unsigned entries_max;           /* 0: 10,000 */
	size_t   bytes_max;             /* 0: 16 MiB */
	uint32_t ttl_min_s, ttl_max_s;  /* of answers; max 0: 86,400 */
	uint32_t negative_min_s, negative_max_s; /* max 0: 3,600 */
};

struct dns_cache_stats {
	uint64_t hits, misses, joined, evicted;
	size_t   entries, bytes;
};

/* A cache before below, which stays the caller's and must live longer.
 * ENOMEM. */
int dns_cache_new(struct resolver **rp, struct loop *l,
		  const struct dns_cache_conf *conf,
		  struct resolver *below) MUST_CHECK;

/* Forgets all answers; what is being asked goes on. */
void dns_cache_flush(struct resolver *r);

/* Counts since the start; entries and bytes as of now. */
void dns_cache_get_stats(const struct resolver *r, struct dns_cache_stats *s);

#endif
