/* SPDX-License-Identifier: Apache-2.0 */
/* What the hardware of an FXO port does: ringing, caller ID, glare,
 * battery. */
#include "gateway/line/analog/fxo.h"

#include <string.h>

#include "gateway/line/sim/sim_line.h"
#include "tests/line/rig.h"

static struct rig rig;

static struct fxo *fxo(void)
{
	return CONTAINER(rig_line(&rig, 0), struct fxo, line);
}

static struct sim_hw *hw(void)
{
	return &CONTAINER(rig_line(&rig, 0), struct sim_line, line)->hw;
}

static struct sim_number_conf numbers[] = {
	{ .digits = "100", .result = SIM_ANSWER, .after_ms = 3000,
	  .reversal = true },
};

static struct line_conf *add(const char *plan)
{
	struct line_conf *c = rig_add(&rig, "l1", LINE_FXO, plan);

	c->sim.numbers = (struct conf_list){
		numbers, sizeof(numbers) / sizeof(numbers[0]) };
	return c;
}

static int open_one(const char *plan)
{
	int err = rig_init(&rig);

	if (err)
		return err;
	add(plan);
	return rig_open(&rig);
}

static int answered(void)
{
	int err = rig_setup(&rig, 0, "100");

	if (!err && !rig_await(&rig, 0, "ANSWERED", 20000))
		err = ETIMEDOUT;
	rig_run(&rig, 1000);
	return err;
}

/* --- incoming ---------------------------------------------------------- */

static const struct party caller = {
	.number = "0331234567", .name = "Bob",
	.presentation = PARTY_ALLOWED,
};

static int incoming(const char *plan, const char *words, bool name)
{
	int err;

	TRY(open_one(plan));
	TRY(sim_exchange_call(rig_line(&rig, 0), &caller));
	CHECK(rig_await(&rig, 0, "SEIZED", 15000));
	CHECK_LOG(&rig, 0, words);
	CHECK_STR(str_z(rig.call[0].seized.calling.number), "0331234567");
	if (name)
		CHECK_STR(str_z(rig.call[0].seized.calling.name), "Bob");
	rig_run(&rig, 500);
	line_answer(rig_line(&rig, 0));
	CHECK(rig_await(&rig, 0, "ANSWERED", 200));
	rig_run(&rig, 100);
	CHECK(!rig_far(&rig, 0).ringing);
	CHECK_STR(str_z(rig_far(&rig, 0).state), "talking");
	TRY(sim_exchange_hangup(rig_line(&rig, 0), 0));
	CHECK(rig_await(&rig, 0, "RELEASED:16", 300));
out:
	rig_fini(&rig);
	return err;
}

static int test_incoming_us(void)
{
	return incoming("us", "CID_LISTEN SEIZED", true);
}

static int test_incoming_de(void)
{
	return incoming("de", "CID_LISTEN SEIZED", true);
}

static int test_incoming_gb(void)
{
	return incoming("gb", "CID_LISTEN SEIZED", true);
}

static int test_incoming_jp(void)
{
	return incoming("jp", "CID_LISTEN SEIZED", false);
}

/* No caller ID comes: offered with the second ring. */
static int test_incoming_unknown(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_exchange_call(rig_line(&rig, 0), NULL));
	rig_run(&rig, 5900);
	CHECK_LOG(&rig, 0, "CID_LISTEN");
	rig_run(&rig, 400);
	CHECK_LOG(&rig, 0, "CID_LISTEN SEIZED");
	CHECK_INT(rig.call[0].seized.calling.presentation,
		  PARTY_UNAVAILABLE);
	/* and the caller gives up */
	TRY(sim_exchange_hangup(rig_line(&rig, 0), 0));
	rig_run(&rig, 5900);
	CHECK_LOG(&rig, 0, "CID_LISTEN SEIZED");
	rig_run(&rig, 200);
	CHECK_LOG(&rig, 0, "CID_LISTEN SEIZED RELEASED:16");
	rig_run(&rig, 1000);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
out:
	rig_fini(&rig);
	return err;
}

static int test_incoming_private(void)
{
	struct party p = { .presentation = PARTY_RESTRICTED };
	int err;

	TRY(open_one("us"));
	TRY(sim_exchange_call(rig_line(&rig, 0), &p));
	CHECK(rig_await(&rig, 0, "SEIZED", 8000));
	CHECK_INT(rig.call[0].seized.calling.presentation,
		  PARTY_RESTRICTED);
out:
	rig_fini(&rig);
	return err;
}

