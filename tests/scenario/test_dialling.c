/* SPDX-License-Identifier: Apache-2.0 */
/* A house with Japan's dial plan: what telephones dial goes out with its
 * last digit, in the form that each door wants. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define LINE(name, kind, more) \
	"  - { name: " name ", kind: " kind ", tone_plan: jp, echo_ms: 0" \
	more " }\n"
#define EXCHANGE ", wait_dial_tone: no, dial_delay_ms: 300ms, sim: { " \
	"noise_dbm0: -96, numbers: [ { digits: \".\", after_ms: 1s } ] }"

static const struct world_params conf = {
	.conf = "numbering: { plan: jp }\n"
		"lines:\n"
		LINE("tel", "fxs", ", number: \"201\", sim: { noise_dbm0: "
		     "-96 }")
		LINE("x1", "fxo", EXCHANGE)
		LINE("x2", "fxo", ", numbers: { access: \"0\" }" EXCHANGE)
		"phones:\n"
		"  - { user: alice, number: '101', may_show: "
		"['+81355550101'],\n"
		"      password: { env: TEST_WORLD_PW } }\n"
		"peers:\n"
		"  - { name: bob, uri: \"sip:192.0.2.20\",\n"
		"      sources: [ 192.0.2.20/32 ], numbers: { called: plain,\n"
		"      calling: plain, main: '+81355550100' } }\n"
		"routes:\n"
		"  - { name: house, local: yes }\n"
		"  - { name: back, from: [ peers ], prefix: '+813',\n"
		"      to: [ \"line:tel\" ] }\n"
		"  - { name: osaka, from: [ known ],\n"
		"      prefix: \"06\", to: [ \"line:x1\" ] }\n"
		"  - { name: world, from: [ known ],\n"
		"      prefix: \"+44\", to: [ \"line:x1\" ] }\n"
		"  - { name: osaka2, from: [ known ],\n"
		"      prefix: \"07\", to: [ \"line:x2\" ] }\n"
		"  - { name: out, from: [ known ],\n"
		"      prefix: \"0\", to: [ \"peer:bob\" ] }\n",
};

struct house {
	struct world  *w;
	struct sip_ua *alice, *bob;
	struct line   *tel;
};

/* The same house with the plan of another country. */
static void move_to(struct world_params *p, char text[4000],
		    const char *country)
{
	snprintf(text, 4000, "numbering: { plan: %s }%s", country,
		 strchr(conf.conf, '\n'));
	*p = (struct world_params){ .conf = text };
}

static int house_open_at(struct house *h, const struct world_params *p)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, p));
	TRY(world_ua(&h->bob, h->w, "bob", 20));
	TRY(world_phone(&h->alice, h->w, "alice", 10));
	h->tel = world_line(h->w, "tel");
	world_run(h->w, 500);
out:
	return err;
}

static int house_open(struct house *h)
{
	return house_open_at(h, &conf);
}

static int dial(struct house *h, const char *digits)
{
	int err;

	TRY(sim_phone_offhook(h->tel));
	world_run(h->w, 1000);
	TRY(sim_phone_dial(h->tel, digits, false));
	/* 200 ms a digit at most, and far less than a timer between them */
	world_run(h->w, 200 * (uint32_t)strlen(digits) + 600);
out:
	return err;
}

/* The number is complete: no timer is waited for. The peer takes E.164
 * without plus, and the main number where a caller has but an extension. */
static int test_at_once(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "0312345678"));
	CHECK_INT(h.bob->n_invites, 1);
	CHECK_STR(str_z(h.bob->called), "81312345678");
	CHECK(strstr(h.bob->from, "<sip:81355550100@home.test>"));
out:
	world_free(h.w);
	return err;
}

/* An exchange gets no number for whose rest it would wait: the caller could
 * send that as tones, which no rule sees. A PBX has such numbers. */
static int test_incomplete(void)
{
	static const struct world_params pbx = { .conf =
		"lines:\n"
		LINE("tel", "fxs", ", number: \"201\"")
		LINE("x1", "fxo", ", incomplete: yes" EXCHANGE)
		"phones: [ { user: alice, number: '101',\n"
		"    password: { env: TEST_WORLD_PW } } ]\n"
		"numbering: { plan: jp }\n"
		"routes: [ { name: out, prefix: \"0\", "
		"    to: [ \"line:x1\" ] } ]\n" };
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sip_ua_call(h.alice, "sip:06@home.test", h.w->gateway));
	world_run(h.w, 1000);
	CHECK_INT(world_line(h.w, "x1")->calls, 0);
	CHECK_INT(h.bob->n_invites, 1);         /* by the next rule */
	sip_ua_hangup(h.alice, 0);
	world_run(h.w, 1000);
	(void)sip_ua_log(h.alice);
	TRY(sip_ua_call(h.alice, "sip:+4431234567@home.test", h.w->gateway));
	world_run(h.w, 1000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "484");
	TRY(sip_ua_call(h.alice, "sip:0612345678@home.test", h.w->gateway));
	world_run(h.w, 1000);
	CHECK_INT(world_line(h.w, "x1")->calls, 1);
	world_free(h.w);
	TRY(house_open_at(&h, &pbx));
	TRY(sip_ua_call(h.alice, "sip:06@home.test", h.w->gateway));
	world_run(h.w, 1000);
	CHECK_INT(world_line(h.w, "x1")->calls, 1);
out:
	world_free(h.w);
	return err;
}

/* 184 withholds our number from the peer. */
static int test_withheld(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "18409012345678"));
	CHECK_INT(h.bob->n_invites, 1);
	CHECK_STR(str_z(h.bob->called), "819012345678");
	CHECK(strstr(h.bob->from, "anonymous.invalid"));
