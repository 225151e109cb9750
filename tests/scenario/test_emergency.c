/* SPDX-License-Identifier: Apache-2.0 */
/* Emergency calls: before all rules, whatever fails or is in use. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"enum: { trees: [ { apex: e164.arpa } ] }\n" \
	"phones:\n" \
	"  - { user: alice, number: \"101\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"  - { user: bob, number: \"102\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"lines:\n" \
	"  - { name: tel, kind: fxs, number: \"201\", tone_plan: us, " \
	"      echo_ms: 0 }\n" \
	"  - { name: l1, kind: fxo, tone_plan: us, echo_ms: 0, sim: { " \
	"      numbers: [ { digits: \"110\", after_ms: 1s }, " \
	"                 { digits: \"0.\", after_ms: 1s } ] } }\n" \
	"groups: [ { name: pstn, lines: [ l1 ] } ]\n" \
	"peers:\n" \
	"  - { name: psap, uri: \"sip:192.0.2.30\" }\n" \
	"emergency: { numbers: [ \"110\" ], " \
	"             to: [ \"group:pstn\", \"peer:psap\" ], " \
	"             places: [ { from: [ \"phone:bob\" ], " \
	"                 country: JP, a1: Tokyo } ] }\n" \
	"routes:\n" \
	"  - { name: enum, enum: yes }\n" \
	"  - { name: out, prefix: \"0\", to: [ \"group:pstn\" ] }\n"

static const struct world_params conf = { .conf = CONF };

struct house {
	struct world  *w;
	struct sip_ua *alice, *bob, *psap, *stranger;
	struct line   *tel, *l1;
};

static int house_open_with(struct house *h, const struct world_params *p)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, p));
	TRY(world_phone(&h->alice, h->w, "alice", 10));
	TRY(world_phone(&h->bob, h->w, "bob", 11));
	TRY(world_ua(&h->psap, h->w, "psap", 30));
	TRY(world_ua(&h->stranger, h->w, "mallory", 66));
	h->tel = world_line(h->w, "tel");
	h->l1 = world_line(h->w, "l1");
	world_run(h->w, 1500);
out:
	return err;
}

static int house_open(struct house *h)
{
	return house_open_with(h, &conf);
}

static int call(struct house *h, struct sip_ua *u, const char *uri)
{
	return sip_ua_call(u, uri, h->w->gateway);
}

#define SOS "sip:110@home.test"

/* Over the free line, at once; DNS is silent and not asked. */
static int test_line(void)
{
	struct house h;
	unsigned asked;
	int err;

	TRY(house_open(&h));
	TRY(fake_resolver_script(h.w->dns, "e164.arpa", 0, FAKE_SILENT, 0));
	asked = fake_resolver_asked(h.w->dns, NULL, 0);
	TRY(call(&h, h.alice, SOS));
	world_run(h.w, 50);
	CHECK_INT(h.l1->state, LINE_OUTGOING);
	CHECK(h.l1->emergency);
	CHECK_INT(fake_resolver_asked(h.w->dns, NULL, 0), asked);
	world_run(h.w, 8000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	CHECK_STR(str_z(world_sim(h.w, "l1").digits), "110");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"emergency\":true"), 1);
	CHECK_INT(world_cdr_count(h.w, "\"route\":\"emergency\""), 1);
out:
	world_free(h.w);
	return err;
}

/* The telephone dials it: the last digit is enough. */
static int test_telephone(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sim_phone_offhook(h.tel));
	world_run(h.w, 1500);
	TRY(sim_phone_dial(h.tel, "110", false));
	world_run(h.w, 1200);
	CHECK(h.l1->emergency);
	world_run(h.w, 8000);
	CHECK_INT(h.l1->state, LINE_ACTIVE);
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The only line is in use: that call ends with cause 8, the emergency call
 * gets the line. Another emergency call does not. */
