/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/sip/uri.h"
#include "tests/lib/test.h"

static int test_parts(void)
{
	struct sip_uri u;
	struct str v;
	int err;

	TRY(sip_uri_parse(&u, STR_LIT(
		"sip:alice:pw@host.example.com:5062;transport=tcp;lr"
		"?subject=x&to=y")));
	CHECK_INT(u.scheme, SIP_URI_SIP);
	CHECK_STR(u.user, "alice");
	CHECK_STR(u.password, "pw");
	CHECK_STR(u.host, "host.example.com");
	CHECK_INT(u.port, 5062);
	CHECK_STR(u.params, "transport=tcp;lr");
	CHECK_STR(u.headers, "subject=x&to=y");
	CHECK(sip_uri_param(&u, "Transport", &v));
	CHECK_STR(v, "tcp");
	CHECK(sip_uri_param(&u, "lr", &v));
	CHECK_STR(v, "");
	CHECK(!sip_uri_param(&u, "maddr", NULL));

	TRY(sip_uri_parse(&u, STR_LIT("SIPS:[2001:db8::1]:5061")));
	CHECK_INT(u.scheme, SIP_URI_SIPS);
	CHECK(!u.has_user);
	CHECK_STR(u.host, "2001:db8::1");
	CHECK_INT(u.port, 5061);

	TRY(sip_uri_parse(&u, STR_LIT("tel:+81-50-1234;isub=1")));
	CHECK_INT(u.scheme, SIP_URI_TEL);
	CHECK_STR(u.user, "+81-50-1234");
	CHECK_STR(u.params, "isub=1");

	TRY(sip_uri_parse(&u, STR_LIT("urn:service:sos")));
	CHECK_INT(u.scheme, SIP_URI_OTHER);
	CHECK_STR(u.scheme_name, "urn");
	CHECK_STR(u.user, "service:sos");
out:
	return err;
}

static int test_bad(void)
{
	static const char *const bad[] = {
		"", "sip", "sip:", ":a@b", "1sip:a@b", "sip:@b", "sip:a@",
		"sip:a@b:", "sip:a@b:0", "sip:a@b:65536", "sip:a@b:x",
		"sip:a@b;", "sip:a@b;;x", "sip:a@b;=x", "sip:a@b?",
		"sip:a b@c", "sip:a@b c", "sip:a%4@b", "sip:a%zz@b",
		"sip:2001:db8::1", "sip:[2001:db8::1", "sip:[192.0.2.1]",
		"sip:[x]", "sip:a@b@c", "sip:a\"@b", "<sip:a@b>", "tel:",
		"tel:+", "tel:abc-xyz", "tel:123;", "foo:a b", "foo:<x>",
	};
	struct sip_uri u;
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sip_uri_parse(&u, str_z(bad[i])) != EBADMSG) {
			test_say(__FILE__, __LINE__, "taken: %s", bad[i]);
			err = EINVAL;
		}
	return err;
}

static bool same(const char *a, const char *b)
{
	struct sip_uri ua, ub;

	return !sip_uri_parse(&ua, str_z(a)) &&
	       !sip_uri_parse(&ub, str_z(b)) &&
	       sip_uri_eq(&ua, &ub) && sip_uri_eq(&ub, &ua);
}

