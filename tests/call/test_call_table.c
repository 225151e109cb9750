/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params params = {
	.conf = "emergency: { numbers: ['110'], to: ['line:pstn'] }\n"
		"lines:\n"
		"  - { name: pstn, kind: fxo, number: '1' }\n"
		"  - { name: a, kind: fxs, number: '201' }\n"
		"  - { name: b, kind: fxs, number: '202' }\n"
		"  - { name: c, kind: fxs, number: '203' }\n"
		"routes: [ { name: house, local: yes } ]\n",
	.calls = "max_calls: 2",
};

static void mark(void *arg)
{
	*(bool *)arg = true;
}

/* Beyond the limit a telephone still hears dial tone, for it may dial an
 * emergency number; any other call ends there. */
static int test_limit(void)
{
	struct world *w = NULL;
	struct calls *cs;
	int err;

	TRY(world_new(&w, &params));
	cs = app_calls(w->app);
	TRY(sim_phone_offhook(world_line(w, "a")));
	TRY(sim_phone_offhook(world_line(w, "b")));
	world_run(w, 500);
	CHECK_INT(cs->n, 2);
	TRY(sim_phone_offhook(world_line(w, "c")));
	world_run(w, 1000);
	CHECK_INT(cs->n, 3);
	TRY(sim_phone_dial(world_line(w, "c"), "201", false));
	world_run(w, 3000);
	CHECK_INT(world_sim(w, "c").hears, TONE_CONGESTION);
	TRY(sim_phone_onhook(world_line(w, "c")));
	world_run(w, 2000);
	CHECK_INT(cs->n, 2);
	TRY(sim_phone_offhook(world_line(w, "c")));
	world_run(w, 1000);
	TRY(sim_phone_dial(world_line(w, "c"), "110", false));
	world_run(w, 3000);
	CHECK_INT(cs->n, 3);
	CHECK_INT(world_cdr_count(w, "\"cause\":47"), 1);
	CHECK(CONTAINER(cs->list.head.prev, struct call, node)->emergency);
	CHECK(calls_find(cs, str_z(world_call(w)->id)) == world_call(w));
	CHECK(!calls_find(cs, STR_LIT("nobody")));
	TRY(sim_phone_onhook(world_line(w, "a")));
	TRY(sim_phone_onhook(world_line(w, "c")));
	world_run(w, 2000);
	CHECK_INT(cs->n, 1);
	TRY(sim_phone_offhook(world_line(w, "c")));
	world_run(w, 1000);
	CHECK_INT(cs->n, 2);
out:
	world_free(w);
	return err;
}

static int test_drain(void)
{
	struct world *w = NULL;
	bool empty = false;
	int err;

	TRY(world_new(&w, &params));
	TRY(sim_phone_offhook(world_line(w, "a")));
	world_run(w, 500);
	CHECK_INT(world_calls(w), 1);
	calls_drain(app_calls(w->app), mark, &empty);
	TRY(sim_phone_onhook(world_line(w, "a")));
	world_run(w, 2000);
	CHECK(empty);
	TRY(sim_phone_offhook(world_line(w, "b")));
	world_run(w, 500);
	CHECK_INT(world_calls(w), 0);   /* refused from now on */
	TRY(sim_phone_onhook(world_line(w, "b")));
	/* nor does a reload on its way out open the door again */
	calls_refuse(app_calls(w->app), true);
	calls_refuse(app_calls(w->app), false);
	world_run(w, 2000);
	TRY(sim_phone_offhook(world_line(w, "b")));
	world_run(w, 500);
	CHECK_INT(world_calls(w), 0);
out:
	world_free(w);
	return err;
}

const struct test_suite suite_call_table = {
	"call/call_table", (const struct test[]){
		TEST_WITH(test_limit, TEST_NO_OOM),
		TEST_WITH(test_drain, TEST_NO_OOM), TEST_END } };
