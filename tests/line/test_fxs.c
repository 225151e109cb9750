/* SPDX-License-Identifier: Apache-2.0 */
/* The FXS machine, through the simulated telephone and hardware. */
#include "gateway/line/analog/fxs.h"

#include <string.h>

#include "gateway/line/sim/sim_line.h"
#include "tests/line/rig.h"

static struct rig rig;

static struct fxs *fxs(void)
{
	return CONTAINER(rig_line(&rig, 0), struct fxs, line);
}

static struct sim_hw *hw(void)
{
	return &CONTAINER(rig_line(&rig, 0), struct sim_line, line)->hw;
}

static int open_one(const char *plan)
{
	int err = rig_init(&rig);

	if (err)
		return err;
	rig_add(&rig, "p1", LINE_FXS, plan);
	return rig_open(&rig);
}

static int test_seize_and_hang_up(void)
{
	int err;

	TRY(open_one("us"));
	CHECK_INT(fxs()->fsm.state, FXS_IDLE);
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, FXS_SEIZE_MS - 5);
	CHECK_LOG(&rig, 0, "");
	rig_run(&rig, 10);
	CHECK_LOG(&rig, 0, "SEIZED");
	CHECK_INT(rig_line(&rig, 0)->state, LINE_INCOMING);
	line_answer(rig_line(&rig, 0));
	CHECK_INT(fxs()->fsm.state, FXS_ACTIVE);
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 690);
	CHECK_LOG(&rig, 0, "SEIZED");
	rig_run(&rig, 20);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:16");
	CHECK_INT(rig_line(&rig, 0)->state, LINE_IDLE);
out:
	rig_fini(&rig);
	return err;
}

static int test_flash(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 100);
	line_answer(rig_line(&rig, 0));
	TRY(sim_phone_flash(rig_line(&rig, 0)));
	rig_run(&rig, 1000);
	CHECK_LOG(&rig, 0, "SEIZED FLASH");
	CHECK_INT(fxs()->fsm.state, FXS_ACTIVE);
out:
	rig_fini(&rig);
	return err;
}

static int test_pulse_digits(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 100);
	TRY(sim_phone_dial(rig_line(&rig, 0), "10529", true));
	rig_run(&rig, 12000);
	CHECK_LOG(&rig, 0, "SEIZED DIGIT:1 DIGIT:0 DIGIT:5 DIGIT:2 DIGIT:9");
out:
	rig_fini(&rig);
	return err;
}

static int test_dtmf(void)
{
	int err;

	TRY(open_one("jp"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 200);
	TRY(sim_phone_dial(rig_line(&rig, 0), "0312*#,9", false));
	rig_run(&rig, 3000);
	CHECK_STR(str_z(rig.call[0].heard_digits), "0312*#9");
out:
	rig_fini(&rig);
	return err;
}

/* Caller ID in the pause after the first ring (USA). */
static int test_ring_cid_after(void)
{
	struct sim_status st;
	int err;

	TRY(open_one("us"));
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, 100);
	CHECK_LOG(&rig, 0, "ALERTING");
	CHECK(rig_far(&rig, 0).ringing);
	rig_run(&rig, 2000);
	CHECK(!rig_far(&rig, 0).ringing);
	rig_run(&rig, 3800);
	CHECK_LOG(&rig, 0, "ALERTING CID_WINDOW");
	st = rig_far(&rig, 0);
	CHECK(st.caller_id);
	CHECK_STR(str_z(st.caller.number), "0312345678");
	CHECK_STR(str_z(st.caller.name), "Alice");
	CHECK_INT(st.rings, 1);
	rig_run(&rig, 1000);
	CHECK_INT(rig_far(&rig, 0).rings, 2);
	/* lifted while it rings */
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "ALERTING CID_WINDOW ANSWERED");
	CHECK(!rig_far(&rig, 0).ringing);
	CHECK_INT(rig_line(&rig, 0)->state, LINE_ACTIVE);
out:
	rig_fini(&rig);
	return err;
}

