/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "enum/uri_parts.h"
#include "tests/lib/test.h"

/* host|port|maddr|number|npdi rn */
static int test_read(void)
{
	static const struct { const char *uri, *want; } rows[] = {
		{ "sip:bob@example.com", "example.com|0|||0" },
		{ "SIPS:bob@192.0.2.1:5061", "192.0.2.1|5061|||0" },
		{ "sip:example.com", "example.com|0|||0" },
		{ "sip:a@[2001:db8::1]:5060;transport=tcp",
		  "2001:db8::1|5060|||0" },
		{ "sip:a@h;lr;MADDR=10.0.0.1?x=y", "h|0|10.0.0.1||0" },
		{ "sip:a@h?Route=x", "h|0|||0" },
		{ "tel:+81-50-1234-5678", "|0||+815012345678|0" },
		{ "tel:5678;phone-context=+81", "|0|||0" },
		/* RFC 3966, 6 */
		{ "tel:+1-201-555-0123", "|0||+12015550123|0" },
		{ "tel:7042;phone-context=example.com", "|0|||0" },
		{ "tel:863-1234;phone-context=+1-914-555", "|0|||0" },
		/* RFC 4769, 4.1 and 4.2 */
		{ "tel:+1-215-555-0123;npdi;rn=+1-215-555-0199",
		  "|0||+12155550123|1 +12155550199" },
		{ "sip:+1-215-555-0123;npdi;rn=+1-215-555-0199@"
		  "gw.example.com;user=phone",
		  "gw.example.com|0||+12155550123|1 +12155550199" },
	};
	char got[200];
	struct uri_parts u;
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TRY(uri_parts_read(&u, rows[i].uri));
		snprintf(got, sizeof(got), "%.*s|%u|%.*s|%s|%d%s%s",
			 STR_FMT(u.host), u.port, STR_FMT(u.maddr), u.number,
			 u.ported.npdi, u.ported.rn[0] ? " " : "",
			 u.ported.rn);
		CHECK_STR(str_z(got), rows[i].want);
	}
out:
	return err;
}

static int test_refused(void)
{
	static const char *const bad[] = {
		"", "sip", "sip:", "sip:a@", "sip:a@b@c", "sip:a@h x",
		"sip:a@h:0", "sip:a@h:70000", "sip:a@[::1", "sip:a@[h]",
		"sip:a@h>", "sip:a@h%41", "mailto:a@b", "tel:", "tel:1@h",
		"sip:a@h:x", "sip:a@h;maddr=10.0.0.1;maddr=192.0.2.1",
		"sip:a@h;maddr =10.0.0.1", "sip:a@h;maddr=",
	};
	struct uri_parts u;
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (uri_parts_read(&u, bad[i]) != EBADMSG)
			test_say(__FILE__, __LINE__, "%s", bad[i]);
		CHECK_INT(uri_parts_read(&u, bad[i]), EBADMSG);
	}
out:
	return err;
}

const struct test_suite suite_uri_parts = {
	"enum/uri_parts", (const struct test[]){
		TEST(test_read), TEST(test_refused), TEST_END } };
