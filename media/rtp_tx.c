/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTP that goes:
 *
 *	frame -> telephone-event, if digits are to be sent
 *	      -> packets of ptime -> codec -> SRTP -> socket
 *
 * and packets of another port, which only change their head.
 */
#include <string.h>

#include "media/rtp_impl.h"

enum { FMT_EVENT = -1, FMT_NOISE = -2 };

/* May we, and do we know where to? */
static bool may_send(const struct rtp_port *p)
{
	return p->setup->prm.send && p->learn.dst.port;
}

/* Sends the packet of n bytes at data (RTP_SEND_MAX of room). */
static void send_bytes(struct rtp_port *p, uint8_t *data, size_t n,
		       size_t payload)
{
	struct rtp_setup *s = p->setup;

	if (s->srtp && srtp_pair_protect(s->srtp, data, &n, RTP_SEND_MAX))
		return;
	/* a full socket buffer loses a packet, as any router may */
	(void)udp_send(p->rtp, &p->learn.dst, data, n);
	p->tx_started = true;
	p->stats.tx_packets++;
	p->stats.tx_bytes += payload;
}

/* Fills in the head and sends; payload already lies behind it. */
static void send_own(struct rtp_port *p, uint8_t *data, uint8_t pt,
		     uint32_t ts, bool marker, size_t payload)
{
	struct rtp_pkt k = { .marker = marker, .pt = pt, .ts = ts,
			     .seq = p->tx_seq, .ssrc = p->ssrc };

	p->tx_seq++;
	rtp_pkt_head(data, &k);
	send_bytes(p, data, RTP_HDR + payload, payload);
}

/* One packet of n samples. */
static void send_sound(struct rtp_port *p, const int16_t *pcm, unsigned n,
		       uint32_t units)
{
	struct rtp_setup *s = p->setup;
	const struct rtp_format *f = &s->prm.fmt[0];
	uint8_t data[RTP_SEND_MAX];
	size_t len;

	if (may_send(p)) {
		len = f->codec->encode(s->enc, pcm, n, data + RTP_HDR,
				       sizeof(data) - RTP_HDR -
				       SRTP_PAIR_TRAILER);
		if (len)
			send_own(p, data, f->tx_pt, p->tx_ts, p->tx_marker,
				 len);
		p->tx_marker = !len;
	} else {
		p->tx_marker = true;
	}
	p->tx_ts += units;
}

/* Frames are gathered until they fill packets of n samples. */
static void gather(struct rtp_port *p, const struct frame *f, unsigned n,
		   uint32_t units)
{
	int16_t *acc = p->setup->acc;

	memcpy(acc + p->acc_n, f->pcm, f->n * sizeof(f->pcm[0]));
	p->acc_n += f->n;
	while (p->acc_n >= n) {
		send_sound(p, acc, n, units);
		p->acc_n -= n;
		memmove(acc, acc + n, p->acc_n * sizeof(acc[0]));
	}
}

/* A digit takes the place of the sound of this tick. */
static bool send_digit(struct rtp_port *p)
{
	uint32_t step = rtp_step(p);
	uint8_t data[RTP_SEND_MAX];
	struct telev_out e;
	bool sent;

	if (!rtp_port_has_events(p) || telev_tx_is_idle(&p->telev_tx))
		return false;
	sent = telev_tx_step(&p->telev_tx, &e,
			     rtp_tx_clock(p, loop_now_us(p->loop)), step);
	if (!sent)
		return false;
	/* the samples that waited for the rest of their packet are lost
	 * under the digit, their time is not */
	p->tx_ts += p->acc_n / (p->port.hz / 1000) * (step / PORT_TICK_MS);
	p->acc_n = 0;
	if (may_send(p)) {
		memcpy(data + RTP_HDR, e.payload, TELEV_BYTES);
		send_own(p, data, p->setup->prm.event_tx_pt, e.ts, e.marker,
			 TELEV_BYTES);
	}
	p->tx_ts += step;
	p->tx_marker = true;
	return true;
}

