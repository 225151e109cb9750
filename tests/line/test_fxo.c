/* SPDX-License-Identifier: Apache-2.0 */
/* The FXO machine, through the simulated exchange and hardware. */
#include "gateway/line/analog/fxo.h"

#include <stdio.h>
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
	{ .digits = "101", .result = SIM_BUSY },
	{ .digits = "102", .result = SIM_CONGESTION },
	{ .digits = "103", .result = SIM_UNALLOCATED },
	{ .digits = "104", .result = SIM_RING },
	{ .digits = "105", .result = SIM_ANSWER, .after_ms = 3000 },
	{ .digits = "106", .result = SIM_SILENT },
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

static const char DIALLED[] = "DIAL_TONE_WAIT SEND_DTMF:100 PROCEEDING";

static int test_outgoing(void)
{
	int err;

	TRY(open_one("us"));
	TRY(rig_setup(&rig, 0, "100"));
	CHECK(hw()->loop_closed);       /* at once */
	CHECK_INT(rig_line(&rig, 0)->state, LINE_OUTGOING);
	CHECK(rig_await(&rig, 0, "PROCEEDING", 5000));
	CHECK_LOG(&rig, 0, DIALLED);
	CHECK(rig_await(&rig, 0, "ALERTING", 8000));
	CHECK_STR(str_z(rig_far(&rig, 0).digits), "100");
	CHECK(rig_await(&rig, 0, "ANSWERED", 8000));
	CHECK_INT(rig_line(&rig, 0)->state, LINE_ACTIVE);
	CHECK(rig_far(&rig, 0).reversed);
	rig_release(&rig, 0, CAUSE_NORMAL);
	CHECK(hw()->loop_closed);
	rig_run(&rig, 1);
	CHECK(!hw()->loop_closed);
	CHECK(strstr(rig.call[0].log, "ANSWERED RELEASED:16") != NULL);
	CHECK_INT(fxo()->fsm.state, FXO_GUARD);
	CHECK_INT(rig_setup(&rig, 0, "100"), EBUSY);
	rig_run(&rig, 850);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
	CHECK_STR(str_z(rig_far(&rig, 0).state), "idle");
out:
	rig_fini(&rig);
	return err;
}

static int refused(const char *number, enum q850_cause cause)
{
	int err;

	TRY(open_one("us"));
	TRY(rig_setup(&rig, 0, number));
	CHECK(rig_await(&rig, 0, "RELEASED", 20000));
	CHECK_INT(rig.call[0].cause, cause);
	CHECK(strstr(rig.call[0].log, "ANSWERED") == NULL);
	rig_run(&rig, 1000);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
out:
	rig_fini(&rig);
	return err;
}

static int test_busy(void)
{
	return refused("101", CAUSE_USER_BUSY);
}

static int test_congestion(void)
{
	return refused("102", CAUSE_CONGESTION);
}

static int test_unallocated(void)
{
	return refused("103", CAUSE_UNALLOCATED);
}

static int test_bad_number(void)
{
	int err;

	TRY(open_one("us"));
	CHECK_INT(rig_setup(&rig, 0, "+1"), EINVAL);
	CHECK_INT(rig_setup(&rig, 0, "12 3"), EINVAL);
	CHECK_INT(rig_setup(&rig, 0, ""), EINVAL);
	CHECK_INT(rig_setup(&rig, 0, ",,"), EINVAL);
	CHECK(!hw()->loop_closed);
	CHECK(line_is_free(rig_line(&rig, 0)));
out:
	rig_fini(&rig);
	return err;
}

static int test_pulse(void)
{
	int err;

	TRY(rig_init(&rig));
	add("us")->dial = LINE_DIAL_PULSE;
	TRY(rig_open(&rig));
	CHECK_INT(rig_setup(&rig, 0, "1#"), EINVAL);
	TRY(rig_setup(&rig, 0, "100"));
	CHECK(rig_await(&rig, 0, "PROCEEDING", 9000));
	CHECK_LOG(&rig, 0, "DIAL_TONE_WAIT PROCEEDING");
	CHECK_STR(str_z(rig_far(&rig, 0).digits), "100");
	CHECK(rig_await(&rig, 0, "ANSWERED", 8000));
out:
	rig_fini(&rig);
	return err;
}

static int test_no_dial_tone(void)
{
	int err;

	TRY(rig_init(&rig));
	add("us")->sim.dial_tone = false;
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, "100"));
	rig_run(&rig, FXO_SEIZING_MS + 5000 - 10);
	CHECK_LOG(&rig, 0, "DIAL_TONE_WAIT");
	rig_run(&rig, 20);
	CHECK_LOG(&rig, 0, "DIAL_TONE_WAIT RELEASED:44");
