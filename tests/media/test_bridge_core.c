/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and events of a bridge. */
#include <string.h>

#include "tests/lib/media_rig.h"
#include "tests/lib/test.h"

/* Take a port out alive and put it into the other bridge. */
static int test_take_and_errors(void)
{
	struct rig *r = NULL;
	struct rig_line extra;
	int err = 0;

	rig_line_init(&extra, 8000);
	TRY(rig_new(&r));
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &r->line[0].port));
	CHECK_INT(bridge_attach(r->bridge[0], BRIDGE_A, &extra.port), EBUSY);
	bridge_take(r->bridge[0], BRIDGE_A);
	CHECK_INT(bridge_attach(r->bridge[0], BRIDGE_A, &extra.port), EBUSY);
	rig_run_ms(r, 10);
	CHECK(r->taken == &r->line[0].port);
	CHECK_INT(r->line[0].freed, 0);
	TRY(bridge_attach(r->bridge[1], BRIDGE_B, r->taken));
	extra.bind_err = EMFILE;
	TRY(bridge_attach(r->bridge[0], BRIDGE_A, &extra.port));
	rig_run_ms(r, 10);
	CHECK_INT(extra.freed, 1);      /* could not be bound: given back */
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_DETACHED), 2);
	CHECK_INT(bridge_digits(r->bridge[0], BRIDGE_A, "12x", 0), EINVAL);
	CHECK_INT(bridge_tone(r->bridge[0], BRIDGE_A, tone_plan_find("us"),
			      TONE_COUNT - 1), 0);
	/* too many commands at once are refused, not lost */
	for (err = 0; !err; )
		err = bridge_stats(r->bridge[0]);
	CHECK_INT(err, EAGAIN);
	err = 0;
	bridge_close(r->bridge[0]);
	rig_run_ms(r, 10);
	CHECK_INT(r->closed[0], 1);
out:
	rig_free(r);
	return err;
}

static int test_hold_and_timeout(void)
{
	struct rig *r = NULL;
	struct fake_link cut = { .cut = true };
	int err = 0;

	TRY(rig_new(&r));
	r->conf.rtp_timeout_ms = 2000;
	TRY(rig_attach(r));
	r->line[1].hz = 500;
	r->line[1].dbm0 = -10;
	rig_run_ms(r, 500);
	r->prm[0].recv = false;
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	fake_net_set(r->net, &cut);
	rig_run_ms(r, 5000);            /* on hold nobody waits for sound */
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_RTP_TIMEOUT), 0);
	/* told again for each further 2 s */
	CHECK_INT(rig_count(r, 1, BRIDGE_EV_RTP_TIMEOUT), 2);
	r->prm[0].recv = true;
	TRY(bridge_update(r->bridge[0], BRIDGE_B, &r->prm[0]));
	rig_run_ms(r, 1900);
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_RTP_TIMEOUT), 0);
	rig_run_ms(r, 1500);
	CHECK_INT(rig_count(r, 0, BRIDGE_EV_RTP_TIMEOUT), 1);
out:
	rig_free(r);
	return err;
}

/* Everything that allocates, and little time: for failing allocations. */
static int test_all_made(void)
{
	const struct tone_plan *jp = tone_plan_find("jp");
	struct caller_id cid = { .number = "0312345678" };
	struct rig *r = NULL;
	struct bridge *b;
	int err = 0;

	TRY(rig_new(&r));
	b = r->bridge[0];
	for (unsigned i = 0; i < 2; i++) {
		r->prm[i].tx_key.suite = r->prm[i].rx_key.suite =
			RTP_SUITE_AES_CM_128_HMAC_SHA1_80;
		r->prm[i].tx_key.len = r->prm[i].rx_key.len = 30;
	}
	TRY(rig_attach(r));
	TRY(bridge_listen(b, BRIDGE_A, BRIDGE_LISTEN_DTMF |
			  BRIDGE_LISTEN_PROGRESS | BRIDGE_LISTEN_CALLER_ID,
			  jp, 5000));
	TRY(bridge_tone(b, BRIDGE_A, jp, TONE_RINGBACK));
	TRY(bridge_echo(b, BRIDGE_A, 64, 0));
	TRY(bridge_caller_id(b, BRIDGE_A, CALLER_ID_JCLIP, &cid, 0));
	TRY(bridge_record(b, "build/rec.wav"));
	rig_run_ms(r, 5);
	r->prm[0].fmt[0].codec = codec_find("G722", 8000);
	TRY(bridge_update(b, BRIDGE_B, &r->prm[0]));
	TRY(bridge_play(b, BRIDGE_B, "build/rec.wav", 1));
	TRY(bridge_tone(b, BRIDGE_A, jp, TONE_NONE));
	rig_run_ms(r, 40);
	TRY(rig_stats(r));
	CHECK(r->stats[0].side[0].echo);
	TRY(bridge_record(b, NULL));
	bridge_take(b, BRIDGE_A);
	rig_run_ms(r, 10);
	CHECK(r->taken == &r->line[0].port);
out:
	rig_free(r);
	return err;
}

const struct test_suite suite_bridge_core = {
	"media/bridge_core", (const struct test[]){
		TEST(test_take_and_errors),
		TEST_WITH(test_hold_and_timeout, TEST_NO_OOM),
		TEST(test_all_made),
		TEST_END } };
