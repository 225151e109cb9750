/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/sdp/offer_answer.h"
#include "tests/lib/test.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n" \
	     "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define KEY30 "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* One end: capabilities, state, its last description. */
struct end {
	struct sdp_caps     caps;
	struct offer_answer oa;
	struct buf          text;
	struct sdp          sdp;
	struct sdp_result   res;
};

static void end_init(struct end *e)
{
	memset(e, 0, sizeof(*e));
	e->caps = (struct sdp_caps){
		.codecs = { { codec_find("PCMA", 8000), 8 },
			    { codec_find("PCMU", 8000), 0 } },
		.n_codecs = 2, .telev_pt = 101, .ptime_ms = 20,
		.dir = SDP_SENDRECV,
		.suites = { CRYPTO_AES_CM_128_HMAC_SHA1_80,
			    CRYPTO_AEAD_AES_128_GCM },
		.n_suites = 2 };
	e->caps.rtp = (struct addr){ .family = AF_INET, .port = 4000,
				     .ip = { 198, 51, 100, 1 } };
	offer_answer_init(&e->oa);
	buf_init(&e->text, SDP_MAX_BYTES);
}

static void end_fini(struct end *e)
{
	offer_answer_fini(&e->oa);
	buf_fini(&e->text);
}

static int end_offer(struct end *e)
{
	buf_reset(&e->text);
	return offer_answer_offer(&e->oa, &e->caps, &e->text);
}

static int end_answer(struct end *e, struct str offer)
{
	struct parse_pos where;
	int              err = sdp_parse(&e->sdp, offer, &where);

	buf_reset(&e->text);
	return err ? err : offer_answer_answer(&e->oa, &e->caps, &e->sdp,
					       &e->text, &e->res);
}

static int end_finish(struct end *e, struct str answer)
{
	struct parse_pos where;
	int              err = sdp_parse(&e->sdp, answer, &where);

	return err ? err : offer_answer_finish(&e->oa, &e->sdp, &e->res);
}

static bool has(const struct end *e, const char *line)
{
	return e->text.p && memmem(e->text.p, e->text.len, line,
				   strlen(line));
}

/* Offer, answer, finish between two of us. */
static int exchange(struct end *a, struct end *b)
{
	int err = end_offer(a);

	if (!err)
		err = end_answer(b, buf_str(&a->text));
	return err ? err : end_finish(a, buf_str(&b->text));
}

static int test_simple(void)
{
	struct end a, b;
	int        err = 0;

	end_init(&a);
	end_init(&b);
	b.caps.codecs[0] = b.caps.codecs[1];
	b.caps.n_codecs = 1;
	b.caps.telev_pt = 96;
	b.caps.ptime_ms = 30;
	b.caps.rtcp_port = 4100;
	TRY(end_offer(&a));
	CHECK(has(&a, "c=IN IP4 198.51.100.1\r\n"));
	CHECK(has(&a, "m=audio 4000 RTP/AVP 8 0 101\r\n"
		  "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
		  "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
		  "a=ptime:20\r\na=sendrecv\r\n"));
	CHECK_INT(offer_answer_offer(&a.oa, &a.caps, &a.text), EALREADY);
	TRY(end_answer(&b, buf_str(&a.text)));
	CHECK(has(&b, "m=audio 4000 RTP/AVP 0 101\r\n"));
	CHECK(has(&b, "a=rtcp:4100\r\n"));
	CHECK(!has(&b, "a=rtpmap:8"));
	CHECK(b.res.send.ops == codec_find("PCMU", 8000));
	CHECK_INT(b.res.telev_send_pt, 101);
	CHECK_INT(b.res.ptime_ms, 20);
	TRY(end_finish(&a, buf_str(&b.text)));
	CHECK(a.res.send.ops == codec_find("PCMU", 8000));
	CHECK_INT(a.res.n_recv, 1);
	CHECK_INT(a.res.telev_recv_pt, 101);
	CHECK_INT(a.res.telev_hz, 8000);
	CHECK_INT(a.res.ptime_ms, 30);
	CHECK_INT(a.res.rtp.port, 4000);
	CHECK_INT(a.res.rtcp.port, 4100);
	CHECK_INT(a.res.dir, SDP_SENDRECV);
	CHECK(!a.res.held && !a.res.srtp);
	CHECK_INT(end_finish(&a, buf_str(&b.text)), EPROTO);
out:
	end_fini(&a);
	end_fini(&b);
	return err;
}

