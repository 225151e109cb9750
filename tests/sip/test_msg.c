/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "gateway/sip/msg.h"
#include "tests/lib/test.h"

#define HEAD "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n" \
	"To: <sip:c@d>\r\nCall-ID: i\r\nCSeq: 5 INVITE\r\n"

static int test_request(void)
{
	struct sip_msg *m = NULL;
	int err;

	TRY(sip_msg_parse(&m, STR_LIT(
		"INVITE sip:c@d SIP/2.0\r\n" HEAD
		"Route: <sip:p1;lr>, <sip:p2,x@h;lr>\r\n"
		"ROUTE: \"a, b\" <sip:p3>\r\n"
		"m: <sip:a@h>\r\n"
		"Subject:  folded\r\n \t over, two \r\n\tlines  \r\n"
		"Supported:\r\n"
		"Expires: 60\r\n"
		"X-Own: yes\r\n"
		"c: application/sdp\r\nContent-Length: 3\r\n\r\nabcdef"),
		NULL));
	CHECK_INT(m->flaw.status, 0);
	CHECK(m->request);
	CHECK_INT(m->method, SIP_INVITE);
	CHECK_STR(m->ruri.user, "c");
	CHECK_STR(m->via.branch, "z9hG4bKx");
	CHECK_STR(m->from.tag, "1");
	CHECK_STR(m->to.tag, "");
	CHECK_STR(m->call_id, "i");
	CHECK_INT(m->cseq.num, 5);
	CHECK_INT(m->max_forwards, 70);
	CHECK_STR(m->body, "abc");
	CHECK_STR(m->body_type, "application/sdp");
	CHECK_STR(sip_msg_hdr(m, SIP_HDR_ROUTE, 0)->val, "<sip:p1;lr>");
	CHECK_STR(sip_msg_hdr(m, SIP_HDR_ROUTE, 1)->val, "<sip:p2,x@h;lr>");
	CHECK_STR(sip_msg_hdr(m, SIP_HDR_ROUTE, 2)->val,
		  "\"a, b\" <sip:p3>");
	CHECK(!sip_msg_hdr(m, SIP_HDR_ROUTE, 3));
	CHECK_STR(sip_msg_val(m, SIP_HDR_SUBJECT),
		  "folded   \t over, two   \tlines");
	CHECK_STR(sip_msg_val(m, SIP_HDR_CONTACT), "<sip:a@h>");
	CHECK_STR(sip_msg_hdr_name(m, "x-own", 0)->val, "yes");
	CHECK(sip_msg_hdr(m, SIP_HDR_SUPPORTED, 0) != NULL);
	CHECK(!sip_msg_has(m, SIP_HDR_SUPPORTED, "timer"));
out:
	obj_unref(m);
	return err;
}

static int test_response(void)
{
	struct sip_msg *m = NULL;
	struct sip_flaw why;
	int err;

	TRY(sip_msg_parse(&m, STR_LIT("SIP/2.0 486 Busy Here\r\n" HEAD
				      "\r\n"), NULL));
	CHECK(!m->request);
	CHECK_INT(m->status, 486);
	CHECK_STR(m->reason, "Busy Here");
	CHECK_INT(m->method, SIP_INVITE);
	m = obj_unref(m);
	TRY(sip_msg_parse(&m, STR_LIT("SIP/2.0 100\r\n" HEAD "\r\n"), NULL));
	CHECK_STR(m->reason, "");
	m = obj_unref(m);
	CHECK_INT(sip_msg_parse(&m, STR_LIT("SIP/2.0 99 x\r\n" HEAD "\r\n"),
				&why), EBADMSG);
	CHECK_INT(sip_msg_parse(&m, STR_LIT("SIP/2.0 700 x\r\n" HEAD "\r\n"),
				&why), EBADMSG);
	CHECK_INT(sip_msg_parse(&m, STR_LIT("SIP/2.0 1000\r\n" HEAD "\r\n"),
				&why), EBADMSG);
out:
	obj_unref(m);
	return err;
}

struct flawed {
	const char *text;
	uint16_t    status;
	unsigned    line, column;
};