/* Reversal, alerting tone and message, then ringing (United Kingdom). */
static int test_ring_cid_before(void)
{
	struct sim_status st;
	int err;

	TRY(open_one("gb"));
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, 100);
	CHECK(rig_far(&rig, 0).reversed);
	CHECK(!rig_far(&rig, 0).ringing);
	CHECK(rig_await(&rig, 0, "ALERTING", 5000));
	CHECK_LOG(&rig, 0, "CID_WINDOW ALERTING");
	rig_run(&rig, 30);
	st = rig_far(&rig, 0);
	CHECK(st.caller_id && st.ringing && !st.reversed);
	CHECK_STR(str_z(st.caller.number), "0312345678");
	rig_release(&rig, 0, CAUSE_NO_ANSWER);
	rig_run(&rig, 30);
	CHECK_LOG(&rig, 0, "CID_WINDOW ALERTING RELEASED:19");
	CHECK(!rig_far(&rig, 0).ringing);
out:
	rig_fini(&rig);
	return err;
}

/* NTT: short ringing, the display takes the message off-hook. */
static int test_ring_cid_japan(void)
{
	struct sim_status st;
	int err;

	TRY(open_one("jp"));
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, 700);
	CHECK_LOG(&rig, 0, "CID_WINDOW");
	CHECK_INT(fxs()->fsm.state, FXS_CAR_CID);
	CHECK(rig_await(&rig, 0, "ALERTING", 8000));
	rig_run(&rig, 500);
	st = rig_far(&rig, 0);
	CHECK(st.caller_id && st.ringing);
	CHECK_INT(st.rings, 1);
	CHECK_STR(str_z(st.caller.number), "0312345678");
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "CID_WINDOW ALERTING ANSWERED");
out:
	rig_fini(&rig);
	return err;
}

/* A telephone in Japan without a display: it rings after CAR all the same. */
static int test_japan_no_display(void)
{
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "p1", LINE_FXS, "jp")->sim.detect = false;
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, FXS_CAR_MS - 100);
	CHECK_LOG(&rig, 0, "");
	rig_run(&rig, 300);
	CHECK_LOG(&rig, 0, "ALERTING");
out:
	rig_fini(&rig);
	return err;
}

/* The receiver stays off after the message: that was an answer. */
static int test_japan_stays_off(void)
{
	int err;

	TRY(open_one("jp"));
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, 100);
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "CID_WINDOW");
	CHECK(rig_await(&rig, 0, "ANSWERED", 12000));
	CHECK_LOG(&rig, 0, "CID_WINDOW ANSWERED");
out:
	rig_fini(&rig);
	return err;
}

static int test_distinctive_ring(void)
{
	struct line_setup s = { .ring = "0.5 0.5" };
	int err;

	TRY(open_one("us"));
	TRY(rig_setup_as(&rig, 0, &s));
	rig_run(&rig, 2600);
	CHECK_INT(rig_far(&rig, 0).rings, 3);
	CHECK_LOG(&rig, 0, "ALERTING");
	rig_release(&rig, 0, CAUSE_NORMAL);
	rig_run(&rig, 50);
	s.ring = "fast";
	CHECK_INT(rig_setup_as(&rig, 0, &s), EINVAL);
	CHECK(line_is_free(rig_line(&rig, 0)));
out:
	rig_fini(&rig);
	return err;
}

/* Left off-hook at the start: alone until on-hook. */
static int test_blocked(void)
{
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "p1", LINE_FXS, "us")->sim.offhook = true;
	TRY(rig_open(&rig));
	rig_run(&rig, 120000);
	CHECK_LOG(&rig, 0, "");
	CHECK_INT(rig_line(&rig, 0)->state, LINE_BUSY);
	CHECK_INT(rig_setup(&rig, 0, ""), EBUSY);
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 400);
	CHECK_INT(rig_line(&rig, 0)->state, LINE_IDLE);
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "SEIZED");
out:
	rig_fini(&rig);
	return err;
}

