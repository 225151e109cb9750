/* SPDX-License-Identifier: Apache-2.0 */
/* RTCP between two ports: when, where to, and what it tells. */
#include "media/rtcp.h"
#include "media/rtp_impl.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/test.h"

struct tap {
	unsigned srs, rrs, byes, on_rtp_port;
	uint32_t packets;
};

static bool on_packet(const struct addr *src, const struct addr *dst,
		      uint8_t *data, size_t len, void *arg)
{
	struct tap *t = arg;
	struct rtcp_news w;

	(void)src;
	if (!rtp_pkt_is_rtcp(data, len) || rtcp_parse(&w, data, len, 0))
		return true;
	t->srs += w.sr;
	t->rrs += !w.sr;
	t->byes += w.bye;
	t->on_rtp_port += dst->port % 2 == 0;
	if (w.sr)
		t->packets = w.packets;
	return true;
}

static int test_reports(void)
{
	struct fake_link slow = { .delay_us = 30000 };
	struct rig *r = NULL;
	struct tap t = { 0 };
	int err = 0;

	TRY(rig_new(&r));
	fake_net_set(r->net, &slow);
	fake_net_tap(r->net, on_packet, &t);
	TRY(rig_attach(r));
	rig_run_ms(r, 60000);
	/* every 5 s in the mean, each */
	CHECK(t.srs >= 18 && t.srs <= 30);
	CHECK_INT(t.rrs + t.byes + t.on_rtp_port, 0);
	CHECK(t.packets > 2300);
	TRY(rig_stats(r));
	CHECK_NEAR(r->stats[0].side[1].rtp.rtt_us, 60000, 2500);
	CHECK_INT(r->stats[0].side[1].rtp.far_lost, 0);
	CHECK_INT(r->stats[0].side[1].rtp.bad, 0);
	bridge_take(r->bridge[0], BRIDGE_B);
	rig_run_ms(r, 100);
	CHECK_INT(t.byes, 0);           /* it only moves */
	TRY(bridge_attach(r->bridge[0], BRIDGE_B, r->taken));
	rig_run_ms(r, 100);
	bridge_detach(r->bridge[0], BRIDGE_B);
	rig_run_ms(r, 100);
	CHECK_INT(t.byes, 1);
out:
	rig_free(r);
	return err;
}

/* On one port with RTP; encrypted. */
static int test_mux_and_srtp(void)
{
	struct rig *r = NULL;
	struct tap t = { 0 };
	int err = 0;

	TRY(rig_new(&r));
	for (unsigned i = 0; i < 2; i++) {
		struct rtp_params *q = &r->prm[i];

		q->rtcp_mux = true;
		q->tx_key.suite = q->rx_key.suite =
			RTP_SUITE_AES_CM_128_HMAC_SHA1_80;
		q->tx_key.len = q->rx_key.len = 30;
	}
	fake_net_tap(r->net, on_packet, &t);
	TRY(rig_attach(r));
	rig_run_ms(r, 30000);
	TRY(rig_stats(r));
	CHECK_INT(t.srs, t.on_rtp_port);
	CHECK_INT(r->stats[0].side[1].rtp.bad_auth, 0);
	CHECK_INT(r->stats[0].side[1].rtp.bad, 0);
out:
	rig_free(r);
	return err;
}

const struct test_suite suite_rtp_report = {
	"media/rtp_report", (const struct test[]){
		TEST_WITH(test_reports, TEST_NO_OOM),
		TEST_WITH(test_mux_and_srtp, TEST_NO_OOM),
		TEST_END } };
