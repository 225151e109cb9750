/* SPDX-License-Identifier: Apache-2.0 */
/* Start and stop of the whole; calls are the scenarios' matter. */
#include <string.h>

#include "gateway/app.h"
#include "tests/lib/world.h"
#include "tests/lib/test.h"

static const struct world_params params = {
	.conf = "phones: [ { user: alice, number: '101', "
		"password: { env: TEST_WORLD_PW } } ]\n"
		"lines: [ { name: tel, kind: fxs, number: '201' },\n"
		"         { name: pstn, kind: fxo, number: '301' } ]\n"
		"groups: [ { name: out, lines: [ pstn ] } ]\n"
		"routes: [ { name: house, local: yes } ]\n",
};

/* Also with every allocation failing in turn: nothing is left behind. */
static int test_start_stop(void)
{
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &params));
	CHECK(app_calls(w->app) && app_lines(w->app) && app_stack(w->app));
	CHECK(app_location(w->app) && app_router(w->app));
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

static int test_stop_ends_calls(void)
{
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &params));
	TRY(sim_phone_offhook(world_line(w, "tel")));
	world_run(w, 1000);
	CHECK_INT(world_calls(w), 1);
	TRY(sim_phone_onhook(world_line(w, "tel")));
	app_stop(w->app);
	TRY(app_run(w->app));           /* comes back: all calls ended */
	CHECK_INT(world_calls(w), 0);
out:
	world_free(w);
	return err;
}

const struct test_suite suite_app = {
	"gateway/app", (const struct test[]){
		TEST(test_start_stop),
		TEST_WITH(test_stop_ends_calls, TEST_NO_OOM), TEST_END } };
