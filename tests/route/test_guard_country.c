/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_country.h"

#include "tests/lib/test.h"

static int test_codes(void)
{
	static const struct { const char *e164, *country; bool service; }
	t[] = {
		{ "+81312345678", "81", false },
		{ "81312345678", "81", false },
		{ "+12125550100", "1", false },
		{ "+16045550100", "1", false },         /* Canada */
		{ "+18765550100", "1876", false },      /* Jamaica */
		{ "+18095550100", "1809", false },
		{ "+79261234567", "7", false },
		{ "+441632960000", "44", false },
		{ "+35312345678", "353", false },
		{ "+37112345678", "371", false },
		{ "+88213300000", "882", true },
		{ "+881612345678", "881", true },
		{ "+979112345678", "979", true },
		{ "+870773123456", "870", true },
		{ "+97912", "979", true },
		{ "+9", "9", false },
		{ "+1", "1", false },
		{ "+", "", false },
		{ "", "", false },
	};
	char code[GUARD_COUNTRY_MAX];
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		guard_country_of(code, t[i].e164);
		CHECK_STR(str_z(code), t[i].country);
		CHECK_INT(guard_country_is_service(t[i].e164), t[i].service);
	}
out:
	return err;
}

static int test_valid(void)
{
	static const char *const good[] = { "1", "7", "81", "353", "1876" };
	static const char *const bad[] = {
		"", "0", "+81", "8", "811", "1212", "12345", "35", "x", "44 "
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(guard_country_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!guard_country_is_valid(bad[i]));
out:
	return err;
}

const struct test_suite suite_guard_country = {
	"route/guard_country", (const struct test[]){
		TEST(test_codes), TEST(test_valid), TEST_END } };
