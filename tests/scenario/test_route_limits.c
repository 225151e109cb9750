/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that carry so many calls at once, with real calls. */
#include <string.h>

#include "gateway/sip/session.h"
#include "tests/lib/sip_ua.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.conf =
		"peers:\n"
		"  - { name: a, uri: \"sip:192.0.2.10\", "
		"      sources: [ 192.0.2.10/32 ] }\n"
		"  - { name: b, uri: \"sip:192.0.2.20\" }\n"
		"  - { name: c, uri: \"sip:192.0.2.21\" }\n"
		"routes:\n"
		"  - { name: few, from: [ known ], prefix: \"3\", "
		"      max_calls: 1, to: [ \"peer:b\" ] }\n"
		"  - { name: next, from: [ known ], prefix: \"30\", "
		"      max_calls: 1, to: [ \"peer:c\" ] }\n",
};

static int call(struct world *w, struct sip_ua *a, struct sip_session **sp)
{
	int err;

	a->s = NULL;
	err = sip_ua_call(a, "sip:300@home.test", w->gateway);
	*sp = a->s;
	world_run(w, 100);
	return err;
}

/* The second call takes the next rule, the third hears that all circuits
 * are busy; when the first is over there is room again. */
static int test_next_rule(void)
{
	struct sip_session *s[4] = { NULL };
	struct sip_ua *a, *b, *c;
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &conf));
	TRY(world_ua(&a, w, "a", 10));
	TRY(world_ua(&b, w, "b", 20));
	TRY(world_ua(&c, w, "c", 21));
	b->does = c->does = 180;
	TRY(call(w, a, &s[0]));
	CHECK_INT(b->n_invites, 1);
	TRY(call(w, a, &s[1]));
	CHECK_INT(b->n_invites, 1);
	CHECK_INT(c->n_invites, 1);
	(void)sip_ua_log(a);
	TRY(call(w, a, &s[2]));
	CHECK_STR(str_z(sip_ua_log(a)), "503");
	CHECK_INT(world_calls(w), 2);
	sip_session_end(s[0], 0, 0, STR_NULL);
	world_run(w, 100);
	b->s = NULL;
	TRY(call(w, a, &s[3]));
	CHECK_INT(b->n_invites, 2);
	sip_session_end(s[1], 0, 0, STR_NULL);
	sip_session_end(s[3], 0, 0, STR_NULL);
	a->s = NULL;
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

const struct test_suite suite_route_limits = {
	"scenario/route_limits", (const struct test[]){
		TEST(test_next_rule), TEST_END } };
