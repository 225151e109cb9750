/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/enum_domain.h"
#include "tests/lib/test.h"

static const struct enum_branch infra = { .label = "i" };
static const struct enum_branch at3 = { .label = "carrier", .position = 3 };
static const struct enum_branch far = { .label = "i", .position = 15 };

static int test_names(void)
{
	static const struct {
		const char *number, *apex;
		const struct enum_branch *branch;
		const char *want;
	} rows[] = {
		{ "+815012345678", "e164.arpa", NULL,
		  "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa" },
		/* RFC 6116, 3.2 */
		{ "+442079460148", "e164.arpa", NULL,
		  "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa" },
		/* RFC 6116, 3.1 and 4; RFC 3403, 6.2; RFC 4759, 5 */
		{ "+441164960348", "e164.arpa", NULL,
		  "8.4.3.0.6.9.4.6.1.1.4.4.e164.arpa" },
		{ "+441632960083", "e164.arpa", NULL,
		  "3.8.0.0.6.9.2.3.6.1.4.4.e164.arpa" },
		{ "+17705551212", "e164.arpa", NULL,
		  "2.1.2.1.5.5.5.0.7.7.1.e164.arpa" },
		{ "+441632960038", "e164.arpa", NULL,
		  "8.3.0.0.6.9.2.3.6.1.4.4.e164.arpa" },
		/* RFC 5526, 3: an apex of its own */
		{ "+442079460148", "ie164.arpa", NULL,
		  "8.4.1.0.6.4.9.7.0.2.4.4.ie164.arpa" },
		/* RFC 5527, 5: a branch behind the country code */
		{ "+442079460148", "e164.arpa", &infra,
		  "8.4.1.0.6.4.9.7.0.2.i.4.4.e164.arpa" },
		/* RFC 5527, 7 */
		{ "+121255501234", "e164.arpa", &infra,
		  "4.3.2.1.0.5.5.5.2.1.2.i.1.e164.arpa" },
		{ "+442079460123", "e164.arpa", &infra,
		  "3.2.1.0.6.4.9.7.0.2.i.4.4.e164.arpa" },
		{ "+3545550100", "e164.arpa", &infra,
		  "0.0.1.0.5.5.5.i.4.5.3.e164.arpa" },
		{ "+74955550100", "e164.arpa", &infra,
		  "0.0.1.0.5.5.5.5.9.4.i.7.e164.arpa" },
		{ "+815012345678", "e164.arpa", &at3,
		  "8.7.6.5.4.3.2.1.0.carrier.5.1.8.e164.arpa" },
		{ "+815012345678", "e164.arpa", &far,
		  "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa" },
		/* ISN: the ITAD is not turned round */
		{ "1234*256", "freenum.org", NULL,
		  "4.3.2.1.256.freenum.org" },
		{ "0*1273", "freenum.org", NULL, "0.1273.freenum.org" },
	};
	char out[254];
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TRY(enum_domain_of(out, sizeof(out), rows[i].number,
				   rows[i].apex, rows[i].branch));
		CHECK_STR(str_z(out), rows[i].want);
	}
out:
	return err;
}

/* Neither short codes nor service codes ever become names. */
static int test_refused(void)
{
	static const char *const bad[] = { "", "110", "815012345678", "+110",
		"*21*5551234#", "1234*", "*256", "12*0256", "12*34*56",
		"a*256", "1234567890123456*256", "1*12345678901" };
	char out[254];
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(enum_domain_of(out, sizeof(out), bad[i], "a.test",
					 NULL), EBADMSG);
	TRY(enum_domain_of(out, 34, "+442079460148", "e164.arpa", NULL));
	CHECK_INT(enum_domain_of(out, 33, "+442079460148", "e164.arpa",
				 NULL), ENAMETOOLONG);
	CHECK(enum_domain_is_isn(STR_LIT("1234*256")));
	CHECK(!enum_domain_is_isn(STR_LIT("+1234*256")));
out:
	return err;
}

/* RFC 5527, 5 */
static int test_position(void)
{
	static const struct { const char *n; unsigned want; } rows[] = {
		{ "+12125550100", 1 }, { "+74955550100", 1 },
		{ "+815012345678", 2 }, { "+442079460148", 2 },
		{ "+201234567", 2 }, { "+989123456789", 2 },
		{ "+2111234567", 3 }, { "+35312345678", 3 },
		{ "+37112345678", 3 }, { "+80012345678", 3 },
		{ "+870123456789", 3 }, { "+8301234567", 3 },
		{ "+38831234567", 4 }, { "+881612345678", 4 },
		{ "+878101234567", 5 }, { "+882161234567", 5 },
		{ "+883100123456", 6 }, { "+883510012345", 7 },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (enum_domain_position(rows[i].n) != rows[i].want)
			test_say(__FILE__, __LINE__, "%s", rows[i].n);
		CHECK_INT(enum_domain_position(rows[i].n), rows[i].want);
	}
out:
	return err;
}

const struct test_suite suite_enum_domain = {
	"enum/enum_domain", (const struct test[]){
		TEST(test_names), TEST(test_refused), TEST(test_position),
		TEST_END } };
