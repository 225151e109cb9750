/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "gateway/control/control.h"
#include "tests/lib/world.h"
#include "tests/lib/test.h"

static const struct world_params params = {
	.conf = "phones: [ { user: alice, number: '101', "
		"password: { env: TEST_WORLD_PW } } ]\n"
		"lines: [ { name: tel, kind: fxs, number: '201' } ]\n"
		"routes: [ { name: house, local: yes } ]\n",
};

struct desk {
	struct world      *w;
	struct control_env env;
	struct buf         out;
	struct control_wait wait;
	bool               stopped;
};

static void stop(void *arg)
{
	((struct desk *)arg)->stopped = true;
}

static int begin(struct desk *d)
{
	int err;

	memset(d, 0, sizeof(*d));
	buf_init(&d->out, 1 << 20);
	err = world_new(&d->w, &params);
	if (err)
		return err;
	d->env = (struct control_env){
		.loop = app_loop(d->w->app), .calls = app_calls(d->w->app),
		.lines = app_lines(d->w->app),
		.location = app_location(d->w->app),
		.engine = app_calls(d->w->app)->env.engine,
		.router = app_router(d->w->app), .conf = d->w->conf,
		.guard = app_calls(d->w->app)->env.guard,
		.block = app_block(d->w->app),
		.stop = stop, .arg = d,
	};
	return 0;
}

static void end(struct desk *d)
{
	buf_fini(&d->out);
	world_free(d->w);
}

/* The text of a command, terminated. */
static int give(struct desk *d, const char *line)
{
	int err;

	buf_reset(&d->out);
	d->wait = (struct control_wait){ .out = &d->out };
	err = control_run(&d->env, line, &d->out, &d->wait);
	buf_addc(&d->out, '\0');
	return d->out.err ? d->out.err : err;
}

#define SAYS(d, text) CHECK(strstr((const char *)(d)->out.p, text))

static int test_reports(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(give(&d, "status"));
	SAYS(&d, "calls=0 total=0");
	TRY(give(&d, "lines"));
	SAYS(&d, "line=tel kind=fxs state=idle");
	TRY(give(&d, "phones"));
	SAYS(&d, "phone=alice number=101 contacts=0");
	TRY(give(&d, "metrics"));
	TRY(give(&d, "conf"));
	SAYS(&d, "alice");
	CHECK(!strstr((const char *)d.out.p, "secret"));
	TRY(give(&d, "calls"));
	CHECK_STR(str_z((const char *)d.out.p), "");
	TRY(give(&d, "help"));
	SAYS(&d, "off-hook LINE");
out:
	end(&d);
	return err;
}

/* A call begun and ended by commands alone. */
static int test_call(void)
{
	char line[64];
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(give(&d, "off-hook tel"));
	world_run(d.w, 1500);
	TRY(give(&d, "far tel"));
	SAYS(&d, "offhook=yes");
	SAYS(&d, "hears=dial");
	TRY(give(&d, "calls"));
	SAYS(&d, "state=new");
	TRY(give(&d, "lines"));
	SAYS(&d, "calls_out=0 calls_in=1");
	snprintf(line, sizeof(line), "hangup %s", world_call(d.w)->id);
	TRY(give(&d, line));
	TRY(give(&d, "on-hook tel"));
	world_run(d.w, 2000);
	CHECK(world_is_idle(d.w));
	TRY(give(&d, "hangup all"));
out:
	end(&d);
	return err;
}

static int fake_reload(bool dry_run, struct control_wait *w, void *arg)
{
	struct desk *d = arg;

	if (!dry_run)
		return EBUSY;
	buf_addz(w->out, "would");
	w->job = d;
	return EINPROGRESS;
}

static int test_reload(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	CHECK_INT(give(&d, "reload"), ENOTSUP);
	d.env.reload = fake_reload;
	CHECK_INT(give(&d, "reload --dry-run"), EINPROGRESS);
	SAYS(&d, "would");
	CHECK(d.wait.job == &d);
	CHECK_INT(give(&d, "reload"), EBUSY);
	SAYS(&d, "busy");
	CHECK_INT(give(&d, "reload --wet-run"), EINVAL);
	SAYS(&d, "usage: tipring ctl reload");
	err = 0;
out:
	end(&d);
	return err;
}

