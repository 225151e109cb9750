/* SPDX-License-Identifier: Apache-2.0 */
/* A call between two SIP ends, once it stands: hold, offers, codecs, early
 * media, digits, silence. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"peers:\n" \
	"  - { name: a, uri: \"sip:192.0.2.10\", " \
	"      sources: [ 192.0.2.10/32 ] }\n" \
	"  - { name: b, uri: \"sip:192.0.2.20\", " \
	"      sources: [ 192.0.2.20/32 ] }\n" \
	"lines:\n" \
	"  - { name: tel, kind: fxs, number: \"201\", tone_plan: us, " \
	"      echo_ms: 0, sim: { noise_dbm0: -96, answer_rings: 1 } }\n" \
	"routes:\n" \
	"  - { name: house, local: yes }\n" \
	"  - { name: echo, prefix: \"600\", to: [ \"service:echo\" ] }\n" \
	"  - { name: mw, prefix: \"601\", to: [ \"service:milliwatt\" ] }\n" \
	"  - { name: all, from: [ known ], to: [ \"peer:b\" ] }\n"

static const struct world_params conf = { .conf = CONF };

struct house {
	struct world  *w;
	struct sip_ua *a, *b;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_ua(&h->b, h->w, "b", 20));
	h->a->rtp.hz = 1000;
	h->b->rtp.hz = 440;
out:
	return err;
}

static int dial(struct house *h, const char *uri)
{
	int err = sip_ua_call(h->a, uri, h->w->gateway);

	world_run(h->w, 200);
	return err;
}

static int talk(struct house *h)
{
	int err = dial(h, "sip:300@home.test");

	if (err)
		return err;
	(void)sip_ua_log(h->a);
	(void)sip_ua_log(h->b);
	return h->a->s && h->b->s ? 0 : ENOMEM;
}

static int end(struct house *h)
{
	int err = 0;

	sip_ua_hangup(h->a, 0);
	CHECK(world_is_idle(h->w));
	CHECK_INT(h->b->s != NULL, 0);
out:
	return err;
}

/* What u hears near hz in the next second: dBm0. */
static double hears(struct house *h, struct sip_ua *u, double hz, double *snr)
{
	struct sine s;

	sip_ua_rtp_listen(&u->rtp);
	world_run(h->w, 1000);
	if (!u->rtp.n)
		return -96;
	sip_ua_rtp_fit(&s, &u->rtp, hz, 500);
	*snr = s.snr_db;
	return s.dbm0;
}

static int test_hold(void)
{
	struct house h;
	double snr = 0;
	int err;

	TRY(house_open(&h));
	TRY(talk(&h));
	CHECK_NEAR(hears(&h, h.b, 1000, &snr), -10, 0.3);
	/* a holds: it sends (its own music), and wants to hear nothing */
	TRY(sip_ua_reinvite(h.a, "sendonly"));
	world_run(h.w, 300);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	sip_ua_rtp_listen(&h.a->rtp);
	h.a->rtp.packets = 0;
	world_run(h.w, 1000);
	CHECK(h.a->rtp.packets <= 1);
	CHECK_NEAR(hears(&h, h.b, 1000, &snr), -10, 0.3);
	/* nothing at all for a while is no reason to end it */
	h.a->rtp.mute = true;
	TRY(sip_ua_reinvite(h.a, "inactive"));
	world_run(h.w, 90000);
	CHECK(h.a->s && h.b->s);
	h.a->rtp.mute = false;
	TRY(sip_ua_reinvite(h.a, "sendrecv"));
	world_run(h.w, 500);
	CHECK_NEAR(hears(&h, h.a, 440, &snr), -10, 0.3);
	CHECK(snr > 30);
	CHECK_NEAR(hears(&h, h.b, 1000, &snr), -10, 0.3);
	TRY(end(&h));
out:
	world_free(h.w);
	return err;
}

/* An INVITE without description: ours is in the 200, theirs in the ACK. */
static int test_late_offer(void)
{
	struct house h;
	double snr = 0;
	int err;

	TRY(house_open(&h));
	h.a->late = true;
	TRY(talk(&h));
	CHECK_NEAR(hears(&h, h.b, 1000, &snr), -10, 0.3);
	CHECK(snr > 30);
	CHECK_NEAR(hears(&h, h.a, 440, &snr), -10, 0.3);
	CHECK(snr > 30);
	TRY(end(&h));
	/* also when it rings with sound first */
	h.b->does = 183;
	h.b->answer_ms = 1000;
	TRY(dial(&h, "sip:300@home.test"));
	world_run(h.w, 1500);
	CHECK_NEAR(hears(&h, h.a, 440, &snr), -10, 0.3);
	TRY(end(&h));
out:
	world_free(h.w);
	return err;
}

