/* SPDX-License-Identifier: Apache-2.0 */
/* RTP of a scripted UA: 20 ms packets out, what comes in put in its place
 * by its timestamp; a gap stays silence. */
#include "tests/lib/sip_ua_rtp.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "media/rtp_pkt.h"

enum {
	TICK_US = 20000, TICK_TS = 160, PCM_MAX = 16000 / 50,
	KEY_STEPS = 5,          /* packets of a digit, and three ends */
	KEY_PAUSE = 3,
};

static const char keys[] = "0123456789*#ABCD";

static void send_packet(struct sip_ua_rtp *r, uint8_t pt, uint32_t ts,
			const uint8_t *payload, size_t n)
{
	uint8_t p[RTP_HDR + 400];
	const struct rtp_pkt k = { .marker = r->marker, .pt = pt,
				   .seq = r->seq++, .ts = ts,
				   .ssrc = r->ssrc };

	rtp_pkt_head(p, &k);
	memcpy(p + RTP_HDR, payload, n);
	r->marker = false;
	(void)udp_send(r->udp, &r->remote, p, RTP_HDR + n);     /* as a net */
}

/* RFC 4733 section 2.5: the duration grows, the end comes three times. */
static void send_event(struct sip_ua_rtp *r)
{
	unsigned n = r->key_step < KEY_STEPS ? r->key_step + 1 : KEY_STEPS;
	bool end = r->key_step >= KEY_STEPS - 1;
	uint8_t p[4];

	p[0] = (uint8_t)(strchr(keys, r->keys[r->key]) - keys);
	p[1] = (uint8_t)((end ? 0x80 : 0) | 10);
	p[2] = (uint8_t)(n * TICK_TS >> 8);
	p[3] = (uint8_t)(n * TICK_TS);
	send_packet(r, UA_EVENT_PT, r->key_ts, p, sizeof(p));
}

/* False: no digit is being sent. */
static bool key_tick(struct sip_ua_rtp *r)
{
	if (!r->keys[r->key])
		return false;
	if (!r->key_step) {
		r->key_ts = r->ts;
		r->marker = true;
	}
	if (r->key_step < KEY_STEPS + 2)
		send_event(r);
	if (++r->key_step == KEY_STEPS + 2 + KEY_PAUSE) {
		r->key++;
		r->key_step = 0;
	}
	return true;
}

static void sound_tick(struct sip_ua_rtp *r)
{
	size_t n = r->codec->pcm_hz / 50;
	int16_t pcm[PCM_MAX];
	uint8_t out[400];

	memset(pcm, 0, sizeof(pcm));
	if (r->hz > 0)
		sine_make(pcm, n, r->codec->pcm_hz, r->hz, r->dbm0, r->said);
	r->said += n;
	n = r->codec->encode(r->enc, pcm, n, out, sizeof(out));
	send_packet(r, (uint8_t)r->codec->static_pt, r->ts, out, n);
}

static void on_tick(void *arg)
{
	struct sip_ua_rtp *r = arg;

	r->next_us += TICK_US;
	tmr_start_at(r->loop, &r->tick, r->next_us, on_tick, r);
	if (r->send && !r->mute && r->remote.port && !key_tick(r))
		sound_tick(r);
	r->ts += TICK_TS;
}

/* --- what comes -------------------------------------------------------- */

static void hear_event(struct sip_ua_rtp *r, const struct rtp_pkt *k)
{
	if (k->len < 4 || k->payload[0] > 15 ||
	    (r->in_event && k->ts == r->event_ts))
		return;
	r->in_event = true;
	r->event_ts = k->ts;
	if (r->n_digits < UA_DIGITS - 1)
		r->digits[r->n_digits++] = keys[k->payload[0]];
	r->digits[r->n_digits] = '\0';
}