/* Their payload numbers are kept; order of preference is a choice. */
static int test_numbers(void)
{
	static const char offer[] = HEAD
		"m=audio 5000 RTP/AVP 97 98 18 96\r\n"
		"a=rtpmap:97 PCMU/8000\r\na=rtpmap:98 PCMA/8000\r\n"
		"a=rtpmap:96 telephone-event/8000\r\n";
	struct end a;
	int        err = 0;

	end_init(&a);
	TRY(end_answer(&a, STR_LIT(offer)));
	CHECK_INT(a.res.send.pt, 97);
	CHECK_INT(a.res.recv[0].pt, 97);
	CHECK_INT(a.res.telev_recv_pt, 96);
	a.caps.prefer_ours = true;
	TRY(end_answer(&a, STR_LIT(offer)));
	CHECK_INT(a.res.send.pt, 98);
	CHECK(a.res.send.ops == codec_find("PCMA", 8000));
	CHECK(has(&a, "m=audio 4000 RTP/AVP 98 96\r\n"
		  "a=rtpmap:98 PCMA/8000\r\n"));
out:
	end_fini(&a);
	return err;
}

/* An answer may use numbers of its own; ours are what we receive. */
static int test_asymmetric(void)
{
	struct end a;
	int        err = 0;

	end_init(&a);
	a.caps.codecs[0].pt = 102;
	TRY(end_offer(&a));
	TRY(end_finish(&a, STR_LIT(HEAD "m=audio 5000 RTP/AVP 99 0\r\n"
				   "a=rtpmap:99 PCMA/8000\r\n")));
	CHECK_INT(a.res.send.pt, 99);
	CHECK_INT(a.res.n_recv, 2);
	CHECK_INT(a.res.recv[0].pt, 102);
	CHECK_INT(a.res.recv[1].pt, 0);
	CHECK_INT(a.res.telev_send_pt, 0);
out:
	end_fini(&a);
	return err;
}

static int test_media_lines(void)
{
	struct end a;
	int        err = 0;

	end_init(&a);
	TRY(end_answer(&a, STR_LIT(HEAD
		"m=video 6000 RTP/AVP 107 31\r\nc=IN IP6 2001:db8::1\r\n"
		"m=audio 5000 RTP/AVP 0\r\n"
		"m=image 7000 udptl t38\r\n"
		"m=audio 5002 RTP/AVP 8\r\n")));
	CHECK(has(&a, "m=video 0 RTP/AVP 107 31\r\nm=audio 4000 RTP/AVP 0"));
	CHECK(has(&a, "m=image 0 udptl t38\r\nm=audio 0 RTP/AVP 8\r\n"));
	CHECK_INT(a.res.rtp.port, 5000);
	/* our own offer keeps their places */
	TRY(end_offer(&a));
	CHECK(has(&a, "m=video 0 RTP/AVP 107\r\nm=audio 4000 RTP/AVP 8 0"));
	CHECK(has(&a, "m=image 0 udptl t38\r\nm=audio 0 RTP/AVP 8\r\n"));
	offer_answer_drop(&a.oa);
	/* the line in use stays ours even if an earlier one would do */
	TRY(end_answer(&a, STR_LIT(HEAD
		"m=audio 6000 RTP/AVP 0\r\nm=audio 5000 RTP/AVP 0\r\n")));
	CHECK_INT(a.res.rtp.port, 5000);
out:
	end_fini(&a);
	return err;
}

static int test_refused(void)
{
	static const char *const offers[] = {
		HEAD "m=audio 5000 RTP/AVP 18\r\n",
		HEAD "m=audio 0 RTP/AVP 0\r\n",
		HEAD "m=audio 5000 RTP/SAVP 0\r\n",
		HEAD "m=audio 5000 UDP/TLS/RTP/SAVPF 0\r\n",
		HEAD "m=video 5000 RTP/AVP 0\r\n",
		HEAD "m=audio 5000 RTP/AVP 0\r\nc=IN IP4 a.example\r\n",
		HEAD,
	};
	struct end a;
	int        err = 0;

	end_init(&a);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		CHECK_INT(end_answer(&a, str_z(offers[i])), ENOTSUP);
		CHECK_INT(a.text.len, 0);
	}
	TRY(end_offer(&a));
	CHECK_INT(end_answer(&a, STR_LIT(HEAD "m=audio 5 RTP/AVP 0\r\n")),
		  EALREADY);
	CHECK_INT(end_finish(&a, STR_LIT(HEAD)), EBADMSG);
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=image 5 udptl t38\r\n")),
		  EBADMSG);
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=audio 0 RTP/AVP 0\r\n")),
		  ENOTSUP);
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=audio 5 RTP/AVP 18\r\n")),
		  ENOTSUP);
	TRY(end_finish(&a, STR_LIT(HEAD "m=audio 5 RTP/AVP 0 101\r\n")));
	CHECK_INT(a.res.telev_send_pt, 101);