/* Not listening for caller ID: offered at once, after the debounce. */
static int test_incoming_plain(void)
{
	int err;

	TRY(rig_init(&rig));
	add("us")->caller_id = false;
	TRY(rig_open(&rig));
	TRY(sim_exchange_call(rig_line(&rig, 0), &caller));
	rig_run(&rig, FXO_RING_MIN_MS - 10);
	CHECK_LOG(&rig, 0, "");
	rig_run(&rig, 20);
	CHECK_LOG(&rig, 0, "SEIZED");
out:
	rig_fini(&rig);
	return err;
}

/* A ping on the bell wire is no call. */
static int test_ring_noise(void)
{
	int err;

	TRY(open_one("us"));
	sim_hw_far_ring(hw(), true);
	rig_run(&rig, FXO_RING_MIN_MS - 20);
	sim_hw_far_ring(hw(), false);
	rig_run(&rig, 8000);
	CHECK_LOG(&rig, 0, "");
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
out:
	rig_fini(&rig);
	return err;
}

/* Nobody wants it: it rings on, and the line is free when it has ended. */
static int test_refused(void)
{
	int err;

	TRY(open_one("us"));
	rig.call[0].refuse = true;
	TRY(sim_exchange_call(rig_line(&rig, 0), NULL));
	rig_run(&rig, 20000);
	CHECK_LOG(&rig, 0, "refused");
	CHECK_INT(fxo()->fsm.state, FXO_IGNORED);
	CHECK_INT(rig_setup(&rig, 0, "100"), EBUSY);
	TRY(sim_exchange_hangup(rig_line(&rig, 0), 0));
	rig_run(&rig, 8000);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
out:
	rig_fini(&rig);
	return err;
}

/* A reversal in Japan that nothing follows. */
static int test_false_reversal(void)
{
	int err;

	TRY(open_one("jp"));
	sim_hw_far_polarity(hw(), true);
	rig_run(&rig, 100);
	CHECK_INT(fxo()->fsm.state, FXO_REVERSED);
	CHECK(line_is_free(rig_line(&rig, 0)));
	rig_run(&rig, FXO_REVERSED_MS);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
	CHECK_LOG(&rig, 0, "");
out:
	rig_fini(&rig);
	return err;
}

/* --- glare, battery ---------------------------------------------------- */

static int test_glare(void)
{
	int err;

	TRY(open_one("us"));
	TRY(rig_setup(&rig, 0, "100"));
	TRY(sim_exchange_call(rig_line(&rig, 0), &caller));
	rig_run(&rig, 500);
	CHECK_LOG(&rig, 0, "RELEASED:44 SEIZED:held");
	CHECK_INT(fxo()->fsm.state, FXO_HELD);
	CHECK(hw()->loop_closed);
	line_answer(rig_line(&rig, 0));
	rig_run(&rig, 100);
	CHECK_LOG(&rig, 0, "RELEASED:44 SEIZED:held ANSWERED");
	TRY(sim_exchange_hangup(rig_line(&rig, 0), 0));
	CHECK(rig_await(&rig, 0, "RELEASED:16", 400));
out:
	rig_fini(&rig);
	return err;
}

static int test_glare_emergency(void)
{
	struct line_setup s = { .emergency = true, .called.number = "110" };
	int err;

	TRY(open_one("us"));
	TRY(rig_setup_as(&rig, 0, &s));
	TRY(sim_exchange_call(rig_line(&rig, 0), &caller));
	rig_run(&rig, 500);
	CHECK_LOG(&rig, 0, "RELEASED:44");
	CHECK(!hw()->loop_closed);
	rig_run(&rig, 1000);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
out:
	rig_fini(&rig);
	return err;
}

/* The line rings already, though it was not told yet. */
static int test_setup_while_ringing(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_exchange_call(rig_line(&rig, 0), &caller));
	rig_run(&rig, 50);
	CHECK_INT(rig_setup(&rig, 0, "100"), EBUSY);
	CHECK(rig_await(&rig, 0, "SEIZED", 8000));
out:
	rig_fini(&rig);
	return err;
}