/* 183 with sound before the answer, the same port after it. */
static int test_early_media(void)
{
	struct house h;
	double snr = 0;
	int err;

	TRY(house_open(&h));
	h.b->does = 183;
	TRY(dial(&h, "sip:300@home.test"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "183-sdp");
	CHECK_NEAR(hears(&h, h.a, 440, &snr), -10, 0.3);
	CHECK(world_call(h.w)->cdr.answer_us == 0);
	TRY(sip_ua_answer(h.b));
	world_run(h.w, 100);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	CHECK_NEAR(hears(&h, h.b, 1000, &snr), -10, 0.3);
	TRY(end(&h));
out:
	world_free(h.w);
	return err;
}

/* 180 with sound says both: it rings, and is to be heard. */
static int test_ringing_with_sound(void)
{
	struct house h;
	double snr = 0;
	int err;

	TRY(house_open(&h));
	h.b->does = 180;
	h.b->ring_sdp = true;
	TRY(dial(&h, "sip:300@home.test"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "180-sdp");
	CHECK_INT(world_call(h.w)->state, CALL_ALERTING);
	CHECK_NEAR(hears(&h, h.a, 440, &snr), -10, 0.3);
	TRY(sip_ua_answer(h.b));
	world_run(h.w, 100);
	TRY(end(&h));
	CHECK_INT(world_cdr_count(h.w, "\"ringing\":\"2"), 1);
out:
	world_free(h.w);
	return err;
}

/* One end speaks A-law only, the other G.722 only. */
static int test_transcoding(void)
{
	struct house h;
	double snr = 0;
	int err;

	TRY(house_open(&h));
	h.a->codecs = "8";
	h.b->codecs = "9";
	TRY(talk(&h));
	CHECK_INT(sip_ua_rtp_pt(&h.a->rtp), 8);
	CHECK_INT(sip_ua_rtp_pt(&h.b->rtp), 9);
	CHECK_NEAR(hears(&h, h.b, 1000, &snr), -10, 0.5);
	CHECK(snr > 25);
	CHECK_NEAR(hears(&h, h.a, 440, &snr), -10, 0.5);
	CHECK(snr > 25);
	TRY(end(&h));
	CHECK_INT(world_cdr_count(h.w, "G722"), 1);
	/* mu-law to A-law */
	h.b->codecs = "0";
	TRY(talk(&h));
	CHECK_NEAR(hears(&h, h.b, 1000, &snr), -10, 0.5);
	CHECK(snr > 30);
	TRY(end(&h));
out:
	world_free(h.w);
	return err;
}

/* Both get the same codec if there is one, in the caller's order. */
static int test_same_codec(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.a->codecs = "0 8";
	h.b->codecs = "8 0";
	TRY(talk(&h));
	CHECK_INT(sip_ua_rtp_pt(&h.b->rtp), 0);
	CHECK_INT(sip_ua_rtp_pt(&h.a->rtp), 0);
	TRY(end(&h));
	/* the second of the caller's is the only one that both know */
	h.a->codecs = "9 0";
	TRY(talk(&h));
	CHECK_INT(sip_ua_rtp_pt(&h.b->rtp), 0);
	CHECK_INT(sip_ua_rtp_pt(&h.a->rtp), 0);
	TRY(end(&h));
	/* nothing in common with us: 488 */
	h.a->codecs = "3";
	TRY(dial(&h, "sip:300@home.test"));
	CHECK(strstr(sip_ua_log(h.a), "488"));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Digits by RFC 4733 through a net that loses 5 %: each counts once. */
static int test_digits(void)
{
	const struct fake_link lossy = { .delay_us = 20000,
					 .jitter_us = 8000,
					 .loss_ppm = 50000 };
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(talk(&h));
	fake_net_set(h.w->net, &lossy);
	sip_ua_rtp_dial(&h.a->rtp, "0123456789*#ABCD55");
	sip_ua_rtp_dial(&h.b->rtp, "11223344");
	world_run(h.w, 8000);
	CHECK_STR(str_z(h.b->rtp.digits), "0123456789*#ABCD55");
	CHECK_STR(str_z(h.a->rtp.digits), "11223344");
	fake_net_set(h.w->net, &(struct fake_link){ 0 });
	TRY(end(&h));
out:
	world_free(h.w);
	return err;
}

/* Digits of INFO arrive as RFC 4733; digits of a telephone too. */
static int test_info(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(talk(&h));
	TRY(sip_ua_info(h.a, '5'));
	world_run(h.w, 500);
	TRY(sip_ua_info(h.a, '#'));
	world_run(h.w, 1000);
	CHECK_STR(str_z(h.b->rtp.digits), "5#");
	CHECK_STR(str_z(h.a->rtp.digits), "");
	TRY(end(&h));
out:
	world_free(h.w);
	return err;
}

/* Telephone and SIP: digits become tones, tones become digits. */
static int test_line_digits(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.a->rtp.hz = 0;
	TRY(dial(&h, "sip:201@home.test"));
	world_run(h.w, 9000);
	CHECK(strstr(sip_ua_log(h.a), "answer"));
	sip_ua_rtp_dial(&h.a->rtp, "4711#");
	world_run(h.w, 3000);
	CHECK_STR(str_z(world_sim(h.w, "tel").digits), "4711#");
	TRY(sim_send_dtmf(world_line(h.w, "tel"), "8*2"));
	world_run(h.w, 2500);
	CHECK_STR(str_z(h.a->rtp.digits), "8*2");
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 1000);
	TRY(sim_phone_onhook(world_line(h.w, "tel")));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* An end is gone without a BYE: the call ends after rtp_timeout. */
static int test_rtp_timeout(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(talk(&h));
	world_run(h.w, 2000);
	fake_net_cut(h.w->net, &h.b->addr, true);
	world_run(h.w, 58000);
	CHECK_INT(world_calls(h.w), 1);
	world_run(h.w, 5000);
	CHECK_STR(str_z(sip_ua_log(h.a)), "bye");
	fake_net_cut(h.w->net, &h.b->addr, false);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":102"), 1);
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"gateway\""), 1);
out:
	world_free(h.w);
	return err;
}

