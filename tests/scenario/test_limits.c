/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of calls; phones that register; telephones found off-hook; the end
 * of the program; many calls. */
#include <stdlib.h>
#include <string.h>

#include "gateway/service/location.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF(offhook) \
	"phones:\n" \
	"  - { user: alice, number: \"101\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"peers:\n" \
	"  - { name: a, uri: \"sip:192.0.2.10\", " \
	"      sources: [ 192.0.2.10/32 ] }\n" \
	"  - { name: b, uri: \"sip:192.0.2.20\", max_calls: 1 }\n" \
	"  - { name: c, uri: \"sip:192.0.2.21\" }\n" \
	"  - { name: d, uri: \"sip:192.0.2.40\", max_calls: 1, " \
	"      sources: [ 192.0.2.40/32 ] }\n" \
	"lines:\n" \
	"  - { name: tel, kind: fxs, number: \"201\", tone_plan: us, " \
	"      echo_ms: 0, sim: { offhook: " offhook ", noise_dbm0: -96 } }\n" \
	"routes:\n" \
	"  - { name: house, local: yes }\n" \
	"  - { name: all, from: [ known ], to: [ \"peer:b\", \"peer:c\" ] }\n"

static const struct world_params conf = {
	.conf = CONF("no"), .calls = "max_calls: 3",
};
static const struct world_params conf_offhook = { .conf = CONF("yes") };

struct house {
	struct world  *w;
	struct sip_ua *a, *b, *c;
};

static int house_open_with(struct house *h, const struct world_params *p)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, p));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_ua(&h->b, h->w, "b", 20));
	TRY(world_ua(&h->c, h->w, "c", 21));
out:
	return err;
}

static int house_open(struct house *h)
{
	return house_open_with(h, &conf);
}

/* One more call by the same UA; the session is kept. */
static int more(struct house *h, struct sip_session **sp)
{
	int err;

	h->a->s = NULL;
	err = sip_ua_call(h->a, "sip:300@home.test", h->w->gateway);
	*sp = h->a->s;
	world_run(h->w, 100);
	return err;
}

