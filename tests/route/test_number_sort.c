/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/route/number_sort.h"
#include "tests/lib/test.h"

enum { N = 20000 };

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* All lengths, many twice and more: all there, in order. */
static int test_order(void)
{
	struct number_row *v = mem_alloc(N * sizeof(*v));
	uint32_t state = 1;
	uint64_t before = 0, after = 0;
	int err = 0;

	if (!v)
		return ENOMEM;
	for (uint32_t i = 0; i < N; i++) {
		char text[16];
		int n = snprintf(text, sizeof(text), "%u",
				 next(&state) >> next(&state) % 20);

		v[i].key = number_key(text, (size_t)n);
		v[i].price = next(&state) % 4;
		v[i].weight = (uint16_t)(next(&state) % 2);
		v[i].line = i;
		before += v[i].key ^ i;
	}
	number_sort(v, N);
	for (uint32_t i = 0; i < N; i++)
		after += v[i].key ^ v[i].line;
	CHECK(before == after);
	for (uint32_t i = 1; i < N; i++)
		CHECK(v[i].key >= v[i - 1].key);
out:
	mem_free(v);
	return err;
}

/* One prefix: the cheapest, then the heaviest, then the first. */
static int test_group(void)
{
	static const uint32_t want[] = { 3, 5, 2, 1, 4 };
	struct number_row v[100];
	int err = 0;

	memset(v, 0, sizeof(v));
	for (uint32_t i = 0; i < 100; i++) {
		char text[8];

		v[i].key = number_key(text, (size_t)snprintf(text, 8, "2%u",
							     i));
		v[i].line = 100;
	}
	for (uint32_t i = 0; i < 5; i++) {
		v[10 * i].key = number_key("1", 1);
		v[10 * i].line = i + 1;
		v[10 * i].price = i == 2 || i == 4 ? 1 : 2;
		v[10 * i].weight = i == 1 ? 9 : 1;
	}
	number_sort(v, 100);
	for (size_t i = 0; i < 5; i++)
		CHECK_INT(v[i].line, want[i]);
out:
	return err;
}

/* A hundred thousand of the same: no time, no stack. */
static int test_same(void)
{
	struct number_row *v = mem_alloc(5 * N * sizeof(*v));

	if (!v)
		return ENOMEM;
	for (uint32_t i = 0; i < 5 * N; i++) {
		v[i].key = number_key("123456789012345", 15);
		v[i].price = 5 * N - i;
	}
	number_sort(v, 5 * N);
	mem_free(v);
	return 0;
}

const struct test_suite suite_number_sort = {
	"route/number_sort", (const struct test[]){
		TEST(test_order), TEST(test_group), TEST(test_same),
		TEST_END } };
