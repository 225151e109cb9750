/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTP that comes:
 *
 *	socket -> source, SRTP, RTP header -> telephone-event
 *	                                   -> another port, as it is
 *	                                   -> jitter buffer, if it has one
 *	tick   -> jitter buffer -> codec | concealment | noise -> fifo -> frame
 */
#include <string.h>

#include "dsp/level.h"
#include "media/rtp_impl.h"

enum {
	FMT_EVENT = -1, FMT_NOISE = -2, FMT_NONE = -3,
	CONCEAL_MS   = 60,      /* then nothing more is made up */
	WISH_MS      = 2000,    /* then it is fulfilled within speech, too */
	PCM_MAX      = RTP_PACKET_MS * 16,
};

static const double PAUSE_DBM0 = -50;   /* softer is a pause */

void rtp_rx_reset(struct rtp_port *p)
{
	if (p->jbuf.pool)
		jbuf_reset(&p->jbuf);
	p->fifo_n = 0;
	p->cn_on = p->playing = false;
	p->empty_ms = 0;
}

/* --- who is it? -------------------------------------------------------- */

/* May this come from there? Before a source is locked, from anywhere if
 * symmetric RTP was agreed, else from the peer's host. */
static bool source_ok(const struct rtp_port *p, const struct addr *src)
{
	const struct rtp_params *q = &p->setup->prm;

	if (p->learn.locked)
		return addr_eq(src, &p->learn.dst);
	if (q->symmetric || !p->learn.dst.port)
		return true;
	return addr_eq_ip(src, &p->learn.dst);
}

/* A good packet came from src. */
static void learn(struct rtp_port *p, const struct addr *src)
{
	struct rtp_learn *l = &p->learn;
	const struct rtp_params *q = &p->setup->prm;

	if (l->locked || !q->symmetric || !q->remote.port)
		return;
	if (!l->n || !addr_eq(src, &l->cand)) {
		l->cand = *src;
		l->n = 0;
	}
	l->n++;
	/* the address that signalling named needs no proof */
	if (l->n < (unsigned)p->conf->learn_packets &&
	    !addr_eq(src, &q->remote))
		return;
	l->dst = *src;
	l->locked = true;
}

/* Another SSRC is a new stream once two packets of it came in turn
 * (RFC 3550 appendix A.1). False: not yet. */
static bool stream_ok(struct rtp_port *p, const struct rtp_pkt *k)
{
	if (p->rx_started && k->ssrc == p->rx_ssrc)
		return true;
	if (p->rx_started && (k->ssrc != p->new_ssrc ||
			      k->seq != (uint16_t)(p->new_seq + 1))) {
		p->new_ssrc = k->ssrc;
		p->new_seq = k->seq;
		return false;
	}
	p->rx_started = true;
	p->rx_ssrc = k->ssrc;
	rtp_rx_reset(p);
	quality_init(&p->quality, p->setup->prm.fmt[0].codec->rtp_hz);
	p->telev_rx.seen = false;
	p->sr_mid = 0;
	return true;
}

static int format_of(const struct rtp_port *p, uint8_t pt)
{
	const struct rtp_params *q = &p->setup->prm;

	if (pt == q->event_rx_pt)
		return FMT_EVENT;
	for (unsigned i = 0; i < q->n_fmt; i++)
		if (q->fmt[i].rx_pt == pt)
			return (int)i;
	return pt == RTP_PT_CN ? FMT_NOISE : FMT_NONE;
}

/* --- what is it? ------------------------------------------------------- */

/* The packets of an event stopped without its end. */
static void on_event_end(void *arg)
{
	struct rtp_port *p = arg;
	struct telev_news w;

	if (telev_rx_poll(&p->telev_rx, &w, loop_now_us(p->loop)))
		p->env.sink->digit(p->env.arg, w.ended, false, w.ended_ms);
}

static void on_event(struct rtp_port *p, const struct rtp_pkt *k,
		     uint64_t now_us)
{
	const struct rtp_env *e = &p->env;
	struct telev_news w;
	int err = telev_rx_packet(&p->telev_rx, &w, k->ts, k->payload,
				  k->len, now_us);

	if (err == EBADMSG)
		p->stats.bad++;
	if (err)
		return;
	if (p->telev_rx.active)
		tmr_start(p->loop, &p->event_end, TELEV_TIMEOUT_MS,
			  on_event_end, p);
	else
		tmr_stop(&p->event_end);
	if (w.ended)
		e->sink->digit(e->arg, w.ended, false, w.ended_ms);
	if (w.begun)
		e->sink->digit(e->arg, w.begun, true, 0);
	if (w.over)
		e->sink->digit(e->arg, w.begun, false, w.over_ms);
}

