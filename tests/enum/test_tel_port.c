/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4694 (npdi, rn, cic), RFC 4759 (enumdi). */
#include <string.h>

#include "enum/tel_port.h"
#include "tests/lib/test.h"

/* Reads params and prints what was understood of it. */
static const char *round_trip(char out[300], const char *params)
{
	struct tel_port p;
	struct buf b;

	buf_init(&b, 300);
	tel_port_read(&p, str_z(params));
	tel_port_print(&b, &p);
	str_clip(out, 300, buf_str(&b));
	buf_fini(&b);
	return out;
}

static int test_read(void)
{
	static const struct { const char *params, *want; } rows[] = {
		/* RFC 4694, 6: ported; asked, and not ported; a carrier */
		{ "npdi;rn=+1-202-544-0000", ";npdi;rn=+12025440000" },
		{ "npdi", ";npdi" },
		{ "cic=+1-6789", ";cic=+16789" },
		{ "npdi;rn=+1-202-000-0000", ";npdi;rn=+12020000000" },
		{ "cic=+1-56789", ";cic=+156789" },
		/* 4: hexadecimal, too, in both */
		{ "cic=12ab;cic-context=+1", ";cic=12ab;cic-context=+1" },
		{ "cic=+1-0A1", ";cic=+10A1" },
		{ "rn=+420-1F.0", ";rn=+4201F0" },
		{ "cic=6789;cic-context=+1", ";cic=6789;cic-context=+1" },
		/* RFC 4769, 4 */
		{ "npdi;rn=+1-215-555-0199", ";npdi;rn=+12155550199" },
		/* in the number space of a network; seen in Russia */
		{ "npdi;rn=d2701;rn-context=+7",
		  ";npdi;rn=d2701;rn-context=+7" },
		{ "rn-context=example.com;rn=A1(2)3",
		  ";rn=A123;rn-context=example.com" },
		{ "NPDI;RN=+12;EnumDI", ";npdi;rn=+12;enumdi" },
		{ "enumdi", ";enumdi" },
		{ "isub=12;ext=3;mcc=310;mnc=012", "" },
		/* what is wrong is not there */
		{ "rn=1234", "" }, { "rn=", "" }, { "rn", "" },
		{ "rn=+", "" }, { "rn=+a1", "" }, { "rn=+1 2", "" },
		{ "rn=12;rn-context=", "" }, { "rn=12;rn-context=a b", "" },
		{ "cic=+1x", "" }, { "cic=12ax;cic-context=+1", "" },
		{ "rn=+-1", "" }, { "rn=-1;rn-context=+1", "" },
		{ "rn=+1234567890123456789012345;npdi", ";npdi" },
		{ "rn=+1;rn=+2", ";rn=+1" },
		{ "", "" }, { ";;;", "" }, { ";;npdi", ";npdi" },
		{ "xnpdi;npd", "" },
	};
	char out[300];
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR(str_z(round_trip(out, rows[i].params)),
			  rows[i].want);
out:
	return err;
}

static int test_any(void)
{
	struct tel_port p;
	int err = 0;

	CHECK(!tel_port_read(&p, STR_LIT("ext=1")));
	CHECK(tel_port_read(&p, STR_LIT("ext=1;enumdi")));
	CHECK(p.enumdi && !p.npdi);
out:
	return err;
}

static int test_rule(void)
{
	static const struct { const char *params, *want; } rows[] = {
		{ "rn=+1-215-555-0199", "+12155550199" },
		{ "rn=d2701;rn-context=+7", "+7d2701" },
		{ "rn=12;rn-context=example.com", "" },
		{ "npdi", "" },
	};
	char out[TEL_PORT_RULE];
	struct tel_port p;
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tel_port_read(&p, str_z(rows[i].params));
		CHECK_STR(str_z(tel_port_rule(out, &p)), rows[i].want);
	}
out:
	return err;
}

const struct test_suite suite_tel_port = {
	"enum/tel_port", (const struct test[]){
		TEST(test_read), TEST(test_any), TEST(test_rule),
		TEST_END } };