/* Peer b takes one, then c is next; the fourth call is refused. */
static int test_max_calls(void)
{
	struct sip_session *s[4];
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(more(&h, &s[0]));
	CHECK_INT(h.b->n_invites, 1);
	TRY(more(&h, &s[1]));
	CHECK_INT(h.b->n_invites, 1);
	CHECK_INT(h.c->n_invites, 1);
	CHECK_INT(world_calls(h.w), 2);
	TRY(more(&h, &s[2]));           /* c is busy: 486 */
	CHECK_INT(world_calls(h.w), 2);
	h.c->does = 180;
	h.c->s = NULL;
	TRY(more(&h, &s[2]));
	CHECK_INT(world_calls(h.w), 3);
	(void)sip_ua_log(h.a);
	TRY(more(&h, &s[3]));
	CHECK_STR(str_z(sip_ua_log(h.a)), "503");
	CHECK_INT(world_calls(h.w), 3);
	for (unsigned i = 0; i < 3; i++)
		sip_session_end(s[i], 0, 0, STR_NULL);
	h.a->s = NULL;
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A peer that may have one call: its second INVITE hears 503. */
static int test_peer_limit(void)
{
	struct sip_session *first;
	struct sip_ua *d;
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(world_ua(&d, h.w, "d", 40));
	TRY(sip_ua_call(d, "sip:300@home.test", h.w->gateway));
	world_run(h.w, 100);
	CHECK_STR(str_z(sip_ua_log(d)), "answer");
	first = d->s;
	TRY(sip_ua_call(d, "sip:300@home.test", h.w->gateway));
	world_run(h.w, 100);
	CHECK_STR(str_z(sip_ua_log(d)), "503");
	d->s = first;
	sip_ua_hangup(d, 0);
	world_run(h.w, 100);
	TRY(sip_ua_call(d, "sip:300@home.test", h.w->gateway));
	world_run(h.w, 100);
	CHECK_STR(str_z(sip_ua_log(d)), "end answer");
	sip_ua_hangup(d, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A phone with a wrong password is not there; with the right one it is,
 * until its registration has expired. */
static int test_registration(void)
{
	struct sip_register_info i;
	struct sip_ua *phone;
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(world_ua(&phone, h.w, "alice", 50));
	TRY(sip_ua_call(h.a, "sip:101@home.test", h.w->gateway));
	world_run(h.w, 200);
	CHECK_INT(phone->n_invites, 0);
	CHECK_INT(h.b->n_invites, 1);   /* not registered: the next rule */
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 200);
	TRY(sip_ua_register(phone, h.w->gateway, "wrong", 600));
	world_run(h.w, 5000);
	sip_register_info(phone->reg, &i);
	CHECK(!i.registered);
	CHECK_INT(i.status, 403);
	CHECK(!location_best(location_number(app_location(h.w->app), "101")));
	sip_register_free(phone->reg);
	TRY(sip_ua_register(phone, h.w->gateway, "secret", 600));
	world_run(h.w, 5000);
	sip_register_info(phone->reg, &i);
	CHECK(i.registered);
	TRY(sip_ua_call(h.a, "sip:101@home.test", h.w->gateway));
	world_run(h.w, 200);
	CHECK_INT(phone->n_invites, 1);
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 200);
	/* it is refreshed in time; then it is gone without a word */
	world_run(h.w, 2000000);
	CHECK(location_best(location_number(app_location(h.w->app), "101")));
	sip_register_free(phone->reg);
	phone->reg = NULL;
	world_run(h.w, 610000);
	CHECK(!location_best(location_number(app_location(h.w->app), "101")));
	CHECK(!location_number(app_location(h.w->app), "999"));
out:
	world_free(h.w);
	return err;
}

/* Off-hook before we started: no dial tone, no call; on-hook makes it
 * usable. */
static int test_found_offhook(void)
{
	struct house h;
	struct line *tel;
	int err;

	TRY(house_open_with(&h, &conf_offhook));
	tel = world_line(h.w, "tel");
	world_run(h.w, 3000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_INT(world_sim(h.w, "tel").hears, TONE_NONE);
	TRY(sip_ua_call(h.a, "sip:201@home.test", h.w->gateway));
	world_run(h.w, 200);
	CHECK(!world_sim(h.w, "tel").ringing);
	sip_ua_hangup(h.a, 0);
	TRY(sim_phone_onhook(tel));
	world_run(h.w, 2000);
	CHECK_INT(tel->state, LINE_IDLE);
	TRY(sim_phone_offhook(tel));
	world_run(h.w, 3000);
	CHECK_INT(world_sim(h.w, "tel").hears, TONE_DIAL);
	TRY(sim_phone_onhook(tel));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

static void stop_now(void *arg)
{
	loop_stop(arg);
}

/* The program ends while calls stand: both ends are told, nothing is left,
 * whatever the telephone does. */
static int test_stop(void)
{
	struct line *tel;
	struct house h;
	struct tmr late = { 0 };
	uint64_t t0;
	int err;

	TRY(house_open(&h));
	tel = world_line(h.w, "tel");
	world_run(h.w, 500);
	TRY(sim_phone_offhook(tel));
	world_run(h.w, 2500);
	TRY(sim_phone_dial(tel, "300", false));
	world_run(h.w, 8000);
	CHECK_INT(world_calls(h.w), 1);
	CHECK_INT(world_call(h.w)->state, CALL_CONNECTED);
	app_stop(h.w->app);
	t0 = loop_now_us(h.w->loop);
	tmr_start(h.w->loop, &late, 20000, stop_now, h.w->loop);
	TRY(app_run(h.w->app));
	tmr_stop(&late);
	CHECK(loop_now_us(h.w->loop) - t0 < 4000000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK(strstr(sip_ua_log(h.b), "bye"));
out:
	world_free(h.w);
	return err;
}

/* The same when the telephone hears busy tone already. */
static int test_stop_tone(void)
{
	struct line *tel;
	struct house h;
	uint64_t t0;
	int err;

	TRY(house_open(&h));
	tel = world_line(h.w, "tel");
	h.b->does = h.c->does = 486;
	world_run(h.w, 500);
	TRY(sim_phone_offhook(tel));
	world_run(h.w, 2500);
	TRY(sim_phone_dial(tel, "300", false));
	world_run(h.w, 9000);
	CHECK_INT(world_call(h.w)->state, CALL_RELEASING);
	t0 = loop_now_us(h.w->loop);
	app_stop(h.w->app);
	TRY(app_run(h.w->app));
	CHECK(loop_now_us(h.w->loop) - t0 < 4000000);
	CHECK_INT(world_calls(h.w), 0);
out:
	world_free(h.w);
	return err;
}

/* The program ends with legs that have not: a call that stands, one that
 * rings, a telephone that dials. Nothing freed is touched, all is recorded. */
static int test_stop_cut(void)
{
	struct line *tel;
	struct house h;
	uint64_t t0;
	int err;

	TRY(house_open(&h));
	tel = world_line(h.w, "tel");
	h.c->does = 180;
	TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
	world_run(h.w, 500);
	TRY(sim_phone_offhook(tel));
	world_run(h.w, 2500);
	TRY(sim_phone_dial(tel, "300", false));
	world_run(h.w, 8000);
	CHECK_INT(world_calls(h.w), 2);
	t0 = loop_now_us(h.w->loop);
	app_free(h.w->app);
	h.w->app = NULL;
	CHECK(loop_now_us(h.w->loop) - t0 < 100000);
	CHECK_INT(world_cdr_count(h.w, "\"end\":\"2"), 2);
out:
	world_free(h.w);
	return err;
}

/* TEST_SLOW=1: 10,000 calls. Nothing is left of them: no call, session,
 * port or transaction, and not a block of memory. */
static int test_many(void)
{
	const char *slow = getenv("TEST_SLOW");
	unsigned n = slow && *slow == '1' ? 10000 : 500;
	size_t live = 0;
	struct house h;
	int err;

	TRY(house_open(&h));
	for (unsigned i = 0; i < n + 20; i++) {
		/* the first twenty fill what is kept: flows, pools */
		if (i == 20) {
			CHECK(world_is_idle(h.w));
			live = mem_live();
		}
		h.b->does = i % 4 == 3 ? 486 : i % 4 == 2 ? 183 : 200;
		TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
		world_run(h.w, i % 5 * 30 + 20);
		if (i % 2)
			sip_ua_hangup(h.a, 0);
		else
			sip_ua_hangup(h.b, 486);
		world_run(h.w, 100);
		sip_ua_hangup(h.a, 0);
		sip_ua_hangup(h.c, 0);
		world_run(h.w, 100);
		CHECK_INT(world_calls(h.w), 0);
		CHECK(!h.a->s && !h.b->s && !h.c->s);
	}
	CHECK(world_is_idle(h.w));
	CHECK_INT(mem_live(), live);
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_limits = {
	"scenario/limits", (const struct test[]){
		TEST_WITH(test_max_calls, TEST_NO_OOM),
		TEST_WITH(test_peer_limit, TEST_NO_OOM),
		TEST_WITH(test_registration, TEST_NO_OOM),
		TEST_WITH(test_found_offhook, TEST_NO_OOM),
		TEST_WITH(test_stop, TEST_NO_OOM),
		TEST_WITH(test_stop_tone, TEST_NO_OOM),
		TEST_WITH(test_stop_cut, TEST_NO_OOM),
		TEST_WITH(test_many, TEST_NO_OOM),
		TEST_END } };
