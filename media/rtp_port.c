/* SPDX-License-Identifier: Apache-2.0 */
/* RTP as a port: sockets, parameters, life. What comes is rtp_rx.c, what
 * goes rtp_tx.c, RTCP rtp_report.c. */
#include "media/rtp_port.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "media/rtp_impl.h"

static METRIC_COUNT(m_rx, "tipring_rtp_received_packets_total",
		    "RTP packets received in calls that have ended");
static METRIC_COUNT(m_tx, "tipring_rtp_sent_packets_total",
		    "RTP packets sent in calls that have ended");
static METRIC_COUNT(m_lost, "tipring_rtp_lost_packets_total",
		    "RTP packets that never came or came too late");
static METRIC_COUNT(m_bad, "tipring_rtp_bad_packets_total",
		    "packets on RTP ports that were refused");

/* The last figures go into the program's counters. */
static void count(struct rtp_port *p)
{
	struct rtp_stats s;

	rtp_port_stats(p, &s);
	metric_add(&m_rx, (int64_t)s.rx_packets);
	metric_add(&m_tx, (int64_t)s.tx_packets);
	metric_add(&m_lost, (int64_t)(s.lost + s.late));
	metric_add(&m_bad, (int64_t)(s.bad + s.unknown_pt + s.bad_auth +
				     s.replayed));
}

static void port_destroy(struct port *port)
{
	struct rtp_port *p = rtp_of(port);

	assert(!p->loop);
	rtp_report_bye(p);
	count(p);
	rtp_setup_free(p->setup);
	rtp_sound_free(p->sound);
	rtp_ports_close(p->ports, p->rtp, p->rtcp);
	memset(&p->asked, 0, sizeof(p->asked));         /* keys */
	mem_free(p);
}

static void check_timeout(struct rtp_port *p, uint64_t now_us)
{
	uint64_t limit_us = (uint64_t)p->conf->rtp_timeout_ms * 1000;
	const struct rtp_params *q = &p->setup->prm;

	if (!limit_us || !q->recv || now_us - p->heard_us < limit_us)
		return;
	p->heard_us = now_us;
	p->env.sink->timeout(p->env.arg);
}

static void on_second(void *arg);

/* When the worker wakes for a phase anyway: a hundred ports would wake it a
 * hundred times more. */
static void start_second(struct rtp_port *p, uint64_t now_us)
{
	uint64_t at_us = now_us + 1000000;

	if (p->env.phase_us)
		at_us -= (at_us - p->env.epoch_us) % p->env.phase_us;
	tmr_start_at(p->loop, &p->second, at_us, on_second, p);
}

static void on_second(void *arg)
{
	struct rtp_port *p = arg;
	uint64_t now_us = loop_now_us(p->loop);

	start_second(p, now_us);
	if (!p->setup)
		return;
	rtp_report_second(p, now_us);
	check_timeout(p, now_us);
}

void rtp_port_join(struct rtp_port *p, const struct rtp_env *env)
{
	p->env = *env;
}

static int port_bind(struct port *port, struct loop *worker)
{
	struct rtp_port *p = rtp_of(port);
	int err = udp_bind(p->rtp, p->env.poll, rtp_rx_packet, p);

	if (!err)
		err = udp_bind(p->rtcp, worker, rtp_report_packet, p);
	if (err) {
		udp_unbind(p->rtp);
		return err;
	}
	p->loop = worker;
	p->clk = loop_clk(worker);
	p->heard_us = p->tx_at_us = loop_now_us(worker);
	p->jbuf.pool = p->env.pool;
	start_second(p, p->tx_at_us);
	return 0;
}

static void port_unbind(struct port *port)
{
	struct rtp_port *p = rtp_of(port);

	rtp_port_relay(p, NULL);
	if (p->relay_to)
		rtp_port_relay(p->relay_to, NULL);
	tmr_stop(&p->second);
	tmr_stop(&p->event_end);
	rtp_rx_reset(p);
	udp_unbind(p->rtp);
	udp_unbind(p->rtcp);
	p->loop = NULL;
}

const struct port_ops rtp_port_ops = {
	.name = "rtp", .pull = rtp_rx_pull, .push = rtp_tx_push,
	.bind = port_bind, .unbind = port_unbind, .free = port_destroy,
};

static void init(struct rtp_port *p)
{
	uint32_t r[3];

	rand_bytes(r, sizeof(r));
	p->ssrc = r[0];
	p->tx_ts = r[1];
	p->seed = r[2];
	/* RFC 3711 section 3.3.1: a start in the lower half leaves room
	 * before the first wrap */
	p->tx_seq = (uint16_t)(rand_u32() & 0x7fff);
	p->tx_marker = true;
	rand_token(p->cname, 17);
	telev_tx_init(&p->telev_tx, p->conf->digit_gap_ms);
	jbuf_init(&p->jbuf, NULL, 8000, p->conf->jitter_max_ms);
	quality_init(&p->quality, 8000);
	p->port.ops = &rtp_port_ops;
	p->port.hz = 8000;
}

int rtp_port_open(struct port **pp, struct rtp_ports *ports,
		  const struct addr *ip, const struct media_conf *conf)
{
	struct rtp_port *p = mem_alloc(sizeof(*p));
	int err;

	if (!p)
		return ENOMEM;
	err = rtp_ports_open(ports, ip, &p->rtp, &p->rtcp);
	if (err) {
		mem_free(p);
		return err;
	}
	p->ports = ports;
	p->conf = conf;
	init(p);
	*pp = &p->port;
	return 0;
}

void rtp_port_local(const struct port *p, struct addr *a)
{
	udp_local(rtp_of(p)->rtp, a);
}

