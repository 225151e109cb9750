/* SPDX-License-Identifier: Apache-2.0 */
/* A telephone on an FXS line: dials, hears tones, rings, hangs up. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"numbering: { country: \"81\", national: \"0\" }\n" \
	"lines:\n" \
	"  - { name: tel, kind: fxs, number: \"201\", display: Kitchen, " \
	"      tone_plan: us, echo_ms: 0, sim: { noise_dbm0: -96 } }\n" \
	"  - { name: tel2, kind: fxs, number: \"202\", display: Hall, " \
	"      tone_plan: jp, echo_ms: 0, sim: { noise_dbm0: -96 } }\n" \
	"  - { name: x1, kind: fxo, tone_plan: us, echo_ms: 0, " \
	"      sim: { dial_tone: no } }\n" \
	"groups: [ { name: pstn, lines: [ x1 ] } ]\n" \
	"peers:\n" \
	"  - { name: bob, uri: \"sip:192.0.2.20\", " \
	"      sources: [ 192.0.2.20/32 ] }\n" \
	"routes:\n" \
	"  - { name: house, local: yes }\n" \
	"  - { name: pstn, from: [ known ],\n" \
	"      prefix: \"8\", min_digits: 3, max_digits: 3, " \
	"      to: [ \"group:pstn\" ] }\n" \
	"  - { name: out, from: [ known ],\n" \
	"      prefix: \"0\", min_digits: 4, max_digits: 6, " \
	"      to: [ \"peer:bob\" ] }\n"

static const struct world_params conf = { .conf = CONF };

struct house {
	struct world  *w;
	struct sip_ua *bob;
	struct line   *tel, *tel2;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_ua(&h->bob, h->w, "0312", 20));
	h->tel = world_line(h->w, "tel");
	h->tel2 = world_line(h->w, "tel2");
	world_run(h->w, 500);
out:
	return err;
}

/* Lifts, waits for dial tone and dials. */
static int dial(struct house *h, const char *digits, bool pulse)
{
	int err;

	TRY(sim_phone_offhook(h->tel));
	world_run(h->w, 2500);
	CHECK_INT(world_sim(h->w, "tel").hears, TONE_DIAL);
	TRY(sim_phone_dial(h->tel, digits, pulse));
out:
	return err;
}

/* Dials out, both hear each other, the telephone hangs up. */
static int talk(const char *digits, bool pulse, uint32_t dial_ms)
{
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h));
	h.bob->rtp.hz = 440;
	TRY(dial(&h, digits, pulse));
	world_run(h.w, dial_ms);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "invite ack");
	CHECK_STR(str_z(h.bob->called), digits);
	CHECK(strstr(h.bob->from, "\"Kitchen\" <sip:201@home.test>"));
	TRY(sim_play_tone(h.tel, 1000, -10));
	TRY(sim_record_start(h.tel, 0));
	sip_ua_rtp_listen(&h.bob->rtp);
	world_run(h.w, 1500);
	sip_ua_rtp_fit(&s, &h.bob->rtp, 1000, 500);
	CHECK_NEAR(s.dbm0, -10, 0.3);
	CHECK(s.snr_db > 30);
	TRY(world_sim_fit(&s, h.w, "tel", 440, 500));
	CHECK_NEAR(s.dbm0, -10, 0.3);
	CHECK(s.snr_db > 30);
	TRY(sim_phone_onhook(h.tel));
	world_run(h.w, 2000);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "bye");
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"source\":\"line:tel\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"caller\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"cause\":16"), 1);
out:
	world_free(h.w);
	return err;
}

static int test_dtmf(void)
{
	return talk("031234", false, 2500);
}

static int test_pulse(void)
{
	return talk("031234", true, 12000);
}

/* Four digits may be all: the short timer. '#' says it at once. */
static int test_overlap(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "0312", false));
	world_run(h.w, 3500);
	CHECK_INT(h.bob->n_invites, 0);
	world_run(h.w, 1000);
	CHECK_INT(h.bob->n_invites, 1);
	CHECK_STR(str_z(h.bob->called), "0312");
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
	TRY(dial(&h, "0312#", false));
	world_run(h.w, 1500);
	CHECK_INT(h.bob->n_invites, 2);
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

