/* SPDX-License-Identifier: Apache-2.0 */
/* What all lines share; preemption by an emergency call. */
#include "gateway/line/line.h"

#include <string.h>

#include "gateway/line/group.h"
#include "tests/line/rig.h"

static struct rig rig;

static void add_fxo(const char *name)
{
	rig_add(&rig, name, LINE_FXO, "us")->answer_by = LINE_ANSWER_DIALLED;
}

static int test_names(void)
{
	int err = 0;

	CHECK_STR(str_z(line_kind_name(LINE_FXO)), "fxo");
	CHECK_STR(str_z(line_state_name(LINE_BUSY)), "busy");
	CHECK_STR(str_z(line_ev_name(LINE_EV_ALARM_CLEAR)), "ALARM_CLEAR");
	CHECK_STR(str_z(line_ev_name(LINE_EV_CID_LISTEN)), "CID_LISTEN");
out:
	return err;
}

static int test_open(void)
{
	struct line *l;
	int err;

	TRY(rig_init(&rig));
	rig_add(&rig, "p1", LINE_FXS, "jp")->in_db = -3;
	add_fxo("l1");
	memcpy(rig.conf[0].number, "201", 4);
	memcpy(rig.conf[0].display, "Hall", 5);
	TRY(rig_open(&rig));
	l = line_find(&rig.env, str_z("p1"));
	CHECK(l != NULL && l->kind == LINE_FXS);
	CHECK(line_find(&rig.env, str_z("p2")) == NULL);
	CHECK_STR(str_z(l->own.number), "201");
	CHECK_STR(str_z(l->own.name), "Hall");
	CHECK_STR(str_z(l->plan->country), "jp");
	CHECK_NEAR(l->sound.in_db, -3, 0);
	CHECK_INT(l->sound.echo_ms, 128);
	CHECK(line_is_free(l));
	CHECK_STR(str_z(l->tag.id), "line=p1");
	CHECK_INT(line_flash(l), EINVAL);
	CHECK_INT(line_digits(l, "1"), EINVAL);
	line_tone(l, TONE_BUSY, true);
	line_voice(l);
	line_alert(l);
	line_caller_id(l, NULL);
	line_cid_sent(l);
	line_dtmf_sent(l);
	line_answer(l);
	rig_run(&rig, 100);
	CHECK_LOG(&rig, 0, "");
	CHECK(line_is_free(l));
out:
	rig_fini(&rig);
	return err;
}

static int test_bad_driver_line(void)
{
	int err;

	TRY(rig_init(&rig));
	add_fxo("l1");
	rig_add(&rig, "l2", LINE_FXO, "xx");
	CHECK_INT(rig_open(&rig), EINVAL);
	CHECK(list_is_empty(&rig.env.lines));
out:
	rig_fini(&rig);
	return err;
}

/* RELEASED comes in the next turn, once, and only by the user's word. */
static int test_release(void)
{
	struct line *l;
	int err;

	TRY(rig_init(&rig));
	add_fxo("l1");
	TRY(rig_open(&rig));
	l = rig_line(&rig, 0);
	TRY(rig_setup(&rig, 0, "1"));
	CHECK_INT(l->calls, 1);
	CHECK(l->outgoing && !line_is_free(l));
	line_release(l, &err, CAUSE_NORMAL);
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "");
	rig_release(&rig, 0, CAUSE_NO_ANSWER);
	rig_release(&rig, 0, CAUSE_NORMAL);
	CHECK_LOG(&rig, 0, "");
	rig_run(&rig, 50);
	CHECK_LOG(&rig, 0, "RELEASED:19");
	rig_release(&rig, 0, CAUSE_NORMAL);
	line_release(l, NULL, CAUSE_NORMAL);
	rig_run(&rig, 5000);
	CHECK_LOG(&rig, 0, "RELEASED:19");
	CHECK(line_is_free(l));
out:
	rig_fini(&rig);
	return err;
}

static int answered(unsigned i)
{
	int err = rig_setup(&rig, i, "1");

	if (!err && !rig_await(&rig, i, "ANSWERED", 8000))
		err = ETIMEDOUT;
	return err;
}

struct second {
	struct line_event last;
	unsigned          released;
	bool              waits;        /* DIAL_TONE_WAIT */
};