/* The answer, and the place of the fault. */
static int test_flaws(void)
{
	static const struct flawed v[] = {
		{ "INVITE sip:c@d SIP/3.0\r\n" HEAD "\r\n", 505, 1, 16 },
		{ "INVITE sip:c@d  SIP/2.0\r\n" HEAD "\r\n", 400, 1, 8 },
		{ "INVITE <sip:c@d> SIP/2.0\r\n" HEAD "\r\n", 400, 1, 8 },
		{ "INVITE sip:c@d?a=b SIP/2.0\r\n" HEAD "\r\n", 400, 1, 8 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "bad line\r\n\r\n",
		  400, 7, 1 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "b@d: x\r\n\r\n",
		  400, 7, 1 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD, 400, 7, 1 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "CSeq: 5 INVITE\r\n\r\n",
		  400, 7, 1 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "l: 9\r\n\r\nx", 400,
		  7, 4 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "l: 1\r\nl: 0\r\n\r\nx",
		  400, 8, 1 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "Max-Forwards: 256\r\n"
		  "\r\n", 400, 7, 15 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "m: <sip:x>;;\r\n\r\n",
		  400, 7, 4 },
		{ "INVITE sip:c@d SIP/2.0\r\n" HEAD "v: nonsense\r\n\r\n",
		  400, 7, 4 },
		{ "BYE sip:c@d SIP/2.0\r\n" HEAD "\r\n", 400, 6, 9 },
		{ "INVITE sip:c@d SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n",
		  400, 4, 1 },
	};
	struct sip_msg *m = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		TRY(sip_msg_parse(&m, str_z(v[i].text), NULL));
		if (m->flaw.status != v[i].status ||
		    m->flaw.pos.line != v[i].line ||
		    m->flaw.pos.column != v[i].column) {
			test_say(__FILE__, __LINE__, "%zu: %u at %u:%u %s", i,
				 m->flaw.status, m->flaw.pos.line,
				 m->flaw.pos.column, m->flaw.pos.what);
			err = EINVAL;
			goto out;
		}
		m = obj_unref(m);
	}
out:
	obj_unref(m);
	return err;
}

static int test_not_sip(void)
{
	static const char *const bad[] = {
		"", "\r\n", "x", "GET / HTTP/1.1\r\n\r\n", "INVITE\r\n\r\n",
		"IN\"VITE sip:a SIP/2.0\r\n\r\n", " SIP/2.0\r\n\r\n",
	};
	struct sip_msg *m;
	struct sip_flaw why;
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(sip_msg_parse(&m, str_z(bad[i]), &why), EBADMSG);
out:
	return err;
}

/* Many of everything. */
static int test_limits(void)
{
	struct sip_msg *m = NULL;
	struct buf b;
	int err;

	buf_init(&b, 100000);
	buf_addz(&b, "INVITE sip:c@d SIP/2.0\r\n" HEAD);
	for (int i = 0; i < SIP_HDRS_MAX - 5; i++)
		buf_addz(&b, "X: y\r\n");
	buf_addz(&b, "\r\n");
	TRY(b.err);
	TRY(sip_msg_parse(&m, buf_str(&b), NULL));
	CHECK_INT(m->flaw.status, 0);
	CHECK_INT(m->n_hdrs, SIP_HDRS_MAX);
	m = obj_unref(m);
	buf_reset(&b);
	buf_addz(&b, "INVITE sip:c@d SIP/2.0\r\n" HEAD "Allow: a");
	for (int i = 0; i < 300; i++)
		buf_addz(&b, ",a");
	buf_addz(&b, "\r\n\r\n");
	TRY(sip_msg_parse(&m, buf_str(&b), NULL));
	CHECK_INT(m->flaw.status, 400);
	m = obj_unref(m);
	buf_reset(&b);
	buf_addz(&b, "INVITE sip:c@d SIP/2.0\r\n" HEAD);
	for (int i = 0; i < SIP_VIAS_MAX; i++)
		buf_addz(&b, "Via: SIP/2.0/UDP h\r\n");
	buf_addz(&b, "\r\n");
	TRY(sip_msg_parse(&m, buf_str(&b), NULL));
	CHECK_INT(m->flaw.status, 400);
	m = obj_unref(m);
	buf_reset(&b);
	buf_addz(&b, "INVITE sip:");
	for (int i = 0; i < SIP_URI_MAX; i++)
		buf_addc(&b, 'a');
	buf_addz(&b, " SIP/2.0\r\n" HEAD "\r\n");
	TRY(sip_msg_parse(&m, buf_str(&b), NULL));
	CHECK_INT(m->flaw.status, 414);
out:
	buf_fini(&b);
	obj_unref(m);
	return err;
}

static int test_methods(void)
{
	int err = 0;

	for (int i = 0; i < SIP_OTHER; i++)
		CHECK_INT(sip_mid_of(str_z(sip_mid_name((enum sip_mid)i))),
			  i);
	CHECK_INT(sip_mid_of(STR_LIT("invite")), SIP_OTHER);
	CHECK_STR(str_z(sip_reason(404)), "Not Found");
	CHECK_STR(str_z(sip_reason(499)), "Unknown");
out:
	return err;
}

const struct test_suite suite_msg = {
	"sip/msg", (const struct test[]){
		TEST(test_request),
		TEST(test_response),
		TEST(test_flaws),
		TEST(test_not_sip),
		TEST(test_limits),
		TEST(test_methods),
		TEST_END } };
