/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/method.h"
#include "tests/lib/test.h"

/* Each row has a name and a function, and no name stands twice. */
static int test_table(void)
{
	int err = 0;

	for (int i = 0; sip_methods[i]; i++) {
		CHECK(sip_methods[i]->on_request != NULL);
		for (int k = 0; k < i; k++)
			CHECK(!str_eqz(str_z(sip_methods[i]->name),
				       sip_methods[k]->name));
	}
	CHECK(sip_methods[0] == &method_options);
out:
	return err;
}

const struct test_suite suite_methods = {
	"sip/methods", (const struct test[]){
		TEST(test_table),
		TEST_END } };