/* The examples of RFC 3261 section 19.1.4. */
static int test_equal(void)
{
	int err = 0;

	CHECK(same("sip:%61lice@atlanta.com;transport=TCP",
		   "sip:alice@AtLanTa.CoM;Transport=tcp"));
	CHECK(same("sip:carol@chicago.com",
		   "sip:carol@chicago.com;newparam=5"));
	CHECK(same("sip:carol@chicago.com;newparam=5",
		   "sip:carol@chicago.com;security=on"));
	CHECK(same("sip:biloxi.com;transport=tcp;method=REGISTER"
		   "?to=sip:bob%40biloxi.com",
		   "sip:biloxi.com;method=REGISTER;transport=tcp"
		   "?to=sip:bob%40biloxi.com"));
	CHECK(same("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
		   "sip:alice@atlanta.com?priority=urgent"
		   "&subject=project%20x"));
	CHECK(!same("SIP:ALICE@AtLanTa.CoM;Transport=udp",
		    "sip:alice@AtLanTa.CoM;Transport=UDP"));
	CHECK(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
	CHECK(!same("sip:bob@biloxi.com",
		    "sip:bob@biloxi.com;transport=udp"));
	CHECK(!same("sip:bob@biloxi.com",
		    "sip:bob@biloxi.com:6000;transport=tcp"));
	CHECK(!same("sip:carol@chicago.com",
		    "sip:carol@chicago.com?Subject=next%20meeting"));
	CHECK(!same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
	CHECK(!same("sip:a%3Ab@x", "sip:a:b@x"));
	CHECK(!same("sip:a@x", "sips:a@x"));
	CHECK(!same("sip:a@x;security=on", "sip:a@x;security=off"));
out:
	return err;
}

static int test_user(void)
{
	struct sip_uri u;
	char out[32];
	int err;

	TRY(sip_uri_parse(&u, STR_LIT("sip:+81%2D50;phone-context=x@h")));
	TRY(sip_uri_user(out, sizeof(out), &u));
	CHECK_STR(str_z(out), "+81-50;phone-context=x");
	TRY(sip_uri_parse(&u, STR_LIT("sip:+8150;phone-context=x@h")));
	TRY(sip_uri_user(out, sizeof(out), &u));
	CHECK_STR(str_z(out), "+8150");
	TRY(sip_uri_parse(&u, STR_LIT("sip:user;par=u%40x@h")));
	TRY(sip_uri_user(out, sizeof(out), &u));
	CHECK_STR(str_z(out), "user;par=u@x");
	TRY(sip_uri_parse(&u, STR_LIT("sip:a%00b@h")));
	CHECK_INT(sip_uri_user(out, sizeof(out), &u), EBADMSG);
	CHECK_STR(str_z(out), "");
	CHECK_INT(sip_uri_user(out, 3, &u), ENAMETOOLONG);
out:
	return err;
}

static int test_print(void)
{
	struct addr a;
	struct sip_uri u;
	struct buf b;
	int err;

	buf_init(&b, 200);
	sip_escape_user(&b, STR_LIT("a b@c#*+;"));
	CHECK_STR(buf_str(&b), "a%20b%40c%23*+;");
	buf_reset(&b);
	TRY(addr_parse(&a, STR_LIT("[2001:db8::1]:5060"), 0));
	sip_add_host(&b, &a);
	CHECK_STR(buf_str(&b), "[2001:db8::1]:5060");
	buf_reset(&b);
	a.port = 0;
	sip_add_host(&b, &a);
	CHECK_STR(buf_str(&b), "[2001:db8::1]");
	TRY(sip_uri_parse(&u, STR_LIT("sip:x@192.0.2.9:70")));
	TRY(sip_uri_addr(&a, &u));
	CHECK_INT(a.port, 70);
	TRY(sip_uri_parse(&u, STR_LIT("sip:x@host")));
	CHECK_INT(sip_uri_addr(&a, &u), ENOENT);
out:
	buf_fini(&b);
	return err;
}

static int test_params(void)
{
	struct str p = STR_LIT(" a ; b = c;d=\"e;\\\"f\" ;;g"), n, v;
	int err = 0;

	CHECK(sip_param_next(&p, &n, &v));
	CHECK_STR(n, "a");
	CHECK_STR(v, "");
	CHECK(sip_param_next(&p, &n, &v));
	CHECK_STR(n, "b");
	CHECK_STR(v, "c");
	CHECK(sip_param_next(&p, &n, &v));
	CHECK_STR(n, "d");
	CHECK_STR(v, "e;\\\"f");
	CHECK(sip_param_next(&p, &n, &v));
	CHECK_STR(n, "g");
	CHECK(!sip_param_next(&p, &n, &v));
out:
	return err;
}

const struct test_suite suite_uri = {
	"sip/uri", (const struct test[]){
		TEST(test_parts),
		TEST(test_bad),
		TEST(test_equal),
		TEST(test_user),
		TEST(test_print),
		TEST(test_params),
		TEST_END } };
