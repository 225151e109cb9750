/* SPDX-License-Identifier: Apache-2.0 */
/* What an RTP port takes, and from whom; packets are made by hand. */
#include <string.h>

#include "dsp/level.h"
#include "media/rtp_impl.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/test.h"

/* A host that sends what the test says. */
struct peer {
	struct udp *u;
	struct addr at;
	uint16_t    seq;
	uint32_t    ssrc, ts;
	unsigned    got;
	uint8_t     level;              /* what the packets hold */
};

static void on_packet(const struct addr *src, uint8_t *data, size_t len,
		      void *arg)
{
	struct peer *p = arg;

	(void)src;
	(void)data;
	(void)len;
	p->got++;
}

static int peer_open(struct peer *p, struct rig *r, uint8_t ip, uint16_t port)
{
	struct addr a = { .family = AF_INET, .ip = { 10, 0, 1, ip },
			  .port = port };
	int err = udp_open(&p->u, fake_net_udp(r->net), &a);

	if (!err)
		err = udp_bind(p->u, r->loop, on_packet, p);
	p->at = a;
	p->ssrc = ip * 1000u + port;
	p->level = 0x55;
	return err;
}

static int say(struct peer *p, const struct addr *to, uint8_t pt)
{
	struct rtp_pkt k = { .pt = pt, .ssrc = p->ssrc, .seq = p->seq++,
			     .ts = p->ts };
	uint8_t data[RTP_HDR + 160];

	p->ts += 160;
	rtp_pkt_head(data, &k);
	memset(data + RTP_HDR, p->level, 160);
	return udp_send(p->u, to, data, sizeof(data));
}

static int say_for(struct rig *r, struct peer *p, const struct addr *to,
		   unsigned packets)
{
	int err = 0;

	for (unsigned i = 0; i < packets && !err; i++) {
		err = say(p, to, 8);
		rig_run_ms(r, 20);
	}
	return err;
}

/* Bridge 0 with its line and port; the peer's address as signalled. */
static int open_one(struct rig *r, const struct addr *signalled,
		    struct addr *local)
{
	struct port *p = r->rtp[0];
	int err;

	rtp_port_local(p, local);
	r->prm[0].remote = *signalled;
	err = rtp_port_set(p, &r->prm[0]);
	if (!err)
		err = bridge_attach(r->bridge[0], BRIDGE_B, p);
	if (!err) {
		r->rtp[0] = NULL;
		err = bridge_attach(r->bridge[0], BRIDGE_A,
				    &r->line[0].port);
	}
	rig_run_ms(r, 10);
	return err;
}

static int stats(struct rig *r)
{
	int err = bridge_stats(r->bridge[0]);

	rig_run_ms(r, 5);
	return err;
}

/* A peer behind a translator: learned after five packets, locked, and no
 * intruder changes that until signalling does. */
static int test_learning(void)
{
	struct peer real = { 0 }, thief = { 0 }, told = { 0 };
	struct rig *r = NULL;
	struct addr local;
	unsigned before;
	int err = 0;

	TRY(rig_new(&r));
	TRY(peer_open(&told, r, 1, 5000));
	TRY(peer_open(&real, r, 2, 6000));
	TRY(peer_open(&thief, r, 3, 7000));
	TRY(open_one(r, &told.at, &local));
	rig_run_ms(r, 200);
	CHECK(told.got >= 8);                   /* where signalling said */
	TRY(say_for(r, &real, &local, 2));
	TRY(say(&thief, &local, 8));            /* begins the count anew */
	TRY(say_for(r, &real, &local, 4));
	CHECK_INT(real.got, 0);
	TRY(say_for(r, &real, &local, 3));
	CHECK(real.got >= 2);                   /* learned */
	before = told.got;
	TRY(say_for(r, &thief, &local, 20));
	CHECK_INT(thief.got, 0);
	CHECK_INT(told.got, before);
	TRY(stats(r));
	CHECK(r->stats[0].side[1].rtp.bad >= 20);
	CHECK(addr_eq(&r->stats[0].side[1].rtp.remote, &real.at));
	/* signalling anew: the thief is now the one */
	r->prm[0].remote = thief.at;
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	TRY(say_for(r, &thief, &local, 5));
	CHECK(thief.got >= 3);
out:
	udp_close(real.u);
	udp_close(thief.u);
	udp_close(told.u);
	rig_free(r);
	return err;
}

