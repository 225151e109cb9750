/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/sip/hdr.h"
#include "tests/lib/test.h"

/* The table is sorted, so every name finds itself, in any case. */
static int test_names(void)
{
	static const char compact[] = "acefiklmostuvx";
	int err = 0;

	for (unsigned i = 0; i < SIP_HDR_OTHER; i++) {
		char up[40];
		const char *z = sip_hdr_name((enum sip_hid)i);
		size_t n = strlen(z);

		for (size_t k = 0; k <= n; k++)
			up[k] = z[k] >= 'a' && z[k] <= 'z' ?
				(char)(z[k] - 32) : z[k];
		CHECK_INT(sip_hdr_id(str_z(z)), i);
		CHECK_INT(sip_hdr_id(str_z(up)), i);
	}
	for (size_t i = 0; compact[i]; i++)
		CHECK(sip_hdr_id(str_pl(&compact[i], 1)) != SIP_HDR_OTHER);
	CHECK_INT(sip_hdr_id(STR_LIT("V")), SIP_HDR_VIA);
	CHECK_INT(sip_hdr_id(STR_LIT("i")), SIP_HDR_CALL_ID);
	CHECK_INT(sip_hdr_id(STR_LIT("X-Own")), SIP_HDR_OTHER);
	CHECK_INT(sip_hdr_id(STR_LIT("Viaa")), SIP_HDR_OTHER);
	CHECK_INT(sip_hdr_id(STR_NULL), SIP_HDR_OTHER);
	CHECK(sip_hdr_is_list(SIP_HDR_ROUTE));
	CHECK(!sip_hdr_is_list(SIP_HDR_SUBJECT));
	CHECK(!sip_hdr_is_list(SIP_HDR_OTHER));
out:
	return err;
}

static int test_via(void)
{
	static const char *const bad[] = {
		"", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 h", "SIP/3.0/UDP h",
		"SIP/2.0/UDP h;", "SIP/2.0/UDP h;;a", "SIP/2.0/UDP h:x",
		"SIP/2.0/UDP h:99999", "SIP/2.0/UDP h;rport=x",
		"SIP/2.0/UDP h;received=nonsense", "SIP/2.0/UDP h x",
		"SIP/2.0/UDP [::1", "SIP/2.0/UDP h;a=\"b",
	};
	struct sip_via v;
	struct addr a;
	int err;

	TRY(sip_via_parse(&v, STR_LIT(
		"SIP / 2.0 / UDP  host.example.com : 5070 ; branch = z9hG4bKx"
		" ;rport;received=[2001:db8::9]; x=\"a;b\"")));
	CHECK_STR(v.transport, "UDP");
	CHECK_STR(v.host, "host.example.com");
	CHECK_INT(v.port, 5070);
	CHECK_STR(v.branch, "z9hG4bKx");
	CHECK(v.has_rport);
	CHECK_INT(v.rport, 0);
	TRY(addr_parse_ip(&a, STR_LIT("2001:db8::9")));
	CHECK(addr_eq_ip(&a, &v.received));
	TRY(sip_via_parse(&v, STR_LIT(
		"SIP/2.0/TLS [2001:db8::1]:5061;rport=7;received=192.0.2.1")));
	CHECK_STR(v.host, "2001:db8::1");
	CHECK_INT(v.rport, 7);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sip_via_parse(&v, str_z(bad[i])) != EBADMSG) {
			test_say(__FILE__, __LINE__, "taken: %s", bad[i]);
			err = EINVAL;
		}
out:
	return err;
}

