/* SPDX-License-Identifier: Apache-2.0 */
/* A target does not take the call: the next one, the next rule, or an end. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"peers:\n" \
	"  - { name: from, uri: \"sip:192.0.2.10\", " \
	"      sources: [ 192.0.2.8/29 ] }\n" \
	"  - { name: p1, uri: \"sip:192.0.2.21\" }\n" \
	"  - { name: p2, uri: \"sip:192.0.2.22\" }\n" \
	"  - { name: p3, uri: \"sip:192.0.2.23\" }\n" \
	"routes:\n" \
	"  - { name: first, from: [ known ],\n" \
	"      prefix: \"+\", to: [ \"peer:p1\", \"peer:p2\" ], " \
	"      answer_timeout: 5s }\n" \
	"  - { name: second, from: [ known ], to: [ \"peer:p3\" ] }\n"

static const struct world_params conf = { .conf = CONF };
static const struct world_params two_ports = { .conf = CONF, .rtp_ports = 2 };

struct house {
	struct world  *w;
	struct sip_ua *a, *p[3];
};

static int house_open_with(struct house *h, const struct world_params *p)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, p));
	TRY(world_ua(&h->a, h->w, "a", 10));
	for (unsigned i = 0; i < 3; i++)
		TRY(world_ua(&h->p[i], h->w, "p", 21 + i));
out:
	return err;
}

static int house_open(struct house *h)
{
	return house_open_with(h, &conf);
}

static int call(struct house *h)
{
	return sip_ua_call(h->a, "sip:+81311112222@home.test",
			   h->w->gateway);
}

/* What a final answer of the first target leads to: who is called after it,
 * and what the caller hears. */
static int after_status(uint16_t status, unsigned p2, const char *heard)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.p[0]->does = status;
	TRY(call(&h));
	world_run(h.w, 500);
	CHECK_INT(h.p[0]->n_invites, 1);
	CHECK_INT(h.p[1]->n_invites, p2);
	CHECK_INT(h.p[2]->n_invites, 0);
	CHECK_STR(str_z(sip_ua_log(h.a)), heard);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

static int test_next_target(void)
{
	static const uint16_t statuses[] = { 486, 503, 404, 480, 500, 302,
					     408, 488 };
	int err = 0;

	for (size_t i = 0; i < sizeof(statuses) / 2 && !err; i++)
		TRY(after_status(statuses[i], 1, "answer"));
out:
	return err;
}

static int test_stop(void)
{
	int err;

	TRY(after_status(600, 0, "600"));
	TRY(after_status(603, 0, "603"));
	TRY(after_status(604, 0, "604"));
out:
	return err;
}

/* All of the first rule are busy: the second; that too: the last reason. */
static int test_next_rule(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.p[0]->does = 486;
	h.p[1]->does = 503;
	TRY(call(&h));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	CHECK_STR(str_z(sip_ua_log(h.p[2])), "invite ack");
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"tried\":3"), 1);
	h.p[2]->does = 486;
	(void)sip_ua_log(h.a);
	TRY(call(&h));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.a)), "486");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":17"), 1);
out:
	world_free(h.w);
	return err;
}

/* It rings there for ever: CANCEL, and the next. */
static int test_no_answer(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.p[0]->does = 180;
	TRY(call(&h));
	world_run(h.w, 4900);
	CHECK_STR(str_z(sip_ua_log(h.a)), "180");
	CHECK_INT(h.p[1]->n_invites, 0);
	world_run(h.w, 300);
	CHECK_STR(str_z(sip_ua_log(h.p[0])), "invite cancel");
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	CHECK_STR(str_z(sip_ua_log(h.p[1])), "invite ack");
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* It rings everywhere, nobody answers: the caller is told 480. (180 is also
 * said again each minute.) */
static int test_nobody_answers(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (unsigned i = 0; i < 3; i++)
		h.p[i]->does = 180;
	TRY(call(&h));
	world_run(h.w, 80000);
	CHECK_INT(h.p[0]->n_invites, 1);
	CHECK_INT(h.p[1]->n_invites, 1);
	CHECK_INT(h.p[2]->n_invites, 1);
	CHECK_STR(str_z(sip_ua_log(h.a)), "180 180 180 180 480");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":19"), 1);
out:
	world_free(h.w);
	return err;
}

