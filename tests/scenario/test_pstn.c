/* SPDX-License-Identifier: Apache-2.0 */
/* Calls over FXO lines to and from the simulated exchange. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define SIM(more) "tone_plan: jp, echo_ms: 0, number: \"0355550001\", " \
	"sim: { noise_dbm0: -96, numbers: [ " \
	"  { digits: \"0311112222\", after_ms: 4s, talk_hz: 600 }, " \
	"  { digits: \"0311113333\", result: busy }, " \
	"  { digits: \"0311114444\", result: ring } ]" more " }"

#define CONF(line) \
	"phones:\n" \
	"  - { user: alice, number: \"101\", display: Alice, " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"lines:\n" line \
	"groups: [ { name: pstn, lines: [ l1, l2 ] } ]\n" \
	"routes:\n" \
	"  - { name: out, from: [ phones ], prefix: \"0\", " \
	"      to: [ \"group:pstn\" ] }\n" \
	"  - { name: in, from: [ trunks ], to: [ \"phone:alice\" ] }\n"

#define TWO CONF("  - { name: l1, kind: fxo, " SIM("") " }\n" \
		 "  - { name: l2, kind: fxo, " SIM("") " }\n")
/* the first line gives no dial tone */
#define NO_TONE CONF( \
	"  - { name: l1, kind: fxo, " SIM(", dial_tone: no") " }\n" \
	"  - { name: l2, kind: fxo, " SIM("") " }\n")
/* the end is shown by busy tone only */
#define TONE_ONLY CONF( \
	"  - { name: l1, kind: fxo, " SIM(", hangup_loop_break: no") " }\n" \
	"  - { name: l2, kind: fxo, " SIM("") " }\n")

/* the exchange shows no answer, and there is hardly any ringback */
#define BY_VOICE CONF( \
	"  - { name: l1, kind: fxo, answer_by: voice, tone_plan: jp, " \
	"      echo_ms: 0, number: \"0355550001\", " \
	"      sim: { numbers: [ { digits: \"0311112222\", " \
	"        after_ms: 200ms, reversal: no, " \
	"        talk_file: \"%s\" } ] } }\n" \
	"  - { name: l2, kind: fxo, " SIM("") " }\n")

struct house {
	struct world  *w;
	struct sip_ua *alice;
	struct line   *l1, *l2;
};

static int house_open(struct house *h, const char *conf)
{
	const struct world_params p = { .conf = conf };
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &p));
	TRY(world_phone(&h->alice, h->w, "alice", 10));
	h->l1 = world_line(h->w, "l1");
	h->l2 = world_line(h->w, "l2");
	world_run(h->w, 1500);
out:
	return err;
}

static int call(struct house *h, const char *number)
{
	char uri[64];

	snprintf(uri, sizeof(uri), "sip:%s@home.test", number);
	return sip_ua_call(h->alice, uri, h->w->gateway);
}

/* Dial tone, digits, ringback as early media, answer by polarity; talk both
 * ways; the phone hangs up. */
static int test_out(void)
{
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h, TWO));
	h.alice->rtp.hz = 1000;
	TRY(call(&h, "0311112222"));
	world_run(h.w, 5000);
	CHECK(h.l1->state == LINE_OUTGOING);
	CHECK_STR(str_z(h.alice->log), "183-sdp");
	sip_ua_rtp_listen(&h.alice->rtp);
	world_run(h.w, 5000);
	CHECK(strstr(h.alice->log, "answer"));
	CHECK_STR(str_z(world_sim(h.w, "l1").digits), "0311112222");
	CHECK_INT(world_calls(h.w), 1);
	TRY(sim_record_start(h.l1, 0));
	sip_ua_rtp_listen(&h.alice->rtp);
	world_run(h.w, 2000);
	sip_ua_rtp_fit(&s, &h.alice->rtp, 600, 500);
	CHECK_NEAR(s.dbm0, -16, 0.5);
	CHECK(s.snr_db > 30);
	TRY(world_sim_fit(&s, h.w, "l1", 1000, 500));
	CHECK_NEAR(s.dbm0, -10, 0.5);
	sip_ua_hangup(h.alice, 0);
	world_run(h.w, 2000);
	CHECK(!world_sim(h.w, "l1").offhook);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"caller\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"target\":\"group:pstn\","
				  "\"line\":\"l1\""), 1);
out:
	world_free(h.w);
	return err;
}

