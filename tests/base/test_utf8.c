/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utf8.h"
#include "tests/lib/test.h"

static int test_len(void)
{
	static const struct { const char *z; size_t want; } rows[] = {
		{ "a", 1 }, { "\x7f", 1 }, { "\xc3\xa9", 2 },
		{ "\xe3\x81\x82", 3 }, { "\xf0\x9f\x98\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\x80", 0 }, { "\xc0\x80", 0 }, { "\xc1\xbf", 0 },
		{ "\xe0\x9f\xbf", 0 }, { "\xed\xa0\x80", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 }, { "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 }, { "\xc3", 0 }, { "\xc3(", 0 },
		{ "\xe3\x81", 0 }, { "\xff", 0 },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(utf8_len(rows[i].z, strlen(rows[i].z)),
			  rows[i].want);
out:
	return err;
}

const struct test_suite suite_utf8 = {
	"base/utf8", (const struct test[]){ TEST(test_len), TEST_END } };
