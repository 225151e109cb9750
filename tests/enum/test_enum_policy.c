/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/enum_policy.h"
#include "tests/lib/test.h"

#define NUMBER "+815012345678"

static bool is_self(struct str host, uint16_t port, void *arg)
{
	(void)arg;
	return str_ieqz(host, "gw.home.test") ||
	       (str_eqz(host, "192.0.2.9") && port != 5080);
}

static const char *refuses(const struct enum_policy *p, const char *uri)
{
	const char *why = enum_policy_refuses(p, uri, NUMBER, is_self, NULL);

	return why ? why : "";
}

static int test_sites(void)
{
	static const struct { const char *uri; bool ok; } rows[] = {
		{ "sip:a@example.net", true }, { "sip:a@EXAMPLE.NET", true },
		{ "sip:a@example.net.", true },
		{ "sip:a@gw.example.net:5070", true },
		{ "sips:a@10.1.2.3", true }, { "sip:a@[2001:db8::7]", true },
		{ "sip:a@[::ffff:10.1.2.3]", true },
		{ "sip:a@badexample.net", false },
		{ "sip:a@example.net.evil.test", false },
		{ "sip:a@11.1.2.3", false }, { "sip:a@[2001:db9::7]", false },
		{ "sip:example.net@evil.test", false },
		{ "sip:a@example.net@evil.test", false },
		{ "sip:a@example.net;maddr=11.1.2.3", false },
		{ "sip:a@example.net;maddr=evil.test", false },
		{ "sip:a@example.net;maddr=10.0.0.1", true },
	};
	struct enum_policy p = { .n_sites = 3 };
	int err = 0;

	TRY(enum_site_parse(&p.sites[0], ".Example.net."));
	TRY(enum_site_parse(&p.sites[1], "10.0.0.0/8"));
	TRY(enum_site_parse(&p.sites[2], "2001:db8::/32"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!*refuses(&p, rows[i].uri) != rows[i].ok)
			test_say(__FILE__, __LINE__, "%s", rows[i].uri);
		CHECK_INT(!*refuses(&p, rows[i].uri), rows[i].ok);
	}
	CHECK_STR(str_z(refuses(&p, "sip:a@evil.test")), "forbidden domain");
out:
	return err;
}

static int test_site_text(void)
{
	static const char *const bad[] = { "", ".", "a b", "*.example.net",
					   "sip:a@b" };
	struct enum_site s;
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(enum_site_parse(&s, bad[i]), EBADMSG);
out:
	return err;
}

/* No zone may send a call in a circle, or to no host at all. */
static int test_anywhere(void)
{
	static const struct enum_policy p;
	int err = 0;

	CHECK_STR(str_z(refuses(&p, "sip:a@example.net")), "");
	CHECK_STR(str_z(refuses(&p, "sip:a@GW.home.test")),
		  "points at this gateway: a loop");
	CHECK_STR(str_z(refuses(&p, "sip:a@192.0.2.9")),
		  "points at this gateway: a loop");
	CHECK_STR(str_z(refuses(&p, "sip:a@192.0.2.9:5080")), "");
	CHECK_STR(str_z(refuses(&p, "sip:a@x.test;maddr=192.0.2.9")),
		  "points at this gateway: a loop");
	CHECK_STR(str_z(refuses(&p, "sip:a@224.0.0.1")),
		  "not the address of a host");
	CHECK_STR(str_z(refuses(&p, "sip:a@0.0.0.0")),
		  "not the address of a host");
	CHECK_STR(str_z(refuses(&p, "sip:a b@c")), "");
	CHECK_STR(str_z(refuses(&p, "sip:a@b c")),
		  "not a well-formed URI");
	CHECK(!enum_policy_refuses(&p, "sip:a@gw.home.test", NUMBER, NULL,
				   NULL));
out:
	return err;
}

/* Whoever writes the zone must not choose what we pay for. */
static int test_tel(void)
{
	static const struct {
		enum enum_tel tel;
		const char   *uri, *why;
	} rows[] = {
		{ ENUM_TEL_SAME, "tel:+81-50-1234-5678", "" },
		{ ENUM_TEL_SAME, "tel:+815012345678;npdi;rn=+1900", "" },
		{ ENUM_TEL_SAME, "tel:+19005550100",
		  "another number than the one asked for" },
		{ ENUM_TEL_PORTED, "tel:+815012345678;npdi", "" },
		/* RFC 3966, 5.4 */
		{ ENUM_TEL_PORTED, "tel:+815012345678;npdi;M-day=3",
		  "a parameter of it has to be understood" },
		{ ENUM_TEL_ANY, "tel:+815012345678;xm-day=m-3", "" },
		{ ENUM_TEL_PORTED, "tel:+19005550100",
		  "another number than the one asked for" },
		{ ENUM_TEL_ANY, "tel:+19005550100", "" },
		{ ENUM_TEL_ANY, "tel:110;phone-context=+81",
		  "not a number of the whole world" },
		{ ENUM_TEL_NEVER, "tel:+815012345678",
		  "tel: is not dialled for this tree" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct enum_policy p = { .tel = rows[i].tel };

		CHECK_STR(str_z(refuses(&p, rows[i].uri)), rows[i].why);
	}
out:
	return err;
}

const struct test_suite suite_enum_policy = {
	"enum/enum_policy", (const struct test[]){
		TEST(test_sites), TEST(test_site_text), TEST(test_anywhere),
		TEST(test_tel), TEST_END } };
