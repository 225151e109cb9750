/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated exchange: numbering plan, tones, both ways of a call. */
#include <string.h>

#include "dsp/level.h"
#include "gateway/line/sim/sim_line.h"
#include "tests/line/rig.h"

static struct rig rig;

static struct exchange *exchange(void)
{
	return &CONTAINER(rig_line(&rig, 0), struct sim_line, line)->exchange;
}

static struct sim_number_conf numbers[] = {
	{ .digits = "110", .result = SIM_ANSWER, .reversal = true },
	{ .digits = "1100", .result = SIM_BUSY },
	{ .digits = "03xx", .result = SIM_ANSWER, .after_ms = 1000,
	  .talk_hz = 440, .talk_dbm0 = -20 },
	{ .digits = "0312", .result = SIM_BUSY },
	{ .digits = "05.", .result = SIM_RING },
	{ .digits = "9", .result = SIM_ANSWER, .after_ms = 1000,
	  .talk_file = "voice.wav" },
};

static const struct conf_list plan = {
	numbers, sizeof(numbers) / sizeof(numbers[0]),
};

static int load(int16_t **pcm, size_t *n, const char *path, unsigned hz)
{
	if (strcmp(path, "voice.wav") || hz != 8000)
		return ENOENT;
	*n = 400;
	*pcm = mem_alloc(*n * sizeof(**pcm));
	if (!*pcm)
		return ENOMEM;
	for (size_t i = 0; i < *n; i++)
		(*pcm)[i] = i % 8 < 4 ? 8000 : -8000;
	return 0;
}

static int open_one(void)
{
	struct line_conf *c;
	int err = rig_init(&rig);

	if (err)
		return err;
	rig.env.wav_load = load;
	c = rig_add(&rig, "l1", LINE_FXO, "us");
	c->sim.numbers = plan;
	c->sim.noise_dbm0 = -96;
	return rig_open(&rig);
}

static int test_find(void)
{
	const struct conf_list none = { NULL, 0 };
	const struct sim_number_conf *row;
	int err = 0;

	CHECK_INT(exchange_find(&row, &plan, ""), EAGAIN);
	CHECK(row == NULL);
	CHECK_INT(exchange_find(&row, &plan, "11"), EAGAIN);
	CHECK_INT(exchange_find(&row, &plan, "110"), EAGAIN);
	CHECK(row == &numbers[0]);
	CHECK_INT(exchange_find(&row, &plan, "1100"), 0);
	CHECK(row == &numbers[1]);
	CHECK_INT(exchange_find(&row, &plan, "0312"), 0);
	CHECK(row == &numbers[2]);      /* the first that fits */
	CHECK_INT(exchange_find(&row, &plan, "03*2"), ENOENT);
	CHECK_INT(exchange_find(&row, &plan, "05"), EAGAIN);
	CHECK(row == &numbers[4]);
	CHECK_INT(exchange_find(&row, &plan, "05123456"), EAGAIN);
	CHECK_INT(exchange_find(&row, &plan, "7"), ENOENT);
	CHECK_INT(exchange_find(&row, &none, "7"), EAGAIN);
	CHECK(row == NULL);
out:
	return err;
}

static const char *state(void)
{
	return exchange_state_name(exchange());
}

static int test_states(void)
{
	int err;

	TRY(open_one());
	CHECK_STR(str_z(state()), "idle");
	TRY(rig_setup(&rig, 0, "0399"));
	rig_run(&rig, 100);
	CHECK_STR(str_z(state()), "seized");
	rig_run(&rig, 200);
	CHECK_STR(str_z(state()), "dial-tone");
	CHECK(rig_await(&rig, 0, "PROCEEDING", 5000));
	rig_run(&rig, 500);
	CHECK_STR(str_z(state()), "ringback");
	CHECK_INT(exchange_hangup(exchange(), 0), 0);
	CHECK_STR(str_z(state()), "cleared");
	CHECK_INT(exchange_hangup(exchange(), 0), EALREADY);
	CHECK(rig_await(&rig, 0, "RELEASED", 500));
	rig_run(&rig, 2000);
	CHECK_STR(str_z(state()), "idle");
	CHECK_INT(exchange_answer(exchange()), EINVAL);
out:
	rig_fini(&rig);
	return err;
}

/* "110" may become "1100": it is dialled after a pause. */
static int test_open_end(void)
{
	uint64_t t;
	int err;

	TRY(open_one());
	TRY(rig_setup(&rig, 0, "110"));
	CHECK(rig_await(&rig, 0, "PROCEEDING", 5000));
	t = loop_now_us(rig.loop);
	CHECK(rig_await(&rig, 0, "ANSWERED", 9000));
	CHECK(loop_now_us(rig.loop) - t > 2300000);
	CHECK_STR(str_z(rig_far(&rig, 0).digits), "110");
out:
	rig_fini(&rig);
	return err;
}

