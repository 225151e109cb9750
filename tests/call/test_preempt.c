/* SPDX-License-Identifier: Apache-2.0 */
/* The order of targets of an emergency call whose lines are in use. */
#include "gateway/call/preempt.h"
#include "gateway/line/line.h"
#include "gateway/route/route.h"
#include "tests/lib/test.h"

static void on_line(struct line *l, const struct line_event *e, void *arg)
{
	(void)l;
	(void)e;
	(void)arg;
}

/* Lines a and b before a peer, c and d behind it. */
static void fill(struct route_result *r, struct line_env *env,
		 struct line line[4])
{
	static const char *const names[] = { "a", "b", "p", "c", "d" };

	list_init(&env->lines);
	list_init(&env->groups);
	r->n = 5;
	for (unsigned i = 0, k = 0; i < r->n; i++) {
		r->v[i].kind = i == 2 ? ROUTE_PEER : ROUTE_LINE;
		str_clip(r->v[i].dest, sizeof(r->v[i].dest), str_z(names[i]));
		if (i == 2)
			continue;
		line[k].name = names[i];
		line[k].kind = LINE_FXO;
		line[k].state = LINE_IDLE;
		list_append(&env->lines, &line[k++].node);
	}
}

static void in_use(struct line *l)
{
	l->state = LINE_ACTIVE;
	l->fn = on_line;
}

static int test_order(void)
{
	static struct route_result r;
	struct line line[4] = { 0 };
	struct line_env env = { 0 };
	struct preempt p = { 0 };
	int err = 0;

	fill(&r, &env, line);
	/* a gives way to b, which is free, and comes back before the peer */
	in_use(&line[0]);
	CHECK_INT(preempt_next(&p, &r, 0), 0);
	CHECK(!preempt_may(&p, &r, 0, &env));
	CHECK_INT(preempt_next(&p, &r, 1), 1);
	CHECK_INT(preempt_next(&p, &r, 2), 0);
	CHECK(preempt_may(&p, &r, 0, &env));
	CHECK_INT(preempt_next(&p, &r, 2), 2);
	/* what is behind the peer is another choice */
	in_use(&line[1]);
	CHECK(preempt_may(&p, &r, 1, &env));
	CHECK_INT(preempt_next(&p, &r, 3), 3);
	in_use(&line[2]);
	line[3].state = LINE_BUSY;      /* its guard time */
	CHECK(!preempt_may(&p, &r, 3, &env));
	CHECK_INT(preempt_next(&p, &r, 4), 4);
	CHECK(preempt_may(&p, &r, 4, &env));
	CHECK_INT(preempt_next(&p, &r, 5), 3);
	CHECK_INT(preempt_next(&p, &r, 5), 5);
out:
	return err;
}

const struct test_suite suite_preempt = {
	"call/preempt", (const struct test[]){
		TEST(test_order),
		TEST_END } };
