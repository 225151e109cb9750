/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offer and answer, RFC 3264, with SDES keys, RFC 4568 section 5, and the
 * opportunistic keys of RFC 8643 in answers. Pure but for random keys.
 *
 *	caps ----> offer ----> (theirs) answer ----> finish ----> result
 *	(theirs) offer + caps ----> answer, result
 */
#include "gateway/sdp/offer_answer.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rand.h"
#include "gateway/sdp/sdp_match.h"

enum { ANSWER_CODECS = 1 };

static const char *const dir_names[4] = {
	[SDP_INACTIVE] = "inactive",
	[SDP_SENDONLY] = "sendonly",
	[SDP_RECVONLY] = "recvonly",
	[SDP_SENDRECV] = "sendrecv",
};

const char *sdp_dir_name(enum sdp_dir d)
{
	return dir_names[d & SDP_SENDRECV];
}

/* What they send we receive. */
static enum sdp_dir mirror(enum sdp_dir d)
{
	return (enum sdp_dir)((d & SDP_SENDONLY ? SDP_RECVONLY : 0) |
			      (d & SDP_RECVONLY ? SDP_SENDONLY : 0));
}

void offer_answer_init(struct offer_answer *oa)
{
	memset(oa, 0, sizeof(*oa));
	/* 31 bits: some devices keep it in a signed int */
	oa->id = rand_u32() >> 1;
	oa->version = 1;
}

static void free_offer(struct offer_answer *oa)
{
	if (oa->offer)
		memset(oa->offer, 0, sizeof(*oa->offer));       /* keys */
	oa->offer = mem_free(oa->offer);
}

void offer_answer_fini(struct offer_answer *oa)
{
	free_offer(oa);
	oa->lines = mem_free(oa->lines);
	memset(&oa->send_key, 0, sizeof(oa->send_key));
}

/* Writing */

/* v= and o= before the finished rest; RFC 3264 section 8: the version
 * grows by one with each changed description. */
static int print_whole(struct offer_answer *oa, const struct addr *a,
		       const struct buf *rest, struct buf *out)
{
	static const uint64_t key[2] = { 0, 0 };
	uint64_t              hash;

	if (rest->err)
		return rest->err;
	hash = siphash(key, rest->p, rest->len);
	if (oa->described && hash != oa->last_hash)
		oa->version++;
	oa->last_hash = hash;
	oa->described = true;
	sdp_print_origin(out, oa->id, oa->version, a);
	buf_adds(out, buf_str(rest));
	return out->err;
}

static void print_head(struct buf *b, const struct addr *a)
{
	buf_addz(b, "s=-\r\n");
	sdp_print_conn(b, a);
	buf_addz(b, "t=0 0\r\n");
}

static void print_codec(struct buf *b, const struct sdp_codec *c)
{
	buf_addf(b, "a=rtpmap:%u %s/%u\r\n", (unsigned)c->pt, c->ops->name,
		 c->ops->rtp_hz);
}

static void print_telev(struct buf *b, uint8_t pt, uint32_t hz)
{
	if (pt)
		buf_addf(b, "a=rtpmap:%u telephone-event/%u\r\n"
			 "a=fmtp:%u 0-15\r\n", (unsigned)pt, (unsigned)hz,
			 (unsigned)pt);
}

static void print_tail(struct buf *b, const struct sdp_caps *caps,
		       enum sdp_dir dir)
{
	if (caps->ptime_ms)
		buf_addf(b, "a=ptime:%u\r\n", (unsigned)caps->ptime_ms);
	if (caps->rtcp_port && caps->rtcp_port != caps->rtp.port + 1)
		buf_addf(b, "a=rtcp:%u\r\n", (unsigned)caps->rtcp_port);
	buf_addf(b, "a=%s\r\n", sdp_dir_name(dir));
}

static void print_closed(struct buf *b, const char *type, const char *proto,
			 const char *format)
{
	sdp_print_media(b, str_z(type), 0, str_z(proto));
	buf_addf(b, " %s\r\n", format);
}

/* Offers */

/* New keys for each offer, but the one in use goes on with its suite. */
static void make_offer_keys(const struct offer_answer *oa,
			    const struct sdp_caps *caps)
{
	struct sdp_offer *o = oa->offer;

	o->n_keys = 0;
	if (caps->srtp != SDP_SRTP_REQUIRED)
		return;
	for (unsigned i = 0; i < caps->n_suites; i++) {
		struct crypto_key *k = &o->keys[o->n_keys];
		uint32_t           tag = ++o->n_keys;

		if (caps->suites[i] == oa->send_key.suite) {
			*k = oa->send_key;
			k->tag = tag;
		} else {
			crypto_key_make(k, caps->suites[i], tag);
		}
	}
}

