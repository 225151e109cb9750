/* SPDX-License-Identifier: Apache-2.0 */
#include "base/addr.h"

#include <string.h>

#include "tests/lib/test.h"

static int test_parse(void)
{
	static const struct { const char *in, *out; } t[] = {
		{ "192.0.2.1", "192.0.2.1:5060" },
		{ "192.0.2.1:0", "192.0.2.1:0" },
		{ "192.0.2.1:65535", "192.0.2.1:65535" },
		{ "2001:db8::1", "[2001:db8::1]:5060" },
		{ "2001:DB8:0:0::1", "[2001:db8::1]:5060" },
		{ "[2001:db8::1]", "[2001:db8::1]:5060" },
		{ "[2001:db8::1]:5070", "[2001:db8::1]:5070" },
		{ "::", "[::]:5060" },
		{ "[fe80::1%1]:7", "[fe80::1%1]:7" },
		{ "[fe80::1%lo]:7", "[fe80::1%1]:7" },
		{ "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:5060" },
	};
	char text[ADDR_TEXT_MAX];
	struct addr a;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(addr_parse(&a, str_z(t[i].in), 5060));
		CHECK_STR(str_z(addr_print(text, &a)), t[i].out);
	}
out:
	return err;
}

static int test_parse_refuses(void)
{
	static const char *const t[] = {
		"", ":", "192.0.2", "192.0.2.256", "192.0.2.1:", "192.0.2.1:x",
		"192.0.2.1:65536", "192.0.2.1 ", "example.com", "[192.0.2.1]",
		"[2001:db8::1", "[2001:db8::1]5060", "[2001:db8::1]:",
		"2001:db8::1::2", "192.0.2.1%1", "fe80::1%", "fe80::1%0",
		"fe80::1%no-such-interface-here", "[]", "[]:5060", "1:2:3",
		"00000000000000000000000000000000000000000000000000000000::1",
	};
	struct addr a = { .port = 7 };
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CHECK_INT(addr_parse(&a, str_z(t[i]), 5060), EBADMSG);
	CHECK_INT(addr_parse(&a, str_pl("1.2.3.4\0", 8), 1), EBADMSG);
	CHECK_INT(addr_parse_ip(&a, str_z("192.0.2.1:5060")), EBADMSG);
	CHECK_INT(a.port, 7);
out:
	return err;
}

static int test_print_ip(void)
{
	char text[ADDR_TEXT_MAX];
	struct addr a = { 0 };
	int err = 0;

	CHECK_STR(str_z(addr_print_ip(text, &a)), "-");
	TRY(addr_parse_ip(&a, str_z("[2001:db8::9]")));
	CHECK_STR(str_z(addr_print_ip(text, &a)), "2001:db8::9");
	TRY(addr_parse_ip(&a, str_z("10.1.2.3")));
	CHECK_STR(str_z(addr_print_ip(text, &a)), "10.1.2.3");
out:
	return err;
}

enum { ANY = 1, LOOP = 2, MULTI = 4, PRIV = 8 };

static int test_classes(void)
{
	static const struct { const char *ip; int is; } t[] = {
		{ "0.0.0.0", ANY }, { "::", ANY }, { "127.3.2.1", LOOP },
		{ "::1", LOOP }, { "224.0.1.75", MULTI },
		{ "239.255.0.1", MULTI }, { "255.255.255.255", MULTI },
		{ "ff02::1", MULTI }, { "10.255.0.1", PRIV },
		{ "172.16.0.1", PRIV }, { "172.31.9.9", PRIV },
		{ "172.32.0.1", 0 }, { "192.168.4.4", PRIV },
		{ "100.64.0.1", PRIV }, { "100.128.0.1", 0 },
		{ "169.254.1.1", PRIV }, { "fe80::1", PRIV },
		{ "febf::1", PRIV }, { "fec0::1", 0 }, { "fd00::1", PRIV },
		{ "2001:db8::1", 0 }, { "192.0.2.1", 0 },
	};
	struct addr a;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(addr_parse_ip(&a, str_z(t[i].ip)));
		CHECK_INT((addr_is_any(&a) ? ANY : 0) |
			  (addr_is_loopback(&a) ? LOOP : 0) |
			  (addr_is_multicast(&a) ? MULTI : 0) |
			  (addr_is_private(&a) ? PRIV : 0), t[i].is);
	}
	a.family = AF_UNSPEC;
	CHECK(!addr_is_any(&a) && !addr_is_private(&a));
