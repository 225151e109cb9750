/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intrusive hash table, keyed with a secret (SipHash-2-4) so that foreign
 * input cannot choose its bucket. Grows by doubling; when it cannot, it
 * stays as it is and gets slower: inserting never fails after hash_init.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/list.h"
#include "base/str.h"

struct hash_node {
	struct list_node link;
	uint64_t         key;
};

struct hash {
	struct list *buckets;
	size_t       n_buckets, n;
	uint64_t     secret[2];
};

/* Does the entry's own key equal the one searched? */
typedef bool hash_eq_fn(const struct hash_node *n, const void *key);

/* At least one bucket, rounded up to a power of two. ENOMEM. */
int hash_init(struct hash *h, size_t n_buckets) MUST_CHECK;
/* Frees the buckets; the entries stay their owners'. */
void hash_fini(struct hash *h);

/* The hash of the bytes under this table's secret; continue a hash over
 * several parts by combining them in one buffer first. */
uint64_t hash_str(const struct hash *h, struct str s);
/* The same, ASCII case ignored. */
uint64_t hash_istr(const struct hash *h, struct str s);

/* Inserts n (not linked) under key, as of hash_str. */
void hash_insert(struct hash *h, struct hash_node *n, uint64_t key);
/* Idempotent. */
void hash_remove(struct hash *h, struct hash_node *n);
/* The first entry under key for which eq says yes, or NULL. */
struct hash_node *hash_find(const struct hash *h, uint64_t key,
			    hash_eq_fn *eq, const void *arg);
/* Calls fn for every entry; fn may remove the entry it is given. */
void hash_each(struct hash *h, void (*fn)(struct hash_node *n, void *arg),
	       void *arg);

/* SipHash-2-4 of n bytes. */
uint64_t siphash(const uint64_t secret[2], const void *p, size_t n);

#endif
