/* SPDX-License-Identifier: Apache-2.0 */
/* RTCP packets, RFC 3550 section 6. */
#include "media/rtcp.h"

#include <string.h>

#include "base/scan.h"

enum {
	PT_SR = 200, PT_RR = 201, PT_SDES = 202, PT_BYE = 203,
	SDES_CNAME = 1,
	MAX_PACKETS = 64,       /* in a compound */
	CNAME_MAX   = 64,
};

static const uint64_t NTP_UNIX_S = 2208988800u;  /* 1900 to 1970 */

static void scan_report(struct scan *s, struct rtcp_report *r)
{
	uint32_t lost;

	scan_b32(s, &r->ssrc);
	if (!scan_b32(s, &lost))
		return;
	r->fraction = (uint8_t)(lost >> 24);
	/* 24 bits with sign */
	r->lost = (int32_t)(lost << 8) >> 8;
	scan_b32(s, &r->max_ext);
	scan_b32(s, &r->jitter);
	scan_b32(s, &r->lsr);
	scan_b32(s, &r->dlsr);
}

static void scan_sender(struct scan *s, struct rtcp_news *w)
{
	uint32_t hi = 0, lo = 0;

	scan_b32(s, &hi);
	scan_b32(s, &lo);
	w->sr = true;
	w->ntp = (uint64_t)hi << 32 | lo;
	scan_b32(s, &w->ts);
	scan_b32(s, &w->packets);
	scan_b32(s, &w->bytes);
}

static int scan_body(struct scan *s, struct rtcp_news *w, uint8_t pt,
		     unsigned count, uint32_t our_ssrc)
{
	if (pt == PT_BYE) {
		w->bye = true;
		return 0;
	}
	if (pt != PT_SR && pt != PT_RR)
		return 0;
	scan_b32(s, &w->ssrc);
	if (pt == PT_SR)
		scan_sender(s, w);
	for (unsigned i = 0; i < count && !s->failed; i++) {
		struct rtcp_report r = { 0 };

		scan_report(s, &r);
		if (s->failed || r.ssrc != our_ssrc)
			continue;
		w->report = r;
		w->has_report = true;
	}
	return s->failed ? EBADMSG : 0;
}

int rtcp_parse(struct rtcp_news *w, const uint8_t *p, size_t n,
	       uint32_t our_ssrc)
{
	struct scan s = scan_of(str_pl(p, n));

	*w = (struct rtcp_news){ 0 };
	for (int i = 0; !scan_eof(&s) || i == 0; i++) {
		struct str body;
		struct scan b;
		uint8_t b0, pt;
		uint16_t words;

		if (!scan_b8(&s, &b0) || !scan_b8(&s, &pt) ||
		    !scan_b16(&s, &words) || b0 >> 6 != 2 ||
		    i == MAX_PACKETS)
			return EBADMSG;
		/* appendix A.2: the first is a report without padding */
		if (i == 0 && ((pt != PT_SR && pt != PT_RR) || b0 & 0x20))
			return EBADMSG;
		if (!scan_bytes(&s, (size_t)words * 4, &body))
			return EBADMSG;
		b = scan_of(body);
		if (scan_body(&b, w, pt, b0 & 0x1f, our_ssrc))
			return EBADMSG;
	}
	return 0;
}

struct out {
	uint8_t *p;
	size_t   n;
};

static void put8(struct out *o, unsigned v)
{
	o->p[o->n++] = (uint8_t)v;
}

static void put32(struct out *o, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		put8(o, v >> shift);
}

static void put_head(struct out *o, unsigned count, unsigned pt, size_t bytes)
{
	size_t words = bytes / 4 - 1;

	put8(o, 0x80 | count);
	put8(o, pt);
	put8(o, (unsigned)(words >> 8));
	put8(o, (unsigned)words & 0xff);
}

static void put_report(struct out *o, const struct rtcp_report *r)
{
	put32(o, r->ssrc);
	put32(o, (uint32_t)r->fraction << 24 |
		 ((uint32_t)r->lost & 0xffffff));
	put32(o, r->max_ext);
	put32(o, r->jitter);
	put32(o, r->lsr);
	put32(o, r->dlsr);
}

static void put_sdes(struct out *o, uint32_t ssrc, const char *cname)
{
	size_t l = strlen(cname), body;

	if (l > CNAME_MAX)
		l = CNAME_MAX;
	/* the item list ends with at least one 0 and fills the word */
	body = (2 + l + 1 + 3) / 4 * 4;
	put_head(o, 1, PT_SDES, 8 + body);
	put32(o, ssrc);
	put8(o, SDES_CNAME);
	put8(o, (unsigned)l);
	memcpy(o->p + o->n, cname, l);
	memset(o->p + o->n + l, 0, body - 2 - l);
	o->n += body - 2;
}

size_t rtcp_build(uint8_t out[RTCP_MAX], const struct rtcp_out *r)
{
	struct out o = { out, 0 };
	size_t reports = r->has_report ? 24 : 0;

	if (r->sr) {
		put_head(&o, r->has_report, PT_SR, 28 + reports);
		put32(&o, r->ssrc);
		put32(&o, (uint32_t)(r->ntp >> 32));
		put32(&o, (uint32_t)r->ntp);
		put32(&o, r->ts);
		put32(&o, r->packets);
		put32(&o, r->bytes);
	} else {
		put_head(&o, r->has_report, PT_RR, 8 + reports);
		put32(&o, r->ssrc);
	}
	if (r->has_report)
		put_report(&o, &r->report);
	put_sdes(&o, r->ssrc, r->cname);
	if (r->bye) {
		put_head(&o, 1, PT_BYE, 8);
		put32(&o, r->ssrc);
	}
	return o.n;
}

uint64_t rtcp_ntp(uint64_t unix_us)
{
	uint64_t s = unix_us / 1000000 + NTP_UNIX_S;
	uint64_t frac = ((unix_us % 1000000) << 32) / 1000000;

	return s << 32 | frac;
}

uint32_t rtcp_rtt_us(uint32_t now_mid, const struct rtcp_report *r)
{
	uint32_t rtt = now_mid - r->lsr - r->dlsr;

	/* over 10 s, or the peer's delay is longer than the time passed */
	if (!r->lsr || rtt > 10u << 16)
		return 0;
	return (uint32_t)((uint64_t)rtt * 1000000 >> 16);
}
