/* SPDX-License-Identifier: Apache-2.0 */
/* One m= line against our capabilities, RFC 3264 sections 5 and 6. */
#include "gateway/sdp/sdp_match.h"

#include <string.h>

enum { PTIME_STEP_MS = 10, PTIME_MAX_MS = 60, FMTP_MAX = 128 };

/* The rest of "a=NAME:PT rest" for the payload number. */
static struct str attr_of_pt(const struct sdp *s, const struct sdp_media *m,
			     const char *name, uint8_t pt)
{
	const struct sdp_attr *a;
	uint32_t               n;

	for (unsigned i = 0; (a = sdp_attr(s, m, name, i)) != NULL; i++) {
		struct scan in;

		if (!a->value.p)
			continue;
		in = scan_of(a->value);
		if (scan_u32(&in, 127, &n) && n == pt && scan_blanks(&in))
			return str_trim(scan_rest(&in));
	}
	return STR_NULL;
}

/* name "/" clock ["/" channels] */
static bool read_rtpmap(struct sdp_format *f, struct str map)
{
	struct str hz, channels = STR_NULL;
	uint32_t   n;

	if (!str_cut(map, '/', &f->name, &hz) || !f->name.l)
		return false;
	if (str_cut(hz, '/', &hz, &channels) &&
	    (str_u32(&n, channels, 255) || n != 1))
		return false;
	return str_u32(&f->hz, hz, 1000000) == 0 && f->hz > 0;
}

bool sdp_format_get(struct sdp_format *f, const struct sdp *s,
		    const struct sdp_media *m, unsigned i)
{
	const struct codec_ops *codec;
	struct str              map;
	uint32_t                pt;

	if (str_u32(&pt, m->formats[i], 127))
		return false;
	f->pt = (uint8_t)pt;
	f->fmtp = attr_of_pt(s, m, "fmtp", f->pt);
	map = attr_of_pt(s, m, "rtpmap", f->pt);
	if (map.l)
		return read_rtpmap(f, map);
	codec = codec_by_pt((int)pt);
	if (!codec)
		return false;
	f->name = str_z(codec->name);
	f->hz = codec->rtp_hz;
	return true;
}

static bool fmtp_is_ok(const struct codec_ops *codec, struct str fmtp)
{
	char text[FMTP_MAX];

	if (!codec->fmtp_ok)
		return true;
	if (!fmtp.l)
		return codec->fmtp_ok(NULL, NULL);
	return str_copy(text, sizeof(text), fmtp) == 0 &&
	       codec->fmtp_ok(NULL, text);
}

int sdp_match_codec(const struct sdp_caps *caps, const struct sdp_format *f)
{
	for (unsigned i = 0; i < caps->n_codecs; i++) {
		const struct codec_ops *codec = caps->codecs[i].ops;

		if (str_ieqz(f->name, codec->name) &&
		    f->hz == codec->rtp_hz && fmtp_is_ok(codec, f->fmtp))
			return (int)i;
	}
	return -1;
}

bool sdp_match_telev(struct sdp_format *f, const struct sdp *s,
		     const struct sdp_media *m, uint32_t hz)
{
	struct sdp_format got;
	bool              found = false;

	for (unsigned i = 0; i < m->n_formats; i++) {
		if (!sdp_format_get(&got, s, m, i) ||
		    !str_ieqz(got.name, "telephone-event"))
			continue;
		if (got.hz == hz) {
			*f = got;
			return true;
		}
		if (got.hz == 8000 && !found) {
			*f = got;
			found = true;
		}
	}
	return found;
}

static bool stated_dir(const struct sdp *s, const struct sdp_media *m,
		       enum sdp_dir *d)
{
	for (int i = SDP_INACTIVE; i <= SDP_SENDRECV; i++)
		if (sdp_attr(s, m, sdp_dir_name((enum sdp_dir)i), 0)) {
			*d = (enum sdp_dir)i;
			return true;
		}
	return false;
}

enum sdp_dir sdp_match_dir(const struct sdp *s, const struct sdp_media *m)
{
	struct addr  a = sdp_media_addr(s, m);
	enum sdp_dir d = SDP_SENDRECV;

	if (!stated_dir(s, m, &d))
		(void)stated_dir(s, NULL, &d);  /* not there: sendrecv */
	if (a.family != AF_UNSPEC && addr_is_any(&a))
		d = (enum sdp_dir)(d & ~SDP_RECVONLY);
	return d;
}