/* Nothing but the voice of the called one says that the call is answered. */
static int test_answer_by_voice(void)
{
	char conf[2048], file[PATH_MAX];
	struct house h = { 0 };
	int err = 0;

	CHECK(realpath("tests/data/speech.wav", file));
	CHECK(snprintf(conf, sizeof(conf), BY_VOICE, file) <
	      (int)sizeof(conf));
	TRY(house_open(&h, conf));
	TRY(call(&h, "0311112222"));
	world_run(h.w, 4000);
	CHECK(!strstr(h.alice->log, "answer"));
	world_run(h.w, 6000);
	CHECK(strstr(h.alice->log, "answer"));
	sip_ua_hangup(h.alice, 0);
	world_run(h.w, 2000);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The subscriber hangs up: loop break, or nothing but busy tone. */
static int far_hangup(const char *conf, unsigned how)
{
	struct house h;
	int err;

	TRY(house_open(&h, conf));
	TRY(call(&h, "0311112222"));
	world_run(h.w, 12000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	TRY(sim_exchange_hangup(h.l1, how));
	world_run(h.w, 8000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "bye");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"called\""), 1);
out:
	world_free(h.w);
	return err;
}

static int test_loop_break(void)
{
	return far_hangup(TWO, SIM_HANGUP_LOOP_BREAK);
}

static int test_busy_tone(void)
{
	return far_hangup(TONE_ONLY, SIM_HANGUP_BUSY_TONE);
}

/* Busy at the exchange: the phone hears 486. */
static int test_busy(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, TWO));
	TRY(call(&h, "0311113333"));
	world_run(h.w, 12000);
	CHECK(strstr(sip_ua_log(h.alice), "486"));
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":17"), 1);
out:
	world_free(h.w);
	return err;
}

/* The phone gives up while dialling and while it rings. */
static int test_cancel_out(void)
{
	static const uint32_t after_ms[] = { 100, 900, 2000, 3500, 8000 };
	struct house h;
	int err;

	TRY(house_open(&h, TWO));
	for (size_t i = 0; i < sizeof(after_ms) / sizeof(after_ms[0]); i++) {
		TRY(call(&h, "0311114444"));
		world_run(h.w, after_ms[i]);
		CHECK_INT(world_calls(h.w), 1);
		sip_ua_hangup(h.alice, 0);
		world_run(h.w, 1500);
		CHECK_INT(world_calls(h.w), 0);
		CHECK(world_is_idle(h.w));
		CHECK(!world_sim(h.w, "l1").offhook);
	}
out:
	world_free(h.w);
	return err;
}

/* No dial tone: the second line of the group. */
static int test_no_dial_tone(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, NO_TONE));
	TRY(call(&h, "0311112222"));
	world_run(h.w, 16000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	CHECK_INT(h.l2->state, LINE_ACTIVE);
	CHECK_STR(str_z(world_sim(h.w, "l2").digits), "0311112222");
	CHECK_INT(h.l1->state, LINE_IDLE);
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"line\":\"l2\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"tried\":1,"), 1);
out:
	world_free(h.w);
	return err;
}

/* Two calls take two lines, the third hears 503. */
static int test_no_free_line(void)
{
	struct sip_ua *b, *c;
	struct house h;
	int err;

	TRY(house_open(&h, TWO));
	TRY(world_ua(&b, h.w, "alice", 11));
	TRY(world_ua(&c, h.w, "alice", 12));
	snprintf(b->password, sizeof(b->password), "secret");
	snprintf(c->password, sizeof(c->password), "secret");
	TRY(call(&h, "0311112222"));
	world_run(h.w, 200);
	TRY(sip_ua_call(b, "sip:0311112222@home.test", h.w->gateway));
	world_run(h.w, 200);
	CHECK(h.l1->state == LINE_OUTGOING && h.l2->state == LINE_OUTGOING);
	TRY(sip_ua_call(c, "sip:0311112222@home.test", h.w->gateway));
	world_run(h.w, 200);
	CHECK_STR(str_z(sip_ua_log(c)), "503");
	CHECK_INT(world_cdr_count(h.w, "\"cause\":34"), 1);
	sip_ua_hangup(h.alice, 0);
	sip_ua_hangup(b, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* From the exchange, with caller ID, to the phone; the caller hangs up. */
static int test_in(void)
{
	const struct party from = { .number = "0312345678", .name = "" };
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h, TWO));
	h.alice->does = 180;
	h.alice->rtp.hz = 500;
	TRY(sim_exchange_call(h.l1, &from));
	world_run(h.w, 7000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "invite");
	CHECK(strstr(h.alice->from, "0312345678"));
	TRY(sip_ua_answer(h.alice));
	world_run(h.w, 1000);
	CHECK_INT(h.l1->state, LINE_ACTIVE);
	TRY(sim_record_start(h.l1, 0));
	TRY(sim_play_tone(h.l1, 1000, -12));
	world_run(h.w, 1500);
	sip_ua_rtp_fit(&s, &h.alice->rtp, 1000, 500);
	CHECK_NEAR(s.dbm0, -12, 0.5);
	TRY(world_sim_fit(&s, h.w, "l1", 500, 500));
	CHECK_NEAR(s.dbm0, -10, 0.5);
	TRY(sim_exchange_hangup(h.l1, SIM_HANGUP_CONF));
	world_run(h.w, 3000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "ack bye");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"calling\":\"0312345678\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"called\":\"0355550001\""), 1);