static uint32_t telev_hz(const struct sdp_caps *caps)
{
	return caps->n_codecs ? caps->codecs[0].ops->rtp_hz : 8000;
}

static void print_offer_audio(struct buf *b, const struct sdp_offer *o)
{
	const struct sdp_caps *caps = &o->caps;
	const char *proto = o->n_keys ? "RTP/SAVP" : "RTP/AVP";

	sdp_print_media(b, STR_LIT("audio"), caps->rtp.port, str_z(proto));
	for (unsigned i = 0; i < caps->n_codecs; i++)
		buf_addf(b, " %u", (unsigned)caps->codecs[i].pt);
	if (caps->telev_pt)
		buf_addf(b, " %u", (unsigned)caps->telev_pt);
	buf_addz(b, "\r\n");
	for (unsigned i = 0; i < caps->n_codecs; i++)
		print_codec(b, &caps->codecs[i]);
	print_telev(b, caps->telev_pt, telev_hz(caps));
	for (unsigned i = 0; i < o->n_keys; i++)
		crypto_attr_print(b, &o->keys[i]);
	print_tail(b, caps, caps->dir);
}

int offer_answer_offer(struct offer_answer *oa, const struct sdp_caps *caps,
		       struct buf *out)
{
	struct buf rest;
	int        err;

	if (oa->offered)
		return EALREADY;
	if (!oa->offer)
		oa->offer = mem_alloc(sizeof(*oa->offer));
	if (!oa->offer)
		return ENOMEM;
	if (!oa->n_lines) {
		oa->n_lines = 1;
		oa->audio = 0;
	}
	oa->offer->caps = *caps;
	make_offer_keys(oa, caps);
	buf_init(&rest, SDP_MAX_BYTES);
	print_head(&rest, &caps->rtp);
	for (unsigned i = 0; i < oa->n_lines; i++) {
		if (i == oa->audio)
			print_offer_audio(&rest, oa->offer);
		else
			print_closed(&rest, oa->lines[i].type,
				     oa->lines[i].proto,
				     oa->lines[i].format);
	}
	err = print_whole(oa, &caps->rtp, &rest, out);
	oa->offered = !err;
	offer_answer_settle(oa);
	buf_fini(&rest);
	return err;
}

void offer_answer_reopen(struct offer_answer *oa)
{
	oa->offered = oa->offer != NULL;
}

void offer_answer_settle(struct offer_answer *oa)
{
	if (!oa->offered)
		free_offer(oa);
}

void offer_answer_drop(struct offer_answer *oa)
{
	oa->offered = false;
	free_offer(oa);
}

/* Answers to their offer */

/* Our choice among their formats. */
static bool choose_codec(struct sdp_codec *chosen,
			 const struct sdp_caps *caps, const struct sdp *s,
			 const struct sdp_media *m)
{
	struct sdp_format f;
	int               best = -1;

	for (unsigned i = 0; i < m->n_formats; i++) {
		int rank;

		if (!sdp_format_get(&f, s, m, i))
			continue;
		rank = sdp_match_codec(caps, &f);
		if (rank < 0 || (best >= 0 &&
				 (!caps->prefer_ours || rank >= best)))
			continue;
		best = rank;
		chosen->ops = caps->codecs[rank].ops;
		chosen->pt = f.pt;
	}
	return best >= 0;
}

/* Keys for an answer: theirs as offered, ours kept while the suite stays
 * (a new key would restart the packet index of a running stream). */
static bool choose_keys(const struct offer_answer *oa,
			const struct sdp_caps *caps, const struct sdp *s,
			const struct sdp_media *m, struct sdp_result *res)
{
	res->srtp = caps->srtp != SDP_SRTP_OFF &&
		    sdp_match_crypto(&res->srtp_recv, caps, s, m);
	if (!res->srtp)
		return !sdp_match_is_secure(m->proto) &&
		       caps->srtp != SDP_SRTP_REQUIRED;
	if (oa->send_key.suite == res->srtp_recv.suite) {
		res->srtp_send = oa->send_key;
		res->srtp_send.tag = res->srtp_recv.tag;
	} else {
		crypto_key_make(&res->srtp_send, res->srtp_recv.suite,
				res->srtp_recv.tag);
	}
	return true;
}

static void agree_dir(struct sdp_result *res, enum sdp_dir ours,
		      enum sdp_dir theirs)
{
	res->dir = (enum sdp_dir)(ours & mirror(theirs));
	res->held = !(theirs & SDP_RECVONLY);
	if (res->rtp.family == AF_UNSPEC)
		res->dir = (enum sdp_dir)(res->dir & ~SDP_SENDONLY);
}

