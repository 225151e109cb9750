/* SPDX-License-Identifier: Apache-2.0 */
/* SDP policy of a SIP leg (RFC 3264, RFC 4566 addresses, RFC 4568 keys). */
#include "gateway/call/media_policy.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "gateway/sdp/sdp_match.h"

enum { TELEV_PT = 101, DYNAMIC_PT = 102, LIST_MAX = 120 };

void media_policy_init(struct media_policy *m, struct leg *leg,
		       struct calls *calls)
{
	m->leg = leg;
	m->calls = calls;
	m->srtp = (enum sdp_srtp)calls->env.conf->srtp;
	m->warning[0] = '\0';
	offer_answer_init(&m->oa);
}

void media_policy_fini(struct media_policy *m)
{
	if (!m->leg->attached)
		port_free(m->port);
	m->port = NULL;
	offer_answer_fini(&m->oa);
}

void media_policy_path(struct media_policy *m, const struct addr *local,
		       const struct addr *peer)
{
	m->local = *local;
	m->peer = *peer;
}

/* --- codecs ------------------------------------------------------------ */

static const struct codec_ops *codec_of_name(const char *name)
{
	for (size_t i = 0; codecs[i]; i++)
		if (str_ieqz(str_z(name), codecs[i]->name))
			return codecs[i];
	return NULL;
}

static bool has_codec(const struct sdp_caps *c, const struct codec_ops *ops)
{
	for (unsigned i = 0; i < c->n_codecs; i++)
		if (c->codecs[i].ops == ops)
			return true;
	return false;
}

static bool is_allowed(const struct media_policy *m,
		       const struct codec_ops *ops)
{
	const struct conf_list *l = &m->calls->env.conf->codecs;
	const char (*names)[16] = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (codec_of_name(names[i]) == ops)
			return true;
	return false;
}

static void add_codec(struct sdp_caps *c, const struct codec_ops *ops)
{
	struct sdp_codec *sc = &c->codecs[c->n_codecs];

	if (!ops || c->n_codecs == SDP_MAX_CODECS || has_codec(c, ops))
		return;
	sc->ops = ops;
	sc->pt = (uint8_t)(ops->static_pt >= 0
				   ? ops->static_pt
				   : DYNAMIC_PT + (int)c->n_codecs);
	c->n_codecs++;
}

/* What the other leg speaks first, then the configured order. */
static void fill_codecs(const struct media_policy *m, struct sdp_caps *c)
{
	const struct conf_list *l = &m->calls->env.conf->codecs;
	const char (*names)[16] = l->v;
	const struct codec_ops *peer[LEG_CODECS_MAX];
	unsigned n = call_peer_codecs(m->leg, peer);

	for (unsigned i = 0; i < n; i++)
		if (is_allowed(m, peer[i]))
			add_codec(c, peer[i]);
	for (size_t i = 0; i < l->n; i++)
		add_codec(c, codec_of_name(names[i]));
	c->prefer_ours = n > 0;
}

static void fill_caps(const struct media_policy *m, struct sdp_caps *c)
{
	static const enum crypto_suite suites[] = {
		CRYPTO_AES_CM_128_HMAC_SHA1_80,
		CRYPTO_AES_256_CM_HMAC_SHA1_80,
		CRYPTO_AES_CM_128_HMAC_SHA1_32,
		CRYPTO_AES_256_CM_HMAC_SHA1_32,
	};
	const struct call_conf *conf = m->calls->env.conf;

	memset(c, 0, sizeof(*c));
	fill_codecs(m, c);
	c->telev_pt = TELEV_PT;
	c->ptime_ms = (uint16_t)conf->ptime_ms;
	c->dir = SDP_SENDRECV;
	c->srtp = m->srtp;
	c->n_suites = sizeof(suites) / sizeof(suites[0]);
	memcpy(c->suites, suites, sizeof(suites));
}

/* --- addresses --------------------------------------------------------- */