/* The first host is gone: no answer to INVITE, the next within a second. */
static int test_unreachable(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_net_cut(h.w->net, &h.p[0]->addr, true);
	TRY(call(&h));
	world_run(h.w, 800);
	CHECK_INT(h.p[1]->n_invites, 0);
	world_run(h.w, 200);
	CHECK_INT(h.p[1]->n_invites, 1);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	world_run(h.w, 100);
	sip_ua_hangup(h.a, 0);
	fake_net_cut(h.w->net, &h.p[0]->addr, false);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* It took the call and died: the next is asked once its pings say so. One
 * that lives may take its time. */
static int test_dies_behind_100(void)
{
	static const struct world_params pinged = { .conf =
		"peers:\n"
		"  - { name: from, uri: \"sip:192.0.2.10\", "
		"      sources: [ 192.0.2.8/29 ] }\n"
		"  - { name: p1, uri: \"sip:192.0.2.21\", ping: 2s }\n"
		"  - { name: p2, uri: \"sip:192.0.2.22\" }\n"
		"routes: [ { name: first, from: [ known ], "
		"    to: [ \"peer:p1\", \"peer:p2\" ] } ]\n" };
	struct house h;
	int err;

	TRY(house_open_with(&h, &pinged));
	world_run(h.w, 5000);
	h.p[0]->does = 0;
	TRY(call(&h));
	world_run(h.w, 20000);
	CHECK_INT(h.p[0]->n_invites, 1);
	CHECK_INT(h.p[1]->n_invites, 0);
	fake_net_cut(h.w->net, &h.p[0]->addr, true);
	world_run(h.w, 25000);
	CHECK_INT(h.p[1]->n_invites, 1);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 1000);
	CHECK_INT(world_cdr_count(h.w, "\"target\":\"peer:p2\""), 1);
out:
	world_free(h.w);
	return err;
}

/* For a call for help even one that lives has to say more than that. */
static int test_help_behind_100(void)
{
	static const struct world_params sos = { .conf =
		"peers:\n"
		"  - { name: from, uri: \"sip:192.0.2.10\", "
		"      sources: [ 192.0.2.8/29 ] }\n"
		"  - { name: p1, uri: \"sip:192.0.2.21\" }\n"
		"  - { name: p2, uri: \"sip:192.0.2.22\" }\n"
		"emergency: { numbers: [ \"110\" ], "
		"    to: [ \"peer:p1\", \"peer:p2\" ] }\n" };
	struct house h;
	int err;

	TRY(house_open_with(&h, &sos));
	h.p[0]->does = 0;
	TRY(sip_ua_call(h.a, "sip:110@home.test", h.w->gateway));
	world_run(h.w, 9500);
	CHECK_INT(h.p[0]->n_invites, 1);
	CHECK_INT(h.p[1]->n_invites, 0);
	world_run(h.w, 2000);
	CHECK_STR(str_z(sip_ua_log(h.p[0])), "invite cancel");
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	CHECK_INT(h.p[1]->n_invites, 1);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
	/* the last of them may take its time */
	h.p[1]->does = 0;
	TRY(sip_ua_call(h.a, "sip:110@home.test", h.w->gateway));
	world_run(h.w, 40000);
	CHECK_INT(h.p[1]->n_invites, 2);
	CHECK(!strstr(sip_ua_log(h.p[1]), "cancel"));
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The next calls go straight to the second, until the first is back. */
static int test_avoided(void)
{
	unsigned before;
	struct house h;
	int err;

	TRY(house_open(&h));
	fake_net_cut(h.w->net, &h.p[0]->addr, true);
	for (unsigned i = 1; i <= 3; i++) {
		TRY(call(&h));
		world_run(h.w, i == 1 ? 1000 : 100);
		CHECK_INT(h.p[1]->n_invites, i);
		CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
		sip_ua_hangup(h.a, 0);
		world_run(h.w, 500);
		(void)sip_ua_log(h.a);
	}
	CHECK_INT(h.p[0]->n_invites, 0);
	fake_net_cut(h.w->net, &h.p[0]->addr, false);
	/* the INVITE it never saw may still come, and is taken back */
	world_run(h.w, 40000);
	before = h.p[0]->n_invites;
	TRY(call(&h));
	world_run(h.w, 100);
	CHECK_INT(h.p[0]->n_invites, before + 1);
	CHECK_INT(h.p[1]->n_invites, 3);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Its calls lose every fifth packet: the next goes elsewhere, for a while. */
static int test_poor(void)
{
	static const struct fake_link lossy = { .loss_ppm = 200000 };
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h));
	world_run(h.w, 8000);
	CHECK_INT(h.p[0]->n_invites, 1);
	fake_net_set(h.w->net, &lossy);
	world_run(h.w, 20000);
	fake_net_set(h.w->net, &(struct fake_link){ 0 });
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 1000);
	TRY(call(&h));
	world_run(h.w, 500);
	CHECK_INT(h.p[0]->n_invites, 1);
	CHECK_INT(h.p[1]->n_invites, 1);
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 31000);
	TRY(call(&h));
	world_run(h.w, 500);
	CHECK_INT(h.p[0]->n_invites, 2);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* That we have no port for its sound is not the peer's fault. */
