/* SPDX-License-Identifier: Apache-2.0 */
/* Intrusive hash table under SipHash-2-4 (Aumasson, Bernstein 2012). */
#include "base/hash.h"

#include "base/mem.h"
#include "base/rand.h"

static uint64_t rotl(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static void sip_rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[0] = rotl(v[0], 32);
		v[2] += v[3];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[2] = rotl(v[2], 32);
	}
}

/* Up to eight bytes, little-endian, in lower case if fold. */
static uint64_t word(const char *p, size_t n, bool fold)
{
	uint64_t w = 0;

	for (size_t i = 0; i < n; i++) {
		char c = fold ? str_lower(p[i]) : p[i];

		w |= (uint64_t)(uint8_t)c << (8 * i);
	}
	return w;
}

static uint64_t sip(const uint64_t k[2], const char *p, size_t n, bool fold)
{
	uint64_t v[4] = {
		k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
		k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573,
	};
	size_t i = 0;
	uint64_t m;

	for (; n - i >= 8; i += 8) {
		m = word(p + i, 8, fold);
		v[3] ^= m;
		sip_rounds(v, 2);
		v[0] ^= m;
	}
	m = (uint64_t)n << 56;
	if (n > i)
		m |= word(p + i, n - i, fold);
	v[3] ^= m;
	sip_rounds(v, 2);
	v[0] ^= m;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t siphash(const uint64_t secret[2], const void *p, size_t n)
{
	return sip(secret, p, n, false);
}

uint64_t hash_str(const struct hash *h, struct str s)
{
	return sip(h->secret, s.p, s.l, false);
}

uint64_t hash_istr(const struct hash *h, struct str s)
{
	return sip(h->secret, s.p, s.l, true);
}

static struct list *buckets_new(size_t n)
{
	struct list *b;

	if (n > SIZE_MAX / sizeof(*b))
		return NULL;
	b = mem_alloc(n * sizeof(*b));
	for (size_t i = 0; b && i < n; i++)
		list_init(&b[i]);
	return b;
}

int hash_init(struct hash *h, size_t n_buckets)
{
	size_t n = 1;
	struct list *b;

	while (n < n_buckets)
		n *= 2;
	b = buckets_new(n);
	if (!b)
		return ENOMEM;
	*h = (struct hash){ .buckets = b, .n_buckets = n };
	rand_bytes(h->secret, sizeof(h->secret));
	return 0;
}

void hash_fini(struct hash *h)
{
	h->buckets = mem_free(h->buckets);
	h->n_buckets = h->n = 0;
}

static struct list *bucket(const struct hash *h, uint64_t key)
{
	return &h->buckets[key & (h->n_buckets - 1)];
}

static void grow(struct hash *h)
{
	struct list *old = h->buckets;
	size_t n_old = h->n_buckets;
	struct list *b = buckets_new(n_old * 2);

	if (!b)
		return;
	h->buckets = b;
	h->n_buckets = n_old * 2;
	for (size_t i = 0; i < n_old; i++)
		LIST_EACH_SAFE(ln, &old[i]) {
			struct hash_node *n =
				CONTAINER(ln, struct hash_node, link);

			list_unlink(ln);
			list_append(bucket(h, n->key), ln);
		}
	mem_free(old);
}

void hash_insert(struct hash *h, struct hash_node *n, uint64_t key)
{
	if (h->n >= h->n_buckets)
		grow(h);
	n->key = key;
	list_append(bucket(h, key), &n->link);
	h->n++;
}

void hash_remove(struct hash *h, struct hash_node *n)
{
	if (!list_is_linked(&n->link))
		return;
	list_unlink(&n->link);
	h->n--;
}

struct hash_node *hash_find(const struct hash *h, uint64_t key,
			    hash_eq_fn *eq, const void *arg)
{
	LIST_EACH(ln, bucket(h, key)) {
		struct hash_node *n = CONTAINER(ln, struct hash_node, link);

		if (n->key == key && eq(n, arg))
			return n;
	}
	return NULL;
}

void hash_each(struct hash *h, void (*fn)(struct hash_node *n, void *arg),
	       void *arg)
{
	for (size_t i = 0; i < h->n_buckets; i++)
		LIST_EACH_SAFE(ln, &h->buckets[i])
			fn(CONTAINER(ln, struct hash_node, link), arg);
}