static void on_second(struct line *l, const struct line_event *e, void *arg)
{
	struct second *s = arg;

	(void)l;
	s->last = *e;
	s->released += e->ev == LINE_EV_RELEASED;
	s->waits |= e->ev == LINE_EV_DIAL_TONE_WAIT;
}

static const struct line_setup emergency = {
	.called.number = "110", .emergency = true,
};

/* The emergency call takes the line: the old call is told, the guard time
 * passes, the new one begins. */
static int test_preempt(void)
{
	struct second s = { 0 };
	struct line *l;
	int err;

	TRY(rig_init(&rig));
	add_fxo("l1");
	rig_add_group(&rig, "pstn", GROUP_LINEAR);
	TRY(rig_open(&rig));
	TRY(answered(0));
	TRY(group_seize(&l, group_find(&rig.env, str_z("pstn")),
			GROUP_PREEMPT, NULL, 0));
	CHECK(l == rig_line(&rig, 0));
	TRY(line_setup(l, &emergency, on_second, &s));
	CHECK(strstr(rig.call[0].log, "RELEASED") == NULL);
	rig_release(&rig, 0, CAUSE_NORMAL);     /* too late, no harm */
	rig_run(&rig, 1);
	CHECK(strstr(rig.call[0].log, "RELEASED:8") != NULL);
	CHECK(l->emergency && l->fn == on_second);
	rig_release(&rig, 0, CAUSE_NORMAL);
	rig_run(&rig, 700);
	CHECK(!s.waits && !rig_far(&rig, 0).offhook);
	rig_run(&rig, 300);
	CHECK(s.waits && rig_far(&rig, 0).offhook);
	CHECK_INT(s.released, 0);
	/* the next emergency call does not get it */
	CHECK_INT(group_seize(&l, group_find(&rig.env, str_z("pstn")),
			      GROUP_PREEMPT, NULL, 0), EBUSY);
	line_release(l, &s, CAUSE_NORMAL);
	rig_run(&rig, 10);
	CHECK_INT(s.released, 1);
	CHECK_INT(s.last.cause, CAUSE_NORMAL);
	CHECK(!l->emergency);
out:
	rig_fini(&rig);
	return err;
}

/* The emergency caller gives up: at once, and during the guard time. */
static int test_preempt_given_up(void)
{
	struct second s = { 0 };
	struct line *l;
	int err;

	TRY(rig_init(&rig));
	add_fxo("l1");
	TRY(rig_open(&rig));
	l = rig_line(&rig, 0);
	for (unsigned ms = 0; ms <= 200; ms += 200) {
		memset(&s, 0, sizeof(s));
		TRY(answered(0));
		line_preempt(l);
		TRY(line_setup(l, &emergency, on_second, &s));
		if (ms)
			rig_run(&rig, ms);
		line_release(l, &s, CAUSE_NORMAL);
		CHECK_INT(s.released, 0);
		rig_run(&rig, 10);
		CHECK_INT(s.released, 1);
		CHECK_INT(s.last.cause, CAUSE_NORMAL);
		CHECK_INT(rig.call[0].cause, CAUSE_PREEMPTION);
		rig_run(&rig, 2000);
		CHECK_INT(s.released, 1);
		CHECK(line_is_free(l));
		rig.call[0].log[0] = '\0';
	}
out:
	rig_fini(&rig);
	return err;
}

/* The line breaks down in the guard time. */
static int test_preempt_dead(void)
{
	struct second s = { 0 };
	struct line *l;
	int err;

	TRY(rig_init(&rig));
	add_fxo("l1");
	TRY(rig_open(&rig));
	l = rig_line(&rig, 0);
	TRY(answered(0));
	line_preempt(l);
	TRY(line_setup(l, &emergency, on_second, &s));
	rig_run(&rig, 100);
	TRY(sim_exchange_cut(l, true));
	rig_run(&rig, 4000);
	CHECK_INT(s.released, 1);
	CHECK(l->fn == NULL && l->next_fn == NULL);
out:
	rig_fini(&rig);
	return err;
}

const struct test_suite suite_line = {
	"line/line", (const struct test[]){
		TEST(test_names),
		TEST(test_open),
		TEST(test_bad_driver_line),
		TEST(test_release),
		TEST(test_preempt),
		TEST(test_preempt_given_up),
		TEST(test_preempt_dead),
		TEST_END } };
