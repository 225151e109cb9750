/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "media/rtp_pkt.h"
#include "tests/lib/test.h"

static int test_round_trip(void)
{
	struct rtp_pkt k = { .marker = true, .pt = 101, .seq = 0xfffe,
			     .ts = 0x89abcdef, .ssrc = 0xdeadbeef }, r;
	uint8_t data[RTP_HDR + 4] = { [RTP_HDR] = 1, 2, 3, 4 };
	int err = 0;

	rtp_pkt_head(data, &k);
	TRY(rtp_pkt_parse(&r, data, sizeof(data)));
	CHECK(r.marker);
	CHECK_INT(r.pt, 101);
	CHECK_INT(r.seq, 0xfffe);
	CHECK_INT(r.ts, 0x89abcdef);
	CHECK_INT(r.ssrc, 0xdeadbeef);
	CHECK_INT(r.len, 4);
	CHECK_INT(r.payload[3], 4);
out:
	return err;
}

static int test_csrc_extension_padding(void)
{
	uint8_t d[] = { 0xb2, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3,
			1, 1, 1, 1, 2, 2, 2, 2,         /* CSRCs */
			0xbe, 0xde, 0, 1, 9, 9, 9, 9,   /* extension */
			0x55, 0x66, 0, 2 };             /* padding */
	struct rtp_pkt k;
	int err = 0;

	TRY(rtp_pkt_parse(&k, d, sizeof(d)));
	CHECK_INT(k.len, 2);
	CHECK_INT(k.payload[0], 0x55);
	d[sizeof(d) - 1] = 5;           /* more padding than payload */
	CHECK_INT(rtp_pkt_parse(&k, d, sizeof(d)), EBADMSG);
	d[sizeof(d) - 1] = 0;
	CHECK_INT(rtp_pkt_parse(&k, d, sizeof(d)), EBADMSG);
	d[23] = 200;                    /* extension beyond the end */
	CHECK_INT(rtp_pkt_parse(&k, d, sizeof(d)), EBADMSG);
out:
	return err;
}

static int test_broken(void)
{
	uint8_t d[RTP_HDR] = { 0x80 };
	struct rtp_pkt k;
	int err = 0;

	TRY(rtp_pkt_parse(&k, d, RTP_HDR));
	CHECK_INT(k.len, 0);
	for (size_t n = 0; n < RTP_HDR; n++)
		CHECK_INT(rtp_pkt_parse(&k, d, n), EBADMSG);
	d[0] = 0x40;
	CHECK_INT(rtp_pkt_parse(&k, d, RTP_HDR), EBADMSG);
	d[0] = 0x8f;                    /* 15 CSRCs that are not there */
	CHECK_INT(rtp_pkt_parse(&k, d, RTP_HDR), EBADMSG);
out:
	return err;
}

static int test_rtcp_or_not(void)
{
	uint8_t d[2] = { 0x80, 200 };
	int err = 0;

	CHECK(rtp_pkt_is_rtcp(d, 2));
	d[1] = 0x80 | 101;
	CHECK(!rtp_pkt_is_rtcp(d, 2));
	d[1] = 0;
	CHECK(!rtp_pkt_is_rtcp(d, 2));
	CHECK(!rtp_pkt_is_rtcp(d, 1));
out:
	return err;
}

const struct test_suite suite_rtp_pkt = {
	"media/rtp_pkt", (const struct test[]){
		TEST(test_round_trip),
		TEST(test_csrc_extension_padding),
		TEST(test_broken),
		TEST(test_rtcp_or_not),
		TEST_END } };
