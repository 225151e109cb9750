/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include "tests/lib/test.h"

enum { N = 300 };

static uint32_t next_random(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

/* Every node stands below its parent, and knows it. */
static bool is_sound(const struct heap_node *n, const struct heap_node *up,
		     size_t *count)
{
	if (!n)
		return true;
	++*count;
	if (n->parent != up || !n->linked)
		return false;
	if (up && (n->key < up->key ||
		   (n->key == up->key && n->seq < up->seq)))
		return false;
	return is_sound(n->left, n, count) && is_sound(n->right, n, count);
}

static int test_order(void)
{
	struct heap h = { 0 };
	struct heap_node n[N];
	uint64_t last_key = 0, last_seq = 0;
	uint32_t x = 1;
	int err = 0;

	for (int i = 0; i < N; i++)
		heap_insert(&h, &n[i], next_random(&x) % 50);
	for (int i = 0; i < N; i++) {
		struct heap_node *m = heap_min(&h);

		CHECK(m && m->key >= last_key);
		CHECK(m->key > last_key || i == 0 || m->seq > last_seq);
		last_key = m->key;
		last_seq = m->seq;
		heap_remove(&h, m);
		heap_remove(&h, m);
	}
	CHECK(!heap_min(&h) && h.n == 0);
out:
	return err;
}

static int test_any_removed(void)
{
	struct heap h = { 0 };
	struct heap_node n[N] = { 0 };
	uint32_t x = 7;
	size_t live = 0;
	int err = 0;

	for (int i = 0; i < 20000; i++) {
		struct heap_node *m = &n[next_random(&x) % N];
		size_t count = 0;

		if (m->linked) {
			heap_remove(&h, m);
			live--;
		} else {
			heap_insert(&h, m, next_random(&x) % 1000);
			live++;
		}
		CHECK_INT(h.n, live);
		if (i % 50)
			continue;
		CHECK(is_sound(h.root, NULL, &count));
		CHECK_INT(count, live);
	}
out:
	return err;
}

const struct test_suite suite_heap = {
	"base/heap", (const struct test[]){
		TEST(test_order),
		TEST(test_any_removed),
		TEST_END } };