static int test_own_fault(void)
{
	struct sip_ua *b[2];
	struct house h;
	int err;

	TRY(house_open_with(&h, &two_ports));
	h.p[0]->does = h.p[1]->does = 180;
	TRY(world_ua(&b[0], h.w, "b", 11));
	TRY(world_ua(&b[1], h.w, "c", 12));
	for (int i = 0; i < 2; i++)
		TRY(sip_ua_call(b[i], "sip:+81311112222@home.test",
				h.w->gateway));
	world_run(h.w, 100);
	/* the second to ring is busy with the first */
	CHECK_INT(h.p[0]->n_invites, 2);
	CHECK_INT(h.p[1]->n_invites, 1);
	fake_net_cut(h.w->net, &h.p[0]->addr, true);    /* and its pings */
	TRY(call(&h));
	world_run(h.w, 100);
	CHECK_INT(h.p[0]->n_invites, 2);
	fake_net_cut(h.w->net, &h.p[0]->addr, false);
	for (int i = 0; i < 2; i++)
		sip_ua_hangup(b[i], 0);
	world_run(h.w, 100);
	TRY(call(&h));
	world_run(h.w, 100);
	CHECK_INT(h.p[0]->n_invites, 3);
	CHECK_INT(h.p[1]->n_invites, 1);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The last of all is waited for longer. */
static int test_last(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (int i = 0; i < 3; i++)
		fake_net_cut(h.w->net, &h.p[i]->addr, true);
	TRY(call(&h));
	world_run(h.w, 6500);
	CHECK_STR(str_z(sip_ua_log(h.a)), "");
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.a)), "408");
	for (int i = 0; i < 3; i++)
		fake_net_cut(h.w->net, &h.p[i]->addr, false);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Sound was heard already when the target refuses: its place in the bridge
 * is freed for the next, whose sound is heard then. */
static int test_early_then_next(void)
{
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h));
	h.p[0]->does = 183;
	h.p[0]->rtp.hz = 440;
	h.p[1]->rtp.hz = 800;
	TRY(call(&h));
	world_run(h.w, 1000);
	CHECK_STR(str_z(sip_ua_log(h.a)), "183-sdp");
	sip_ua_rtp_fit(&s, &h.a->rtp, 440, 400);
	CHECK_NEAR(s.dbm0, -10, 0.2);
	sip_ua_hangup(h.p[0], 486);
	world_run(h.w, 1000);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	sip_ua_rtp_fit(&s, &h.a->rtp, 800, 400);
	CHECK_NEAR(s.dbm0, -10, 0.2);
	CHECK(s.snr_db > 30);
	sip_ua_hangup(h.p[1], 0);
	CHECK(world_is_idle(h.w));
	CHECK_STR(str_z(sip_ua_log(h.a)), "bye");
out:
	world_free(h.w);
	return err;
}

/* Two early refusals in a row, then none is left. */
static int test_early_all_fail(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (unsigned i = 0; i < 3; i++)
		h.p[i]->does = 183;
	TRY(call(&h));
	for (unsigned i = 0; i < 3; i++) {
		world_run(h.w, 300);
		CHECK_INT(h.p[i]->n_invites, 1);
		sip_ua_hangup(h.p[i], 503);
	}
	CHECK(world_is_idle(h.w));
	CHECK_STR(str_z(sip_ua_log(h.a)), "183-sdp 183-sdp 183-sdp 503");
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_failover = {
	"scenario/failover", (const struct test[]){
		TEST_WITH(test_next_target, TEST_NO_OOM),
		TEST_WITH(test_stop, TEST_NO_OOM),
		TEST_WITH(test_next_rule, TEST_NO_OOM),
		TEST_WITH(test_no_answer, TEST_NO_OOM),
		TEST_WITH(test_nobody_answers, TEST_NO_OOM),
		TEST_WITH(test_unreachable, TEST_NO_OOM),
		TEST_WITH(test_dies_behind_100, TEST_NO_OOM),
		TEST_WITH(test_help_behind_100, TEST_NO_OOM),
		TEST_WITH(test_avoided, TEST_NO_OOM),
		TEST_WITH(test_poor, TEST_NO_OOM),
		TEST_WITH(test_own_fault, TEST_NO_OOM),
		TEST_WITH(test_last, TEST_NO_OOM),
		TEST_WITH(test_early_then_next, TEST_NO_OOM),
		TEST_WITH(test_early_all_fail, TEST_NO_OOM),
		TEST_END } };