/* Where RTP listens: the signalling address, unless the other side wants
 * another family or that address is "any". */
static int rtp_source(const struct media_policy *m, const struct addr *to,
		      struct addr *ip)
{
	bool other = to && to->family != AF_UNSPEC &&
		     to->family != m->local.family;

	*ip = m->local;
	if (other)
		return addr_route_source(ip, to);
	if (addr_is_any(ip))
		return addr_route_source(ip, &m->peer);
	return 0;
}

static int open_port(struct media_policy *m, const struct addr *to)
{
	const struct calls_env *env = &m->calls->env;
	struct addr ip;
	int err;

	if (m->port)
		return 0;
	err = rtp_source(m, to, &ip);
	if (!err)
		err = rtp_port_open(&m->port, env->ports, &ip, env->media);
	if (err)
		log_warn(call_tag(m->leg), "no rtp port", "error=%s",
			 strerror(err));
	else
		rtp_port_local(m->port, &m->rtp);
	return err;
}

/* What the SDP tells: the external address towards the internet. */
static void told_address(const struct media_policy *m, struct addr *a)
{
	const char *ext = m->calls->env.conf->external_address;
	struct addr e;

	*a = m->rtp;
	if (!ext[0] || addr_parse_ip(&e, str_z(ext)) ||
	    e.family != m->rtp.family || addr_is_private(&m->peer) ||
	    addr_is_loopback(&m->peer))
		return;
	e.port = m->rtp.port;
	*a = e;
}

/* --- what was agreed, into force ---------------------------------------- */

static const enum rtp_suite rtp_suites[CRYPTO_N_SUITES] = {
	[CRYPTO_AES_CM_128_HMAC_SHA1_80] = RTP_SUITE_AES_CM_128_HMAC_SHA1_80,
	[CRYPTO_AES_CM_128_HMAC_SHA1_32] = RTP_SUITE_AES_CM_128_HMAC_SHA1_32,
	[CRYPTO_AES_256_CM_HMAC_SHA1_80] = RTP_SUITE_AES_256_CM_HMAC_SHA1_80,
	[CRYPTO_AES_256_CM_HMAC_SHA1_32] = RTP_SUITE_AES_256_CM_HMAC_SHA1_32,
};

static void set_key(struct rtp_key *k, const struct crypto_key *c)
{
	k->suite = rtp_suites[c->suite];
	k->len = c->len;
	memcpy(k->key, c->key, sizeof(k->key));
}

static void set_formats(struct rtp_params *p, const struct sdp_result *r)
{
	p->fmt[0].codec = r->send.ops;
	p->fmt[0].tx_pt = r->send.pt;
	p->fmt[0].rx_pt = r->n_recv ? r->recv[0].pt : r->send.pt;
	p->n_fmt = 1;
	for (unsigned i = 0; i < r->n_recv; i++) {
		if (r->recv[i].ops == r->send.ops) {
			p->fmt[0].rx_pt = r->recv[i].pt;
		} else if (p->n_fmt < RTP_FORMATS) {
			p->fmt[p->n_fmt].codec = r->recv[i].ops;
			p->fmt[p->n_fmt].tx_pt = r->recv[i].pt;
			p->fmt[p->n_fmt++].rx_pt = r->recv[i].pt;
		}
	}
}

static void set_params(struct rtp_params *p, const struct sdp_result *r)
{
	memset(p, 0, sizeof(*p));
	p->remote = r->rtp;
	p->remote_rtcp = r->rtcp;
	p->symmetric = true;
	p->send = r->dir & SDP_SENDONLY;
	p->recv = r->dir & SDP_RECVONLY;
	set_formats(p, r);
	p->ptime_ms = r->ptime_ms;
	p->event_tx_pt = r->telev_send_pt ? r->telev_send_pt : RTP_NO_PT;
	p->event_rx_pt = r->telev_recv_pt ? r->telev_recv_pt : RTP_NO_PT;
	if (r->srtp) {
		set_key(&p->tx_key, &r->srtp_send);
		set_key(&p->rx_key, &r->srtp_recv);
	}
}