static int test_howler(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	rig_release(&rig, 0, CAUSE_INVALID_NUMBER);
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:28");
	CHECK_INT(fxs()->fsm.state, FXS_PARKED);
	rig_run(&rig, 59900);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:28");
	rig_run(&rig, 200);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:28 HOWLER");
	CHECK(rig.call[0].port != NULL);
	rig_run(&rig, 60100);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:28 HOWLER RELEASED:16");
	CHECK_INT(fxs()->fsm.state, FXS_LOCKED);
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 400);
	CHECK_INT(fxs()->fsm.state, FXS_IDLE);
out:
	rig_fini(&rig);
	return err;
}

static int test_howler_onhook(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	rig_release(&rig, 0, CAUSE_NORMAL);
	rig_run(&rig, 60200);
	CHECK_INT(fxs()->fsm.state, FXS_HOWLER);
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 400);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:16 HOWLER RELEASED:16");
	CHECK_INT(fxs()->fsm.state, FXS_IDLE);
out:
	rig_fini(&rig);
	return err;
}

/* The feed is cut to show the end to a machine that listens for it. */
static int test_disconnect(void)
{
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "p1", LINE_FXS, "us")->disconnect_ms = 500;
	TRY(rig_open(&rig));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	line_answer(rig_line(&rig, 0));
	rig_release(&rig, 0, CAUSE_NORMAL);
	rig_run(&rig, 100);
	CHECK(!hw()->feed);
	CHECK_INT(fxs()->fsm.state, FXS_PARKED);
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 300);
	CHECK_INT(fxs()->fsm.state, FXS_PARKED);
	rig_run(&rig, 150);
	CHECK(hw()->feed);
	CHECK_INT(fxs()->fsm.state, FXS_IDLE);
out:
	rig_fini(&rig);
	return err;
}

static int test_answer_reversal(void)
{
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "p1", LINE_FXS, "us")->answer_reversal = true;
	TRY(rig_open(&rig));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	CHECK(!rig_far(&rig, 0).reversed);
	line_answer(rig_line(&rig, 0));
	CHECK(rig_far(&rig, 0).reversed);
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 800);
	CHECK(!rig_far(&rig, 0).reversed);
out:
	rig_fini(&rig);
	return err;
}

/* The bridge of the last call is slow to give the sound back. */
static int test_port_late(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	rig.call[0].hold_port = true;
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 800);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:16");
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 500);
	CHECK_INT(fxs()->fsm.state, FXS_PORT_WAIT);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:16");
	rig_unport(&rig.call[0]);
	rig_run(&rig, 20);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:16 SEIZED");
	/* the same where the line shall ring */
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 800);
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, 500);
	CHECK_INT(fxs()->fsm.state, FXS_SETUP);
	rig_unport(&rig.call[0]);
	rig_run(&rig, 50);
	CHECK_INT(fxs()->fsm.state, FXS_RINGING);
out:
	rig_fini(&rig);
	return err;
}

static int test_fault(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	sim_hw_raise(hw(), HW_EV_FAULT);
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:27 ALARM");
	CHECK_INT(rig_line(&rig, 0)->state, LINE_DOWN);
	CHECK_INT(rig_setup(&rig, 0, ""), ENODEV);
	sim_hw_raise(hw(), HW_EV_FAULT_CLEAR);
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "SEIZED RELEASED:27 ALARM ALARM_CLEAR");
	CHECK_INT(fxs()->fsm.state, FXS_BLOCKED);
out:
	rig_fini(&rig);
	return err;
}

/* Lifted while the line waits to ring: an answer. */
static int test_lifted_in_setup(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	rig.call[0].hold_port = true;
	TRY(sim_phone_onhook(rig_line(&rig, 0)));
	rig_run(&rig, 800);
	TRY(rig_setup(&rig, 0, ""));
	rig_run(&rig, 100);
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	CHECK_INT(fxs()->fsm.state, FXS_SETUP);
	rig_run(&rig, 100);
	rig.call[0].log[0] = '\0';
	rig_unport(&rig.call[0]);
	rig_run(&rig, 100);
	CHECK_LOG(&rig, 0, "ANSWERED");
	CHECK_INT(fxs()->fsm.state, FXS_ACTIVE);
out:
	rig_fini(&rig);
	return err;
}

