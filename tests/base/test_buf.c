/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <string.h>

#include "tests/lib/test.h"

static int test_add(void)
{
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	buf_addz(&b, "INVITE ");
	buf_adds(&b, STR_LIT("sip:"));
	buf_addc(&b, 'x');
	buf_add(&b, "@y", 2);
	buf_add(&b, NULL, 0);
	buf_addf(&b, " %s/%d.%d", "SIP", 2, 0);
	TRY(b.err);
	CHECK_STR(buf_str(&b), "INVITE sip:x@y SIP/2.0");
	buf_consume(&b, 7);
	CHECK_STR(buf_str(&b), "sip:x@y SIP/2.0");
	buf_consume(&b, 9999);
	CHECK_INT(b.len, 0);
out:
	buf_fini(&b);
	buf_fini(&b);
	return err;
}

static int test_binary(void)
{
	static const uint8_t want[] = { 0x80, 0x12, 0x34, 1, 2, 3, 4 };
	struct buf b;
	int err = 0;

	buf_init(&b, 100);
	buf_add_u8(&b, 0x80);
	buf_add_u16(&b, 0x1234);
	buf_add_u32(&b, 0x01020304);
	TRY(b.err);
	CHECK_INT(b.len, sizeof(want));
	CHECK(!memcmp(b.p, want, sizeof(want)));
out:
	buf_fini(&b);
	return err;
}

/* Grows past every size by print and by add alike. */
static int test_growth(void)
{
	struct buf b;
	int err = 0;

	buf_init(&b, 100000);
	for (int i = 0; i < 10000; i++) {
		if (i % 2)
			buf_addf(&b, "%05d", i);
		else
			buf_add(&b, "abcde", 5);
	}
	TRY(b.err);
	CHECK_INT(b.len, 50000);
	CHECK(!memcmp(b.p + 49995, "09999", 5));
	CHECK(!memcmp(b.p + 49990, "abcde", 5));
out:
	buf_fini(&b);
	return err;
}

static int test_limit_is_sticky(void)
{
	struct buf b;
	int err = 0;

	buf_init(&b, 10);
	buf_addz(&b, "0123456789");
	TRY(b.err);
	CHECK_INT(b.len, 10);
	buf_addc(&b, 'x');
	CHECK_INT(b.err, ENOBUFS);
	buf_reset(&b);
	CHECK_INT(b.err, 0);
	buf_addf(&b, "%s", "0123456789");
	TRY(b.err);
	buf_addf(&b, "%c", 'x');
	CHECK_INT(b.err, ENOBUFS);
	buf_reset(&b);
	buf_addz(&b, "01234");
	buf_addf(&b, "%s", "567890");
	CHECK_INT(b.err, ENOBUFS);
	buf_addc(&b, 'x');
	CHECK_STR(buf_str(&b), "01234");
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_buf = {
	"base/buf", (const struct test[]){
		TEST(test_add),
		TEST(test_binary),
		TEST(test_growth),
		TEST(test_limit_is_sticky),
		TEST_END } };