out:
	end_fini(&a);
	return err;
}

/* Hold and back: RFC 3264 section 8.4 and the old way by 0.0.0.0. */
static int test_hold(void)
{
	struct end a, b;
	int        err = 0;
	uint64_t   version;

	end_init(&a);
	end_init(&b);
	TRY(exchange(&a, &b));
	version = a.oa.version;
	a.caps.dir = SDP_SENDONLY;
	TRY(exchange(&a, &b));
	CHECK_INT(a.oa.version, version + 1);
	CHECK(has(&b, "a=recvonly\r\n"));
	CHECK_INT(a.res.dir, SDP_SENDONLY);
	CHECK_INT(b.res.dir, SDP_RECVONLY);
	CHECK(b.res.held && !a.res.held);
	TRY(exchange(&a, &b));
	CHECK_INT(a.oa.version, version + 1);   /* nothing changed */
	b.caps.dir = SDP_SENDONLY;              /* both hold */
	TRY(exchange(&b, &a));
	CHECK_INT(a.res.dir, SDP_INACTIVE);
	CHECK_INT(b.res.dir, SDP_INACTIVE);
	a.caps.dir = b.caps.dir = SDP_SENDRECV;
	TRY(exchange(&a, &b));
	CHECK_INT(a.res.dir, SDP_SENDRECV);
	CHECK(!b.res.held);
	TRY(end_answer(&a, STR_LIT(
		"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n"
		"c=IN IP4 0.0.0.0\r\nm=audio 5000 RTP/AVP 0\r\n")));
	CHECK_INT(a.res.dir, SDP_RECVONLY);
	CHECK_INT(a.res.rtp.family, AF_UNSPEC);
	CHECK(a.res.held);
	CHECK(has(&a, "a=recvonly\r\n"));
out:
	end_fini(&a);
	end_fini(&b);
	return err;
}

