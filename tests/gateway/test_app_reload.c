/* SPDX-License-Identifier: Apache-2.0 */
/* What a reload tells, refuses and puts in force; the calls meanwhile are
 * tests/scenario/test_reload.c's matter. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "gateway/app_impl.h"
#include "gateway/app_plan.h"
#include "gateway/service/location.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define ALICE "{ user: alice, number: '101', " \
	"password: { env: TEST_WORLD_PW } }"
#define BOB "{ user: bob, number: '102', password: { env: TEST_WORLD_PW } }"
#define REST "lines: [ { name: tel, kind: fxs, number: '201' } ]\n" \
	"routes: [ { name: house, local: yes } ]\n"

static const struct world_params one = {
	.conf = "phones: [ " ALICE " ]\n" REST, .calls = "max_calls: 10",
};
static const struct world_params two = {
	.conf = "phones: [ " BOB ", " ALICE " ]\n" REST,
	.calls = "max_calls: 20",
};

struct desk {
	struct world       *w;
	struct buf          out;
	struct control_wait wait;
	unsigned            ended;
	enum control_end    end;
};

/* Refusals are expected, and not told twice. */
static void quiet(enum log_level lv, const char *line, void *arg)
{
	(void)lv;
	(void)line;
	(void)arg;
}

static int begin(struct desk *d)
{
	log_set_sink(quiet, NULL);
	buf_init(&d->out, 1 << 16);
	d->w = NULL;
	d->ended = 0;
	return world_new(&d->w, &one);
}

static void end(struct desk *d)
{
	buf_fini(&d->out);
	world_free(d->w);
	log_set_sink(NULL, NULL);
}

static int reload(struct desk *d, bool dry_run)
{
	int err;

	buf_reset(&d->out);
	err = world_reload(d->w, dry_run, &d->out);
	buf_addc(&d->out, '\0');
	return err ? err : d->out.err;
}

static bool says(const struct desk *d, const char *text)
{
	bool ok = d->out.p && strstr((const char *)d->out.p, text);

	if (!ok && !test_oom)
		printf("%.*s", STR_FMT(buf_str(&d->out)));
	return ok;
}

static struct location_phone *phone(const struct desk *d, const char *user)
{
	return location_phone(app_location(d->w->app), str_z(user));
}

static int max_calls(const struct desk *d)
{
	return app_calls(d->w->app)->env.conf->max_calls;
}

/* Also with every allocation failing in turn: all of it or nothing. */
static int test_change(void)
{
	struct location_phone *alice;
	struct desk d;
	int err;

	TRY(begin(&d));
	alice = phone(&d, "alice");
	TRY(reload(&d, false));
	CHECK(says(&d, "no changes\n"));
	TRY(world_set_conf(d.w, &two));
	TRY(reload(&d, true));
	CHECK(says(&d, "phones[bob]: added (line "));
	CHECK(!phone(&d, "bob"));
	CHECK_INT(max_calls(&d), 10);
	err = reload(&d, false);
	CHECK_INT(max_calls(&d), err ? 10 : 20);
	CHECK(!phone(&d, "bob") == (err != 0));
	CHECK(phone(&d, "alice") == alice);
	TRY(err);
	CHECK(says(&d, "calls.max_calls: 10 -> 20 (line "));
	/* of the start: its tables are not held for ever */
	CHECK(!conf_kept(d.w->conf, &number_tables_section));
	CHECK(!app_plan_of(d.w->conf));
	TRY(reload(&d, false));
	CHECK(says(&d, "no changes\n"));
	TRY(world_set_conf(d.w, &one));
	TRY(reload(&d, false));
	CHECK(says(&d, "phones[bob]: removed (was line "));
	CHECK(!phone(&d, "bob") && phone(&d, "alice") == alice);
	CHECK_INT(max_calls(&d), 10);
out:
	end(&d);
	return err;
}

/* Errors: each is told, nothing changes. */
static int test_faulty(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(world_set_file(d.w, STR_LIT("log: { level: loud }\n"
					"calls: { max_cals: 7 }\n")));
	CHECK_INT(reload(&d, false), EINVAL);
	CHECK(says(&d, ":1:"));
	CHECK(says(&d, "level"));
	CHECK(says(&d, ":2:10: unknown key 'max_cals', did you mean "
		   "'max_calls'?"));
	CHECK(says(&d, "key 'listen' is missing"));
	CHECK_INT(max_calls(&d), 10);
	CHECK(phone(&d, "alice"));
	TRY(world_set_file(d.w, STR_LIT("a: [")));
	CHECK_INT(reload(&d, false), EINVAL);
	CHECK_INT(world_reload(d.w, false, NULL), EINVAL);
	TRY(world_set_conf(d.w, &two));
	TRY(reload(&d, false));
	CHECK_INT(max_calls(&d), 20);
out:
	end(&d);
	return err;
}