static int test_preempts(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, h.bob, "sip:0311112222@home.test"));
	world_run(h.w, 8000);
	CHECK(strstr(sip_ua_log(h.bob), "answer"));
	TRY(call(&h, h.alice, SOS));
	world_run(h.w, 300);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "bye");
	world_run(h.w, 9000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	CHECK_INT(h.l1->state, LINE_ACTIVE);
	CHECK(h.l1->emergency);
	CHECK_STR(str_z(world_sim(h.w, "l1").digits), "110");
	CHECK_INT(world_cdr_count(h.w, "\"cause\":8,"), 1);
	/* the second one is taken by the next target */
	TRY(call(&h, h.bob, SOS));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "answer");
	CHECK_STR(str_z(h.psap->called), "110");
	CHECK_INT(h.l1->state, LINE_ACTIVE);
	CHECK(h.alice->s);
	sip_ua_hangup(h.alice, 0);
	sip_ua_hangup(h.bob, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A call that is still being dialled is given up for it, too. */
static int test_preempts_dialling(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, h.bob, "sip:0311112222@home.test"));
	world_run(h.w, 1200);
	CHECK_INT(h.l1->state, LINE_OUTGOING);
	TRY(call(&h, h.alice, SOS));
	world_run(h.w, 10000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	CHECK(!h.bob->s);
	CHECK_STR(str_z(world_sim(h.w, "l1").digits), "110");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* It is given up while the line is still being taken from another call. */
static int test_given_up(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, h.bob, "sip:0311112222@home.test"));
	world_run(h.w, 8000);
	TRY(call(&h, h.alice, SOS));
	world_run(h.w, 100);
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
	CHECK(!world_sim(h.w, "l1").offhook);
out:
	world_free(h.w);
	return err;
}

/* Nobody knows who calls from the internet: no line for them, whatever they
 * dial. */
static int test_internet(void)
{
	static const char *const uris[] = {
		SOS, "sip:0311112222@home.test", "sip:+81311112222@home.test",
	};
	struct house h;
	int err;

	TRY(house_open(&h));
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		TRY(call(&h, h.stranger, uris[i]));
		world_run(h.w, 1500);
		CHECK_STR(str_z(sip_ua_log(h.stranger)), "404");
		CHECK_INT(h.l1->state, LINE_IDLE);
	}
	/* one who names a phone of ours has to prove it */
	snprintf(h.stranger->user, sizeof(h.stranger->user), "alice");
	TRY(call(&h, h.stranger, SOS));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.stranger)), "401");
	snprintf(h.stranger->password, sizeof(h.stranger->password), "guess");
	TRY(call(&h, h.stranger, SOS));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.stranger)), "403");
	CHECK_INT(h.l1->state, LINE_IDLE);
	CHECK_INT(h.psap->n_invites, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A phone that asks for the service, not for a number: RFC 5031. A line has
 * no number to dial for it, the peer takes the URN as it is. */
static int test_urn(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, h.alice, "urn:service:sos"));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	CHECK_STR(str_z(h.psap->called), "urn:service:sos");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"emergency\":true"), 1);
out:
	world_free(h.w);
	return err;
}

/* RFC 6442: what the phone says of its place, else what we know; calls that
 * are no emergency tell nothing. */