static int test_srtp(void)
{
	struct end        a, b;
	struct crypto_key key;
	int               err = 0;

	end_init(&a);
	end_init(&b);
	a.caps.srtp = SDP_SRTP_REQUIRED;
	TRY(end_offer(&a));
	CHECK(has(&a, "m=audio 4000 RTP/SAVP 8 0 101\r\n"));
	CHECK(has(&a, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
	CHECK(has(&a, "a=crypto:2 AEAD_AES_128_GCM inline:"));
	CHECK_INT(end_answer(&b, buf_str(&a.text)), ENOTSUP);
	b.caps.srtp = SDP_SRTP_ALLOWED;
	TRY(end_answer(&b, buf_str(&a.text)));
	CHECK(b.res.srtp);
	TRY(end_finish(&a, buf_str(&b.text)));
	CHECK(a.res.srtp);
	CHECK_INT(a.res.srtp_send.suite, CRYPTO_AES_CM_128_HMAC_SHA1_80);
	CHECK(memcmp(a.res.srtp_send.key, b.res.srtp_recv.key, 30) == 0);
	CHECK(memcmp(b.res.srtp_send.key, a.res.srtp_recv.key, 30) == 0);
	CHECK(memcmp(b.res.srtp_send.key, a.res.srtp_send.key, 30) != 0);
	/* a new exchange keeps the keys of running streams */
	key = a.res.srtp_send;
	TRY(exchange(&a, &b));
	CHECK(memcmp(a.res.srtp_send.key, key.key, 30) == 0);
	TRY(exchange(&b, &a) == ENOTSUP ? 0 : EINVAL); /* b offers RTP/AVP */
out:
	end_fini(&a);
	end_fini(&b);
	return err;
}

static int test_srtp_answers(void)
{
	struct end a;
	int        err = 0;

	end_init(&a);
	a.caps.srtp = SDP_SRTP_REQUIRED;
	TRY(end_offer(&a));
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=audio 5 RTP/AVP 0\r\n")),
		  ENOTSUP);
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=audio 5 RTP/SAVP 0\r\n")),
		  ENOTSUP);
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=audio 5 RTP/SAVP 0\r\n"
		"a=crypto:2 AES_CM_128_HMAC_SHA1_80 " KEY30 "\r\n")),
		  ENOTSUP);
	TRY(end_finish(&a, STR_LIT(HEAD "m=audio 5 RTP/SAVP 0\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY30 "\r\n")));
	/* RFC 8643: keys on RTP/AVP */
	a.caps.srtp = SDP_SRTP_ALLOWED;
	TRY(end_answer(&a, STR_LIT(HEAD "m=audio 5 RTP/AVP 0\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY30 "\r\n")));
	CHECK(a.res.srtp);
	CHECK(has(&a, "m=audio 4000 RTP/AVP 0\r\n"));
	CHECK(has(&a, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
	/* the secure one of two lines */
	offer_answer_fini(&a.oa);
	offer_answer_init(&a.oa);
	TRY(end_answer(&a, STR_LIT(HEAD "m=audio 5 RTP/AVP 0\r\n"
		"m=audio 7 RTP/SAVP 0\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY30 "\r\n")));
	CHECK_INT(a.res.rtp.port, 7);
	CHECK(has(&a, "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/SAVP 0"));
out:
	end_fini(&a);
	return err;
}

/* RFC 5118 section 4.9: addresses of both families in one description. */
static int test_mixed_families(void)
{
	struct end a;
	int        err = 0;

	end_init(&a);
	TRY(end_answer(&a, STR_LIT(
		"v=0\r\no=bob 280744730 28977631 IN IP4 host.example.com\r\n"
		"s=\r\nt=0 0\r\nm=audio 22334 RTP/AVP 0\r\n"
		"c=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\n"
		"c=IN IP6 2001:db8::1\r\na=rtpmap:107 H263-1998/90000\r\n")));
	CHECK_INT(a.res.rtp.family, AF_INET);
	CHECK_INT(sdp_media_addr(&a.sdp, sdp_audio(&a.sdp)).family, AF_INET);
	TRY(addr_parse(&a.caps.rtp, STR_LIT("[2001:db8::5]:4000"), 0));
	TRY(end_answer(&a, STR_LIT(HEAD "m=audio 22334 RTP/AVP 0\r\n"
		"c=IN IP6 2001:db8::1\r\n")));
	CHECK_INT(a.res.rtp.family, AF_INET6);
	CHECK(has(&a, "c=IN IP6 2001:db8::5\r\n"));
out:
	end_fini(&a);
	return err;
}

/* 18x of one fork, then the 2xx of another. */
static int test_preview(void)
{
	struct parse_pos where;
	struct end       a;
	int              err = 0;

	end_init(&a);
	CHECK_INT(offer_answer_preview(&a.oa, &a.sdp, &a.res), EPROTO);
	TRY(end_offer(&a));
	TRY(sdp_parse(&a.sdp, STR_LIT(HEAD "m=audio 5 RTP/AVP 8\r\n"),
		      &where));
	TRY(offer_answer_preview(&a.oa, &a.sdp, &a.res));
	CHECK_INT(a.res.send.pt, 8);
	TRY(end_finish(&a, STR_LIT(HEAD "m=audio 7 RTP/AVP 0\r\n")));
	CHECK_INT(a.res.send.pt, 0);
	CHECK_INT(a.res.rtp.port, 7);
	/* another fork answers the same offer */
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=audio 9 RTP/AVP 8\r\n")),
		  EPROTO);
	offer_answer_reopen(&a.oa);
	offer_answer_settle(&a.oa);     /* it waits: no effect */
	TRY(end_finish(&a, STR_LIT(HEAD "m=audio 9 RTP/AVP 8\r\n")));
	CHECK_INT(a.res.rtp.port, 9);
	offer_answer_settle(&a.oa);
	offer_answer_reopen(&a.oa);
	CHECK_INT(end_finish(&a, STR_LIT(HEAD "m=audio 9 RTP/AVP 8\r\n")),
		  EPROTO);
out:
	end_fini(&a);
	return err;
}

const struct test_suite suite_offer_answer = {
	"sdp/offer_answer", (const struct test[]){
		TEST(test_simple),
		TEST(test_numbers),
		TEST(test_asymmetric),
		TEST(test_media_lines),
		TEST(test_refused),
		TEST(test_hold),
		TEST(test_srtp),
		TEST(test_srtp_answers),
		TEST(test_mixed_families),
		TEST(test_preview),
		TEST_END } };
