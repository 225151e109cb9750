/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/sip/msg_build.h"
#include "tests/lib/test.h"

static const char request[] =
	"INVITE sip:b@h SIP/2.0\r\n"
	"Via: SIP/2.0/UDP inside.example:5070;branch=z9hG4bKa;rport;x=\"y;z\""
	"\r\nVia: SIP/2.0/TCP far;branch=z9hG4bKb\r\n"
	"Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n"
	"From: \"A\" <sip:a@b>;tag=f\r\nTo: <sip:b@h>\r\nCall-ID: c@d\r\n"
	"CSeq: 3 INVITE\r\nTimestamp: 54\r\nRoute: <sip:r1;lr>\r\n\r\n";

static int parse_request(struct sip_msg **mp)
{
	int err = sip_msg_parse(mp, str_z(request), NULL);

	return err ? err : addr_parse(&(*mp)->src, STR_LIT("198.51.100.4:99"),
				      0);
}

static int test_response(void)
{
	struct sip_response r = {
		.status = 200, .headers = STR_LIT("X: y\r\n"),
		.body = STR_LIT("body"),
	};
	struct sip_msg *m = NULL;
	struct buf b;
	int err;

	buf_init(&b, 4000);
	TRY(parse_request(&m));
	sip_build_response(&b, m, &r, STR_LIT("t"));
	TRY(b.err);
	CHECK_STR(buf_str(&b),
		  "SIP/2.0 200 OK\r\n"
		  "Via: SIP/2.0/UDP inside.example:5070;branch=z9hG4bKa;"
		  "x=\"y;z\";received=198.51.100.4;rport=99\r\n"
		  "Via: SIP/2.0/TCP far;branch=z9hG4bKb\r\n"
		  "Record-Route: <sip:p1;lr>\r\n"
		  "Record-Route: <sip:p2;lr>\r\n"
		  "From: \"A\" <sip:a@b>;tag=f\r\nTo: <sip:b@h>;tag=t\r\n"
		  "Call-ID: c@d\r\nCSeq: 3 INVITE\r\nX: y\r\n"
		  "Content-Length: 4\r\n\r\nbody");
	buf_reset(&b);
	r = (struct sip_response){ .status = 100 };
	sip_build_response(&b, m, &r, STR_LIT("t"));
	CHECK(strstr((char *)b.p, "Timestamp: 54\r\n") != NULL);
	CHECK(strstr((char *)b.p, "To: <sip:b@h>\r\n") != NULL);
	CHECK(!strstr((char *)b.p, "Record-Route"));
out:
	obj_unref(m);
	buf_fini(&b);
	return err;
}

static int test_request(void)
{
	struct sip_request r = {
		.method = STR_LIT("OPTIONS"), .ruri = STR_LIT("sip:x@y"),
		.headers = STR_LIT("From: <sip:a@b>;tag=f\r\nTo: <sip:x@y>"
				   "\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"),
		.branch = STR_LIT("z9hG4bKown"),
	};
	struct sip_msg *m = NULL;
	struct buf b;
	int err;

	buf_init(&b, 4000);
	sip_build_request(&b, &r, "UDP", STR_LIT("[2001:db8::1]:5060"));
	TRY(b.err);
	TRY(sip_msg_parse(&m, buf_str(&b), NULL));
	CHECK_INT(m->flaw.status, 0);
	CHECK_STR(m->via.raw, "SIP/2.0/UDP [2001:db8::1]:5060;"
		  "branch=z9hG4bKown;rport");
	m = obj_unref(m);
	buf_reset(&b);
	r.branch = STR_NULL;
	sip_build_request(&b, &r, "TCP", STR_LIT("h"));
	TRY(sip_msg_parse(&m, buf_str(&b), NULL));
	CHECK(str_starts(m->via.branch, "z9hG4bK"));
	CHECK_INT(m->via.branch.l, 26);
out:
	obj_unref(m);
	buf_fini(&b);
	return err;
}

static int test_same(void)
{
	struct sip_msg *m = NULL, *ack = NULL;
	struct buf b;
	int err;

	buf_init(&b, 4000);
	TRY(parse_request(&m));
	sip_build_same(&b, m, "ACK", STR_LIT("<sip:b@h>;tag=z"), STR_NULL);
	TRY(b.err);
	TRY(sip_msg_parse(&ack, buf_str(&b), NULL));
	CHECK_INT(ack->flaw.status, 0);
	CHECK_INT(ack->method, SIP_ACK);
	CHECK(str_eq(ack->via.raw, m->via.raw));
	CHECK(!sip_msg_hdr(ack, SIP_HDR_VIA, 1));
	CHECK_STR(sip_msg_val(ack, SIP_HDR_ROUTE), "<sip:r1;lr>");
	CHECK_STR(ack->to.tag, "z");
	CHECK_INT(ack->cseq.num, 3);
out:
	obj_unref(ack);
	obj_unref(m);
	buf_fini(&b);
	return err;
}

static int test_tokens(void)
{
	char a[SIP_BRANCH_MAX], b[SIP_BRANCH_MAX], id[SIP_CALL_ID_MAX];
	char tag[SIP_TAG_MAX];
	int err = 0;

	sip_new_branch(a);
	sip_new_branch(b);
	CHECK(!str_eqz(str_z(a), b));
	sip_new_call_id(id);
	CHECK_INT(strlen(id), 24);
	sip_new_tag(tag);
	CHECK_INT(strlen(tag), 12);
out:
	return err;
}

const struct test_suite suite_msg_build = {
	"sip/msg_build", (const struct test[]){
		TEST(test_response),
		TEST(test_request),
		TEST(test_same),
		TEST(test_tokens),
		TEST_END } };