/* Into the jitter buffer; what carries no sound, too: its number counts. */
static void file(struct rtp_port *p, const struct rtp_pkt *k, uint32_t ext,
		 int fmt, uint64_t now_us)
{
	struct jbuf_pkt j = { .seq = ext, .ts = k->ts };

	if (!p->sound)
		return;                 /* nobody listens, or not yet */
	if (fmt >= 0) {
		const struct codec_ops *c = p->setup->prm.fmt[fmt].codec;

		j.fmt = (uint8_t)fmt;
		j.dur = (uint32_t)((uint64_t)k->len * 8 * c->rtp_hz /
				   c->bit_rate);
		if (!j.dur || j.dur > c->rtp_hz / 1000 * RTP_PACKET_MS ||
		    k->len > POOL_DATA) {
			p->stats.bad++;
			return;
		}
		j.buf = pool_get(p->env.pool);
		if (!j.buf)
			return;         /* counted there; heard as a loss */
		j.buf->len = (uint16_t)k->len;
		memcpy(j.buf->data, k->payload, k->len);
	}
	jbuf_put(&p->jbuf, &j, now_us);
}

static void on_good(struct rtp_port *p, const struct rtp_pkt *k,
		    uint64_t now_us)
{
	uint32_t ext = quality_packet(&p->quality, k->seq, k->ts, now_us);
	int fmt = format_of(p, k->pt);

	p->heard_us = now_us;
	p->stats.rx_packets++;
	p->stats.rx_bytes += k->len;
	if (!p->setup->prm.recv)
		return;
	if (fmt == FMT_NONE)
		p->stats.unknown_pt++;
	if (fmt != FMT_NONE && p->relay_to)
		rtp_tx_forward(p->relay_to, k, fmt);
	else
		file(p, k, ext, fmt, now_us);
	if (fmt == FMT_NOISE)
		p->cn_on = !cn_parse(&p->cn, k->payload, k->len);
	/* last: the digit may change what happens to the port */
	if (fmt == FMT_EVENT)
		on_event(p, k, now_us);
}

static int unprotect(struct rtp_port *p, uint8_t *data, size_t *len)
{
	int err = 0;

	if (p->setup->srtp)
		err = srtp_pair_unprotect(p->setup->srtp, data, len);
	if (err == EALREADY)
		p->stats.replayed++;
	else if (err)
		p->stats.bad_auth++;
	return err;
}

void rtp_rx_packet(const struct addr *src, uint8_t *data, size_t len,
		   void *arg)
{
	struct rtp_port *p = arg;
	struct rtp_pkt k;

	if (!p->setup)
		return;                 /* nothing agreed yet */
	if (p->setup->prm.rtcp_mux && rtp_pkt_is_rtcp(data, len)) {
		rtp_report_packet(src, data, len, p);
		return;
	}
	if (len > RTP_SEND_MAX || !source_ok(p, src)) {
		p->stats.bad++;
		return;
	}
	if (unprotect(p, data, &len))
		return;
	if (rtp_pkt_parse(&k, data, len)) {
		p->stats.bad++;
		return;
	}
	learn(p, src);
	if (stream_ok(p, &k))
		on_good(p, &k, loop_now_us(p->loop));
}

/* --- the tick ---------------------------------------------------------- */

static void fifo_add(struct rtp_port *p, const int16_t *pcm, size_t n)
{
	size_t room = rtp_fifo_cap(p->port.hz) - p->fifo_n;

	if (n > room)
		n = room;
	memcpy(p->sound->fifo + p->fifo_n, pcm, n * sizeof(*pcm));
	p->fifo_n += (unsigned)n;
}

/* Samples of the port that units of the RTP clock are. */
static unsigned samples_of(const struct rtp_port *p, uint32_t units)
{
	uint32_t rtp_hz = p->setup->prm.fmt[0].codec->rtp_hz;

	return (unsigned)((uint64_t)units * p->port.hz / rtp_hz);
}

static void conceal(struct rtp_port *p, unsigned n)
{
	int16_t pcm[PCM_MAX];

	plc_lost(p->sound->plc, pcm, n);
	fifo_add(p, pcm, n);
	p->stats.concealed_ms += n * 1000u / p->port.hz;
}

static void quiet(struct rtp_port *p, unsigned n)
{
	int16_t pcm[PCM_MAX] = { 0 };

	if (p->cn_on)
		cn_run(&p->cn, pcm, n);
	fifo_add(p, pcm, n);
}

/* The samples of a packet at the port's rate; 0: it holds none. The buffer
 * goes back. */
