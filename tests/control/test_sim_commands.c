/* SPDX-License-Identifier: Apache-2.0 */
/* Each hand on the far ends, through the table of commands. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/control/control.h"
#include "gateway/control/sim_commands.h"
#include "tests/lib/world.h"
#include "tests/lib/test.h"

static const struct world_params params = {
	.conf = "lines:\n"
		"  - { name: tel, kind: fxs, number: '201' }\n"
		"  - { name: pstn, kind: fxo, number: '0355550001' }\n"
		"routes:\n"
		"  - { name: echo, prefix: '600', min_digits: 3,\n"
		"      max_digits: 3, to: ['service:echo'] }\n"
		"  - { name: in, from: [trunks], to: ['line:tel'] }\n",
};

static struct control_env env_of(struct world *w)
{
	return (struct control_env){
		.loop = app_loop(w->app), .calls = app_calls(w->app),
		.lines = app_lines(w->app),
		.location = app_location(w->app),
		.engine = app_calls(w->app)->env.engine,
		.router = app_router(w->app), .conf = w->conf,
	};
}

static int give(struct world *w, const char *line)
{
	const struct control_env env = env_of(w);
	struct buf out;
	int err;

	buf_init(&out, 1 << 16);
	err = control_run(&env, line, &out, NULL);
	buf_fini(&out);
	return err;
}

static int test_telephone(void)
{
	char path[] = "/tmp/sim_commands.XXXXXX", line[64];
	struct world *w = NULL;
	int fd = mkstemp(path), err;

	if (fd < 0)
		return errno;
	close(fd);
	TRY(world_new(&w, &params));
	TRY(give(w, "off-hook tel"));
	world_run(w, 800);
	TRY(give(w, "dial tel 600"));
	world_run(w, 3000);
	CHECK_INT(world_call(w)->state, CALL_CONNECTED);
	TRY(give(w, "play tel tone 1000 -10"));
	TRY(give(w, "record tel start"));
	world_run(w, 1000);
	/* the echo service says it again; to the canceller a steady tone
	 * that comes back is an echo, too */
	CHECK(world_sim(w, "tel").level_dbm0 > -45);
	snprintf(line, sizeof(line), "record tel stop %s", path);
	TRY(give(w, line));
	CHECK(access(path, R_OK) == 0);
	TRY(give(w, "play tel off"));
	TRY(give(w, "forget tel"));
	TRY(give(w, "send tel 5"));     /* and the echo brings it back */
	world_run(w, 1000);
	CHECK_STR(str_z(world_sim(w, "tel").digits), "5");
	TRY(give(w, "on-hook tel"));
	world_run(w, 2000);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	unlink(path);
	return err;
}

static int test_exchange(void)
{
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &params));
	TRY(give(w, "auto-answer tel 2"));
	TRY(give(w, "incoming pstn 0398765432 TOKYO"));
	world_run(w, 15000);
	CHECK_INT(world_call(w)->state, CALL_CONNECTED);
	CHECK_STR(str_z(world_sim(w, "tel").caller.number), "0398765432");
	TRY(give(w, "far-hangup pstn"));
	world_run(w, 3000);
	TRY(give(w, "on-hook tel"));
	world_run(w, 3000);
	CHECK(world_is_idle(w));
	TRY(give(w, "cut pstn cut"));
	world_run(w, 2000);
	CHECK(world_line(w, "pstn")->alarm);
	TRY(give(w, "cut pstn mend"));
	world_run(w, 2000);
	CHECK(!world_line(w, "pstn")->alarm);
out:
	world_free(w);
	return err;
}

/* Every row: without a line it says so, and nothing else happens. */
static int test_no_line(void)
{
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &params));
	for (const struct command_row *r = sim_commands; r->name; r++) {
		char line[128];

		snprintf(line, sizeof(line), "%s nobody%s", r->name,
			 r->min_args > 1 ? " 1" : "");
		CHECK_INT(give(w, line), ENOENT);
	}
out:
	world_free(w);
	return err;
}

const struct test_suite suite_sim_commands = {
	"control/sim_commands", (const struct test[]){
		TEST_WITH(test_telephone, TEST_NO_OOM),
		TEST_WITH(test_exchange, TEST_NO_OOM),
		TEST_WITH(test_no_line, TEST_NO_OOM), TEST_END } };
