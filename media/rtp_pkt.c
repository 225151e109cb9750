/* SPDX-License-Identifier: Apache-2.0 */
/* RTP packets, RFC 3550 section 5.1. */
#include "media/rtp_pkt.h"

#include "base/scan.h"

/* The length of an extension is in words behind a 16-bit profile. */
static void skip_extension(struct scan *s)
{
	uint16_t profile, words;

	if (scan_b16(s, &profile) && scan_b16(s, &words))
		scan_skip(s, (size_t)words * 4);
}

/* The last byte counts the padding, itself included. */
static int cut_padding(struct rtp_pkt *k)
{
	uint8_t n = k->len ? k->payload[k->len - 1] : 0;

	if (!n || n > k->len)
		return EBADMSG;
	k->len -= n;
	return 0;
}

int rtp_pkt_parse(struct rtp_pkt *k, const uint8_t *p, size_t n)
{
	struct scan s = scan_of(str_pl(p, n));
	uint8_t b0, b1;

	if (!scan_b8(&s, &b0) || !scan_b8(&s, &b1) || b0 >> 6 != 2)
		return EBADMSG;
	k->marker = b1 >> 7;
	k->pt = b1 & 0x7f;
	scan_b16(&s, &k->seq);
	scan_b32(&s, &k->ts);
	scan_b32(&s, &k->ssrc);
	scan_skip(&s, (size_t)(b0 & 0x0f) * 4);
	if (b0 & 0x10)
		skip_extension(&s);
	if (s.failed)
		return EBADMSG;
	k->payload = (const uint8_t *)s.p;
	k->len = scan_left(&s);
	return b0 & 0x20 ? cut_padding(k) : 0;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

void rtp_pkt_head(uint8_t out[RTP_HDR], const struct rtp_pkt *k)
{
	out[0] = 0x80;
	out[1] = (uint8_t)(k->marker << 7 | k->pt);
	out[2] = (uint8_t)(k->seq >> 8);
	out[3] = (uint8_t)k->seq;
	put32(out + 4, k->ts);
	put32(out + 8, k->ssrc);
}

bool rtp_pkt_is_rtcp(const uint8_t *p, size_t n)
{
	return n >= 2 && p[1] >= 192 && p[1] <= 223;
}