/* Without symmetric RTP only the peer's host is heard, and nothing moves. */
static int test_not_symmetric(void)
{
	struct peer told = { 0 }, other = { 0 };
	struct rig *r = NULL;
	struct addr local;
	int err = 0;

	TRY(rig_new(&r));
	r->prm[0].symmetric = false;
	TRY(peer_open(&told, r, 1, 5000));
	TRY(peer_open(&other, r, 2, 5000));
	TRY(open_one(r, &told.at, &local));
	TRY(say_for(r, &other, &local, 10));
	TRY(say_for(r, &told, &local, 10));
	TRY(stats(r));
	CHECK_INT(r->stats[0].side[1].rtp.bad, 10);
	CHECK_INT(r->stats[0].side[1].rtp.rx_packets, 10);
	CHECK_INT(other.got, 0);
out:
	udp_close(told.u);
	udp_close(other.u);
	rig_free(r);
	return err;
}

static int test_ssrc_and_payload_types(void)
{
	const uint8_t noise[RTP_HDR + 1] = { 0x80, 13, 0xff, 0xff, 0, 0, 0,
		0, 0, 0, 0, 1, 60 };
	struct peer p = { 0 };
	struct rig *r = NULL;
	struct addr local;
	struct rtp_stats *s;
	int err = 0;

	TRY(rig_new(&r));
	TRY(peer_open(&p, r, 1, 5000));
	TRY(open_one(r, &p.at, &local));
	TRY(say_for(r, &p, &local, 20));
	p.ssrc++;                               /* another stream */
	p.seq += 7000;
	p.ts += 77777;
	TRY(say_for(r, &p, &local, 20));
	for (unsigned i = 0; i < 5; i++) {
		TRY(say(&p, &local, 33));
		rig_run_ms(r, 20);
	}
	TRY(stats(r));
	s = &r->stats[0].side[1].rtp;
	CHECK_INT(s->unknown_pt, 5);
	CHECK_INT(s->rx_packets, 20 + 19 + 5);
	CHECK_INT(s->lost, 0);
	/* rubbish of every length */
	for (size_t n = 0; n <= sizeof(noise); n++)
		TRY(udp_send(p.u, &local, noise, n));
	rig_run_ms(r, 20);
	TRY(stats(r));
	CHECK(r->stats[0].side[1].rtp.bad >= RTP_HDR);
out:
	udp_close(p.u);
	rig_free(r);
	return err;
}

/* On hold the sound is not heard, and what comes is not late afterwards. */
static int test_direction(void)
{
	struct peer p = { 0 };
	struct rig *r = NULL;
	struct addr local;
	size_t n;
	const int16_t *pcm;
	int err = 0;

	TRY(rig_new(&r));
	TRY(peer_open(&p, r, 1, 5000));
	r->prm[0].send = false;
	TRY(open_one(r, &p.at, &local));
	p.level = 0x2a;                         /* loud, and constant */
	TRY(say_for(r, &p, &local, 20));
	CHECK_INT(p.got, 0);
	pcm = rig_last(r, 0, 20, &n);
	CHECK(pcm[0] != 0);
	r->prm[0].recv = false;
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	TRY(say_for(r, &p, &local, 20));
	pcm = rig_last(r, 0, 20, &n);
	CHECK_INT(pcm[0], 0);
	r->prm[0].recv = r->prm[0].send = true;
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	TRY(say_for(r, &p, &local, 20));
	pcm = rig_last(r, 0, 20, &n);
	CHECK(pcm[0] != 0);
	CHECK(p.got > 15);
out:
	udp_close(p.u);
	rig_free(r);
	return err;
}

/* Two codecs agreed: whichever comes is heard. */
static int test_second_codec(void)
{
	struct peer p = { 0 };
	struct rig *r = NULL;
	struct addr local;
	int16_t a, b;
	size_t n;
	int err = 0;

	TRY(rig_new(&r));
	r->prm[0].n_fmt = 2;
	r->prm[0].fmt[1] = (struct rtp_format){
		.codec = codec_find("PCMU", 8000), .tx_pt = 0, .rx_pt = 0 };
	TRY(peer_open(&p, r, 1, 5000));
	TRY(open_one(r, &p.at, &local));
	p.level = 0x2a;
	TRY(say_for(r, &p, &local, 20));
	a = rig_last(r, 0, 20, &n)[0];
	for (unsigned i = 0; i < 20; i++) {
		TRY(say(&p, &local, 0));
		rig_run_ms(r, 20);
	}
	b = rig_last(r, 0, 20, &n)[0];
	CHECK(a && b && a != b);
	TRY(stats(r));
	CHECK_INT(r->stats[0].side[1].rtp.unknown_pt, 0);
out:
	udp_close(p.u);
	rig_free(r);
	return err;
}

