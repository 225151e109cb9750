/* SPDX-License-Identifier: Apache-2.0 */
/* `route FROM NUMBER`, over a router of its own. */
#include <string.h>

#include "gateway/control/control.h"
#include "gateway/route/route_report.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

struct desk {
	struct route_rig    w;
	struct control_env  env;
	struct control_wait wait;
	struct buf          out;
	int                 done;
	enum control_end    end;
};

static int query(struct route_query *q, const struct route_ask *ask,
		 const char **why, void *arg)
{
	(void)arg;
	memset(q, 0, sizeof(*q));
	q->from.kind = ROUTE_FROM_PHONE;
	snprintf(q->called.number, sizeof(q->called.number), "%.20s",
		 ask->number);
	*why = "nobody of that name";
	return strcmp(ask->from, "phone:alice") ? EINVAL : 0;
}

static void on_done(struct control_wait *w, enum control_end end)
{
	struct desk *d = CONTAINER(w, struct desk, wait);

	d->done++;
	d->end = end;
}

static int begin(struct desk *d)
{
	int err;

	memset(d, 0, sizeof(*d));
	buf_init(&d->out, 10000);
	d->wait = (struct control_wait){ .out = &d->out, .done = on_done };
	d->env.route_query = query;
	d->env.arg = d;
	err = route_rig_begin(&d->w, "routes:\n"
			      "  - { name: out, prefix: '0', "
			      "to: ['peer:a'] }\n");
	d->env.router = d->w.router;
	return err;
}

static void end(struct desk *d)
{
	if (d->wait.job)
		d->wait.cancel(&d->wait);
	route_rig_end(&d->w);
	buf_fini(&d->out);
}

static int ask(struct desk *d, const char *line)
{
	buf_reset(&d->out);
	d->done = 0;
	return control_run(&d->env, line, &d->out, &d->wait);
}

static int test_answers(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	CHECK_INT(ask(&d, "route phone:alice 031234"), EINPROGRESS);
	CHECK_INT(d.done, 0);
	route_rig_run(&d.w);
	CHECK_INT(d.done, 1);
	CHECK_INT(d.end, CONTROL_OK);
	CHECK_STR(buf_str(&d.out),
		  " 1  peer:a, dialling 031234  (rule out: prefix 0)\n");
	CHECK_INT(ask(&d, "route phone:alice 777 --explain"), EINPROGRESS);
	route_rig_run(&d.w);
	CHECK_INT(d.end, CONTROL_NO);
	CHECK(!d.wait.job);
out:
	if (d.out.err)
		err = d.out.err;
	end(&d);
	return err;
}

static int test_refused(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	CHECK_INT(ask(&d, "route phone:bob 031234"), EINVAL);
	CHECK_INT(ask(&d, "route phone:alice 031234 --nonsense"), EINVAL);
	CHECK_INT(ask(&d, "route phone:alice"), EINVAL);
	CHECK_INT(ask(&d, "route phone:alice 0 -c file"), EINVAL);
	CHECK_INT(d.done, 0);
out:
	end(&d);
	return err;
}

static int test_cancelled(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	CHECK_INT(ask(&d, "route phone:alice 031234"), EINPROGRESS);
	d.wait.cancel(&d.wait);
	CHECK(!d.wait.job);
	route_rig_run(&d.w);
	CHECK_INT(d.done, 0);
out:
	end(&d);
	return err;
}

const struct test_suite suite_route_command = {
	"control/route_command", (const struct test[]){
		TEST(test_answers), TEST(test_refused), TEST(test_cancelled),
		TEST_END } };
