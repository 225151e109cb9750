/* SPDX-License-Identifier: Apache-2.0 */
/* RTCP of an RTP port: when reports go, what the peer's say. Intervals are
 * spread at random over half to one and a half of the mean (RFC 3550
 * section 6.2), so that calls set up together do not report together. */
#include "media/rtcp.h"
#include "media/rtp_impl.h"

static uint64_t interval_us(struct rtp_port *p)
{
	uint64_t mean_us = (uint64_t)p->conf->rtcp_ms * 1000;

	p->seed = p->seed * 1664525u + 1013904223u;
	return mean_us / 2 + (mean_us * (p->seed >> 16) >> 16);
}

static bool rtcp_addr(const struct rtp_port *p, struct addr *a)
{
	const struct rtp_params *q = &p->setup->prm;

	*a = p->learn.dst;
	if (!a->port || !addr_eq(a, &q->remote) || q->rtcp_mux ||
	    !q->remote_rtcp.port) {
		/* learned, or not told: next to RTP */
		a->port = (uint16_t)(a->port + (a->port && !q->rtcp_mux));
		return a->port != 0;
	}
	*a = q->remote_rtcp;
	return true;
}

static void fill_report(struct rtp_port *p, struct rtcp_report *r,
			uint64_t now_us)
{
	r->ssrc = p->rx_ssrc;
	r->fraction = quality_fraction(&p->quality);
	r->lost = quality_lost(&p->quality);
	r->max_ext = p->quality.max_ext;
	r->jitter = quality_jitter(&p->quality);
	r->lsr = p->sr_mid;
	if (p->sr_mid)
		r->dlsr = (uint32_t)(((now_us - p->sr_at_us) << 16) /
				     1000000);
}

static void send_report(struct rtp_port *p, uint64_t now_us, bool bye)
{
	struct rtcp_out o = {
		.ssrc = p->ssrc, .sr = p->tx_started, .bye = bye,
		.ntp = rtcp_ntp(p->clk->wall_us(p->clk->arg)),
		.ts = rtp_tx_clock(p, now_us),
		.packets = (uint32_t)p->stats.tx_packets,
		.bytes = (uint32_t)p->stats.tx_bytes,
		.has_report = p->rx_started, .cname = p->cname,
	};
	uint8_t data[RTCP_MAX + SRTP_PAIR_TRAILER];
	struct srtp_pair *srtp = p->setup->srtp;
	struct addr to;
	size_t n;

	if (!rtcp_addr(p, &to))
		return;
	if (o.has_report)
		fill_report(p, &o.report, now_us);
	n = rtcp_build(data, &o);
	if (srtp && srtp_pair_protect_rtcp(srtp, data, &n, sizeof(data)))
		return;
	(void)udp_send(p->setup->prm.rtcp_mux ? p->rtp : p->rtcp, &to, data,
		       n);
}

void rtp_report_second(struct rtp_port *p, uint64_t now_us)
{
	if (!p->conf->rtcp_ms)
		return;
	if (!p->report_us)
		p->report_us = now_us + interval_us(p);
	if (now_us < p->report_us)
		return;
	p->report_us = now_us + interval_us(p);
	send_report(p, now_us, false);
}

void rtp_report_bye(struct rtp_port *p)
{
	/* whoever sent has been bound and has a clock */
	if (p->setup && p->tx_started && p->conf->rtcp_ms)
		send_report(p, p->clk->now_us(p->clk->arg), true);
}

static void take_report(struct rtp_port *p, const struct rtcp_report *r)
{
	uint32_t now = rtcp_ntp_mid(rtcp_ntp(loop_wall_us(p->loop)));
	uint32_t rtt = rtcp_rtt_us(now, r);

	if (rtt)
		p->stats.rtt_us = rtt;
	p->stats.far_lost = r->lost > 0 ? (uint32_t)r->lost : 0;
	p->stats.far_loss = (float)r->fraction / 256;
	p->stats.far_jitter_us = (uint32_t)((uint64_t)r->jitter * 1000000 /
		p->setup->prm.fmt[0].codec->rtp_hz);
}

void rtp_report_packet(const struct addr *src, uint8_t *data, size_t len,
		       void *arg)
{
	struct rtp_port *p = arg;
	struct rtcp_news w;

	/* from the peer's host, once that is known */
	if (!p->setup || (p->learn.locked &&
			  !addr_eq_ip(src, &p->learn.dst)))
		return;
	if (p->setup->srtp &&
	    srtp_pair_unprotect_rtcp(p->setup->srtp, data, &len)) {
		p->stats.bad_auth++;
		return;
	}
	if (rtcp_parse(&w, data, len, p->ssrc)) {
		p->stats.bad++;
		return;
	}
	if (w.sr && p->rx_started && w.ssrc == p->rx_ssrc) {
		p->sr_mid = rtcp_ntp_mid(w.ntp);
		p->sr_at_us = loop_now_us(p->loop);
	}
	if (w.has_report)
		take_report(p, &w.report);
}