static void hear_sound(struct sip_ua_rtp *r, const struct rtp_pkt *k)
{
	unsigned ratio = r->codec->pcm_hz / r->codec->rtp_hz;
	int16_t pcm[PCM_MAX * 3];
	size_t n, at;

	if (!r->known || r->their_ssrc != k->ssrc) {
		r->known = true;
		r->their_ssrc = k->ssrc;
		r->first_ts = k->ts;
		r->base = r->n;
	}
	r->pt = k->pt;
	n = r->codec->decode(r->dec, k->payload, k->len, pcm,
			     sizeof(pcm) / sizeof(pcm[0]));
	at = r->base + (size_t)(uint32_t)(k->ts - r->first_ts) * ratio;
	if (at + n > UA_HEARD)
		return;
	memcpy(r->heard + at, pcm, n * sizeof(pcm[0]));
	if (at + n > r->n)
		r->n = at + n;
}

static void on_packet(const struct addr *src, uint8_t *data, size_t len,
		      void *arg)
{
	struct sip_ua_rtp *r = arg;
	struct rtp_pkt k;

	(void)src;
	if (!r->codec || rtp_pkt_parse(&k, data, len))
		return;
	r->packets++;
	if (k.pt == UA_EVENT_PT)
		hear_event(r, &k);
	else if (k.pt == r->codec->static_pt)
		hear_sound(r, &k);
}

/* --- life -------------------------------------------------------------- */

int sip_ua_rtp_init(struct sip_ua_rtp *r, struct loop *l,
		    struct udp_net *net, const struct addr *ip)
{
	struct addr a = *ip;
	int err;

	r->loop = l;
	r->dbm0 = -10;
	r->ssrc = 0x12340000u + a.port;
	a.port = 0;
	r->heard = mem_alloc(UA_HEARD * sizeof(r->heard[0]));
	if (!r->heard)
		return ENOMEM;
	err = udp_open(&r->udp, net, &a);
	if (err)
		return err;
	udp_local(r->udp, &r->local);
	return udp_bind(r->udp, l, on_packet, r);
}

void sip_ua_rtp_stop(struct sip_ua_rtp *r)
{
	tmr_stop(&r->tick);
	if (r->codec) {
		r->codec->close(r->enc);
		r->codec->close(r->dec);
	}
	r->codec = NULL;
	r->enc = r->dec = NULL;
}

void sip_ua_rtp_fini(struct sip_ua_rtp *r)
{
	sip_ua_rtp_stop(r);
	udp_close(r->udp);
	r->udp = NULL;
	r->heard = mem_free(r->heard);
}

int sip_ua_rtp_start(struct sip_ua_rtp *r, const struct codec_ops *c,
		     const struct addr *remote, bool send)
{
	bool running = r->codec == c;
	int err;

	r->remote = *remote;
	r->send = send;
	if (running)
		return 0;
	sip_ua_rtp_stop(r);
	err = c->open(&r->enc, NULL);
	if (err)
		return err;
	err = c->open(&r->dec, NULL);
	if (err) {
		c->close(r->enc);
		return err;
	}
	r->codec = c;
	r->marker = true;
	r->next_us = loop_now_us(r->loop);
	tmr_start(r->loop, &r->tick, 0, on_tick, r);
	return 0;
}

void sip_ua_rtp_dial(struct sip_ua_rtp *r, const char *digits)
{
	snprintf(r->keys, sizeof(r->keys), "%s", digits);
	r->key = r->key_step = 0;
}

void sip_ua_rtp_listen(struct sip_ua_rtp *r)
{
	memset(r->heard, 0, UA_HEARD * sizeof(r->heard[0]));
	r->n = 0;
	r->known = false;
}

void sip_ua_rtp_fit(struct sine *s, const struct sip_ua_rtp *r, double hz,
		    unsigned ms)
{
	unsigned rate = r->codec ? r->codec->pcm_hz : 8000;
	size_t n = rate / 1000 * (size_t)ms;

	if (n > r->n)
		n = r->n;
	sine_fit(s, r->heard + r->n - n, n, rate, hz);
}
