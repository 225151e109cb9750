/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/sdp/sdp.h"
#include "tests/lib/test.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n"
#define TAIL "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"

/* The first example of RFC 3264 section 10.1. */
static int test_whole(void)
{
	static const char text[] =
		"v=0\r\n"
		"o=alice 2890844526 2890844526 IN IP4 host.anywhere.com\r\n"
		"s=\r\n"
		"c=IN IP4 192.0.2.9\r\n"
		"t=0 0\r\n"
		"a=recvonly\r\n"
		"m=audio 49170 RTP/AVP 0 8\r\n"
		"a=rtpmap:0 PCMU/8000\r\n"
		"m=video 51372/2 RTP/AVP 31 32\r\n"
		"c=IN IP6 2001:db8::7\r\n"
		"a=rtpmap:31 H261/90000\r\n"
		"a=x-flag\r\n";
	struct parse_pos where;
	struct sdp       s;
	struct addr      a;
	int              err = 0;

	TRY(sdp_parse(&s, STR_LIT(text), &where));
	CHECK_STR(s.user, "alice");
	CHECK_STR(s.id, "2890844526");
	CHECK_STR(s.origin.host, "host.anywhere.com");
	CHECK_INT(s.origin.addr.family, AF_UNSPEC);
	CHECK_INT(s.n_media, 2);
	CHECK_STR(s.media[0].type, "audio");
	CHECK_STR(s.media[0].proto, "RTP/AVP");
	CHECK_INT(s.media[0].n_formats, 2);
	CHECK_STR(s.media[0].formats[1], "8");
	CHECK_INT(s.media[1].port, 51372);
	CHECK_INT(s.media[1].n_ports, 2);
	a = sdp_media_addr(&s, &s.media[0]);
	CHECK_INT(a.family, AF_INET);
	CHECK_INT(a.port, 49170);
	a = sdp_media_addr(&s, &s.media[1]);
	CHECK_INT(a.family, AF_INET6);
	CHECK(sdp_audio(&s) == &s.media[0]);
	CHECK(sdp_attr(&s, NULL, "recvonly", 0));
	CHECK(!sdp_attr(&s, &s.media[0], "recvonly", 0));
	CHECK(sdp_attr_any(&s, &s.media[0], "recvonly"));
	CHECK(!sdp_attr(&s, NULL, "rtpmap", 0));
	CHECK_STR(sdp_attr(&s, &s.media[1], "rtpmap", 0)->value,
		  "31 H261/90000");
	CHECK(!sdp_attr(&s, &s.media[1], "x-flag", 0)->value.p);
out:
	return err;
}

/* What devices of RFC 2327 write. */
static int test_tolerated(void)
{
	static const char *const texts[] = {
		"v=0\no=- 1 2 IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0",
		HEAD TAIL "m=audio 4000 RTP/AVP 0",
		HEAD TAIL "m=audio 4000 RTP/AVP 0 \r\n\r\n\r\n",
		HEAD "s=two\r\nt=0 0\r\nc=IN IP4 192.0.2.1/127\r\n"
			"m=audio  4000  RTP/AVP  0\r\n",
		HEAD "x=foo\r\n" TAIL "k=clear:x\r\nm=audio 4000 RTP/AVP 0\r\n",
	};
	struct parse_pos where;
	struct sdp       s;
	int              err = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		TRY(sdp_parse(&s, str_z(texts[i]), &where));
		CHECK_INT(s.n_media, 1);
		CHECK_INT(s.media[0].port, 4000);
		CHECK_INT(s.media[0].n_formats, 1);
		CHECK_STR(s.media[0].formats[0], "0");
	}
out:
	return err;
}

static int test_bad(void)
{
	static const char *const bad[] = {
		"",
		"o=- 1 2 IN IP4 192.0.2.1\r\n",
		"v=1\r\n",
		"v=0\r\ns=-\r\n",
		"v=0\r\nv=0\r\n",
		"v=0\r\no=- a 2 IN IP4 192.0.2.1\r\n",
		"v=0\r\no=- 1 2 XX IP4 192.0.2.1\r\n",
		"v=0\r\no=- 1 2 IN IP5 192.0.2.1\r\n",
		"v=0\r\no=- 1 2 IN IP4\r\n",
		HEAD "o=- 1 2 IN IP4 192.0.2.1\r\n",
		HEAD "c=IN IP4 2001:db8::1\r\n",
		HEAD "c=IN IP6 192.0.2.1\r\n",
		HEAD "c=IN IP4 ho\"st\r\n",
		HEAD "m=audio 65536 RTP/AVP 0\r\n",
		HEAD "m=audio -1 RTP/AVP 0\r\n",
		HEAD "m=audio 4000/0 RTP/AVP 0\r\n",
		HEAD "m=audio 4000 RTP/AVP\r\n",
		HEAD "m=audio 4000 RTP//AVP 0\r\n",
		HEAD "m=au:dio 4000 RTP/AVP 0\r\n",
		HEAD "a=:x\r\n",
		HEAD "a=\r\n",
		HEAD "foo\r\n",
		HEAD " a=x\r\n",
	};
	struct parse_pos where;
	struct sdp       s;
	int              err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int got;

		where = (struct parse_pos){ 0 };
		got = sdp_parse(&s, str_z(bad[i]), &where);
		if (got != EBADMSG)
			test_say(__FILE__, __LINE__, "row %zu", i);
		CHECK_INT(got, EBADMSG);
		CHECK(where.what != NULL);
		CHECK(where.line > 0);
	}
	CHECK_INT(sdp_parse(&s, str_pl("v=0\r\n\0", 6), &where), EBADMSG);
out:
	return err;
}

static int too_many(const char *line, unsigned n, int want)
{
	struct parse_pos where;
	struct sdp       s;
	struct buf       b;
	int              err = 0;

	buf_init(&b, 2 * SDP_MAX_BYTES);
	buf_addz(&b, HEAD TAIL);
	for (unsigned i = 0; i < n; i++)
		buf_addz(&b, line);
	TRY(b.err);
	CHECK_INT(sdp_parse(&s, buf_str(&b), &where), want);
out:
	buf_fini(&b);
	return err;
}

static int test_bounds(void)
{
	static const char m[] = "m=audio 4000 RTP/AVP 0\r\n";
	static const char m32[] = "m=audio 4000 RTP/AVP 0 1 2 3 4 5 6 7 8 9 "
		"10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 "
		"30 31\r\n";
	static const char m33[] = "m=audio 4000 RTP/AVP 0 1 2 3 4 5 6 7 8 9 "
		"10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 "
		"30 31 32\r\n";
	int err = 0;

	TRY(too_many(m, SDP_MAX_MEDIA, 0));
	TRY(too_many(m, SDP_MAX_MEDIA + 1, EMSGSIZE));
	TRY(too_many("a=x\r\n", SDP_MAX_ATTRS, 0));
	TRY(too_many("a=x\r\n", SDP_MAX_ATTRS + 1, EMSGSIZE));
	TRY(too_many(m32, 1, 0));
	TRY(too_many(m33, 1, EMSGSIZE));
	TRY(too_many("i=0123456789012345678901234567890123456789\r\n", 2000,
		     EMSGSIZE));
out:
	return err;
}

const struct test_suite suite_sdp_parse = {
	"sdp/sdp_parse", (const struct test[]){
		TEST(test_whole),
		TEST(test_tolerated),
		TEST(test_bad),
		TEST(test_bounds),
		TEST_END } };