static int test_place(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, h.bob, "urn:service:sos"));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "answer");
	CHECK_STR(str_z(h.psap->place), "<cid:place@home.test>");
	CHECK(h.psap->has_place);
	sip_ua_hangup(h.bob, 0);
	world_run(h.w, 500);
	h.alice->headers = "Geolocation: <https://lis.test/1>\r\n";
	TRY(call(&h, h.alice, "urn:service:sos"));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	CHECK_STR(str_z(h.psap->place), "<https://lis.test/1>");
	CHECK(!h.psap->has_place);
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The peer declines for everybody: the line is called with our number. */
static int test_urn_line(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.psap->does = 603;
	TRY(call(&h, h.alice, "urn:service:sos"));
	world_run(h.w, 6000);
	CHECK_INT(h.psap->n_invites, 1);
	CHECK_STR(str_z(world_sim(h.w, "l1").digits), "110");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* All places are taken: an emergency call from a phone of the house is one
 * beyond them, any other call is refused. */
static int test_beyond_limit(void)
{
	static const struct world_params full = { .conf = CONF,
						  .calls = "max_calls: 1" };
	struct house h;
	int err;

	TRY(house_open_with(&h, &full));
	TRY(sim_phone_offhook(h.tel));
	world_run(h.w, 500);
	CHECK_INT(world_calls(h.w), 1);
	TRY(call(&h, h.bob, "sip:0311112222@home.test"));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.bob)), "503");
	TRY(call(&h, h.stranger, SOS));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.stranger)), "503");
	TRY(call(&h, h.alice, SOS));
	world_run(h.w, 8000);
	CHECK(strstr(sip_ua_log(h.alice), "answer"));
	CHECK_INT(world_calls(h.w), 2);
	/* and one more, which takes the other way */
	TRY(call(&h, h.bob, SOS));
	world_run(h.w, 1000);
	CHECK_INT(h.psap->n_invites, 1);
	CHECK_INT(world_calls(h.w), 3);
	sip_ua_hangup(h.alice, 0);
	sip_ua_hangup(h.bob, 0);
	TRY(sim_phone_onhook(h.tel));
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"emergency\":true"), 2);
out:
	world_free(h.w);
	return err;
}

/* The emergency rule's target declines: an ordinary rule goes
 * on with it, and there, too, nobody declines for the others. */
static int test_goes_on(void)
{
	static const struct world_params p = { .conf =
		"phones: [ { user: alice, number: \"101\", "
		"    password: { env: TEST_WORLD_PW } } ]\n"
		"peers:\n"
		"  - { name: psap, uri: \"sip:192.0.2.30\" }\n"
		"  - { name: x, uri: \"sip:192.0.2.31\" }\n"
		"  - { name: y, uri: \"sip:192.0.2.32\" }\n"
		"emergency: { numbers: [ \"110\" ], to: [ \"peer:psap\" ] }\n"
		"routes: [ { name: all, to: [ \"peer:x\", \"peer:y\" ] },\n"
		"    { name: psap, to: [ \"peer:psap\" ] } ]\n" };
	struct sip_ua *alice, *ua[3];
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &p));
	TRY(world_phone(&alice, w, "alice", 10));
	for (unsigned i = 0; i < 3; i++)
		TRY(world_ua(&ua[i], w, "ua", 30 + i));
	ua[0]->does = ua[1]->does = 603;
	TRY(sip_ua_call(alice, "sip:110@home.test", w->gateway));
	world_run(w, 500);
	CHECK_INT(ua[0]->n_invites, 1);
	CHECK_INT(ua[1]->n_invites, 1);
	CHECK_STR(str_z(sip_ua_log(alice)), "answer");
	CHECK_INT(ua[2]->n_invites, 1);
	sip_ua_hangup(alice, 0);
	CHECK(world_is_idle(w));
	CHECK_INT(world_cdr_count(w, "\"emergency\":true"), 1);
	/* an ordinary call ends at the first 603 */
	(void)sip_ua_log(alice);
	TRY(sip_ua_call(alice, "sip:0312345678@home.test", w->gateway));
	world_run(w, 500);
	CHECK_INT(ua[2]->n_invites, 1);
	CHECK_STR(str_z(sip_ua_log(alice)), "603");
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

const struct test_suite suite_emergency = {
	"scenario/emergency", (const struct test[]){
		TEST_WITH(test_line, TEST_NO_OOM),
		TEST_WITH(test_telephone, TEST_NO_OOM),
		TEST_WITH(test_preempts, TEST_NO_OOM),
		TEST_WITH(test_preempts_dialling, TEST_NO_OOM),
		TEST_WITH(test_given_up, TEST_NO_OOM),
		TEST_WITH(test_internet, TEST_NO_OOM),
		TEST_WITH(test_urn, TEST_NO_OOM),
		TEST_WITH(test_place, TEST_NO_OOM),
		TEST_WITH(test_goes_on, TEST_NO_OOM),
		TEST_WITH(test_beyond_limit, TEST_NO_OOM),
		TEST_WITH(test_urn_line, TEST_NO_OOM),
		TEST_END } };
