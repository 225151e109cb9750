/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fsm.h"

#include <string.h>

#include "tests/lib/test.h"

enum { IDLE, RINGING, ANSWERED, N_STATES };
enum { EV_RING, EV_ANSWER, EV_HANGUP, N_EVENTS };

struct phone {
	struct fsm fsm;
	int        rang, answered;
	unsigned   seen;        /* state inside the action */
};

static void act_ring(void *obj, void *arg)
{
	struct phone *p = obj;

	p->rang += *(int *)arg;
	p->seen = p->fsm.state;
}

static void act_answer(void *obj, void *arg)
{
	struct phone *p = obj;

	(void)arg;
	p->answered++;
	/* as the last statement a further event is legal */
	fsm_event(&p->fsm, EV_HANGUP, p, NULL);
}

static const struct fsm_row rows[] = {
	{ IDLE,    EV_RING,   act_ring,   RINGING  },
	{ RINGING, EV_RING,   act_ring,   FSM_SAME },
	{ RINGING, EV_ANSWER, act_answer, ANSWERED },
	{ FSM_ANY, EV_HANGUP, NULL,       IDLE     },
};
static const char *const states[] = { "IDLE", "RINGING", "ANSWERED" };
static const char *const events[] = { "RING", "ANSWER", "HANGUP" };
static const struct fsm_table table = {
	"phone", states, N_STATES, events, N_EVENTS, rows,
	sizeof(rows) / sizeof(rows[0]),
};

static int test_walk(void)
{
	struct phone p = { 0 };
	unsigned long before = fsm_unexpected();
	int two = 2, err = 0;

	fsm_init(&p.fsm, &table, IDLE, NULL);
	CHECK(!fsm_event(&p.fsm, EV_ANSWER, &p, NULL));
	CHECK_INT(fsm_unexpected(), before + 1);
	CHECK_INT(p.fsm.state, IDLE);
	CHECK(fsm_event(&p.fsm, EV_RING, &p, &two));
	CHECK_INT(p.seen, RINGING);
	CHECK(fsm_event(&p.fsm, EV_RING, &p, &two));
	CHECK_INT(p.rang, 4);
	CHECK_INT(p.fsm.state, RINGING);
	CHECK(fsm_event(&p.fsm, EV_ANSWER, &p, NULL));
	CHECK_INT(p.answered, 1);
	CHECK_INT(p.fsm.state, IDLE);
out:
	return err;
}

static int test_find(void)
{
	int err = 0;

	CHECK(fsm_find(&table, ANSWERED, EV_HANGUP) == &rows[3]);
	CHECK(fsm_find(&table, IDLE, EV_RING) == &rows[0]);
	CHECK(!fsm_find(&table, ANSWERED, EV_RING));
out:
	return err;
}

static void keep_line(enum log_level lv, const char *line, void *arg)
{
	(void)lv;
	str_clip(arg, 200, str_z(line));
}

static int test_trace(void)
{
	struct phone p = { 0 };
	struct log_tag tag = { "call", "call=7f3a" };
	enum log_level lv = log_get_level();
	char line[200] = "";
	int one = 1, err = 0;

	log_set_sink(keep_line, line);
	log_set_level(LOG_DEBUG);
	fsm_init(&p.fsm, &table, IDLE, &tag);
	fsm_event(&p.fsm, EV_RING, &p, &one);
	CHECK(strstr(line, "debug call: transition call=7f3a machine=phone "
		     "from=IDLE to=RINGING on=RING"));
	fsm_init(&p.fsm, &table, IDLE, NULL);
	fsm_event(&p.fsm, EV_ANSWER, &p, NULL);
	CHECK(strstr(line, "phone: event without a row"));
out:
	log_set_level(lv);
	log_set_sink(NULL, NULL);
	return err;
}

const struct test_suite suite_fsm = {
	"base/fsm", (const struct test[]){
		TEST(test_walk),
		TEST(test_find),
		TEST(test_trace),
		TEST_END } };