/* Everything agreed on their line m, or false. */
static bool agree_line(const struct offer_answer *oa,
		       const struct sdp_caps *caps, const struct sdp *s,
		       const struct sdp_media *m, struct sdp_result *res)
{
	struct sdp_format telev;

	memset(res, 0, sizeof(*res));
	if (!m->port || !str_eqz(m->type, "audio") ||
	    !sdp_match_is_rtp(m->proto) ||
	    !sdp_match_addr(&res->rtp, &res->rtcp, s, m) ||
	    !choose_codec(&res->send, caps, s, m) ||
	    !choose_keys(oa, caps, s, m, res))
		return false;
	res->recv[0] = res->send;
	res->n_recv = ANSWER_CODECS;
	if (caps->telev_pt &&
	    sdp_match_telev(&telev, s, m, res->send.ops->rtp_hz)) {
		res->telev_send_pt = res->telev_recv_pt = telev.pt;
		res->telev_hz = telev.hz;
	}
	res->ptime_ms = sdp_match_ptime(s, m, res->send.ops, caps->ptime_ms);
	agree_dir(res, caps->dir, sdp_match_dir(s, m));
	return true;
}

/* The line to take: ours of the last exchange, else the first secure one,
 * else the first. -1: none. */
static int choose_line(const struct offer_answer *oa,
		       const struct sdp_caps *caps, const struct sdp *s,
		       struct sdp_result *res)
{
	int first = -1;

	if (oa->n_lines && oa->audio < s->n_media &&
	    agree_line(oa, caps, s, &s->media[oa->audio], res))
		return (int)oa->audio;
	for (unsigned i = 0; i < s->n_media; i++) {
		if (!agree_line(oa, caps, s, &s->media[i], res))
			continue;
		if (res->srtp)
			return (int)i;
		if (first < 0)
			first = (int)i;
	}
	if (first >= 0)
		(void)agree_line(oa, caps, s, &s->media[first], res);
	return first;
}

static void print_answer_audio(struct buf *b, const struct sdp_caps *caps,
			       const struct sdp_media *m,
			       const struct sdp_result *res)
{
	sdp_print_media(b, STR_LIT("audio"), caps->rtp.port, m->proto);
	buf_addf(b, " %u", (unsigned)res->send.pt);
	if (res->telev_send_pt)
		buf_addf(b, " %u", (unsigned)res->telev_send_pt);
	buf_addz(b, "\r\n");
	print_codec(b, &res->send);
	print_telev(b, res->telev_send_pt, res->telev_hz);
	if (res->srtp)
		crypto_attr_print(b, &res->srtp_send);
	print_tail(b, caps, res->dir);
}

/* RFC 3264 section 6: as many m= lines as offered, in their order. */
static void print_answer(struct buf *b, const struct sdp_caps *caps,
			 const struct sdp *offer, int line,
			 const struct sdp_result *res)
{
	print_head(b, &caps->rtp);
	for (unsigned i = 0; i < offer->n_media; i++) {
		const struct sdp_media *m = &offer->media[i];

		if ((int)i == line) {
			print_answer_audio(b, caps, m, res);
			continue;
		}
		sdp_print_media(b, m->type, 0, m->proto);
		for (unsigned f = 0; f < m->n_formats; f++)
			buf_addf(b, " %.*s", STR_FMT(m->formats[f]));
		buf_addz(b, "\r\n");
	}
}

/* The lines of other streams must be in our next offer, too. */
static int keep_lines(struct offer_answer *oa, const struct sdp *s, int line)
{
	struct sdp_line *lines = NULL;

	if (s->n_media > 1) {
		lines = mem_alloc(s->n_media * sizeof(*lines));
		if (!lines)
			return ENOMEM;
	}
	for (unsigned i = 0; lines && i < s->n_media; i++) {
		const struct sdp_media *m = &s->media[i];
		struct sdp_line *l = &lines[i];

		str_clip(l->type, sizeof(l->type), m->type);
		str_clip(l->proto, sizeof(l->proto), m->proto);
		str_clip(l->format, sizeof(l->format), m->formats[0]);
	}
	mem_free(oa->lines);
	oa->lines = lines;
	oa->n_lines = s->n_media;
	oa->audio = (unsigned)line;
	return 0;
}

int offer_answer_answer(struct offer_answer *oa, const struct sdp_caps *caps,
			const struct sdp *offer, struct buf *out,
			struct sdp_result *res)
{
	struct sdp_result got;
	struct buf        rest;
	int               line, err;

	if (oa->offered)
		return EALREADY;
	line = choose_line(oa, caps, offer, &got);
	if (line < 0)
		return ENOTSUP;
	buf_init(&rest, SDP_MAX_BYTES);
	print_answer(&rest, caps, offer, line, &got);
	err = print_whole(oa, &caps->rtp, &rest, out);
	buf_fini(&rest);
	if (!err)
		err = keep_lines(oa, offer, line);
	if (err)
		return err;
	oa->send_key = got.srtp_send;
	*res = got;
	return 0;
}