out:
	rig_fini(&rig);
	return err;
}

/* Without waiting for it; an emergency call waits all the same. */
static int test_blind_dial(void)
{
	struct line_setup s = { .emergency = true,
				.called.number = "100" };
	struct line_conf *c;
	int err;

	TRY(rig_init(&rig));
	c = add("us");
	c->sim.dial_tone = c->wait_dial_tone = false;
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, "100"));
	rig_run(&rig, FXO_SEIZING_MS + 1020);
	CHECK_LOG(&rig, 0, "DIAL_TONE_WAIT SEND_DTMF:100");
	rig_release(&rig, 0, CAUSE_NORMAL);
	rig_run(&rig, 1000);
	rig.call[0].log[0] = '\0';
	TRY(rig_setup_as(&rig, 0, &s));
	CHECK(rig_line(&rig, 0)->emergency);
	rig_run(&rig, 5100);
	CHECK_LOG(&rig, 0, "DIAL_TONE_WAIT");
	rig_run(&rig, 100);
	CHECK_LOG(&rig, 0, "DIAL_TONE_WAIT RELEASED:44");
	CHECK(!rig_line(&rig, 0)->emergency);
out:
	rig_fini(&rig);
	return err;
}

static int answer_by(enum line_answer_by by, const char *number,
		     uint32_t within_ms, uint32_t not_before_ms)
{
	uint64_t done, up;
	int err;

	TRY(rig_init(&rig));
	add("us")->answer_by = by;
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, number));
	CHECK(rig_await(&rig, 0, "ANSWERED", 30000));
	done = rig.call[0].ev_us[LINE_EV_PROCEEDING];
	up = rig.call[0].ev_us[LINE_EV_ANSWERED];
	CHECK((up - done) / 1000 <= within_ms);
	CHECK((up - done) / 1000 >= not_before_ms);
out:
	rig_fini(&rig);
	return err;
}

static int test_answer_dialled(void)
{
	return answer_by(LINE_ANSWER_DIALLED, "106", 0, 0);
}

static int test_answer_timer(void)
{
	return answer_by(LINE_ANSWER_TIMER, "106", 10000, 10000);
}

/* Ringback ceases without another tone. */
static int test_answer_voice(void)
{
	return answer_by(LINE_ANSWER_VOICE, "105", 16000, 3300);
}

static int test_voice_told(void)
{
	int err;

	TRY(rig_init(&rig));
	add("us")->answer_by = LINE_ANSWER_VOICE;
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, "104"));
	CHECK(rig_await(&rig, 0, "ALERTING", 12000));
	line_voice(rig_line(&rig, 0));
	CHECK(strstr(rig.call[0].log, "ANSWERED") != NULL);
out:
	rig_fini(&rig);
	return err;
}

/* By polarity only: speech is progress, no answer. */
static int test_progress(void)
{
	int err;

	TRY(open_one("us"));
	TRY(rig_setup(&rig, 0, "105"));
	CHECK(rig_await(&rig, 0, "PROCEEDING", 12000));
	line_voice(rig_line(&rig, 0));
	rig_run(&rig, 8000);
	CHECK(strstr(rig.call[0].log, "PROGRESS") != NULL);
	CHECK(strstr(rig.call[0].log, "ANSWERED") == NULL);
out:
	rig_fini(&rig);
	return err;
}

/* Assumed to be answered, busy in truth: the cause says so. */
static int test_false_answer(void)
{
	int err;

	TRY(rig_init(&rig));
	add("us")->answer_by = LINE_ANSWER_DIALLED;
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, "101"));
	CHECK(rig_await(&rig, 0, "RELEASED", 12000));
	CHECK_INT(rig.call[0].cause, CAUSE_USER_BUSY);
out:
	rig_fini(&rig);
	return err;
}

static int test_overlap(void)
{
	int err;

	TRY(open_one("us"));
	TRY(rig_setup(&rig, 0, "1"));
	CHECK(rig_await(&rig, 0, "PROCEEDING", 5000));
	TRY(line_digits(rig_line(&rig, 0), "0"));
	TRY(line_digits(rig_line(&rig, 0), "0"));
	CHECK_INT(line_digits(rig_line(&rig, 0), "x"), EINVAL);
	CHECK(rig_await(&rig, 0, "ANSWERED", 12000));
	CHECK_STR(str_z(rig_far(&rig, 0).digits), "100");
	CHECK_INT(line_digits(rig_line(&rig, 0), "1"), EBUSY);
out:
	rig_fini(&rig);
	return err;
}