/* A sender whose clock is 0.1 % off, for a minute: the delay stays where it
 * is, by frames left out or put in; in sound that never pauses, too. */
static int test_skew(void)
{
	static const struct { uint8_t level; uint32_t period_us; } v[] = {
		{ 0x2a, 19980 }, { 0xd5, 19980 }, { 0xd5, 20020 },
		{ 0x2a, 20020 } };
	struct peer p = { 0 };
	struct rig *r = NULL;
	struct addr local;
	struct rtp_stats *s;
	int err = 0;

	for (unsigned i = 0; i < 4; i++) {
		TRY(rig_new(&r));
		p = (struct peer){ 0 };
		TRY(peer_open(&p, r, 1, 5000));
		TRY(open_one(r, &p.at, &local));
		p.level = v[i].level;
		for (unsigned k = 0; k < 3000; k++) {
			TRY(say(&p, &local, 8));
			loop_run_until(r->loop, r->clk.t_us +
						v[i].period_us);
		}
		TRY(stats(r));
		s = &r->stats[0].side[1].rtp;
		CHECK(s->delay_ms <= 75);
		CHECK_INT(s->lost, 0);
		if (v[i].period_us < 20000)
			CHECK_NEAR((double)s->shrunk, 3, 2);
		else
			CHECK_NEAR((double)s->grown, 3, 2);
		CHECK(s->late <= 1);
		udp_close(p.u);
		p.u = NULL;
		rig_free(r);
		r = NULL;
	}
out:
	udp_close(p.u);
	rig_free(r);
	return err;
}

/* A peer that falls silent and says so is heard as soft noise; digits whose
 * end is lost end. */
static int test_noise_and_lost_end(void)
{
	struct peer p = { 0 };
	struct rig *r = NULL;
	struct addr local;
	struct rtp_pkt k = { .pt = 13 };
	uint8_t data[RTP_HDR + TELEV_BYTES] = { 0 };
	struct telev e = { .event = 3, .volume = 10, .duration = 480 };
	char text[200];
	const int16_t *pcm;
	size_t n;
	int err = 0;

	TRY(rig_new(&r));
	TRY(peer_open(&p, r, 1, 5000));
	TRY(open_one(r, &p.at, &local));
	TRY(bridge_listen(r->bridge[0], BRIDGE_B, BRIDGE_LISTEN_DTMF, NULL,
			  0));
	TRY(say_for(r, &p, &local, 20));
	k.seq = p.seq++;
	k.ts = p.ts;
	k.ssrc = p.ssrc;
	rtp_pkt_head(data, &k);
	data[RTP_HDR] = 50;
	TRY(udp_send(p.u, &local, data, RTP_HDR + 1));
	rig_run_ms(r, 1000);
	pcm = rig_last(r, 0, 200, &n);
	CHECK_NEAR(level_of(pcm, n), cn_level_dbm0(50), 2);
	k.pt = 101;
	k.seq = p.seq++;
	k.ts = p.ts += 8000;
	rtp_pkt_head(data, &k);
	telev_build(data + RTP_HDR, &e);
	TRY(udp_send(p.u, &local, data, sizeof(data)));
	rig_run_ms(r, 100);
	rig_digits(r, 0, text);
	CHECK_STR(str_z(text), "+3 ");
	rig_run_ms(r, 300);
	rig_digits(r, 0, text);
	CHECK_STR(str_z(text), "+3 -3 ");
out:
	udp_close(p.u);
	rig_free(r);
	return err;
}

const struct test_suite suite_rtp_rx = {
	"media/rtp_rx", (const struct test[]){
		TEST_WITH(test_learning, TEST_NO_OOM),
		TEST_WITH(test_not_symmetric, TEST_NO_OOM),
		TEST_WITH(test_ssrc_and_payload_types, TEST_NO_OOM),
		TEST_WITH(test_direction, TEST_NO_OOM),
		TEST_WITH(test_second_codec, TEST_NO_OOM),
		TEST_WITH(test_skew, TEST_NO_OOM),
		TEST_WITH(test_noise_and_lost_end, TEST_NO_OOM),
		TEST_END } };