static int test_nobody_dials(void)
{
	struct line_conf *c;
	int err;

	TRY(rig_init(&rig));
	c = rig_add(&rig, "l1", LINE_FXO, "us");
	c->answer_by = LINE_ANSWER_DIALLED;
	c->sim.detect = false;          /* it does not hear the digit */
	TRY(rig_open(&rig));
	TRY(rig_setup(&rig, 0, "1"));
	CHECK(rig_await(&rig, 0, "RELEASED", 30000));
	CHECK_INT(rig.call[0].cause, CAUSE_CONGESTION);
out:
	rig_fini(&rig);
	return err;
}

/* Mean square of what the stand-in heard from sample from on, in dBm0. */
static double heard_dbm0(size_t from)
{
	struct rig_call *c = &rig.call[0];

	return level_of(c->heard + from, c->heard_n - from);
}

static int talk(const char *number, double dbm0)
{
	int err;

	TRY(open_one());
	rig.call[0].heard = mem_alloc(RIG_HEARD * sizeof(int16_t));
	CHECK(rig.call[0].heard != NULL);
	TRY(rig_setup(&rig, 0, number));
	CHECK(rig_await(&rig, 0, "PROCEEDING", 5000));
	rig_run(&rig, 500);
	TRY(sim_exchange_answer(rig_line(&rig, 0)));
	CHECK_INT(sim_exchange_answer(rig_line(&rig, 0)), EALREADY);
	rig_run(&rig, 100);
	rig.call[0].heard_n = 0;
	rig_run(&rig, 1000);
	CHECK_NEAR(heard_dbm0(0), dbm0, 0.1);
	CHECK(rig_far(&rig, 0).playing);
out:
	rig_fini(&rig);
	return err;
}

static int test_talk_tone(void)
{
	return talk("0377", -20);
}

static int test_talk_file(void)
{
	return talk("9", level_dbm0(8000.0 * 8000));
}

static int test_no_file(void)
{
	struct sim_number_conf row = { .digits = "1",
				       .talk_file = "none.wav" };
	struct line_conf *c;
	int err;

	TRY(rig_init(&rig));
	rig.env.wav_load = load;
	c = rig_add(&rig, "l1", LINE_FXO, "us");
	c->sim.numbers = (struct conf_list){ &row, 1 };
	CHECK_INT(rig_open(&rig), ENOENT);
out:
	rig_fini(&rig);
	return err;
}

/* Nobody answers its FSK: the exchange rings all the same. */
static int test_unheard_cid(void)
{
	struct party p = { .number = "1" };
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "l1", LINE_FXO, "gb")->caller_id = false;
	TRY(rig_open(&rig));
	TRY(sim_exchange_call(rig_line(&rig, 0), &p));
	CHECK_INT(sim_exchange_call(rig_line(&rig, 0), &p), EBUSY);
	CHECK_STR(str_z(state()), "announcing");
	CHECK(rig_await(&rig, 0, "SEIZED", 6000));
	TRY(sim_exchange_hangup(rig_line(&rig, 0), 0));
	CHECK_STR(str_z(state()), "idle");
	TRY(sim_exchange_cut(rig_line(&rig, 0), true));
	CHECK_INT(sim_exchange_cut(rig_line(&rig, 0), true), EALREADY);
	CHECK_INT(sim_exchange_call(rig_line(&rig, 0), &p), ENETDOWN);
	CHECK_STR(str_z(state()), "cut");
out:
	rig_fini(&rig);
	return err;
}

/* Japan, and the gateway does not answer the short ringing. */
static int test_japan_unanswered(void)
{
	struct party p = { .number = "1" };
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "l1", LINE_FXO, "jp")->caller_id = false;
	TRY(rig_open(&rig));
	rig.call[0].refuse = true;
	TRY(sim_exchange_call(rig_line(&rig, 0), &p));
	rig_run(&rig, 5900);
	CHECK_STR(str_z(state()), "announcing");
	rig_run(&rig, 1000);
	CHECK_STR(str_z(state()), "ringing");
out:
	rig_fini(&rig);
	return err;
}

const struct test_suite suite_exchange = {
	"line/exchange", (const struct test[]){
		TEST(test_find),
		TEST(test_states),
		TEST(test_open_end),
		TEST(test_nobody_dials),
		TEST(test_talk_tone),
		TEST(test_talk_file),
		TEST(test_no_file),
		TEST(test_unheard_cid),
		TEST(test_japan_unanswered),
		TEST_END } };