static int answered(void)
{
	int err = rig_setup(&rig, 0, "100");

	if (!err && !rig_await(&rig, 0, "ANSWERED", 20000))
		err = ETIMEDOUT;
	rig_run(&rig, 1000);
	return err;
}

static int ends(unsigned how, uint32_t within_ms)
{
	struct line_conf *c;
	int err;

	TRY(rig_init(&rig));
	c = add("us");
	c->hangup_polarity = true;
	TRY(rig_open(&rig));
	TRY(answered());
	TRY(sim_exchange_hangup(rig_line(&rig, 0), how));
	CHECK(rig_await(&rig, 0, "RELEASED:16", within_ms));
	rig_run(&rig, 2500);
	CHECK_INT(fxo()->fsm.state, FXO_IDLE);
	CHECK_STR(str_z(rig_far(&rig, 0).state), "idle");
out:
	rig_fini(&rig);
	return err;
}

static int test_loop_break(void)
{
	return ends(SIM_HANGUP_LOOP_BREAK, 220);
}

static int test_end_polarity(void)
{
	return ends(SIM_HANGUP_POLARITY, 20);
}

static int test_end_tone(void)
{
	return ends(SIM_HANGUP_BUSY_TONE, 5000);
}

/* A short break (the exchange switches) is no end. */
static int test_short_break(void)
{
	int err;

	TRY(open_one("us"));
	TRY(answered());
	sim_hw_far_feed(hw(), false);
	rig_run(&rig, 150);
	sim_hw_far_feed(hw(), true);
	rig_run(&rig, 1000);
	CHECK_INT(fxo()->fsm.state, FXO_ACTIVE);
out:
	rig_fini(&rig);
	return err;
}

static int test_flash(void)
{
	int err;

	TRY(open_one("us"));
	CHECK_INT(line_flash(rig_line(&rig, 0)), EINVAL);
	TRY(answered());
	TRY(line_flash(rig_line(&rig, 0)));
	CHECK_INT(line_flash(rig_line(&rig, 0)), EINVAL);
	rig_run(&rig, 1000);
	CHECK_INT(rig_far(&rig, 0).flashes, 1);
	CHECK_INT(fxo()->fsm.state, FXO_ACTIVE);
	CHECK_STR(str_z(rig_far(&rig, 0).state), "talking");
out:
	rig_fini(&rig);
	return err;
}

static struct { unsigned flashes; char digits[16]; } own;

static void own_flash(struct hw *h, uint32_t ms)
{
	(void)h;
	own.flashes += ms == 300;
	sim_hw_raise(hw(), HW_EV_DONE);
}

static void own_pulse(struct hw *h, const char *digits)
{
	(void)h;
	snprintf(own.digits, sizeof(own.digits), "%s", digits);
	sim_hw_raise(hw(), HW_EV_DONE);
}

/* Hardware that times pulses and flash by itself. */
static int test_own_timing(void)
{
	struct line_conf *c;
	struct hw_ops ops;
	int err;

	TRY(rig_init(&rig));
	c = add("us");
	c->dial = LINE_DIAL_PULSE;
	c->answer_by = LINE_ANSWER_DIALLED;
	TRY(rig_open(&rig));
	memset(&own, 0, sizeof(own));
	ops = *hw()->hw.ops;
	ops.flash = own_flash;
	ops.pulse = own_pulse;
	hw()->hw.ops = &ops;
	TRY(rig_setup(&rig, 0, "100"));
	CHECK(rig_await(&rig, 0, "ANSWERED", 5000));
	CHECK_STR(str_z(own.digits), "100");
	TRY(line_flash(rig_line(&rig, 0)));
	CHECK_INT(fxo()->fsm.state, FXO_FLASHING);
	rig_run(&rig, 10);
	CHECK_INT(fxo()->fsm.state, FXO_ACTIVE);
	CHECK_INT(own.flashes, 1);
out:
	rig_fini(&rig);
	return err;
}

/* Answered as far as we knew: the reversal of the true answer is no end,
 * the one after it is. */
