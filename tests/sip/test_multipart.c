/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/multipart.h"
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

#define SDP "v=0\r\no=- 1 2 IN IP4 192.0.2.9\r\n"
#define TYPE "multipart/mixed; boundary=\"b1\""
#define PLACE "--b1\r\nContent-Type: application/pidf+xml\r\n\r\n<x/>\r\n"

static int test_find(void)
{
	static const struct { const char *type, *body, *want; } rows[] = {
		{ "application/sdp", SDP, SDP },
		{ "Application/SDP; charset=utf-8", SDP, SDP },
		{ "text/plain", SDP, "" },
		{ TYPE, PLACE "--b1\r\nContent-Type: application/sdp\r\n\r\n"
		  SDP "\r\n--b1--\r\n", SDP },
		{ TYPE, "preamble\r\n--b1\r\ncontent-type:application/sdp\r\n"
		  "Content-Transfer-Encoding: binary\r\n\r\n" SDP
		  "\r\n" PLACE "--b1--", SDP },
		{ "multipart/mixed;boundary=b1", PLACE "--b1--\r\n", "" },
		/* not cut off, not encoded, not the wrong boundary */
		{ TYPE, "--b1\r\nContent-Type: application/sdp\r\n\r\n" SDP,
		  "" },
		{ TYPE, "--b1\r\nContent-Type: application/sdp\r\n"
		  "Content-Transfer-Encoding: base64\r\n\r\ndj0w\r\n--b1--",
		  "" },
		{ TYPE, "--b2\r\nContent-Type: application/sdp\r\n\r\n" SDP
		  "--b2--", "" },
		{ "multipart/mixed", PLACE "--b1--", "" },
		{ TYPE, "--b1--\r\n--b1\r\nContent-Type: application/sdp"
		  "\r\n\r\nx\r\n--b1--", "" },
		{ TYPE, "", "" }, { TYPE, "--b1", "" }, { "", SDP, "" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR(multipart_find(str_z(rows[i].type),
					 str_z(rows[i].body),
					 "application/sdp"), rows[i].want);
out:
	return err;
}

/* An INVITE with such a body is taken, one without SDP in it is not; a body
 * that may be ignored is. */
static int test_invite(void)
{
	static const struct { const char *lines, *body; int status; } rows[] = {
		{ "Content-Type: " TYPE "\r\n",
		  PLACE "--b1\r\nContent-Type: application/sdp\r\n\r\n" SDP
		  "\r\n--b1--\r\n", 180 },
		{ "Content-Type: " TYPE "\r\n", PLACE "--b1--\r\n", 415 },
		{ "Content-Type: text/plain\r\n", "hello", 415 },
		{ "Content-Type: text/plain\r\n"
		  "Content-Disposition: render;handling=optional\r\n",
		  "hello", 180 },
	};
	struct sip_pair p;
	int             err = 0;

	TRY(sip_pair_init(&p));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TRY(sip_pair_raw_send(&p, &p.a,
			"INVITE sip:alice@192.0.2.1 SIP/2.0\r\n"
			"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK%u\r\n"
			"From: <sip:bob@192.0.2.9>;tag=f\r\nCSeq: 1 INVITE\r\n"
			"To: <sip:alice@192.0.2.1>\r\nCall-ID: c%u\r\n"
			"Contact: <sip:bob@192.0.2.9>\r\nMax-Forwards: 70\r\n"
			"%sContent-Length: %u\r\n\r\n%s", i, i, rows[i].lines,
			(unsigned)str_z(rows[i].body).l, rows[i].body));
		sip_pair_run(&p, 10);
		if (p.a.s)
			TRY(sip_session_ring(p.a.s, 180, STR_NULL));
		p.a.s = NULL;
		sip_pair_run(&p, 10);
		CHECK(p.got);
		CHECK_INT(p.got->status, rows[i].status);
	}
out:
	sip_pair_fini(&p);
	return err;
}

const struct test_suite suite_multipart = {
	"sip/multipart", (const struct test[]){
		TEST(test_find),
		TEST(test_invite),
		TEST_END } };
