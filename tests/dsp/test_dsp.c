/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dsp.h"
#include "tests/lib/test.h"

/* May be called any number of times. */
static int test_global_init(void)
{
	int err = 0;

	TRY(dsp_global_init());
	TRY(dsp_global_init());
out:
	return err;
}

const struct test_suite suite_dsp = {
	"dsp/dsp", (const struct test[]){
		TEST(test_global_init),
		TEST_END } };
