/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "media/bridge.h"
#include "tests/lib/test.h"

static void on_event(struct bridge *b, const struct bridge_event *e,
		     void *arg)
{
	(void)b;
	*(unsigned *)arg += e->ev == BRIDGE_EV_CLOSED;
}

/* Bridges spread over the workers; each tells its end once. */
static int test_spread(void)
{
	struct media_conf conf = media_conf_default;
	struct media_engine *e = NULL;
	struct bridge *b[6] = { NULL };
	struct loop *loop = NULL;
	struct engine_stats s;
	unsigned closed = 0, n = 0;
	int err = 0;

	conf.workers = 3;
	TRY(loop_new(&loop, &clk_real));
	TRY(media_engine_new(&e, loop, &conf));
	for (; n < 6; n++)
		TRY(bridge_open(&b[n], e, on_event, &closed));
	media_engine_stats(e, &s);
	CHECK_INT(s.workers, 3);
	CHECK_INT(s.bridges, 6);
out:
	for (unsigned i = 0; i < n; i++) {
		bridge_close(b[i]);
		bridge_close(b[i]);
	}
	for (unsigned i = 0; i < 500 && closed < n; i++)
		loop_turn(loop, 10);
	if (!err && closed != n)
		err = EINVAL;
	media_engine_free(e);
	loop_free(loop);
	return err;
}

const struct test_suite suite_engine = {
	"media/engine", (const struct test[]){
		TEST_WITH(test_spread, TEST_REAL),
		TEST_END } };
