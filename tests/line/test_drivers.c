/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the table against the contract; the table against the names
 * in the configuration. */
#include <string.h>

#include "gateway/line/line_conf.h"
#include "tests/lib/test.h"
#include "tests/line/driver_contract.h"

static const char *const *driver_names(void)
{
	for (const struct conf_key *k = line_section.keys; k->name; k++) {
		if (!strcmp(k->name, "driver"))
			return k->names;
	}
	return NULL;
}

static int test_names(void)
{
	const char *const *names = driver_names();
	unsigned i;
	int err = 0;

	CHECK(names != NULL);
	for (i = 0; line_drivers[i]; i++)
		CHECK_STR(str_z(names[i]), line_drivers[i]->name);
	CHECK(names[i] == NULL);
out:
	return err;
}

static int test_contract(void)
{
	int err = 0;

	for (unsigned i = 0; line_drivers[i] && !err; i++)
		err = driver_contract(i);
	return err;
}

const struct test_suite suite_drivers = {
	"line/drivers", (const struct test[]){
		TEST(test_names),
		TEST(test_contract),
		TEST_END } };
