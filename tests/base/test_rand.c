/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rand.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/test.h"

static int test_below(void)
{
	unsigned seen[6] = { 0 };
	int err = 0;

	for (int i = 0; i < 6000; i++) {
		uint32_t v = rand_below(6);

		CHECK(v < 6);
		seen[v]++;
	}
	/* 1,000 each are expected; 700 is eleven deviations away */
	for (int i = 0; i < 6; i++)
		CHECK(seen[i] > 700);
	CHECK_INT(rand_below(1), 0);
out:
	return err;
}

static int test_token(void)
{
	char a[21], b[21], c[1] = "x", big[300];
	int err = 0;

	rand_token(a, sizeof(a));
	rand_token(b, sizeof(b));
	rand_token(c, sizeof(c));
	rand_token(big, sizeof(big));
	CHECK_INT(strlen(a), 20);
	CHECK_INT(strspn(a, "0123456789abcdefghijklmnopqrstuvwxyz"), 20);
	CHECK(strcmp(a, b) != 0);
	CHECK_INT(c[0], 0);
	CHECK_INT(strlen(big), 299);
out:
	return err;
}

static int test_bytes(void)
{
	uint8_t a[64] = { 0 }, zero[64] = { 0 };
	int err = 0;

	rand_bytes(a, sizeof(a));
	CHECK(memcmp(a, zero, sizeof(a)) != 0);
	CHECK(rand_u64() != rand_u64());
	CHECK(rand_u32() != rand_u32() || rand_u32() != rand_u32());
out:
	return err;
}

/* No byte twice: not behind the end of a block, not in a child. */
static int test_blocks(void)
{
	uint64_t v[200], w = 0;
	int p[2] = { -1, -1 }, err = 0;
	pid_t child;

	for (unsigned i = 0; i < 200; i++) {
		v[i] = rand_u64();
		for (unsigned k = 0; k < i; k++)
			CHECK(v[k] != v[i]);
		if (i % 7 == 0)
			(void)rand_below(3);
	}
	CHECK_INT(pipe(p), 0);
	child = fork();
	if (!child) {
		w = rand_u64();
		_exit(write(p[1], &w, sizeof(w)) != sizeof(w));
	}
	CHECK(child > 0);
	CHECK_INT(waitpid(child, NULL, 0), child);
	CHECK_INT(read(p[0], &w, sizeof(w)), sizeof(w));
	v[0] = rand_u64();
	CHECK(v[0] != w);
out:
	close(p[0]);
	close(p[1]);
	return err;
}

const struct test_suite suite_rand = {
	"base/rand", (const struct test[]){
		TEST(test_below),
		TEST(test_token),
		TEST(test_bytes),
		TEST_WITH(test_blocks, TEST_REAL | TEST_NO_OOM),
		TEST_END } };