static int test_guard(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(give(&d, "guard"));
	CHECK_STR(str_z((const char *)d.out.p), "");
	CHECK_INT(give(&d, "guard clear phone:x"), ENOENT);
	SAYS(&d, "nothing is known of that source");
	CHECK_INT(give(&d, "guard allow phone:x 0"), EBADMSG);
	SAYS(&d, "no country code");
	CHECK_INT(give(&d, "guard allow phone:x 44"), ENOENT);
	SAYS(&d, "there is no such caller; one is like phone:NAME");
	TRY(give(&d, "guard allow phone:alice 44"));
	SAYS(&d, "phone:alice may call country 44 until a restart");
	TRY(give(&d, "guard allow line:tel 44"));
	TRY(give(&d, "guard"));
	SAYS(&d, "source=line:tel calls=0 ");
	SAYS(&d, "countries=44\n");
	TRY(give(&d, "guard clear line:tel"));
	CHECK_INT(give(&d, "guard clear"), EINVAL);
	SAYS(&d, "usage: tipring ctl guard");
	TRY(give(&d, "blocked"));
	CHECK_STR(str_z((const char *)d.out.p), "");
	CHECK_INT(give(&d, "unblock x"), EBADMSG);
	CHECK_INT(give(&d, "unblock 192.0.2.77"), ENOENT);
	SAYS(&d, "not blocked");
	TRY(give(&d, "unblock all"));
out:
	end(&d);
	return err;
}

static int test_refused(void)
{
	static const struct { const char *line; int err; const char *says; }
	t[] = {
		{ "", EBADMSG, "usage: tipring ctl COMMAND" },
		{ "   ", EBADMSG, "usage: tipring ctl COMMAND" },
		{ "frobnicate", ENOENT, "usage: tipring ctl COMMAND; there is "
		  "none of that name" },
		{ "hangup", EINVAL, "usage: tipring ctl hangup CALL|all" },
		{ "status now", EINVAL, "usage: tipring ctl status" },
		{ "hangup x", ENOENT, "no such call" },
		{ "off-hook nobody", ENOENT, "no such line" },
		{ "on-hook tel", EALREADY, "so already" },
		{ "far \"tel", EBADMSG, "quotes" },
		{ "a b c d e f g h i j k l m", EBADMSG, "fewer words" },
		{ "incoming tel", EINVAL, "cannot do that" },
		{ "play tel tone", EINVAL, "a telephone (on-hook) cannot do "
		  "that; usage: tipring ctl play" },
		{ "play tel /nonexistent.wav", ENOENT, "/nonexistent.wav: No" },
		{ "cut tel x", EINVAL, "usage: tipring ctl cut LINE" },
		{ "dial tel 1 puls", EINVAL, "usage: tipring ctl dial" },
		{ "auto-answer tel x", EINVAL, "usage: tipring ctl auto" },
		{ "record tel x", EINVAL, "usage: tipring ctl record" },
		{ "record tel start x", EINVAL, "usage: tipring ctl record" },
		{ "record tel stop", EINVAL, "cannot do that" },
		{ "send tel 1", EINVAL, "a telephone (on-hook) cannot do" },
	};
	struct desk d;
	int err;

	TRY(begin(&d));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		err = give(&d, t[i].line);
		if (err == ENOMEM)
			goto out;
		CHECK_INT(err, t[i].err);
		SAYS(&d, t[i].says);
	}
	err = 0;
out:
	end(&d);
	return err;
}

static int test_words(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(give(&d, " \t \"off-hook\"  te\\l \r"));
	err = give(&d, "off-hook \"tel\"");
	CHECK(err == EALREADY || err == ENOMEM);
	err = 0;
out:
	end(&d);
	return err;
}

static int test_stop(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(give(&d, "stop"));
	CHECK(d.stopped);
out:
	end(&d);
	return err;
}

const struct test_suite suite_commands = {
	"control/commands", (const struct test[]){
		TEST_WITH(test_reports, TEST_NO_OOM),
		TEST_WITH(test_call, TEST_NO_OOM),
		TEST_WITH(test_reload, TEST_NO_OOM),
		TEST_WITH(test_guard, TEST_NO_OOM),
		TEST_WITH(test_refused, TEST_NO_OOM),
		TEST_WITH(test_words, TEST_NO_OOM),
		TEST_WITH(test_stop, TEST_NO_OOM), TEST_END } };