static int apply(struct media_policy *m, const struct sdp_result *res)
{
	struct rtp_params p;
	struct bridge *b;
	int err;

	set_params(&p, res);
	if (m->leg->attached) {
		err = call_bridge(m->leg->call, &b);
		return err ? err : bridge_update(b, m->leg->side, &p);
	}
	err = rtp_port_set(m->port, &p);
	if (!err)
		err = call_attach(m->leg, m->port);
	return err;
}

static void log_agreed(const struct media_policy *m,
		       const struct sdp_result *res)
{
	char text[ADDR_TEXT_MAX];

	log_info(call_tag(m->leg), "media agreed",
		 "side=%c codec=%s remote=%s events=%u srtp=%d dir=%s",
		 m->leg->side == BRIDGE_A ? 'A' : 'B', res->send.ops->name,
		 addr_print(text, &res->rtp), res->telev_send_pt, res->srtp,
		 sdp_dir_name(res->dir));
}

static int agree(struct media_policy *m, const struct sdp_result *res)
{
	int err = apply(m, res);

	if (err) {
		log_warn(call_tag(m->leg), "media refused", "error=%s",
			 strerror(err));
		return err;
	}
	m->agreed = true;
	m->held = res->held;
	m->codec = res->send.ops;
	log_agreed(m, res);
	return 0;
}

/* --- descriptions ------------------------------------------------------ */

static int parse(const struct media_policy *m, struct sdp *sdp,
		 struct str text)
{
	struct parse_pos pos;
	int err = sdp_parse(sdp, text, &pos);

	if (err)
		log_info(call_tag(m->leg), "sdp refused",
			 "line=%u column=%u what=\"%s\"", pos.line,
			 pos.column, pos.what ? pos.what : "");
	return err ? EBADMSG : 0;
}

/* All that they offer and we speak, in their order: the called side may
 * know any of it. */
static void note_theirs(struct media_policy *m, const struct sdp_caps *caps,
			const struct sdp *sdp)
{
	const struct sdp_media *audio = sdp_audio(sdp);

	m->n_theirs = 0;
	for (unsigned i = 0; audio && i < audio->n_formats; i++) {
		struct sdp_format f;
		int c;

		if (!sdp_format_get(&f, sdp, audio, i))
			continue;
		c = sdp_match_codec(caps, &f);
		if (c >= 0 && m->n_theirs < LEG_CODECS_MAX)
			m->theirs[m->n_theirs++] = caps->codecs[c].ops;
	}
}

/* Their formats by name, those without one by number. True: one is ours. */
static bool print_theirs(struct buf *b, const struct sdp_caps *caps,
			 const struct sdp *sdp, const struct sdp_media *audio)
{
	bool fits = false;

	for (unsigned i = 0; i < audio->n_formats; i++) {
		struct sdp_format f = { .name = audio->formats[i] };

		if (sdp_format_get(&f, sdp, audio, i))
			fits |= sdp_match_codec(caps, &f) >= 0;
		buf_addf(b, "%s%.*s", i ? " " : "", STR_FMT(f.name));
	}
	return fits;
}

/* RFC 3261 sections 20.43 and 21.4.26: why it is refused. Of their text
 * nothing goes into the header. */
