/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "media/rtcp.h"
#include "media/rtp_pkt.h"
#include "media/srtp.h"
#include "tests/lib/test.h"

static struct rtp_key key(enum rtp_suite suite, uint8_t fill)
{
	struct rtp_key k = { .suite = suite, .len = suite <= 2 ? 30 : 46 };

	memset(k.key, fill, k.len);
	return k;
}

static size_t packet(uint8_t *data, uint16_t seq, uint32_t ssrc)
{
	struct rtp_pkt k = { .pt = 8, .seq = seq, .ts = seq * 160u,
			     .ssrc = ssrc };

	rtp_pkt_head(data, &k);
	memset(data + RTP_HDR, 0x5a, 160);
	return RTP_HDR + 160;
}

/* Two ends with these keys: a sends what b receives. */
static int ends(struct srtp_pair **a, struct srtp_pair **b,
		enum rtp_suite suite, uint8_t fill_b)
{
	struct rtp_key k1 = key(suite, 1), k2 = key(suite, 2);
	struct rtp_key k3 = key(suite, fill_b);
	int err = srtp_pair_global_init();

	if (!err)
		err = srtp_pair_new(a, &k1, &k2, 77);
	if (!err)
		err = srtp_pair_new(b, &k2, &k3, 88);
	return err;
}

static int test_suites(void)
{
	struct srtp_pair *a = NULL, *b = NULL;
	uint8_t d[RTP_SEND_MAX], seen[RTP_SEND_MAX];
	int err = 0;

	for (int s = 1; s <= RTP_SUITE_AES_256_CM_HMAC_SHA1_32; s++) {
		TRY(ends(&a, &b, (enum rtp_suite)s, 1));
		for (unsigned i = 0; i < 300; i++) {
			/* across the wrap of the sequence number */
			size_t n = packet(d, (uint16_t)(65400 + i), 77);

			TRY(srtp_pair_protect(a, d, &n, sizeof(d)));
			CHECK_INT(n, RTP_HDR + 160 + (s % 2 ? 10 : 4));
			CHECK(d[RTP_HDR] != 0x5a || d[RTP_HDR + 1] != 0x5a);
			memcpy(seen, d, n);
			TRY(srtp_pair_unprotect(b, d, &n));
			CHECK_INT(n, RTP_HDR + 160);
			CHECK_INT(d[RTP_HDR + 159], 0x5a);
			n += s % 2 ? 10 : 4;
			CHECK_INT(srtp_pair_unprotect(b, seen, &n),
				  EALREADY);
		}
		srtp_pair_free(a);
		srtp_pair_free(b);
		a = b = NULL;
	}
out:
	srtp_pair_free(a);
	srtp_pair_free(b);
	return err;
}

static int test_wrong_key_and_tampering(void)
{
	struct srtp_pair *a = NULL, *b = NULL;
	uint8_t d[RTP_SEND_MAX];
	size_t n;
	int err = 0;

	TRY(ends(&a, &b, RTP_SUITE_AES_CM_128_HMAC_SHA1_80, 9));
	n = packet(d, 1, 77);
	TRY(srtp_pair_protect(a, d, &n, sizeof(d)));
	CHECK_INT(srtp_pair_unprotect(b, d, &n), EBADMSG);
	srtp_pair_free(a);
	srtp_pair_free(b);
	a = b = NULL;
	TRY(ends(&a, &b, RTP_SUITE_AES_CM_128_HMAC_SHA1_80, 1));
	for (unsigned at = 0; at < RTP_HDR + 170; at += 7) {
		n = packet(d, (uint16_t)(10 + at), 77);
		TRY(srtp_pair_protect(a, d, &n, sizeof(d)));
		d[at] ^= 0x10;
		CHECK(srtp_pair_unprotect(b, d, &n) != 0);
	}
	for (n = 0; n < 40; n++) {
		size_t m = n;

		memset(d, 0x80, sizeof(d));
		CHECK(srtp_pair_unprotect(b, d, &m) != 0);
		m = n;
		CHECK(srtp_pair_unprotect_rtcp(b, d, &m) != 0);
	}
	n = packet(d, 900, 77);
	CHECK_INT(srtp_pair_protect(a, d, &n, n), ENOBUFS);
out:
	srtp_pair_free(a);
	srtp_pair_free(b);
	return err;
}

static int test_rtcp(void)
{
	struct srtp_pair *a = NULL, *b = NULL;
	struct rtcp_out o = { .ssrc = 77, .sr = true, .cname = "x" };
	uint8_t d[RTCP_MAX + SRTP_PAIR_TRAILER];
	struct rtcp_news w;
	size_t n;
	int err = 0;

	TRY(ends(&a, &b, RTP_SUITE_AES_CM_128_HMAC_SHA1_32, 1));
	n = rtcp_build(d, &o);
	TRY(srtp_pair_protect_rtcp(a, d, &n, sizeof(d)));
	TRY(srtp_pair_unprotect_rtcp(b, d, &n));
	TRY(rtcp_parse(&w, d, n, 0));
	CHECK_INT(w.ssrc, 77);
out:
	srtp_pair_free(a);
	srtp_pair_free(b);
	return err;
}

static int test_bad_keys(void)
{
	struct srtp_pair *p = NULL;
	struct rtp_key good = key(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, 1);
	struct rtp_key bad = good;
	int err = 0;

	TRY(srtp_pair_global_init());
	bad.len = 29;
	CHECK_INT(srtp_pair_new(&p, &good, &bad, 1), test_oom ? ENOMEM :
		  EINVAL);
	bad.suite = RTP_SUITE_NONE;
	CHECK_INT(srtp_pair_new(&p, &bad, &good, 1), test_oom ? ENOMEM :
		  EINVAL);
out:
	return err;
}

/* New streams of the same peer are accepted, but not without end. */
static int test_ssrcs(void)
{
	struct srtp_pair *a = NULL, *b = NULL;
	struct rtp_key k1 = key(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, 1);
	struct rtp_key k2 = key(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, 2);
	uint8_t d[RTP_SEND_MAX];
	unsigned good = 0;
	int err = 0;

	TRY(srtp_pair_global_init());
	TRY(srtp_pair_new(&b, &k2, &k1, 88));
	for (uint32_t i = 0; i < 20; i++) {
		size_t n = packet(d, 5, 1000 + i);

		TRY(srtp_pair_new(&a, &k1, &k2, 1000 + i));
		TRY(srtp_pair_protect(a, d, &n, sizeof(d)));
		good += srtp_pair_unprotect(b, d, &n) == 0;
		srtp_pair_free(a);
		a = NULL;
	}
	CHECK_INT(good, 8);
out:
	srtp_pair_free(a);
	srtp_pair_free(b);
	return err;
}

const struct test_suite suite_srtp = {
	"media/srtp", (const struct test[]){
		TEST(test_suites),
		TEST(test_wrong_key_and_tampering),
		TEST(test_rtcp),
		TEST(test_bad_keys),
		TEST(test_ssrcs),
		TEST_END } };
