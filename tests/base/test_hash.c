/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "tests/lib/test.h"

struct entry {
	struct hash_node node;
	char             name[16];
};

static bool has_name(const struct hash_node *n, const void *key)
{
	const struct entry *e = (const struct entry *)(const void *)n;

	return str_eqz(str_z(e->name), key);
}

/* The first and the sixteenth vector of the paper's appendix A. */
static int test_siphash(void)
{
	uint8_t key[16], in[15];
	uint64_t k[2] = { 0, 0 };
	int err = 0;

	for (unsigned i = 0; i < 16; i++)
		key[i] = (uint8_t)i;
	for (unsigned i = 0; i < 15; i++)
		in[i] = (uint8_t)i;
	for (unsigned i = 0; i < 8; i++) {
		k[0] |= (uint64_t)key[i] << (8 * i);
		k[1] |= (uint64_t)key[8 + i] << (8 * i);
	}
	CHECK(siphash(k, in, 0) == 0x726fdb47dd0e0e31);
	CHECK(siphash(k, in, 15) == 0xa129ca6149be45e5);
out:
	return err;
}

static int test_table(void)
{
	enum { N = 500 };
	static struct entry e[N];
	struct hash h;
	int err = hash_init(&h, 3);

	if (err)
		return err;
	CHECK_INT(h.n_buckets, 4);
	for (int i = 0; i < N; i++) {
		e[i] = (struct entry){ 0 };
		snprintf(e[i].name, sizeof(e[i].name), "n%d", i);
		hash_insert(&h, &e[i].node, hash_str(&h, str_z(e[i].name)));
	}
	CHECK_INT(h.n, N);
	if (!test_oom)
		CHECK(h.n_buckets >= N);
	for (int i = 0; i < N; i++)
		CHECK(hash_find(&h, hash_str(&h, str_z(e[i].name)), has_name,
				e[i].name) == &e[i].node);
	CHECK(!hash_find(&h, hash_str(&h, str_z("x")), has_name, "x"));
	for (int i = 0; i < N; i += 2) {
		hash_remove(&h, &e[i].node);
		hash_remove(&h, &e[i].node);
	}
	CHECK_INT(h.n, N / 2);
	CHECK(!hash_find(&h, hash_str(&h, str_z("n10")), has_name, "n10"));
	CHECK(hash_find(&h, hash_str(&h, str_z("n11")), has_name, "n11"));
out:
	hash_fini(&h);
	return err;
}

static int test_case(void)
{
	struct hash h;
	int err = hash_init(&h, 1);

	if (err)
		return err;
	CHECK(hash_istr(&h, str_z("Example.COM")) ==
	      hash_istr(&h, str_z("eXAMPLE.com")));
	CHECK(hash_istr(&h, str_z("example.com")) ==
	      hash_str(&h, str_z("example.com")));
	CHECK(hash_str(&h, str_z("Example")) != hash_str(&h, str_z("example")));
out:
	hash_fini(&h);
	return err;
}

struct walk {
	struct hash *h;
	int          n;
};

static void remove_it(struct hash_node *n, void *arg)
{
	struct walk *w = arg;

	w->n++;
	hash_remove(w->h, n);
}

static int test_each(void)
{
	struct entry e[20] = { 0 };
	struct hash h;
	struct walk w = { &h, 0 };
	int err = hash_init(&h, 4);

	if (err)
		return err;
	for (unsigned i = 0; i < 20; i++)
		hash_insert(&h, &e[i].node, i / 3);
	hash_each(&h, remove_it, &w);
	CHECK_INT(w.n, 20);
	CHECK_INT(h.n, 0);
out:
	hash_fini(&h);
	return err;
}

const struct test_suite suite_hash = {
	"base/hash", (const struct test[]){
		TEST(test_siphash),
		TEST(test_table),
		TEST(test_case),
		TEST(test_each),
		TEST_END } };
