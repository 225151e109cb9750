/* SPDX-License-Identifier: Apache-2.0 */
#include "media/pool.h"
#include "tests/lib/test.h"

static int test_pool(void)
{
	struct pool p = { 0 };
	struct pool_buf *b[4] = { NULL };
	int err = 0;

	TRY(pool_init(&p, 3));
	for (int i = 0; i < 3; i++) {
		b[i] = pool_get(&p);
		CHECK(b[i]);
		b[i]->len = 5;
	}
	CHECK(!pool_get(&p));
	CHECK_INT(p.refused, 1);
	CHECK_INT(p.used, 3);
	pool_put(&p, b[1]);
	b[3] = pool_get(&p);
	CHECK(b[3] == b[1]);
	CHECK_INT(b[3]->len, 0);
	pool_put(&p, NULL);
	CHECK_INT(p.used, 3);
out:
	pool_fini(&p);
	return err;
}

const struct test_suite suite_pool = {
	"media/pool", (const struct test[]){
		TEST(test_pool),
		TEST_END } };
