/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/load.h"

#include <string.h>

#include "tests/lib/test.h"

static int test_order_and_print(void)
{
	struct conf_diag d;
	struct buf b;
	int err = 0;

	conf_diag_init(&d);
	buf_init(&b, 10000);
	strcpy(d.file, "f");
	conf_diag_add(&d, 3, 1, "third");
	conf_diag_add(&d, 1, 9, "second %d", 2);
	conf_diag_add(&d, 1, 2, "first");
	conf_diag_add(&d, 1, 9, "second too\n");
	conf_diag_add(&d, 0, 0, "all");
	conf_diag_at(&d, &b, "key", "no place");
	conf_diag_print(&d, &b);
	TRY(b.err);
	CHECK(d.n == 6 || test_oom);
	if (!test_oom)
		CHECK_STR(buf_str(&b), "f: all\nf: no place\nf:1:2: first\n"
			  "f:1:9: second 2\nf:1:9: second too?\nf:3:1: "
			  "third\n");
out:
	buf_fini(&b);
	conf_diag_fini(&d);
	return err;
}

static int test_bounded(void)
{
	struct conf_diag d;
	struct buf b;
	int err = 0;

	conf_diag_init(&d);
	buf_init(&b, 100000);
	for (unsigned i = 0; i < 300; i++)
		conf_diag_add(&d, i + 1, 1, "wrong");
	conf_diag_print(&d, &b);
	TRY(b.err);
	CHECK_INT(d.n + d.more, 300);
	CHECK(d.n == 200 || test_oom);
	if (!test_oom)
		CHECK_STR(str_sub(buf_str(&b), b.len - 18, 18),
			  ": 100 more errors\n");
out:
	buf_fini(&b);
	conf_diag_fini(&d);
	return err;
}

const struct test_suite suite_diag = {
	"conf/diag", (const struct test[]){
		TEST(test_order_and_print),
		TEST(test_bounded),
		TEST_END } };