int rtp_tx_push(struct port *port, const struct frame *f)
{
	struct rtp_port *p = rtp_of(port);
	struct rtp_setup *s = p->setup;
	uint32_t units;
	unsigned n;

	if (!s)
		return EAGAIN;
	p->tx_at_us = loop_now_us(p->loop);
	if (send_digit(p))
		return 0;
	n = rtp_samples(p, s->prm.ptime_ms);
	units = s->prm.ptime_ms * (rtp_step(p) / PORT_TICK_MS);
	if (f->n % n)
		gather(p, f, n, units);
	else
		for (unsigned i = 0; i < f->n; i += n)
			send_sound(p, f->pcm + i, n, units);
	return 0;
}

uint32_t rtp_tx_clock(const struct rtp_port *p, uint64_t now_us)
{
	uint32_t per_ms = rtp_step(p) / PORT_TICK_MS;
	uint32_t waiting = p->acc_n / (p->port.hz / 1000) * per_ms;

	return p->tx_ts + waiting +
	       (uint32_t)((now_us - p->tx_at_us) * per_ms / 1000);
}

void rtp_tx_sync(struct rtp_port *p, uint64_t now_us)
{
	if (p->setup)
		p->tx_ts = rtp_tx_clock(p, now_us);
	p->tx_at_us = now_us;
	p->acc_n = 0;
	p->tx_marker = true;
}

/* A stream that begins, or another one: it goes on from where ours is. */
static void relay_begin(struct rtp_port *p, const struct rtp_pkt *k)
{
	struct rtp_relay *r = &p->relay;

	rtp_tx_sync(p, loop_now_us(p->loop));
	r->on = true;
	r->ssrc = k->ssrc;
	r->base_seq = k->seq;
	r->seq_off = (uint16_t)(p->tx_seq - k->seq);
	r->ts_off = p->tx_ts - k->ts;
}

/* The payload type here of a packet that is fmt there; -1: none. */
static int relay_pt(const struct rtp_port *p, int fmt)
{
	const struct rtp_params *q = &p->setup->prm;
	const struct codec_ops *c;

	if (fmt == FMT_EVENT)
		return q->event_tx_pt == RTP_NO_PT ? -1 : q->event_tx_pt;
	if (fmt == FMT_NOISE)
		return RTP_PT_CN;
	c = p->relay.from->setup->prm.fmt[fmt].codec;
	for (unsigned i = 0; i < q->n_fmt; i++)
		if (q->fmt[i].codec == c)
			return q->fmt[i].tx_pt;
	return -1;
}

void rtp_tx_forward(struct rtp_port *p, const struct rtp_pkt *k, int fmt)
{
	struct rtp_relay *r = &p->relay;
	int pt = relay_pt(p, fmt);
	struct rtp_pkt out = *k;
	uint8_t data[RTP_SEND_MAX];

	if (!r->on || r->ssrc != k->ssrc)
		relay_begin(p, k);
	/* from before the beginning: its number here is used up */
	if ((int16_t)(uint16_t)(k->seq - r->base_seq) < 0)
		return;
	/* lets the base move on, or it would be in the future some day */
	if ((uint16_t)(k->seq - r->base_seq) > 0x4000)
		r->base_seq = (uint16_t)(k->seq - 0x2000);
	out.seq = (uint16_t)(k->seq + r->seq_off);
	out.ts = k->ts + r->ts_off;
	if ((int16_t)(uint16_t)(out.seq - p->tx_seq) >= 0) {
		p->tx_seq = (uint16_t)(out.seq + 1);
		p->tx_ts = out.ts;
		p->tx_at_us = loop_now_us(p->loop);
	}
	if (pt < 0 || !may_send(p) ||
	    k->len > sizeof(data) - RTP_HDR - SRTP_PAIR_TRAILER)
		return;
	out.pt = (uint8_t)pt;
	out.ssrc = p->ssrc;
	out.marker = k->marker || p->tx_marker;
	p->tx_marker = false;
	rtp_pkt_head(data, &out);
	memcpy(data + RTP_HDR, k->payload, k->len);
	send_bytes(p, data, RTP_HDR + k->len, k->len);
	p->stats.relayed++;
}