static int test_battery(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_exchange_cut(rig_line(&rig, 0), true));
	rig_run(&rig, FXO_BATTERY_MS - 20);
	CHECK_LOG(&rig, 0, "");
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "ALARM");
	CHECK_INT(rig_setup(&rig, 0, "100"), ENODEV);
	TRY(sim_exchange_cut(rig_line(&rig, 0), false));
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "ALARM ALARM_CLEAR");
	TRY(answered());
	/* and in a call */
	TRY(sim_exchange_cut(rig_line(&rig, 0), true));
	rig_run(&rig, 250);
	CHECK(strstr(rig.call[0].log, "RELEASED:16") != NULL);
	rig_run(&rig, 4000);
	CHECK_INT(fxo()->fsm.state, FXO_DOWN);
out:
	rig_fini(&rig);
	return err;
}

/* Seized just before, or while it was cut: no dial tone is waited for. */
static int test_cut_when_seized(void)
{
	int err;

	for (int before = 0; before < 2; before++) {
		TRY(open_one("us"));
		if (before)
			TRY(sim_exchange_cut(rig_line(&rig, 0), true));
		rig_run(&rig, 600);
		TRY(rig_setup(&rig, 0, "100"));
		if (!before)
			TRY(sim_exchange_cut(rig_line(&rig, 0), true));
		CHECK(rig_await(&rig, 0, "RELEASED:27 ALARM", 3000));
		CHECK_INT(fxo()->fsm.state, FXO_DOWN);
		/* a short break is none */
		TRY(sim_exchange_cut(rig_line(&rig, 0), false));
		rig_run(&rig, 50);
		TRY(rig_setup(&rig, 0, "100"));
		TRY(sim_exchange_cut(rig_line(&rig, 0), true));
		rig_run(&rig, 500);
		TRY(sim_exchange_cut(rig_line(&rig, 0), false));
		CHECK(rig_await(&rig, 0, "PROCEEDING", 8000));
		rig_fini(&rig);
	}
out:
	if (err)
		rig_fini(&rig);
	return err;
}

static int test_fault(void)
{
	int err;

	TRY(open_one("us"));
	TRY(answered());
	sim_hw_raise(hw(), HW_EV_FAULT);
	rig_run(&rig, 20);
	CHECK(strstr(rig.call[0].log, "RELEASED:27 ALARM") != NULL);
	CHECK(!hw()->loop_closed);
	sim_hw_raise(hw(), HW_EV_FAULT_CLEAR);
	rig_run(&rig, 20);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
out:
	rig_fini(&rig);
	return err;
}

static int test_cut_at_start(void)
{
	int err;

	TRY(rig_init(&rig));
	add("us")->sim.battery = false;
	TRY(rig_open(&rig));
	CHECK(rig_line(&rig, 0)->alarm);
	CHECK_INT(rig_line(&rig, 0)->state, LINE_DOWN);
	TRY(sim_exchange_cut(rig_line(&rig, 0), false));
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "ALARM_CLEAR");
	TRY(answered());
out:
	rig_fini(&rig);
	return err;
}

/* The bridge keeps the sound beyond the guard time. */
static int test_port_late(void)
{
	int err;

	TRY(open_one("us"));
	TRY(answered());
	rig.call[0].hold_port = true;
	rig_release(&rig, 0, CAUSE_NORMAL);
	rig_run(&rig, 3000);
	CHECK_INT(fxo()->fsm.state, FXO_GUARD);
	rig_unport(&rig.call[0]);
	rig_run(&rig, 50);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
out:
	rig_fini(&rig);
	return err;
}

/* The leg never says that the digits are out. */
static int test_dial_stuck(void)
{
	int err;

	TRY(open_one("us"));
	TRY(rig_setup(&rig, 0, "100"));
	CHECK(rig_await(&rig, 0, "SEND_DTMF", 5000));
	tmr_stop(&rig.call[0].tick);
	CHECK(rig_await(&rig, 0, "RELEASED:41", 13000));
out:
	rig_fini(&rig);
	return err;
}

const struct test_suite suite_fxo_line = {
	"line/fxo_line", (const struct test[]){
		TEST(test_incoming_us),
		TEST(test_incoming_de),
		TEST(test_incoming_gb),
		TEST(test_incoming_jp),
		TEST(test_incoming_unknown),
		TEST(test_incoming_private),
		TEST(test_incoming_plain),
		TEST(test_ring_noise),
		TEST(test_refused),
		TEST(test_false_reversal),
		TEST(test_glare),
		TEST(test_glare_emergency),
		TEST(test_setup_while_ringing),
		TEST(test_battery), TEST(test_cut_when_seized),
		TEST(test_fault),
		TEST(test_cut_at_start),
		TEST(test_port_late),
		TEST(test_dial_stuck),
		TEST_END } };