static int test_late_reversal(void)
{
	struct line_conf *c;
	int err;

	TRY(rig_init(&rig));
	c = add("us");
	c->answer_by = LINE_ANSWER_DIALLED;
	c->hangup_polarity = true;
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, "100"));
	CHECK(rig_await(&rig, 0, "ANSWERED", 6000));
	rig_run(&rig, 6000);
	CHECK(rig_far(&rig, 0).reversed);
	CHECK_INT(fxo()->fsm.state, FXO_ACTIVE);
	TRY(sim_exchange_hangup(rig_line(&rig, 0), SIM_HANGUP_POLARITY));
	CHECK(rig_await(&rig, 0, "RELEASED:16", 50));
out:
	rig_fini(&rig);
	return err;
}

/* Busy instead of dial tone: another line, please. */
static int test_busy_at_once(void)
{
	int err;

	TRY(open_one("us"));
	rig.call[0].deaf = true;
	TRY(rig_setup(&rig, 0, "100"));
	rig_run(&rig, 300);
	line_tone(rig_line(&rig, 0), TONE_BUSY, true);
	CHECK_LOG(&rig, 0, "DIAL_TONE_WAIT RELEASED:44");
out:
	rig_fini(&rig);
	return err;
}

/* Each row does in its state what it says, whatever follows from it. */
static int row(const struct fsm_row *r)
{
	/* what any of the events may bring */
	union {
		enum q850_cause cause;
		struct party    party;
	} arg = { .cause = CAUSE_NORMAL };
	int err;

	TRY(open_one("jp"));
	TRY(rig_setup(&rig, 0, "104"));
	if (r->event == FXO_EV_SENT)
		fxo()->digits[0] = '\0';
	fxo()->fsm.state = r->state == FSM_ANY ? FXO_RINGING : r->state;
	CHECK(fsm_event(&fxo()->fsm, r->event, fxo(),
			r->event == FXO_EV_CALLER_ID ? NULL : &arg));
	if (r->next != FSM_SAME)
		CHECK_INT(fxo()->fsm.state, r->next);
	rig_run(&rig, 20000);
	CHECK(fxo()->fsm.state < FXO_STATES);
out:
	rig_fini(&rig);
	return err;
}

static int test_rows(void)
{
	int err = 0;

	for (unsigned i = 0; i < fxo_table.n_rows && !err; i++) {
		err = row(&fxo_table.rows[i]);
		if (err)
			test_say(__FILE__, __LINE__, "row %u", i);
	}
	return err;
}

static int test_table(void)
{
	bool entered[FXO_STATES] = { [FXO_DOWN] = true, [FXO_IDLE] = true };
	bool left[FXO_STATES] = { false };
	int err = 0;

	for (unsigned i = 0; i < fxo_table.n_rows; i++) {
		const struct fsm_row *r = &fxo_table.rows[i];
		unsigned char s = r->state == FSM_ANY ? FXO_IDLE : r->state;

		if (fsm_find(&fxo_table, s, r->event) != r)
			test_say(__FILE__, __LINE__, "row %u is hidden", i);
		CHECK(fsm_find(&fxo_table, s, r->event) == r);
		if (r->next < FXO_STATES && r->next != r->state)
			entered[r->next] = left[s] = true;
	}
	for (unsigned s = 0; s < FXO_STATES; s++) {
		CHECK(entered[s] && left[s]);
		CHECK(fsm_find(&fxo_table, (unsigned char)s, FXO_EV_GONE) !=
		      NULL);
		CHECK(fxo_table.states[s] != NULL);
	}
	CHECK(fxo_table.events[FXO_EVS - 1] != NULL);
	CHECK_INT(fxo_tone_cause(TONE_BUSY), CAUSE_USER_BUSY);
	CHECK_INT(fxo_tone_cause(TONE_RINGBACK), CAUSE_NONE);
out:
	return err;
}

const struct test_suite suite_fxo = {
	"line/fxo", (const struct test[]){
		TEST(test_outgoing),
		TEST(test_busy),
		TEST(test_congestion),
		TEST(test_unallocated),
		TEST(test_bad_number),
		TEST(test_pulse),
		TEST(test_no_dial_tone),
		TEST(test_blind_dial),
		TEST(test_answer_dialled),
		TEST(test_answer_timer),
		TEST(test_answer_voice),
		TEST(test_voice_told),
		TEST(test_progress),
		TEST(test_false_answer),
		TEST(test_overlap),
		TEST(test_loop_break),
		TEST(test_end_polarity),
		TEST(test_end_tone),
		TEST(test_short_break),
		TEST(test_flash),
		TEST(test_own_timing),
		TEST(test_late_reversal),
		TEST(test_busy_at_once),
		TEST(test_table),
		TEST_WITH(test_rows, TEST_NO_OOM),
		TEST_END } };
