/* SPDX-License-Identifier: Apache-2.0 */
#include "enum/dial_trie.h"

#include <string.h>

#include "tests/lib/test.h"

/* The entry at the end of the digits, -1: they are not in the tree. */
static int at(const struct dial_trie *t, const char *digits)
{
	unsigned node = 0;

	for (; *digits; digits++) {
		node = dial_trie_step(t, node, *digits);
		if (!node)
			return -1;
	}
	return t->v[node].entry;
}

static int test_patterns(void)
{
	struct dial_trie t = { NULL, 0, 0 };
	int err = 0;

	CHECK_INT(dial_trie_step(&t, 0, '1'), 0);
	TRY(dial_trie_add(&t, "00[3-8]x", 1, 1));
	TRY(dial_trie_add(&t, "0033", 2, 2));
	TRY(dial_trie_add(&t, "0", 3, 4));
	TRY(dial_trie_add(&t, "*3[15]#", 4, 8));
	TRY(dial_trie_add(&t, "", 5, 16));
	CHECK_INT(at(&t, ""), 5);
	CHECK_INT(at(&t, "0"), 3);
	CHECK_INT(at(&t, "00"), 0);
	CHECK_INT(at(&t, "0039"), 1);
	CHECK_INT(at(&t, "0033"), 1);           /* the first stays */
	CHECK_INT(at(&t, "002"), -1);
	CHECK_INT(at(&t, "009"), -1);
	CHECK_INT(at(&t, "*31#"), 4);
	CHECK_INT(at(&t, "*35#"), 4);
	CHECK_INT(at(&t, "*33"), -1);
	CHECK_INT(at(&t, "a"), -1);
	CHECK_INT(t.v[0].below, 1 | 2 | 4 | 8);
	CHECK_INT(t.v[dial_trie_step(&t, 0, '0')].below, 1 | 2);
	CHECK_INT(t.v[dial_trie_step(&t, 0, '*')].below, 8);
out:
	dial_trie_fini(&t);
	return err;
}

static int test_bad(void)
{
	static const char *const bad[] = {
		"[", "[]", "[2", "[9-2]", "[2-]", "[2-9", "a", "+81", "0 1",
		"]", "[x]", "[*-#]", "[2-#]",
		"01234567890123456789012345678901",
	};
	struct dial_trie t = { NULL, 0, 0 };
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(!dial_pattern_is_valid(bad[i]));
		CHECK_INT(dial_trie_add(&t, bad[i], 1, 1), EBADMSG);
	}
	CHECK(dial_pattern_is_valid("#31#"));
	/* a hundred thousand nodes are refused, not made */
	CHECK_INT(dial_trie_add(&t, "xxxxxxxx", 1, 1), EFBIG);
out:
	dial_trie_fini(&t);
	return err;
}

const struct test_suite suite_dial_trie = {
	"enum/dial_trie", (const struct test[]){
		TEST(test_patterns),
		TEST_WITH(test_bad, TEST_NO_OOM), TEST_END } };