int rtp_port_set(struct port *port, const struct rtp_params *params)
{
	struct rtp_port *p = rtp_of(port);
	struct rtp_setup *s;
	int err = rtp_setup_new(&s, p, params);

	if (err)
		return err;
	assert(!p->loop);
	rtp_setup_asked(p, params);
	rtp_setup_free(rtp_port_install(p, s));
	return 0;
}

const struct rtp_params *rtp_port_params(const struct port *p)
{
	return rtp_of(p)->setup ? &rtp_of(p)->setup->prm : NULL;
}

/* Where to send from now on. Only signalling makes the port learn anew. */
static void set_remote(struct rtp_port *p, const struct rtp_params *old,
		       const struct rtp_params *now)
{
	bool moved = !old || !addr_eq(&old->remote, &now->remote);

	if (moved)
		p->learn.dst = now->remote;
	p->learn.locked = false;
	p->learn.n = 0;
}

/* Do the codec states go on? Then a re-INVITE is not heard. */
static bool same_codecs(const struct rtp_setup *a, const struct rtp_setup *b)
{
	if (a->prm.n_fmt != b->prm.n_fmt)
		return false;
	for (unsigned i = 0; i < a->prm.n_fmt; i++)
		if (a->prm.fmt[i].codec != b->prm.fmt[i].codec ||
		    strcmp(a->prm.fmt[i].fmtp, b->prm.fmt[i].fmtp) != 0)
			return false;
	return true;
}

static void swap_codecs(struct rtp_setup *a, struct rtp_setup *b)
{
	struct resample *rs = a->rs;
	void *enc = a->enc;

	a->rs = b->rs;
	b->rs = rs;
	a->enc = b->enc;
	b->enc = enc;
	for (unsigned i = 0; i < a->prm.n_fmt; i++) {
		void *dec = a->dec[i];

		a->dec[i] = b->dec[i];
		b->dec[i] = dec;
	}
}

struct rtp_setup *rtp_port_install(struct rtp_port *p, struct rtp_setup *s)
{
	struct rtp_setup *old = p->setup;

	if (old && s->keep_srtp) {
		s->srtp = old->srtp;
		old->srtp = NULL;
	}
	if (old && same_codecs(old, s))
		swap_codecs(old, s);
	set_remote(p, old ? &old->prm : NULL, &s->prm);
	p->setup = s;
	if (p->port.hz != s->hz)
		p->fifo_n = 0;
	p->port.hz = s->hz;
	if (p->jbuf.hz != s->prm.fmt[0].codec->rtp_hz) {
		rtp_rx_reset(p);
		p->jbuf.hz = s->prm.fmt[0].codec->rtp_hz;
	}
	p->acc_n = 0;
	p->relay.on = false;
	if (p->loop)
		p->heard_us = loop_now_us(p->loop);
	if (s->prm.cname[0])
		snprintf(p->cname, sizeof(p->cname), "%s", s->prm.cname);
	return old;
}

bool rtp_port_has_events(const struct rtp_port *p)
{
	return p->setup && p->setup->prm.event_tx_pt != RTP_NO_PT;
}

bool rtp_port_can_relay(const struct rtp_port *from,
			const struct rtp_port *to)
{
	const struct rtp_setup *a = from->setup, *b = to->setup;

	return a && b && a->prm.fmt[0].codec == b->prm.fmt[0].codec &&
	       strcmp(a->prm.fmt[0].fmtp, b->prm.fmt[0].fmtp) == 0 &&
	       rtp_port_has_events(from) == rtp_port_has_events(to);
}

void rtp_port_relay(struct rtp_port *to, struct rtp_port *from)
{
	uint64_t now_us;

	if (to->relay.from == from)
		return;
	now_us = loop_now_us(to->loop);
	if (to->relay.from) {
		to->relay.from->relay_to = NULL;
		rtp_tx_sync(to, now_us);
	}
	to->relay = (struct rtp_relay){ .from = from };
	to->acc_n = 0;
	if (from) {
		from->relay_to = to;
		/* what lies waiting would be late in any case */
		jbuf_reset(&from->jbuf);
		from->fifo_n = 0;
		rtp_tx_sync(to, now_us);
	}
}

static uint8_t r_factor(const struct rtp_port *p, const struct rtp_stats *s)
{
	uint64_t all = s->rx_packets + s->lost;
	double loss = all ? (double)(s->lost + s->late) / (double)all : 0;

	return quality_r_factor(loss > 1 ? 1 : loss,
				s->delay_ms + s->rtt_us / 2000 +
				(p->setup ? p->setup->prm.ptime_ms : 20), 0);
}

void rtp_port_stats(struct rtp_port *p, struct rtp_stats *s)
{
	int32_t lost = quality_lost(&p->quality);

	*s = p->stats;
	/* the jitter buffer sees no packets that are only forwarded */
	s->lost = lost > 0 ? (uint64_t)lost : 0;
	s->late = p->jbuf.late + p->jbuf.overflow;
	s->duplicate = p->jbuf.duplicate;
	s->reordered = p->quality.reordered;
	s->shrunk = p->jbuf.shrunk;
	s->grown = p->jbuf.grown;
	s->jitter_us = quality_jitter_us(&p->quality);
	s->delay_ms = p->relay_to ? 0 : jbuf_delay_ms(&p->jbuf);
	s->remote = p->learn.dst;
	if (p->setup)
		snprintf(s->codec, sizeof(s->codec), "%s",
			 p->setup->prm.fmt[0].codec->name);
	s->r_factor = r_factor(p, s);
}