out:
	return err;
}

static int test_equal(void)
{
	struct addr a, b;
	int err = 0;

	TRY(addr_parse(&a, str_z("192.0.2.1:5"), 0));
	TRY(addr_parse(&b, str_z("192.0.2.1:6"), 0));
	CHECK(!addr_eq(&a, &b) && addr_eq_ip(&a, &b));
	b.port = 5;
	memset(b.ip + 4, 0xff, 12);     /* bytes IPv4 does not use */
	CHECK(addr_eq(&a, &b));
	TRY(addr_parse(&b, str_z("::ffff:192.0.2.1"), 5));
	CHECK(!addr_eq(&a, &b));
	addr_unmap(&b);
	CHECK(addr_eq(&a, &b));
	addr_unmap(&b);
	CHECK(addr_eq(&a, &b));
out:
	return err;
}

static int test_kernel_form(void)
{
	static const char *const t[] = { "192.0.2.1:5060", "[fe80::1%1]:9" };
	struct sockaddr_storage ss;
	struct addr a, b, none = { 0 };
	socklen_t len;
	int err = 0;

	for (int i = 0; i < 2; i++) {
		TRY(addr_parse(&a, str_z(t[i]), 0));
		len = addr_to_sa(&a, &ss);
		CHECK(len > 0);
		TRY(addr_from_sa(&b, (struct sockaddr *)&ss, len));
		CHECK(addr_eq(&a, &b));
		CHECK_INT(addr_from_sa(&b, (struct sockaddr *)&ss, len - 1),
			  EAFNOSUPPORT);
	}
	CHECK_INT(addr_to_sa(&none, &ss), 0);
out:
	return err;
}

static int test_route_source(void)
{
	struct addr dst, src, none = { 0 };
	int err = 0;

	TRY(addr_parse_ip(&dst, str_z("127.0.0.1")));
	TRY(addr_route_source(&src, &dst));
	CHECK(addr_eq(&src, &dst));
	CHECK_INT(addr_route_source(&src, &none), EAFNOSUPPORT);
out:
	return err;
}

static int test_cidr(void)
{
	static const struct { const char *net, *ip; bool in; } t[] = {
		{ "10.0.0.0/8", "10.255.1.1", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::/0", "::1", true },
	};
	struct cidr c;
	struct addr a;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(cidr_parse(&c, str_z(t[i].net)));
		TRY(addr_parse_ip(&a, str_z(t[i].ip)));
		CHECK_INT(cidr_has(&c, &a), t[i].in);
	}
	CHECK_INT(cidr_parse(&c, str_z("10.0.0.0/33")), EBADMSG);
	CHECK_INT(cidr_parse(&c, str_z("10.0.0.0/")), EBADMSG);
	CHECK_INT(cidr_parse(&c, str_z("::/129")), EBADMSG);
	CHECK_INT(cidr_parse(&c, str_z("10.0.0.0:5/8")), EBADMSG);
out:
	return err;
}

const struct test_suite suite_addr = {
	"base/addr", (const struct test[]){
		TEST(test_parse),
		TEST(test_parse_refuses),
		TEST(test_print_ip),
		TEST(test_classes),
		TEST(test_equal),
		TEST(test_kernel_form),
		TEST(test_route_source),
		TEST(test_cidr),
		TEST_END } };
