/* SPDX-License-Identifier: Apache-2.0 */
/* A pool whose servers refuse trees, not all. */
#include "tests/enum/pool_bench.h"
#include "tests/lib/test.h"

static const struct resolver_conf plain;

/* A tree that a server refuses is not asked for there by every call; all
 * else is. */
static int test_refused_tree(void)
{
	static const char *const names[] = { "1.1.tree.org", "2.2.tree.org",
					     "3.3.tree.org" };
	struct bench b;
	struct got g;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 2, &plain));
	b.k[0]->how = SERVFAIL;
	for (int i = 0; i < 12; i++)
		TRY(ask_for(&b, &g, &ms, names[i % 3]));
	CHECK(g.err == 0 && ms == 2 && !g.q.cached);
	CHECK_INT(b.k[0]->seen, 4);
	b.k[0]->how = ANSWER;           /* other names go there on */
	TRY(ask(&b, &g, &ms));
	TRY(ask_for(&b, &g, &ms, "1.tree.net"));
	CHECK_INT(b.k[0]->seen, 6);
	CHECK(resolver_pool_is_up(b.r));
	b.k[1]->how = SERVFAIL;         /* nobody has it: known at once */
	for (int i = 0; i < 5; i++)
		TRY(ask_for(&b, &g, &ms, names[i % 3]));
	CHECK_INT(b.k[1]->seen, 12 + 4);
	CHECK(g.err == EAGAIN && g.rcode == DNS_SERVFAIL && ms == 0);
	CHECK(g.q.cached);
	loop_run_until(b.loop, b.clk.t_us + 1000000);
	TRY(ask_for(&b, &g, &ms, "4.tree.org")); /* one is let through */
	CHECK(g.err == 0 && ms == 2 && b.k[0]->seen == 7);
	TRY(ask_for(&b, &g, &ms, names[0]));
	CHECK(g.err == 0 && b.k[0]->seen == 8);
out:
	down(&b);
	return err;
}

/* One that never answers for a tree, but for all else: the same, in spite of
 * callers who have long given up. */
static int test_silent_tree(void)
{
	char name[20];
	struct got g, silent;
	struct bench b;
	unsigned ms;
	int err = 0;

	TRY(up(&b, 1, &plain));
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%d.tree.org", i);
		b.k[0]->how = SILENT;
		TRY(start_for(&b, &silent, name));
		loop_run_until(b.loop, b.clk.t_us + 901000);
		b.k[0]->how = ANSWER;
		for (int k = 0; k < 20; k++) {
			TRY(ask(&b, &g, &ms));
			CHECK(g.err == 0 && ms == 2);
			loop_run_until(b.loop, b.clk.t_us + 90000);
		}
		CHECK(silent.calls == 1 && silent.err == EAGAIN &&
		      !silent.q.cached);
	}
	TRY(ask_for(&b, &g, &ms, "1.tree.org"));
	CHECK(g.err == EAGAIN && g.q.cached && ms == 0);
out:
	down(&b);
	return err;
}

const struct test_suite suite_resolver_refusals = {
	"enum/resolver_refusals", (const struct test[]){
		TEST(test_refused_tree),
		TEST(test_silent_tree),
		TEST_END } };