out:
	world_free(h.w);
	return err;
}

/* The first # is part of the code, the second ends an open number. */
static int test_hash(void)
{
	struct world_params germany;
	char text[4000];
	struct house h;
	int err;

	move_to(&germany, text, "de");
	TRY(house_open_at(&h, &germany));
	TRY(dial(&h, "*31#030123456#"));
	CHECK_INT(h.bob->n_invites, 1);
	CHECK_STR(str_z(h.bob->called), "4930123456");
	CHECK(strstr(h.bob->from, "anonymous.invalid"));
out:
	world_free(h.w);
	return err;
}

/* An open number may go on: it waits for the timer. */
static int test_open_number(void)
{
	struct world_params germany;
	char text[4000];
	struct house h;
	int err;

	move_to(&germany, text, "de");
	TRY(house_open_at(&h, &germany));
	TRY(dial(&h, "030123456"));
	CHECK_INT(h.bob->n_invites, 0);
	world_run(h.w, 5000);
	CHECK_INT(h.bob->n_invites, 1);
	CHECK_STR(str_z(h.bob->called), "4930123456");
out:
	world_free(h.w);
	return err;
}

/* Nothing but the plan says that 110 is an emergency number, and nothing
 * but the lines that there are where it goes. */
static int test_emergency(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(dial(&h, "110"));
	world_run(h.w, 2000);
	CHECK_STR(str_z(world_sim(h.w, "x1").digits), "110");
	TRY(sim_phone_onhook(h.tel));
	world_run(h.w, 1000);
	CHECK_INT(world_cdr_count(h.w, "\"emergency\":true"), 1);
out:
	world_free(h.w);
	return err;
}

static int by_phone(const char *from, const char *uri, const char *line,
		    const char *digits)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.alice->headers = from;
	TRY(sip_ua_call(h.alice, uri, h.w->gateway));
	world_run(h.w, 8000);
	CHECK_STR(str_z(world_sim(h.w, line).digits), digits);
out:
	world_free(h.w);
	return err;
}

/* The exchange has digits only: prefixes for +, 184 for privacy, a PBX's
 * access digit. */
static int test_exchange(void)
{
	int err;

	TRY(by_phone(NULL, "sip:+442079460148@home.test", "x1",
		     "010442079460148"));
	TRY(by_phone("Privacy: id\r\n", "sip:0612345678@home.test", "x1",
		     "1840612345678"));
	TRY(by_phone(NULL, "sip:0742345678@home.test", "x2",
		     "00742345678"));
out:
	return err;
}

/* A phone may show a number of its list. */
static int test_claim(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.alice->headers = "P-Preferred-Identity: "
			   "<sip:0355550101@home.test>\r\n";
	TRY(sip_ua_call(h.alice, "sip:0312345678@home.test", h.w->gateway));
	world_run(h.w, 1000);
	CHECK_INT(h.bob->n_invites, 1);
	CHECK(strstr(h.bob->from, "<sip:81355550101@home.test>"));
out:
	world_free(h.w);
	return err;
}

/* E.164 without plus is known by the peer's form; the telephone shows the
 * caller as one dials him. */
static int test_from_peer(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	strcpy(h.bob->user, "81612345678");
	TRY(sip_ua_call(h.bob, "sip:81355550100@home.test", h.w->gateway));
	world_run(h.w, 6000);
	CHECK(world_sim(h.w, "tel").rings > 0);
	CHECK_STR(str_z(world_sim(h.w, "tel").caller.number), "0612345678");
out:
	world_free(h.w);
	return err;
}

/* Another plan takes effect while we run: the first call was Japan's, the
 * next one is dialled in London. */
static int test_reload(void)
{
	struct world_params london;
	char text[4000];
	struct house h;
	int err;

	move_to(&london, text, "gb");
	TRY(house_open(&h));
	h.bob->does = 180;
	TRY(world_set_conf(h.w, &london));
	TRY(dial(&h, "0312345678"));
	CHECK_STR(str_z(h.bob->called), "81312345678");
	TRY(world_reload(h.w, false, NULL));
	TRY(sim_phone_onhook(h.tel));
	world_run(h.w, 3000);
	TRY(dial(&h, "02079460148"));
	/* by the rule for +44, as London dials it */
	world_run(h.w, 6000);
	CHECK_INT(h.bob->n_invites, 1);
	CHECK_STR(str_z(world_sim(h.w, "x1").digits), "02079460148");
	TRY(sim_phone_onhook(h.tel));
	world_run(h.w, 3000);
	TRY(sim_forget(world_line(h.w, "x1")));
	TRY(dial(&h, "999"));
	world_run(h.w, 2000);
	CHECK_STR(str_z(world_sim(h.w, "x1").digits), "999");
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_dialling = {
	"scenario/dialling", (const struct test[]){
		TEST_WITH(test_at_once, TEST_NO_OOM),
		TEST_WITH(test_incomplete, TEST_NO_OOM),
		TEST_WITH(test_withheld, TEST_NO_OOM),
		TEST_WITH(test_hash, TEST_NO_OOM),
		TEST_WITH(test_open_number, TEST_NO_OOM),
		TEST_WITH(test_emergency, TEST_NO_OOM),
		TEST_WITH(test_exchange, TEST_NO_OOM),
		TEST_WITH(test_claim, TEST_NO_OOM),
		TEST_WITH(test_from_peer, TEST_NO_OOM),
		TEST_WITH(test_reload, TEST_NO_OOM), TEST_END } };
