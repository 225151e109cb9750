/* SPDX-License-Identifier: Apache-2.0 */
/* The same house with two workers, real clocks and sockets. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.real = true,
	.conf = "phones: [ { user: alice, number: \"101\", "
		"            password: { env: TEST_WORLD_PW } } ]\n"
		"peers:\n"
		"  - { name: a, uri: \"sip:192.0.2.10\", "
		"      sources: [ 192.0.2.10/32 ] }\n"
		"  - { name: b, uri: \"sip:192.0.2.20\" }\n"
		"  - { name: c, uri: \"sip:192.0.2.21\" }\n"
		"lines: [ { name: tel, kind: fxs, number: \"201\", "
		"           tone_plan: us, echo_ms: 32, "
		"           sim: { noise_dbm0: -96 } } ]\n"
		"routes:\n"
		"  - { name: house, local: yes }\n"
		"  - { name: echo, prefix: \"600\", "
		"      to: [ \"service:echo\" ] }\n"
		"  - { name: all, from: [ known ],\n"
		"      to: [ \"peer:b\", \"peer:c\" ] }\n",
};

struct house {
	struct world  *w;
	struct sip_ua *a, *b, *c;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_ua(&h->b, h->w, "b", 20));
	TRY(world_ua(&h->c, h->w, "c", 21));
	h->a->rtp.hz = 1000;
	h->b->rtp.hz = 440;
out:
	return err;
}

static bool heard_much(void *arg)
{
	return ((struct sip_ua *)arg)->rtp.n >= 8000;
}

static bool is_quiet(void *arg)
{
	struct house *h = arg;
	struct app_counts c;

	app_counts(&c, h->w->app);
	return !world_calls(h->w) && !c.rtp_ports && !h->a->s && !h->b->s;
}

/* Real time is not exact: the level is right, the rest is not asked. */
static int heard(struct sip_ua *u, double hz)
{
	struct sine s;
	int err = 0;

	sip_ua_rtp_fit(&s, &u->rtp, hz, 100);
	CHECK_NEAR(s.dbm0, -10, 3);
out:
	return err;
}

static int test_relay(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
	TRY(world_wait(h.w, 10000, heard_much, h.b));
	TRY(heard(h.b, 1000));
	TRY(heard(h.a, 440));
	sip_ua_hangup(h.a, 0);
	TRY(world_wait(h.w, 10000, is_quiet, &h));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":16"), 1);
out:
	world_free(h.w);
	return err;
}

static int test_transcoding(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.a->codecs = "0";
	h.b->codecs = "8";
	TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
	TRY(world_wait(h.w, 10000, heard_much, h.b));
	TRY(heard(h.b, 1000));
	sip_ua_hangup(h.b, 0);
	TRY(world_wait(h.w, 10000, is_quiet, &h));
out:
	world_free(h.w);
	return err;
}

/* Early media of one target, then the next: its port takes the place. */
static int test_next_target(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.b->does = 183;
	TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
	TRY(world_wait(h.w, 10000, heard_much, h.a));
	sip_ua_hangup(h.b, 486);
	TRY(world_wait(h.w, 10000, heard_much, h.c));
	TRY(heard(h.c, 1000));
	sip_ua_hangup(h.a, 0);
	TRY(world_wait(h.w, 10000, is_quiet, &h));
	CHECK_INT(world_cdr_count(h.w, "\"tried\":2,"), 1);
out:
	world_free(h.w);
	return err;
}

static bool rings(void *arg)
{
	return world_sim(((struct house *)arg)->w, "tel").ringing;
}

static int test_telephone(void)
{
	struct line *tel;
	struct house h;
	int err;

	TRY(house_open(&h));
	tel = world_line(h.w, "tel");
	world_run(h.w, 300);
	TRY(sip_ua_call(h.a, "sip:201@home.test", h.w->gateway));
	TRY(world_wait(h.w, 10000, rings, &h));
	TRY(sim_phone_offhook(tel));
	TRY(sim_play_tone(tel, 800, -10));
	TRY(world_wait(h.w, 10000, heard_much, h.a));
	TRY(heard(h.a, 800));
	TRY(sim_phone_onhook(tel));
	TRY(world_wait(h.w, 10000, is_quiet, &h));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_workers = {
	"scenario/workers", (const struct test[]){
		TEST_WITH(test_relay, TEST_REAL),
		TEST_WITH(test_transcoding, TEST_REAL),
		TEST_WITH(test_next_target, TEST_REAL),
		TEST_WITH(test_telephone, TEST_REAL),
		TEST_END } };