/* Their answers to our offer */

/* The format of their answer as one we offered: by its name, or by our own
 * number if the answer leaves out the rtpmap. */
static int offered_codec(const struct sdp_caps *caps, struct sdp_format *f,
			 const struct sdp *s, const struct sdp_media *m,
			 unsigned i)
{
	uint32_t pt;

	if (sdp_format_get(f, s, m, i))
		return sdp_match_codec(caps, f);
	if (str_u32(&pt, m->formats[i], 127))
		return -1;
	for (unsigned c = 0; c < caps->n_codecs; c++)
		if (caps->codecs[c].pt == pt) {
			f->pt = (uint8_t)pt;
			return (int)c;
		}
	return -1;
}

static bool answered_codecs(const struct sdp_caps *caps, const struct sdp *s,
			    const struct sdp_media *m, struct sdp_result *res)
{
	struct sdp_format f;

	for (unsigned i = 0; i < m->n_formats; i++) {
		int c = offered_codec(caps, &f, s, m, i);

		if (c < 0 || res->n_recv == SDP_MAX_CODECS)
			continue;
		if (!res->n_recv) {
			res->send.ops = caps->codecs[c].ops;
			res->send.pt = f.pt;
		}
		res->recv[res->n_recv++] = caps->codecs[c];
	}
	return res->n_recv > 0;
}

static bool has_format(const struct sdp_media *m, uint8_t pt)
{
	uint32_t n;

	for (unsigned i = 0; i < m->n_formats; i++)
		if (str_u32(&n, m->formats[i], 127) == 0 && n == pt)
			return true;
	return false;
}

static void answered_telev(const struct sdp_caps *caps, const struct sdp *s,
			   const struct sdp_media *m, struct sdp_result *res)
{
	struct sdp_format f;

	if (!caps->telev_pt)
		return;
	if (sdp_match_telev(&f, s, m, telev_hz(caps))) {
		res->telev_send_pt = f.pt;
		res->telev_hz = f.hz;
	} else if (has_format(m, caps->telev_pt)) {
		/* our number without its rtpmap */
		res->telev_send_pt = caps->telev_pt;
		res->telev_hz = telev_hz(caps);
	} else {
		return;
	}
	res->telev_recv_pt = caps->telev_pt;
}

/* RFC 4568 section 5.1.3: tag and suite are of one of our lines. */
static bool answered_keys(const struct offer_answer *oa, const struct sdp *s,
			  const struct sdp_media *m, struct sdp_result *res)
{
	const struct sdp_offer *o = oa->offer;

	if (!o->n_keys)
		return !sdp_match_is_secure(m->proto);
	if (!sdp_match_is_secure(m->proto) ||
	    !sdp_match_crypto(&res->srtp_recv, &o->caps, s, m))
		return false;
	for (unsigned i = 0; i < o->n_keys; i++) {
		const struct crypto_key *k = &o->keys[i];

		if (k->tag == res->srtp_recv.tag &&
		    k->suite == res->srtp_recv.suite) {
			res->srtp_send = *k;
			res->srtp = true;
			return true;
		}
	}
	return false;
}

int offer_answer_preview(const struct offer_answer *oa,
			 const struct sdp *answer, struct sdp_result *res)
{
	const struct sdp_caps  *caps;
	const struct sdp_media *m;
	struct sdp_result       got;

	memset(&got, 0, sizeof(got));
	if (!oa->offered)
		return EPROTO;
	caps = &oa->offer->caps;
	if (oa->audio >= answer->n_media)
		return EBADMSG;
	m = &answer->media[oa->audio];
	if (!str_eqz(m->type, "audio") || !sdp_match_is_rtp(m->proto))
		return EBADMSG;
	if (!sdp_match_addr(&got.rtp, &got.rtcp, answer, m) ||
	    !answered_codecs(caps, answer, m, &got) ||
	    !answered_keys(oa, answer, m, &got))
		return ENOTSUP;
	answered_telev(caps, answer, m, &got);
	got.ptime_ms = sdp_match_ptime(answer, m, got.send.ops,
				       caps->ptime_ms);
	agree_dir(&got, caps->dir, sdp_match_dir(answer, m));
	*res = got;
	return 0;
}

int offer_answer_finish(struct offer_answer *oa, const struct sdp *answer,
			struct sdp_result *res)
{
	int err = offer_answer_preview(oa, answer, res);

	if (err)
		return err;
	oa->offered = false;
	oa->send_key = res->srtp_send;
	return 0;
}