/* Milliseconds of a=NAME:n; devices write "20.0" and "20 ", too. */
static uint32_t attr_ms(const struct sdp *s, const struct sdp_media *m,
			const char *name)
{
	const struct sdp_attr *a = sdp_attr_any(s, m, name);
	struct scan            in;
	uint32_t               ms;

	if (!a || !a->value.p)
		return 0;
	in = scan_of(a->value);
	return scan_u32(&in, 10000, &ms) ? ms : 0;
}

uint16_t sdp_match_ptime(const struct sdp *s, const struct sdp_media *m,
			 const struct codec_ops *codec, uint16_t dflt_ms)
{
	uint32_t ms = attr_ms(s, m, "ptime");
	uint32_t max_ms = attr_ms(s, m, "maxptime");
	uint32_t step = PTIME_STEP_MS;

	if (!ms)
		ms = dflt_ms;
	if (max_ms && ms > max_ms)
		ms = max_ms;
	if (ms > PTIME_MAX_MS)
		ms = PTIME_MAX_MS;
	if (codec->frame_ms > step)
		step = codec->frame_ms;
	ms -= ms % step;
	return (uint16_t)(ms ? ms : step);
}

/* a=rtcp:port [nettype addrtype address], RFC 3605 */
static struct addr rtcp_addr(const struct sdp *s, const struct sdp_media *m,
			     const struct addr *rtp)
{
	const struct sdp_attr *a = sdp_attr(s, m, "rtcp", 0);
	struct addr            to = *rtp, other;
	struct scan            in;
	struct str             rest;
	uint32_t               port;

	to.port = rtp->port < 65535 ? (uint16_t)(rtp->port + 1) : 0;
	if (!a || !a->value.p)
		return to;
	in = scan_of(a->value);
	if (!scan_u32(&in, 65535, &port) || !port)
		return to;
	to.port = (uint16_t)port;
	rest = str_trim(scan_rest(&in));
	if (str_istarts(rest, "IN IP") && rest.l > 7 &&
	    addr_parse_ip(&other, str_trim(str_sub(rest, 6, rest.l))) == 0 &&
	    other.family == rtp->family && !addr_is_any(&other) &&
	    !addr_is_multicast(&other)) {
		other.port = to.port;
		return other;
	}
	return to;
}

bool sdp_match_addr(struct addr *rtp, struct addr *rtcp,
		    const struct sdp *s, const struct sdp_media *m)
{
	struct addr a = sdp_media_addr(s, m);

	if (a.family == AF_UNSPEC || !m->port || addr_is_multicast(&a))
		return false;
	if (addr_is_any(&a)) {
		*rtp = *rtcp = (struct addr){ .family = AF_UNSPEC };
		return true;
	}
	*rtp = a;
	*rtcp = rtcp_addr(s, m, &a);
	return true;
}

bool sdp_match_is_secure(struct str proto)
{
	return str_ieqz(proto, "RTP/SAVP") || str_ieqz(proto, "RTP/SAVPF");
}

bool sdp_match_is_rtp(struct str proto)
{
	/* the feedback profile of RFC 4585 allows to send none */
	return sdp_match_is_secure(proto) || str_ieqz(proto, "RTP/AVP") ||
	       str_ieqz(proto, "RTP/AVPF");
}

static int suite_rank(const struct sdp_caps *caps, enum crypto_suite suite)
{
	for (unsigned i = 0; i < caps->n_suites; i++)
		if (caps->suites[i] == suite)
			return (int)i;
	return -1;
}

bool sdp_match_crypto(struct crypto_key *k, const struct sdp_caps *caps,
		      const struct sdp *s, const struct sdp_media *m)
{
	const struct sdp_attr *a;
	struct crypto_key      got;
	int                    best = -1;

	for (unsigned i = 0; (a = sdp_attr(s, m, "crypto", i)) != NULL; i++) {
		int rank;

		if (!a->value.p || crypto_attr_parse(&got, a->value))
			continue;
		rank = suite_rank(caps, got.suite);
		if (rank < 0 || (best >= 0 &&
				 (!caps->prefer_ours || rank >= best)))
			continue;
		best = rank;
		*k = got;
	}
	return best >= 0;
}