static bool hears_sit(void *arg)
{
	return world_sim(((struct house *)arg)->w, "tel").hears == TONE_SIT;
}

/* Nothing dialled, too little dialled, nothing that could ever fit. */
static int test_no_number(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sim_phone_offhook(h.tel));
	world_run(h.w, 14000);
	CHECK_INT(world_sim(h.w, "tel").hears, TONE_DIAL);
	TRY(world_wait(h.w, 5000, hears_sit, &h));
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
	TRY(dial(&h, "03", false));
	world_run(h.w, 7000);
	CHECK_INT(world_calls(h.w), 1);
	CHECK_INT(world_call(h.w)->state, CALL_NEW);
	world_run(h.w, 4000);
	CHECK_INT(world_call(h.w)->state, CALL_RELEASING);
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
	TRY(dial(&h, "9", false));
	world_run(h.w, 500);
	CHECK_INT(world_call(h.w)->state, CALL_RELEASING);
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
	CHECK_INT(h.bob->n_invites, 0);
	/* "03" was worth a try, the others were no call */
	CHECK_INT(world_cdr_count(h.w, "\"cause\":3,"), 1);
	CHECK_INT(world_cdr_count(h.w, "cause"), 1);
out:
	world_free(h.w);
	return err;
}

/* The called side refuses: the telephone hears busy or congestion tone, for
 * busy_tone_timeout, and is left alone until it is on-hook. */
static int test_tones(void)
{
	static const struct { uint16_t status; enum tone tone; } t[] = {
		{ 486, TONE_BUSY }, { 480, TONE_BUSY },
		{ 503, TONE_CONGESTION }, { 603, TONE_BUSY },
	};
	struct house h;
	int err;

	TRY(house_open(&h));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		h.bob->does = t[i].status;
		TRY(dial(&h, "031234", false));
		world_run(h.w, 4500);
		CHECK_INT(world_sim(h.w, "tel").hears, t[i].tone);
		TRY(sim_phone_onhook(h.tel));
		CHECK(world_is_idle(h.w));
	}
	TRY(dial(&h, "031234", false));
	world_run(h.w, 36000);
	CHECK_INT(world_calls(h.w), 0);
	CHECK_INT(h.tel->state, LINE_BUSY);
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

static bool hears_congestion(void *arg)
{
	return world_sim(((struct house *)arg)->w, "tel").hears ==
	       TONE_CONGESTION;
}

/* No line of the group is free, or it gives no dial tone: congestion. */
static int test_no_line(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "811", false));
	TRY(world_wait(h.w, 15000, hears_congestion, &h));
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
	TRY(sim_exchange_call(world_line(h.w, "x1"), NULL));
	TRY(dial(&h, "811", false));
	TRY(world_wait(h.w, 5000, hears_congestion, &h));
	TRY(sim_phone_onhook(h.tel));
	TRY(sim_exchange_hangup(world_line(h.w, "x1"), SIM_HANGUP_CONF));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The telephone hangs up in each state of its call. */
static int test_hang_up(void)
{
	static const struct { const char *digits; uint16_t does; } t[] = {
		{ NULL, 0 },            /* dial tone */
		{ "03", 0 },            /* digits */
		{ "031234", 0 },        /* nothing heard yet */
		{ "031234", 180 },      /* ringback */
		{ "031234", 183 },      /* early media */
		{ "031234", 200 },      /* talking */
		{ "031234", 486 },      /* busy tone */
	};
	struct house h;
	int err;

	TRY(house_open(&h));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		h.bob->does = t[i].does;
		if (t[i].digits) {
			TRY(dial(&h, t[i].digits, false));
		} else {
			TRY(sim_phone_offhook(h.tel));
		}
		world_run(h.w, 4000);
		if (t[i].does == 180)
			CHECK_INT(world_sim(h.w, "tel").hears, TONE_RINGBACK);
		CHECK_INT(world_calls(h.w), 1);
		TRY(sim_phone_onhook(h.tel));
		world_run(h.w, 1500);
		CHECK_INT(world_calls(h.w), 0);
		CHECK(world_is_idle(h.w));
	}
	CHECK_STR(str_z(sip_ua_log(h.bob)), "invite cancel invite cancel "
		  "invite cancel invite ack bye invite");