/* A caller who is silent while it rings and after it, too: found by the
 * timeout after the answer, and not before. */
static int test_silent_caller(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.a->rtp.mute = true;
	h.b->does = 183;
	TRY(dial(&h, "sip:300@home.test"));
	world_run(h.w, 59000);          /* 60 s are over just after that */
	TRY(sip_ua_answer(h.b));
	world_run(h.w, 50000);
	CHECK_INT(world_calls(h.w), 1);
	world_run(h.w, 75000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_INT(world_cdr_count(h.w, "\"cause\":102"), 1);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Three minutes with loss and jitter; the record tells of them. */
static int test_three_minutes(void)
{
	const struct fake_link bad = { .delay_us = 30000, .jitter_us = 15000,
				       .loss_ppm = 20000 };
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(talk(&h));
	fake_net_set(h.w->net, &bad);
	world_run(h.w, 180000);
	fake_net_set(h.w->net, &(struct fake_link){ 0 });
	CHECK(h.a->rtp.packets > 8000 && h.b->rtp.packets > 8000);
	TRY(end(&h));
	CHECK_INT(world_cdr_count(h.w, "\"talk_s\":180."), 1);
	CHECK_INT(world_cdr_count(h.w, "\"loss_percent\":0.00"), 0);
out:
	world_free(h.w);
	return err;
}

/* Services of the house: echo, and the tone of 0 dBm0. */
static int test_services(void)
{
	struct house h;
	double snr = 0;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "sip:600@home.test"));
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	CHECK_NEAR(hears(&h, h.a, 1000, &snr), -10, 0.5);
	TRY(end(&h));
	TRY(dial(&h, "sip:601@home.test"));
	CHECK_NEAR(hears(&h, h.a, 1004, &snr), 0, 0.3);
	TRY(end(&h));
	CHECK_INT(world_cdr_count(h.w, "service:echo"), 1);
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_talk = {
	"scenario/talk", (const struct test[]){
		TEST_WITH(test_hold, TEST_NO_OOM),
		TEST_WITH(test_late_offer, TEST_NO_OOM),
		TEST_WITH(test_early_media, TEST_NO_OOM),
		TEST_WITH(test_transcoding, TEST_NO_OOM),
		TEST_WITH(test_same_codec, TEST_NO_OOM),
		TEST_WITH(test_digits, TEST_NO_OOM),
		TEST_WITH(test_info, TEST_NO_OOM),
		TEST_WITH(test_line_digits, TEST_NO_OOM),
		TEST_WITH(test_rtp_timeout, TEST_NO_OOM),
		TEST_WITH(test_silent_caller, TEST_NO_OOM),
		TEST_WITH(test_ringing_with_sound, TEST_NO_OOM),
		TEST_WITH(test_three_minutes, TEST_NO_OOM),
		TEST_WITH(test_services, TEST_NO_OOM),
		TEST_END } };
