/* SPDX-License-Identifier: Apache-2.0 */
/* Names of callers, and what they may cost in time. */
#include <string.h>

#include "base/loop.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/set_trees.h"
#include "tests/lib/test.h"

#define NAME "0.0.1.0.5.5.5.2.1.2.1.e164.arpa"          /* +12125550100 */

static const char conf_text[] =
	"emergency: { numbers: ['110'], to: ['group:pstn'] }\n"
	"routes: [ { name: all, from: [known], to: ['peer:cheap'] } ]\n";

static int begin(struct route_rig *w, struct route_query *q)
{
	const struct dns_naptr rr = { 10, 10, STR_LIT("u"),
		STR_LIT("E2U+pstndata:cnam"),
		STR_LIT("!^.*$!pstndata:cnam/Harold%20Smith!"), "" };
	struct enum_tree t = { .apex = "e164.arpa",
			       .services = NAPTR_CNAM };
	int err = route_rig_begin(w, conf_text);

	memset(q, 0, sizeof(*q));
	strcpy(q->calling.number, "+12125550100");
	strcpy(q->called.number, "201");
	q->from.kind = ROUTE_FROM_TRUNK;
	if (err)
		return err;
	t.resolver = fake_resolver_of(w->dns);
	err = set_trees(w->client, &t, 1);
	return err ? err : fake_resolver_naptr(w->dns, NAME, &rr);
}

/* The first result waits for it. */
static int test_found(void)
{
	struct route_query q;
	struct route_rig w;
	int err;

	TRY(begin(&w, &q));
	TRY(fake_resolver_script(w.dns, NAME, 0, FAKE_RECORDS, 40));
	route_rig_start(&w, &q);
	loop_run_until(w.loop, loop_now_us(w.loop) + 39000);
	CHECK_INT(w.answers, 0);
	loop_run_until(w.loop, loop_now_us(w.loop) + 2000);
	CHECK_INT(w.answers, 1);
	CHECK_STR(str_z(w.got), "all: peer:cheap(201)");
	CHECK_STR(str_z(route_caller_name(&w.job)), "Harold Smith");
	route_rig_next(&w);
	CHECK_STR(str_z(w.got), "none");
out:
	route_rig_end(&w);
	return err;
}

/* Never longer than it may: 50 ms here. */
static int test_late(void)
{
	struct route_query q;
	struct route_rig w;
	int err;

	TRY(begin(&w, &q));
	TRY(fake_resolver_script(w.dns, NAME, 0, FAKE_SILENT, 0));
	route_rig_start(&w, &q);
	loop_run_until(w.loop, loop_now_us(w.loop) + 49000);
	CHECK_INT(w.answers, 0);
	loop_run_until(w.loop, loop_now_us(w.loop) + 2000);
	CHECK_INT(w.answers, 1);
	CHECK_STR(str_z(route_caller_name(&w.job)), "");
	/* given up in the middle: no answer comes */
	route_rig_start(&w, &q);
	loop_run_until(w.loop, loop_now_us(w.loop) + 10000);
	route_cancel(&w.job);
	route_rig_run(&w);
	CHECK_INT(w.answers, 0);
out:
	route_rig_end(&w);
	return err;
}

/* Not for who has a name, hides, has no public number, or calls for help. */
static int test_not_asked(void)
{
	struct route_query q;
	struct route_rig w;
	int err;

	TRY(begin(&w, &q));
	strcpy(q.calling.name, "Bob");
	route_rig_find(&w, &q);
	q.calling.name[0] = '\0';
	q.calling.presentation = PARTY_RESTRICTED;
	route_rig_find(&w, &q);
	q.calling.presentation = PARTY_ALLOWED;
	strcpy(q.calling.number, "101");
	route_rig_find(&w, &q);
	CHECK_INT(w.answers, 1);
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
	strcpy(q.calling.number, "+12125550100");
	strcpy(q.called.number, "110");
	TRY(fake_resolver_script(w.dns, NAME, 0, FAKE_SILENT, 0));
	route_rig_start(&w, &q);
	loop_run_until(w.loop, loop_now_us(w.loop) + 1000);
	CHECK_INT(w.answers, 1);        /* at once */
	CHECK(w.emergency);
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
out:
	route_rig_end(&w);
	return err;
}

const struct test_suite suite_caller_name = {
	"route/caller_name", (const struct test[]){
		TEST(test_found), TEST(test_late), TEST(test_not_asked),
		TEST_END } };
