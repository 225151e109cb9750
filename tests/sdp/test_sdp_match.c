/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sdp/sdp_match.h"
#include "tests/lib/test.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
#define CONN "c=IN IP4 192.0.2.1\r\n"

static int parse(struct sdp *s, struct str text)
{
	struct parse_pos where;

	return sdp_parse(s, text, &where);
}

static int test_formats(void)
{
	struct sdp        s;
	struct sdp_format f;
	int               err = 0;

	TRY(parse(&s, str_z(HEAD CONN
		  "m=audio 4000 RTP/AVP 8 0 96 97 98 13 x 200 99\r\n"
		  "a=rtpmap:0 pcmu/8000/1\r\n"
		  "a=rtpmap:96 opus/48000/2\r\n"
		  "a=rtpmap:97 telephone-event/8000\r\n"
		  "a=fmtp:97 0-15\r\n"
		  "a=rtpmap:98 broken\r\n"
		  "a=rtpmap:99 L16/0\r\n")));
	CHECK(sdp_format_get(&f, &s, &s.media[0], 0));
	CHECK_STR(f.name, "PCMA");
	CHECK_INT(f.hz, 8000);
	CHECK(sdp_format_get(&f, &s, &s.media[0], 1));
	CHECK_STR(f.name, "pcmu");
	CHECK(!sdp_format_get(&f, &s, &s.media[0], 2)); /* two channels */
	CHECK(sdp_format_get(&f, &s, &s.media[0], 3));
	CHECK_INT(f.pt, 97);
	CHECK_STR(f.fmtp, "0-15");
	for (unsigned i = 4; i < 9; i++)
		CHECK(!sdp_format_get(&f, &s, &s.media[0], i));
out:
	return err;
}

static int test_dirs(void)
{
	static const struct { const char *text; enum sdp_dir d; } rows[] = {
		{ HEAD CONN "m=audio 4 RTP/AVP 0\r\n", SDP_SENDRECV },
		{ HEAD CONN "m=audio 4 RTP/AVP 0\r\na=sendonly\r\n",
		  SDP_SENDONLY },
		{ HEAD CONN "a=recvonly\r\nm=audio 4 RTP/AVP 0\r\n",
		  SDP_RECVONLY },
		{ HEAD CONN "a=recvonly\r\nm=audio 4 RTP/AVP 0\r\n"
		  "a=inactive\r\n", SDP_INACTIVE },
		{ HEAD "c=IN IP4 0.0.0.0\r\nm=audio 4 RTP/AVP 0\r\n",
		  SDP_SENDONLY },
		{ HEAD "c=IN IP6 ::\r\nm=audio 4 RTP/AVP 0\r\n"
		  "a=recvonly\r\n", SDP_INACTIVE },
	};
	struct sdp s;
	int        err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TRY(parse(&s, str_z(rows[i].text)));
		CHECK_INT(sdp_match_dir(&s, &s.media[0]), rows[i].d);
	}
out:
	return err;
}

static int test_ptime(void)
{
	static const struct { const char *attrs; uint16_t ms; } rows[] = {
		{ "", 20 }, { "a=ptime:30\r\n", 30 },
		{ "a=ptime:20.0\r\n", 20 }, { "a=ptime:25\r\n", 20 },
		{ "a=ptime:5\r\n", 10 }, { "a=ptime:0\r\n", 20 },
		{ "a=ptime:200\r\n", 60 }, { "a=ptime:x\r\n", 20 },
		{ "a=maxptime:10\r\n", 10 },
		{ "a=ptime:60\r\na=maxptime:40\r\n", 40 },
	};
	const struct codec_ops *codec = codec_find("PCMA", 8000);
	struct sdp              s;
	struct buf              b;
	int                     err = 0;

	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		buf_addf(&b, HEAD CONN "m=audio 4000 RTP/AVP 8\r\n%s",
			 rows[i].attrs);
		TRY(b.err);
		TRY(parse(&s, buf_str(&b)));
		CHECK_INT(sdp_match_ptime(&s, &s.media[0], codec, 20),
			  rows[i].ms);
	}
