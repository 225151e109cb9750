/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resolver with memory in front of another resolver: answers, positive
 * and negative (RFC 2308), are kept for their TTL; callers who ask what is
 * just being asked wait for the same answer. An outage is not remembered.
 * When it is full the entry that was not used for longest goes.
 *
 * An answer asked for often is fetched again before it expires. An expired
 * one is still given (RFC 8767) when the servers fail, or when they have
 * said nothing for stale_after_ms; it is asked for on, and the next caller
 * gets what came.
 */
#ifndef ENUM_DNS_CACHE_H
#define ENUM_DNS_CACHE_H

#include "enum/resolver.h"

struct dns_cache_conf {
	unsigned entries_max;           /* 0: 10,000 */
	size_t   bytes_max;             /* 0: 16 MiB */
	uint32_t ttl_min_s, ttl_max_s;  /* of answers; max 0: 86,400 */
	uint32_t negative_min_s, negative_max_s; /* max 0: 3,600 */
	uint32_t stale_s;               /* given so long after; 0: never */
	uint32_t stale_after_ms;        /* 0: 200 */
};

/* entries and bytes: as of now, the expired ones too; asking: questions
 * under way. The others count since the start. */
struct dns_cache_stats {
	uint64_t hits, misses, joined, evicted, stale, prefetched;
	size_t   entries, bytes, asking;
};

/* A cache before below, which stays the caller's and must live longer.
 * ENOMEM. */
int dns_cache_new(struct resolver **rp, struct loop *l,
		  const struct dns_cache_conf *conf,
		  struct resolver *below) MUST_CHECK;

/* Other limits from now on; what it holds stays as far as they allow. */
void dns_cache_set_conf(struct resolver *r,
			const struct dns_cache_conf *conf);

/* Forgets all answers; what is being asked goes on. */
void dns_cache_flush(struct resolver *r);

/* See struct dns_cache_stats. */
void dns_cache_get_stats(const struct resolver *r, struct dns_cache_stats *s);

#endif