out:
	world_free(h.w);
	return err;
}

/* The far end hangs up: busy tone. */
static int test_far_hang_up(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "031234", false));
	world_run(h.w, 2500);
	sip_ua_hangup(h.bob, 0);
	world_run(h.w, 3000);
	CHECK_INT(world_sim(h.w, "tel").hears, TONE_BUSY);
	CHECK_INT(world_cdr_count(h.w, "cause"), 1);    /* though held */
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"ended_by\":\"called\""), 1);
out:
	world_free(h.w);
	return err;
}

/* A SIP peer calls the telephone: it rings, shows the caller, answers. */
static int test_rings(void)
{
	struct sim_status st;
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h));
	h.bob->rtp.hz = 700;
	TRY(sip_ua_call(h.bob, "sip:202@home.test", h.w->gateway));
	world_run(h.w, 5000);
	st = world_sim(h.w, "tel2");
	CHECK(st.rings >= 1);
	CHECK(st.caller_id);
	CHECK_STR(str_z(st.caller.number), "0312");
	CHECK_STR(str_z(sip_ua_log(h.bob)), "180");
	TRY(sim_phone_offhook(h.tel2));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "answer");
	TRY(sim_play_tone(h.tel2, 1000, -12));
	TRY(sim_record_start(h.tel2, 0));
	world_run(h.w, 1500);
	sip_ua_rtp_fit(&s, &h.bob->rtp, 1000, 500);
	CHECK_NEAR(s.dbm0, -12, 0.3);
	TRY(world_sim_fit(&s, h.w, "tel2", 700, 500));
	CHECK_NEAR(s.dbm0, -10, 0.3);
	TRY(sim_phone_onhook(h.tel2));
	world_run(h.w, 1500);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "bye");
	CHECK(world_is_idle(h.w));
	/* caller gives up while it rings */
	TRY(sip_ua_call(h.bob, "sip:202@home.test", h.w->gateway));
	world_run(h.w, 3000);
	sip_ua_hangup(h.bob, 0);
	world_run(h.w, 1000);
	CHECK(!world_sim(h.w, "tel2").ringing);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Telephone to telephone; a busy one is busy. */
static int test_house_call(void)
{
	struct house h;
	struct sine s;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "202", false));
	world_run(h.w, 4000);
	CHECK(world_sim(h.w, "tel2").rings >= 1);
	CHECK_INT(world_sim(h.w, "tel").hears, TONE_RINGBACK);
	TRY(sim_phone_offhook(h.tel2));
	world_run(h.w, 300);
	TRY(sim_play_tone(h.tel2, 1000, -12));
	TRY(sim_record_start(h.tel, 0));
	world_run(h.w, 1000);
	TRY(world_sim_fit(&s, h.w, "tel", 1000, 500));
	CHECK_NEAR(s.dbm0, -12, 0.3);
	TRY(sip_ua_call(h.bob, "sip:202@home.test", h.w->gateway));
	world_run(h.w, 200);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "486");
	TRY(sim_phone_onhook(h.tel));
	world_run(h.w, 1000);
	TRY(sim_phone_onhook(h.tel2));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_phone_line = {
	"scenario/phone_line", (const struct test[]){
		TEST_WITH(test_dtmf, TEST_NO_OOM),
		TEST_WITH(test_pulse, TEST_NO_OOM),
		TEST_WITH(test_overlap, TEST_NO_OOM),
		TEST_WITH(test_no_number, TEST_NO_OOM),
		TEST_WITH(test_tones, TEST_NO_OOM),
		TEST_WITH(test_no_line, TEST_NO_OOM),
		TEST_WITH(test_hang_up, TEST_NO_OOM),
		TEST_WITH(test_far_hang_up, TEST_NO_OOM),
		TEST_WITH(test_rings, TEST_NO_OOM),
		TEST_WITH(test_house_call, TEST_NO_OOM),
		TEST_END } };
