/* SPDX-License-Identifier: Apache-2.0 */
#include "media/rtp_impl.h"
#include "tests/lib/media_rig.h"
#include "tests/lib/test.h"

/* What cannot be is refused, and nothing changes. */
static int test_refused(void)
{
	struct rig *r = NULL;
	struct rtp_params q;
	int err = 0;

	TRY(rig_new(&r));
	TRY(rtp_port_set(r->rtp[0], &r->prm[0]));
	q = r->prm[0];
	q.n_fmt = 0;
	CHECK_INT(rtp_port_set(r->rtp[0], &q), EINVAL);
	q = r->prm[0];
	q.ptime_ms = 5;
	CHECK_INT(rtp_port_set(r->rtp[0], &q), EINVAL);
	q.ptime_ms = 80;
	CHECK_INT(rtp_port_set(r->rtp[0], &q), EINVAL);
	q = r->prm[0];
	q.fmt[0].tx_pt = 200;
	CHECK_INT(rtp_port_set(r->rtp[0], &q), EINVAL);
	q = r->prm[0];
	q.tx_key.suite = RTP_SUITE_AES_CM_128_HMAC_SHA1_80;
	q.tx_key.len = 30;              /* one direction only */
	CHECK_INT(rtp_port_set(r->rtp[0], &q), EINVAL);
	q.rx_key = q.tx_key;
	q.rx_key.len = 20;
	CHECK(rtp_port_set(r->rtp[0], &q) != 0);
	CHECK_INT(rtp_of(r->rtp[0])->asked.tx_key.len, 0);
	CHECK_INT(rtp_of(r->rtp[0])->setup->prm.ptime_ms, 20);
out:
	rig_free(r);
	return err;
}

/* A wider codec makes the port wider; the same keys keep their contexts. */
static int test_again(void)
{
	struct rig *r = NULL;
	struct rtp_params q;
	struct srtp_pair *first;
	struct rtp_port *p;
	int err = 0;

	TRY(rig_new(&r));
	p = rtp_of(r->rtp[0]);
	CHECK_INT(r->rtp[0]->hz, 8000);
	q = r->prm[0];
	q.tx_key.suite = q.rx_key.suite = RTP_SUITE_AES_CM_128_HMAC_SHA1_80;
	q.tx_key.len = q.rx_key.len = 30;
	TRY(rtp_port_set(r->rtp[0], &q));
	first = p->setup->srtp;
	CHECK(first);
	q.fmt[0].codec = codec_find("G722", 8000);
	TRY(rtp_port_set(r->rtp[0], &q));
	CHECK_INT(r->rtp[0]->hz, 16000);
	CHECK(p->setup->srtp == first);
	q.tx_key.key[3] = 1;
	TRY(rtp_port_set(r->rtp[0], &q));
	CHECK(p->setup->srtp && p->setup->srtp != first);
	q.tx_key.suite = q.rx_key.suite = RTP_SUITE_NONE;
	q.tx_key.len = q.rx_key.len = 0;
	TRY(rtp_port_set(r->rtp[0], &q));
	CHECK(!p->setup->srtp);
out:
	rig_free(r);
	return err;
}

const struct test_suite suite_rtp_setup = {
	"media/rtp_setup", (const struct test[]){
		TEST(test_refused),
		TEST(test_again),
		TEST_END } };