static int test_addr(void)
{
	static const char *const bad[] = {
		"", "<>", "<sip:a@b", "sip:a@b>", "\"x <sip:a@b>",
		"x, y <sip:a@b>", "<sip:a@b>x", "<sip:a@b>;", "<sip:a@b>;;",
		"<sip:a@b>;=x", "sip:a@b?x=y", "\"x\" sip:a@b", "a<b",
		"< sip:a@b>", "<sip:a@b>;x=\"",
	};
	struct sip_addr a;
	char name[40];
	int err;

	TRY(sip_addr_parse(&a, STR_LIT(
		"\"A \\\"quoted\\\" <name>\" <sip:a@b;lr?x=y> ; tag = 1")));
	sip_addr_name(name, sizeof(name), &a);
	CHECK_STR(str_z(name), "A \"quoted\" <name>");
	CHECK_STR(a.uri.host, "b");
	CHECK_STR(a.uri.headers, "x=y");
	CHECK_STR(a.tag, "1");
	TRY(sip_addr_parse(&a, STR_LIT("Alice Liddell<sip:a@b>")));
	CHECK_STR(a.dname, "Alice Liddell");
	/* without <> the parameter is the header's */
	TRY(sip_addr_parse(&a, STR_LIT("sip:a@b;tag=2")));
	CHECK_STR(a.uri.params, "");
	CHECK_STR(a.tag, "2");
	TRY(sip_addr_parse(&a, STR_LIT("<tel:+1-2;x=y>;tag=3")));
	CHECK_INT(a.uri.scheme, SIP_URI_TEL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sip_addr_parse(&a, str_z(bad[i])) != EBADMSG) {
			test_say(__FILE__, __LINE__, "taken: %s", bad[i]);
			err = EINVAL;
		}
out:
	return err;
}

/* A name that does not fit is cut between characters. */
static int test_name_cut(void)
{
	struct sip_addr a;
	char name[6];
	int err;

	TRY(sip_addr_parse(&a, STR_LIT(
		"\"\xe6\x97\xa5\xe6\x9c\xac\" <sip:a@b>")));
	sip_addr_name(name, sizeof(name), &a);
	CHECK_STR(str_z(name), "\xe6\x97\xa5");
out:
	return err;
}

static int test_numbers(void)
{
	struct sip_cseq c;
	uint32_t n;
	int err;

	TRY(sip_cseq_parse(&c, STR_LIT("0009   INVITE")));
	CHECK_INT(c.num, 9);
	CHECK_STR(c.method, "INVITE");
	CHECK_INT(sip_cseq_parse(&c, STR_LIT("2147483648 X")), EBADMSG);
	CHECK_INT(sip_cseq_parse(&c, STR_LIT("1INVITE")), EBADMSG);
	CHECK_INT(sip_cseq_parse(&c, STR_LIT("1")), EBADMSG);
	CHECK_INT(sip_cseq_parse(&c, STR_LIT("-1 X")), EBADMSG);
	CHECK_INT(sip_cseq_parse(&c, STR_LIT("1 X Y")), EBADMSG);
	TRY(sip_num_parse(&n, STR_LIT("3600;duration=5")));
	CHECK_INT(n, 3600);
	TRY(sip_num_parse(&n, STR_LIT("18 (busy)")));
	CHECK_INT(n, 18);
	CHECK_INT(sip_num_parse(&n, STR_LIT("1x")), EBADMSG);
	CHECK_INT(sip_num_parse(&n, STR_LIT("")), EBADMSG);
	CHECK_INT(sip_num_parse(&n, STR_LIT("4294967296")), ERANGE);
out:
	return err;
}

static int test_lists(void)
{
	struct buf b;
	int err = 0;

	buf_init(&b, 100);
	CHECK(sip_list_has(STR_LIT("timer, 100rel ,path"), "100REL"));
	CHECK(!sip_list_has(STR_LIT("timer,100relx"), "100rel"));
	CHECK(sip_type_is(STR_LIT("Application/SDP ;charset=x"),
			  "application/sdp"));
	CHECK(!sip_type_is(STR_LIT("application/sdpx"), "application/sdp"));
	/* nobody forges a header through a name */
	sip_add_quoted(&b, STR_LIT("a\"b\\c\r\nTo: x"));
	CHECK_STR(buf_str(&b), "\"a\\\"b\\\\c  To: x\"");
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_hdr = {
	"sip/hdr", (const struct test[]){
		TEST(test_names),
		TEST(test_via),
		TEST(test_addr),
		TEST(test_name_cut),
		TEST(test_numbers),
		TEST(test_lists),
		TEST_END } };
