/* SPDX-License-Identifier: Apache-2.0 */
#include "media/rtp_impl.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/test.h"

static int test_open(void)
{
	struct rig *r = NULL;
	struct addr a;
	struct frame f;
	int err = 0;

	TRY(rig_new(&r));
	rtp_port_local(r->rtp[0], &a);
	CHECK_INT(a.port % 2, 0);
	CHECK(rtp_is(r->rtp[0]));
	CHECK(!rtp_is(&r->line[0].port));
	/* nothing agreed: silence, and nothing goes out */
	CHECK_INT(r->rtp[0]->ops->pull(r->rtp[0], &f), EAGAIN);
	CHECK_INT(f.n, 160);
	CHECK_INT(r->rtp[0]->ops->push(r->rtp[0], &f), EAGAIN);
	CHECK(!rtp_port_has_events(rtp_of(r->rtp[0])));
	TRY(rtp_port_set(r->rtp[0], &r->prm[0]));
	CHECK(rtp_port_has_events(rtp_of(r->rtp[0])));
	CHECK(!rtp_port_can_relay(rtp_of(r->rtp[0]), rtp_of(r->rtp[1])));
	r->prm[1].fmt[0].codec = codec_find("PCMU", 8000);
	TRY(rtp_port_set(r->rtp[1], &r->prm[1]));
	CHECK(!rtp_port_can_relay(rtp_of(r->rtp[0]), rtp_of(r->rtp[1])));
	r->prm[1].fmt[0].codec = codec_find("PCMA", 8000);
	r->prm[1].event_tx_pt = RTP_NO_PT;
	TRY(rtp_port_set(r->rtp[1], &r->prm[1]));
	CHECK(!rtp_port_can_relay(rtp_of(r->rtp[0]), rtp_of(r->rtp[1])));
	r->prm[1].event_tx_pt = 96;
	TRY(rtp_port_set(r->rtp[1], &r->prm[1]));
	CHECK(rtp_port_can_relay(rtp_of(r->rtp[0]), rtp_of(r->rtp[1])));
out:
	rig_free(r);
	return err;
}

/* Attached before anything is agreed (early media), then updated; SSRC and
 * numbers go on when it moves to another bridge. */
static int test_life(void)
{
	struct rig *r = NULL;
	struct rtp_port *p;
	uint32_t ssrc;
	int err = 0;

	TRY(rig_new(&r));
	p = rtp_of(r->rtp[0]);
	ssrc = p->ssrc;
	TRY(bridge_attach(r->bridge[0], BRIDGE_B, &p->port));
	r->rtp[0] = NULL;
	rig_run_ms(r, 100);
	CHECK_INT(p->stats.tx_packets, 0);
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	rig_run_ms(r, 100);
	CHECK(p->stats.tx_packets >= 4);
	bridge_take(r->bridge[0], BRIDGE_B);
	rig_run_ms(r, 10);
	CHECK(r->taken == &p->port);
	CHECK(!p->loop);
	TRY(bridge_attach(r->bridge[1], BRIDGE_A, &p->port));
	rig_run_ms(r, 100);
	CHECK(p->stats.tx_packets >= 8);
	CHECK_INT(p->ssrc, ssrc);
	/* its seconds fall onto the wake-ups of the worker */
	for (unsigned i = 0; i < 3; i++) {
		CHECK(p->second.node.key > r->clk.t_us);
		CHECK(p->second.node.key <= r->clk.t_us + 1000000);
		CHECK_INT((p->second.node.key - p->env.epoch_us) %
			  p->env.phase_us, 0);
		rig_run_ms(r, 1000);
	}
out:
	rig_free(r);
	return err;
}

const struct test_suite suite_rtp_port = {
	"media/rtp_port", (const struct test[]){
		TEST(test_open),
		TEST_WITH(test_life, TEST_NO_OOM),
		TEST_END } };
