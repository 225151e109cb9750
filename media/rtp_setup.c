/* SPDX-License-Identifier: Apache-2.0 */
/* What was agreed for an RTP port, with its codecs and keys.
 * [signalling] */
#include "base/mem.h"
#include "media/rtp_impl.h"

#include <string.h>

static bool key_eq(const struct rtp_key *a, const struct rtp_key *b)
{
	return a->suite == b->suite && a->len == b->len &&
	       !memcmp(a->key, b->key, a->len);
}

static int check(const struct rtp_params *q)
{
	if (!q->n_fmt || q->n_fmt > RTP_FORMATS || q->ptime_ms < 10 ||
	    q->ptime_ms > RTP_PACKET_MS)
		return EINVAL;
	for (unsigned i = 0; i < q->n_fmt; i++) {
		const struct codec_ops *c = q->fmt[i].codec;

		if (!c || q->ptime_ms % c->frame_ms || c->rtp_hz % 8000 ||
		    q->fmt[i].tx_pt > 127 || q->fmt[i].rx_pt > 127 ||
		    (c->pcm_hz != 8000 && c->pcm_hz != 16000))
			return EINVAL;
	}
	if (!q->tx_key.suite != !q->rx_key.suite ||
	    q->tx_key.len > RTP_KEY_MAX || q->rx_key.len > RTP_KEY_MAX)
		return EINVAL;
	return 0;
}

/* Packets that a frame fills exactly need no gathering. */
static int open_acc(struct rtp_setup *s)
{
	unsigned ptime = s->prm.ptime_ms;

	if (PORT_TICK_MS % ptime == 0)
		return 0;
	s->acc = mem_alloc(s->hz / 1000u * (ptime + PORT_TICK_MS) *
			   sizeof(s->acc[0]));
	return s->acc ? 0 : ENOMEM;
}

static int open_codecs(struct rtp_setup *s)
{
	const struct rtp_format *f = s->prm.fmt;
	int err = f->codec->open(&s->enc, f->fmtp[0] ? f->fmtp : NULL);

	for (unsigned i = 0; !err && i < s->prm.n_fmt; i++)
		err = f[i].codec->open(&s->dec[i],
				       f[i].fmtp[0] ? f[i].fmtp : NULL);
	return err;
}

/* A peer may send any format agreed; the port has the rate of the first. */
static int open_resample(struct rtp_setup *s)
{
	for (unsigned i = 1; i < s->prm.n_fmt; i++) {
		if (s->prm.fmt[i].codec->pcm_hz == s->hz)
			continue;
		s->rs = mem_alloc(sizeof(*s->rs));
		return s->rs ? 0 : ENOMEM;
	}
	return 0;
}

/* The same keys as before: the contexts with their packet counters go on;
 * starting them anew would repeat key stream. */
static int open_srtp(struct rtp_setup *s, struct rtp_port *p)
{
	const struct rtp_params *q = &s->prm;
	int err;

	if (!q->tx_key.suite)
		return 0;
	if (key_eq(&q->tx_key, &p->asked.tx_key) &&
	    key_eq(&q->rx_key, &p->asked.rx_key)) {
		s->keep_srtp = true;
		return 0;
	}
	err = rtp_ports_srtp(p->ports);
	if (!err)
		err = srtp_pair_new(&s->srtp, &q->tx_key, &q->rx_key,
				    p->ssrc);
	return err;
}

int rtp_setup_new(struct rtp_setup **sp, struct rtp_port *p,
		  const struct rtp_params *params)
{
	struct rtp_setup *s;
	int err = check(params);

	if (err)
		return err;
	s = mem_alloc(sizeof(*s));
	if (!s)
		return ENOMEM;
	s->prm = *params;
	s->hz = (uint16_t)params->fmt[0].codec->pcm_hz;
	err = open_acc(s);
	if (!err)
		err = open_codecs(s);
	if (!err)
		err = open_resample(s);
	if (!err)
		err = open_srtp(s, p);
	if (err)
		rtp_setup_free(s);
	else
		*sp = s;
	return err;
}

bool rtp_setup_has_events(const struct rtp_params *q)
{
	return q->event_rx_pt != RTP_NO_PT && q->event_tx_pt != RTP_NO_PT;
}

void rtp_setup_asked(struct rtp_port *p, const struct rtp_params *q)
{
	p->asked = (struct rtp_asked){
		.any = true, .events = rtp_setup_has_events(q),
		.hz = (uint16_t)q->fmt[0].codec->pcm_hz,
		.tx_key = q->tx_key, .rx_key = q->rx_key,
	};
}

void rtp_setup_free(struct rtp_setup *s)
{
	const struct rtp_format *f;

	if (!s)
		return;
	f = s->prm.fmt;
	f->codec->close(s->enc);
	for (unsigned i = 0; i < s->prm.n_fmt; i++)
		f[i].codec->close(s->dec[i]);
	srtp_pair_free(s->srtp);
	mem_free(s->rs);
	mem_free(s->acc);
	memset(&s->prm, 0, sizeof(s->prm));     /* keys */
	mem_free(s);
}