/* One key that cannot change: the others stay as they were, too. */
static int test_restart(void)
{
	static const struct world_params other = {
		.conf = "phones: [ " ALICE ", " BOB " ]\n" REST,
		.media = "rtcp_ms: 7s", .calls = "max_calls: 30",
	};
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(world_set_conf(d.w, &other));
	CHECK_INT(reload(&d, true), ENOTSUP);
	CHECK_INT(reload(&d, false), ENOTSUP);
	CHECK(says(&d, "needs a restart, nothing was changed:\n"
		   "media.rtcp_ms: 5s -> 7s (line "));
	CHECK(!strstr((char *)d.out.p, "max_calls"));
	CHECK_INT(max_calls(&d), 10);
	CHECK(!phone(&d, "bob"));
out:
	end(&d);
	return err;
}

/* What came, one after the other. */
struct told {
	char   text[1000];
	size_t n;
};

static void on_end(int err, struct str text, void *arg)
{
	struct told *t = arg;

	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n,
				 "%d: %.*s", err, STR_FMT(text));
}

/* Two at once: one after the other; nobody is told who does not ask any
 * more, nor at the end of the program. */
static int test_one_by_one(void)
{
	struct told told = { .n = 0 }, gone = { .n = 0 };
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(world_set_conf(d.w, &two));
	TRY(app_reload(d.w->app, false, on_end, &told));
	TRY(app_reload(d.w->app, true, on_end, &gone));
	TRY(app_reload(d.w->app, false, on_end, &told));
	CHECK_INT(told.n, 0);
	app_reload_forget(d.w->app, &gone);
	for (int i = 0; i < 3; i++)
		loop_turn(d.w->loop, 0);
	CHECK(!strncmp(told.text, "0: ", 3));
	CHECK(strstr(told.text, "max_calls: 10 -> 20"));
	CHECK(strstr(told.text, "0: no changes\n"));
	CHECK_INT(gone.n, 0);
	CHECK_INT(max_calls(&d), 20);
	told.n = 0;
	for (int i = 0; i < 16; i++)
		TRY(app_reload(d.w->app, true, on_end, &told));
	CHECK_INT(app_reload(d.w->app, true, on_end, &told), EBUSY);
	app_free(d.w->app);
	d.w->app = NULL;
	loop_turn(d.w->loop, 0);
	CHECK_INT(told.n, 0);
out:
	end(&d);
	return err;
}

static void on_wait(struct control_wait *w, enum control_end end)
{
	struct desk *d = CONTAINER(w, struct desk, wait);

	d->ended++;
	d->end = end;
}

static int by_control(struct desk *d, bool dry_run)
{
	int err;

	buf_reset(&d->out);
	d->wait = (struct control_wait){ .out = &d->out, .done = on_wait };
	err = app_reload_by_control(dry_run, &d->wait, d->w->app);
	return err == EINPROGRESS ? 0 : err;
}

static int test_by_control(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(by_control(&d, true));
	CHECK_INT(d.ended, 0);
	loop_turn(d.w->loop, 0);
	CHECK_INT(d.ended, 1);
	CHECK_INT(d.end, CONTROL_OK);
	CHECK(!d.wait.job);
	buf_addc(&d.out, '\0');
	CHECK(says(&d, "no changes\n"));
	TRY(world_set_file(d.w, STR_LIT("log: { level: loud }\n")));
	TRY(by_control(&d, false));
	loop_turn(d.w->loop, 0);
	CHECK_INT(d.ended, 2);
	CHECK_INT(d.end, CONTROL_ERROR);
	buf_addc(&d.out, '\0');
	CHECK(says(&d, "level"));
	/* the operator goes away, the reload does not */
	TRY(world_set_conf(d.w, &two));
	TRY(by_control(&d, false));
	d.wait.cancel(&d.wait);
	CHECK(!d.wait.job);
	loop_turn(d.w->loop, 0);
	CHECK_INT(d.ended, 2);
	CHECK_INT(max_calls(&d), 20);
out:
	end(&d);
	return err;
}

static int test_log_level(void)
{
	static const char lines[] = "log: { level: warn }\n";
	enum log_level before = log_get_level();
	char text[4096];
	struct desk d;
	ssize_t n;
	int err;

	TRY(begin(&d));
	n = pread(d.w->conf_fd, text + sizeof(lines) - 1,
		  sizeof(text) - sizeof(lines), 0);
	CHECK(n > 0);
	memcpy(text, lines, sizeof(lines) - 1);
	/* ours takes the place of the world's first line */
	for (size_t i = sizeof(lines) - 1; text[i] != '\n'; i++)
		text[i] = ' ';
	TRY(world_set_file(d.w, str_pl(text, sizeof(lines) - 1 + (size_t)n)));
	TRY(reload(&d, false));
	CHECK_INT(log_get_level(), LOG_WARN);
out:
	end(&d);
	log_set_level(before);
	return err;
}

const struct test_suite suite_app_reload = {
	"gateway/app_reload", (const struct test[]){
		TEST(test_change),
		TEST(test_faulty),
		TEST(test_restart),
		TEST_WITH(test_one_by_one, TEST_NO_OOM),
		TEST_WITH(test_by_control, TEST_NO_OOM),
		TEST(test_log_level),
		TEST_END } };