static size_t decode(struct rtp_port *p, struct jbuf_pkt *j, int16_t *out)
{
	const struct codec_ops *c;
	struct resample *rs;
	int16_t pcm[PCM_MAX];
	size_t n;

	if (j->fmt >= p->setup->prm.n_fmt) {
		pool_put(p->env.pool, j->buf);  /* of an earlier agreement */
		return 0;
	}
	c = p->setup->prm.fmt[j->fmt].codec;
	n = c->decode(p->setup->dec[j->fmt], j->buf->data, j->buf->len, pcm,
		      PCM_MAX);
	pool_put(p->env.pool, j->buf);
	if (c->pcm_hz == p->port.hz) {
		memcpy(out, pcm, n * sizeof(*pcm));
		return n;
	}
	if (n * p->port.hz / c->pcm_hz >= PCM_MAX)
		return 0;
	rs = p->setup->rs;
	if (rs->from_hz != c->pcm_hz || rs->to_hz != p->port.hz)
		resample_init(rs, c->pcm_hz, p->port.hz);
	return resample_run(rs, pcm, n, out);
}

/* Two packets become one: from the one fade into the other. */
static void merge(struct rtp_port *p, int16_t *a, size_t n, uint32_t step)
{
	uint64_t now_us = loop_now_us(p->loop);
	int16_t b[PCM_MAX];
	struct jbuf_pkt j;
	size_t m = 0;

	/* a loss or a pause is simply left out */
	if (jbuf_get(&p->jbuf, &j, step, now_us) == JBUF_PACKET)
		m = decode(p, &j, b);
	jbuf_did(&p->jbuf, -1, step);
	if (m < n)
		return;
	for (size_t i = 0; i < n; i++)
		a[i] = (int16_t)(((int32_t)a[i] * (int32_t)(n - i) +
				  (int32_t)b[m - n + i] * (int32_t)i) /
				 (int32_t)n);
}

static void play(struct rtp_port *p, struct jbuf_pkt *j, uint64_t now_us)
{
	uint32_t step = rtp_step(p);
	int wish = jbuf_wish(&p->jbuf);
	int16_t pcm[PCM_MAX];
	size_t n = decode(p, j, pcm);
	bool pause;

	if (!n) {
		p->stats.bad++;
		conceal(p, samples_of(p, j->dur));
		return;
	}
	p->playing = true;
	p->cn_on = false;
	p->empty_ms = 0;
	pause = wish && level_of(pcm, n) < PAUSE_DBM0;
	if (wish < 0 && j->dur == step && jbuf_has(&p->jbuf) &&
	    (pause || jbuf_wish_ms(&p->jbuf, now_us) > WISH_MS))
		merge(p, pcm, n, step);
	plc_good(p->sound->plc, pcm, n);
	fifo_add(p, pcm, n);
	if (wish > 0 && pause && p->fifo_n + samples_of(p, step) <=
	    rtp_fifo_cap(p->port.hz)) {
		quiet(p, samples_of(p, step));
		jbuf_did(&p->jbuf, 1, step);
	}
}

/* A pause of the sender's, or nothing came. */
static void fill(struct rtp_port *p, enum jbuf_verdict v, uint32_t dur)
{
	unsigned n = samples_of(p, dur);

	if (v == JBUF_LOST) {
		conceal(p, n);
	} else if (v == JBUF_EMPTY && p->playing && !p->cn_on &&
		   !p->telev_rx.active && p->empty_ms < CONCEAL_MS) {
		conceal(p, n);
		p->empty_ms += PORT_TICK_MS;
	} else {
		quiet(p, n);
	}
}

int rtp_rx_pull(struct port *port, struct frame *f)
{
	struct rtp_port *p = rtp_of(port);
	unsigned n = port_samples(port);
	uint64_t now_us;
	bool dry = true;

	f->hz = port->hz;
	f->n = (uint16_t)n;
	if (!p->setup || !rtp_hears(p)) {
		memset(f->pcm, 0, n * sizeof(f->pcm[0]));
		return EAGAIN;
	}
	now_us = loop_now_us(p->loop);
	while (p->fifo_n < n) {
		struct jbuf_pkt j;
		enum jbuf_verdict v = jbuf_get(&p->jbuf, &j, rtp_step(p),
					       now_us);

		if (v == JBUF_PACKET)
			play(p, &j, now_us);
		else
			fill(p, v, j.dur);
		dry = dry && v == JBUF_EMPTY;
	}
	memcpy(f->pcm, p->sound->fifo, n * sizeof(f->pcm[0]));
	p->fifo_n -= n;
	memmove(p->sound->fifo, p->sound->fifo + n,
		p->fifo_n * sizeof(f->pcm[0]));
	return dry && !p->playing ? EAGAIN : 0;
}