/* Each row does in its state what it says, whatever follows from it; a
 * call ends at most once. */
static int row(const struct fsm_row *r)
{
	enum q850_cause cause = CAUSE_NORMAL;
	char digit = '7';
	const char *first, *word = "RELEASED";
	int err;

	TRY(open_one("jp"));
	line_set_user(rig_line(&rig, 0), NULL, NULL);
	TRY(rig_setup(&rig, 0, ""));
	fxs()->fsm.state = r->state == FSM_ANY ? FXS_RINGING : r->state;
	CHECK(fsm_event(&fxs()->fsm, r->event, fxs(),
			r->event == FXS_EV_DIGIT ? (void *)&digit : &cause));
	if (r->next != FSM_SAME && r->event != FXS_EV_RING)
		CHECK_INT(fxs()->fsm.state, r->next);
	rig_run(&rig, 20000);
	first = strstr(rig.call[0].log, word);
	CHECK(!first || !strstr(first + 1, "ANSWERED"));
out:
	rig_fini(&rig);
	return err;
}

static int test_rows(void)
{
	int err = 0;

	for (unsigned i = 0; i < fxs_table.n_rows && !err; i++) {
		err = row(&fxs_table.rows[i]);
		if (err)
			test_say(__FILE__, __LINE__, "row %u", i);
	}
	return err;
}

/* Hardware that judges flash by itself. */
static int test_cooked(void)
{
	int err;

	TRY(open_one("us"));
	TRY(sim_phone_offhook(rig_line(&rig, 0)));
	rig_run(&rig, 50);
	sim_hw_raise(hw(), HW_EV_FLASH);
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "SEIZED FLASH");
out:
	rig_fini(&rig);
	return err;
}

/* Every row is the one that is found for its state and event, every state
 * can be entered and left, faults end in every state. */
static int test_table(void)
{
	bool entered[FXS_STATES] = { [FXS_DOWN] = true, [FXS_IDLE] = true,
				     [FXS_BLOCKED] = true };
	bool left[FXS_STATES] = { false };
	int err = 0;

	for (unsigned i = 0; i < fxs_table.n_rows; i++) {
		const struct fsm_row *r = &fxs_table.rows[i];
		unsigned char s = r->state == FSM_ANY ? FXS_IDLE : r->state;

		if (fsm_find(&fxs_table, s, r->event) != r)
			test_say(__FILE__, __LINE__, "row %u is hidden", i);
		CHECK(fsm_find(&fxs_table, s, r->event) == r);
		if (r->next < FXS_STATES && r->next != r->state)
			entered[r->next] = left[s] = true;
	}
	for (unsigned s = 0; s < FXS_STATES; s++) {
		CHECK(entered[s] && left[s]);
		CHECK_INT(fsm_find(&fxs_table, (unsigned char)s,
				   FXS_EV_FAULT)->next, FXS_DOWN);
		CHECK(fxs_table.states[s] != NULL);
	}
	CHECK(fxs_table.events[FXS_EVS - 1] != NULL);
out:
	return err;
}

const struct test_suite suite_fxs = {
	"line/fxs", (const struct test[]){
		TEST(test_seize_and_hang_up),
		TEST(test_flash),
		TEST(test_pulse_digits),
		TEST(test_dtmf),
		TEST(test_ring_cid_after),
		TEST(test_ring_cid_before),
		TEST(test_ring_cid_japan),
		TEST(test_japan_no_display),
		TEST(test_japan_stays_off),
		TEST(test_distinctive_ring),
		TEST(test_blocked),
		TEST(test_howler),
		TEST(test_howler_onhook),
		TEST(test_disconnect),
		TEST(test_answer_reversal),
		TEST(test_port_late),
		TEST(test_fault),
		TEST(test_lifted_in_setup),
		TEST(test_cooked),
		TEST_WITH(test_rows, TEST_NO_OOM),
		TEST(test_table),
		TEST_END } };