static void explain(struct media_policy *m, const struct sdp *sdp)
{
	const struct sdp_media *audio = sdp_audio(sdp);
	struct buf ours, theirs;
	struct sdp_caps caps;
	const char *why = "305 tipring \"No common codec, here:";

	fill_caps(m, &caps);
	buf_init(&ours, LIST_MAX);
	buf_init(&theirs, LIST_MAX);
	for (unsigned i = 0; i < caps.n_codecs; i++)
		buf_addf(&ours, "%s%s", i ? " " : "",
			 caps.codecs[i].ops->name);
	if (!audio)
		why = "304 tipring \"No audio over RTP, here:";
	else if (print_theirs(&theirs, &caps, sdp, audio))
		why = caps.srtp == SDP_SRTP_REQUIRED ||
		      sdp_match_is_secure(audio->proto)
			      ? "302 tipring \"No common SRTP, codecs here:"
			      : "301 tipring \"Address unusable, codecs here:";
	snprintf(m->warning, sizeof(m->warning), "Warning: %s %.*s\"\r\n", why,
		 STR_FMT(buf_str(&ours)));
	log_info(call_tag(m->leg), "no media in common",
		 "ours=\"%.*s\" theirs=\"%.*s\" warning=%.*s",
		 STR_FMT(buf_str(&ours)), STR_FMT(buf_str(&theirs)), 3, why);
	buf_fini(&ours);
	buf_fini(&theirs);
}

int media_policy_peek(struct media_policy *m, struct str offer)
{
	struct offer_answer oa;
	struct sdp_result res;
	struct sdp_caps caps;
	struct sdp sdp;
	struct buf out;
	int err = parse(m, &sdp, offer);

	if (err)
		return err;
	fill_caps(m, &caps);
	caps.rtp = m->local;
	caps.rtp.port = 9;
	buf_init(&out, SDP_MAX_BYTES);
	offer_answer_init(&oa);
	err = offer_answer_answer(&oa, &caps, &sdp, &out, &res);
	offer_answer_fini(&oa);
	buf_fini(&out);
	if (err == ENOTSUP)
		explain(m, &sdp);
	if (err)
		return err;
	note_theirs(m, &caps, &sdp);
	return 0;
}

int media_policy_offer(struct media_policy *m, struct buf *out)
{
	struct sdp_caps caps;
	int err = open_port(m, NULL);

	if (err)
		return err;
	fill_caps(m, &caps);
	told_address(m, &caps.rtp);
	if (!m->agreed)
		offer_answer_drop(&m->oa);
	return offer_answer_offer(&m->oa, &caps, out);
}

int media_policy_answer(struct media_policy *m, struct str offer,
			struct buf *out)
{
	struct sdp_result res;
	struct sdp_caps caps;
	struct sdp sdp;
	struct addr to = { .family = AF_UNSPEC };
	int err = parse(m, &sdp, offer);

	if (err)
		return err;
	if (sdp_audio(&sdp))
		to = sdp_media_addr(&sdp, sdp_audio(&sdp));
	err = open_port(m, &to);
	if (err)
		return err;
	fill_caps(m, &caps);
	told_address(m, &caps.rtp);
	err = offer_answer_answer(&m->oa, &caps, &sdp, out, &res);
	if (err == ENOTSUP)
		explain(m, &sdp);
	return err ? err : agree(m, &res);
}

int media_policy_finish(struct media_policy *m, struct str answer)
{
	struct sdp_result res;
	struct sdp sdp;
	int err = parse(m, &sdp, answer);

	if (err)
		return err;
	if (!m->oa.offered)
		offer_answer_reopen(&m->oa);
	err = offer_answer_finish(&m->oa, &sdp, &res);
	if (err == ENOTSUP)
		explain(m, &sdp);
	return err ? err : agree(m, &res);
}

uint16_t media_policy_status(int err)
{
	switch (err) {
	case EBADMSG:
	case EMSGSIZE:
		return 400;
	case ENOTSUP:
		return 488;
	case EALREADY:
		return 491;
	case EADDRNOTAVAIL:
	case EMFILE:
		return 503;
	default:
		return 500;
	}
}

unsigned media_policy_codecs(const struct media_policy *m,
			     const struct codec_ops *v[LEG_CODECS_MAX])
{
	if (m->agreed) {
		v[0] = m->codec;
		return 1;
	}
	memcpy(v, m->theirs, m->n_theirs * sizeof(v[0]));
	return m->n_theirs;
}