out:
	buf_fini(&b);
	return err;
}

static int test_addr(void)
{
	static const struct { const char *text, *rtp, *rtcp; } rows[] = {
		{ HEAD CONN "m=audio 4000 RTP/AVP 0\r\n",
		  "192.0.2.1:4000", "192.0.2.1:4001" },
		{ HEAD CONN "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::1\r\n"
		  "a=rtcp:5000\r\n", "[::1]:4000", "[::1]:5000" },
		{ HEAD CONN "m=audio 4000 RTP/AVP 0\r\n"
		  "a=rtcp:5000 IN IP4 192.0.2.7\r\n",
		  "192.0.2.1:4000", "192.0.2.7:5000" },
		{ HEAD CONN "m=audio 4000 RTP/AVP 0\r\n"
		  "a=rtcp:5000 IN IP4 224.0.0.1\r\n",
		  "192.0.2.1:4000", "192.0.2.1:5000" },
	};
	struct sdp  s;
	struct addr rtp, rtcp;
	char        text[ADDR_TEXT_MAX];
	int         err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TRY(parse(&s, str_z(rows[i].text)));
		CHECK(sdp_match_addr(&rtp, &rtcp, &s, &s.media[0]));
		CHECK_STR(str_z(addr_print(text, &rtp)), rows[i].rtp);
		CHECK_STR(str_z(addr_print(text, &rtcp)), rows[i].rtcp);
	}
	TRY(parse(&s, str_z(HEAD "c=IN IP4 224.2.1.1/127\r\n"
		  "m=audio 4 RTP/AVP 0\r\n")));
	CHECK(!sdp_match_addr(&rtp, &rtcp, &s, &s.media[0]));
	TRY(parse(&s, str_z(HEAD "c=IN IP4 a.example\r\n"
			    "m=audio 4 RTP/AVP 0\r\n")));
	CHECK(!sdp_match_addr(&rtp, &rtcp, &s, &s.media[0]));
	TRY(parse(&s, str_z(HEAD "m=audio 4 RTP/AVP 0\r\n")));
	CHECK(!sdp_match_addr(&rtp, &rtcp, &s, &s.media[0]));
	TRY(parse(&s, str_z(HEAD CONN "m=audio 0 RTP/AVP 0\r\n")));
	CHECK(!sdp_match_addr(&rtp, &rtcp, &s, &s.media[0]));
out:
	return err;
}

#define KEY30 "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"

static int test_crypto(void)
{
	struct sdp_caps caps = {
		.suites = { CRYPTO_AES_CM_128_HMAC_SHA1_80,
			    CRYPTO_AES_CM_128_HMAC_SHA1_32 },
		.n_suites = 2 };
	struct sdp        s;
	struct crypto_key k;
	int               err = 0;

	TRY(parse(&s, str_z(HEAD CONN "m=audio 4000 RTP/SAVP 0\r\n"
		  "a=crypto:1 UNKNOWN " KEY30
		  "a=crypto:2 AES_CM_128_HMAC_SHA1_32 " KEY30
		  "a=crypto:3 AES_CM_128_HMAC_SHA1_80 " KEY30)));
	CHECK(sdp_match_is_secure(s.media[0].proto));
	CHECK(sdp_match_is_rtp(s.media[0].proto));
	CHECK(sdp_match_crypto(&k, &caps, &s, &s.media[0]));
	CHECK_INT(k.tag, 2);
	caps.prefer_ours = true;
	CHECK(sdp_match_crypto(&k, &caps, &s, &s.media[0]));
	CHECK_INT(k.tag, 3);
	caps.n_suites = 0;
	CHECK(!sdp_match_crypto(&k, &caps, &s, &s.media[0]));
out:
	return err;
}

const struct test_suite suite_sdp_match = {
	"sdp/sdp_match", (const struct test[]){
		TEST(test_formats),
		TEST(test_dirs),
		TEST(test_ptime),
		TEST(test_addr),
		TEST(test_crypto),
		TEST_END } };