out:
	world_free(h.w);
	return err;
}

/* The caller gives up before anybody answers: the phone stops ringing. */
static int test_in_given_up(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, TWO));
	h.alice->does = 180;
	TRY(sim_exchange_call(h.l1, NULL));
	world_run(h.w, 8000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "invite");
	TRY(sim_exchange_hangup(h.l1, SIM_HANGUP_CONF));
	world_run(h.w, 8000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "cancel");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"caller\""), 1);
out:
	world_free(h.w);
	return err;
}

/* The phone refuses: the line is not answered, it rings on in vain. */
static int test_in_refused(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, TWO));
	h.alice->does = 486;
	TRY(sim_exchange_call(h.l1, NULL));
	world_run(h.w, 8000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK(!world_sim(h.w, "l1").offhook);
	TRY(sim_exchange_hangup(h.l1, SIM_HANGUP_CONF));
	CHECK(world_is_idle(h.w));
	CHECK_INT(h.alice->n_invites, 1);
out:
	world_free(h.w);
	return err;
}

/* Glare: it rings on the line just as it is seized. Our call goes out on
 * the other line; the caller is served, too: the phone is busy. */
static int test_glare(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, TWO));
	TRY(call(&h, "0311112222"));
	world_run(h.w, 3);
	TRY(sim_exchange_call(h.l1, NULL));
	world_run(h.w, 15000);
	CHECK(strstr(h.alice->log, "answer"));
	CHECK_INT(h.l2->state, LINE_ACTIVE);
	CHECK(world_cdr_count(h.w, "\"source\":\"line:l1\"") >= 1);
	sip_ua_hangup(h.alice, 0);
	world_run(h.w, 1000);
	TRY(sim_exchange_hangup(h.l1, SIM_HANGUP_CONF));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The line is cut while talking: alarm, the call ends. */
static int test_cut(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, TWO));
	TRY(call(&h, "0311112222"));
	world_run(h.w, 12000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	TRY(sim_exchange_cut(h.l1, true));
	world_run(h.w, 4000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "bye");
	CHECK(world_is_idle(h.w));
	CHECK_INT(h.l1->state, LINE_DOWN);
	/* the group goes on with the other */
	TRY(call(&h, "0311112222"));
	world_run(h.w, 12000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	CHECK_INT(h.l2->state, LINE_ACTIVE);
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_pstn = {
	"scenario/pstn", (const struct test[]){
		TEST_WITH(test_out, TEST_NO_OOM),
		TEST_WITH(test_answer_by_voice, TEST_NO_OOM),
		TEST_WITH(test_loop_break, TEST_NO_OOM),
		TEST_WITH(test_busy_tone, TEST_NO_OOM),
		TEST_WITH(test_busy, TEST_NO_OOM),
		TEST_WITH(test_cancel_out, TEST_NO_OOM),
		TEST_WITH(test_no_dial_tone, TEST_NO_OOM),
		TEST_WITH(test_no_free_line, TEST_NO_OOM),
		TEST(test_in),
		TEST_WITH(test_in_given_up, TEST_NO_OOM),
		TEST_WITH(test_in_refused, TEST_NO_OOM),
		TEST_WITH(test_glare, TEST_NO_OOM),
		TEST_WITH(test_cut, TEST_NO_OOM),
		TEST_END } };
