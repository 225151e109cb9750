/* SPDX-License-Identifier: Apache-2.0 */
/* Scanners are not answered any more; phones and peers always are. */
#include <stdio.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params conf = {
	.conf = "phones:\n"
		"  - { user: alice, number: '101', "
		"      password: { env: TEST_WORLD_PW } }\n"
		"peers:\n"
		"  - { name: isp, uri: 'sip:192.0.2.20', "
		"      sources: [ 192.0.2.20/32 ] }\n"
		"routes:\n"
		"  - { name: open, from: [ internet ], prefix: '10', "
		"      local: yes }\n"
		"  - { name: house, local: yes }\n",
};

struct house {
	struct world  *w;
	struct sip_ua *alice, *isp, *stranger;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_phone(&h->alice, h->w, "alice", 10));
	TRY(world_ua(&h->isp, h->w, "isp", 20));
	TRY(world_ua(&h->stranger, h->w, "mallory", 66));
out:
	return err;
}

/* One call; what the caller hears within two seconds. */
static const char *dial(struct house *h, struct sip_ua *u, const char *number)
{
	const char *said;
	char uri[64];

	(void)sip_ua_log(u);
	snprintf(uri, sizeof(uri), "sip:%s@home.test", number);
	if (sip_ua_call(u, uri, h->w->gateway))
		return "error";
	world_run(h->w, 2000);
	said = sip_ua_log(u);
	if (u->s)
		sip_ua_hangup(u, 0);
	u->s = NULL;
	world_run(h->w, 500);
	return said;
}

/* A stranger tries numbers until nobody answers any more, not even for a
 * number that exists. After a while it is served again. */
static int test_numbers(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	CHECK_STR(str_z(dial(&h, h.stranger, "101")), "answer");
	for (int i = 0; i < 6; i++)
		CHECK_STR(str_z(dial(&h, h.stranger, "0081312345678")),
			  "404");
	CHECK_STR(str_z(dial(&h, h.stranger, "0081312345678")), "");
	CHECK_STR(str_z(dial(&h, h.stranger, "101")), "");
	/* others do not notice */
	CHECK_STR(str_z(dial(&h, h.isp, "101")), "answer");
	CHECK_STR(str_z(dial(&h, h.alice, "999")), "404");
	world_run(h.w, 620000);
	CHECK_STR(str_z(dial(&h, h.stranger, "101")), "answer");
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A forged request, or one of a sender who does not listen. */
static int say(struct house *h, const char *agent, int n)
{
	struct udp *u = NULL;
	struct addr from, to;
	char text[500];
	int err, len = snprintf(text, sizeof(text),
			   "OPTIONS sip:192.0.2.1 SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKs%d\r\n"
			   "From: <sip:a@x>;tag=%d\r\nTo: <sip:b@x>\r\n"
			   "Call-ID: s%d\r\nCSeq: 1 OPTIONS\r\n"
			   "User-Agent: %s\r\n\r\n", n, n, n, agent);

	TRY(addr_parse(&from, str_z("192.0.2.66"), 6066));
	TRY(addr_parse(&to, str_z(h->w->gateway), 5060));
	TRY(udp_open(&u, fake_net_udp(h->w->net), &from));
	err = udp_send(u, &to, text, (size_t)len);
out:
	udp_close(u);
	return err;
}

/* Somebody writes a stranger's address on what scanners send: the stranger
 * still gets through, only later. */
static int test_forged(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (int i = 0; i < 50; i++)
		TRY(say(&h, "friendly-scanner", i));
	world_run(h.w, 10);
	TRY(sip_ua_call(h.stranger, "sip:101@home.test", h.w->gateway));
	world_run(h.w, 8000);
	CHECK_STR(str_z(sip_ua_log(h.stranger)), "answer");
	sip_ua_hangup(h.stranger, 0);
	world_run(h.w, 500);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A block leaves running calls alone: they can be hung up. */
static int test_running(void)
{
	struct house h;
	struct sip_session *call;
	int err;

	TRY(house_open(&h));
	CHECK(!sip_ua_call(h.stranger, "sip:101@home.test", h.w->gateway));
	world_run(h.w, 2000);
	CHECK_STR(str_z(sip_ua_log(h.stranger)), "answer");
	call = h.stranger->s;
	for (int i = 0; i < 6; i++) {
		h.stranger->s = NULL;
		CHECK_STR(str_z(dial(&h, h.stranger, "0081312345678")),
			  "404");
	}
	CHECK_STR(str_z(dial(&h, h.stranger, "101")), "");
	CHECK_INT(world_calls(h.w), 1);
	h.stranger->s = call;
	sip_ua_hangup(h.stranger, 0);
	h.stranger->s = NULL;
	world_run(h.w, 500);
	CHECK_INT(world_calls(h.w), 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A peer may be wrong as often as it likes, and so may whoever forges its
 * address, or that of a phone. */
static int test_known(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	for (int i = 0; i < 12; i++) {
		CHECK_STR(str_z(dial(&h, h.isp, "999")), "404");
		CHECK_STR(str_z(dial(&h, h.alice, "999")), "404");
	}
	/* the phone's address, but not its name: a stranger there */
	snprintf(h.alice->user, sizeof(h.alice->user), "mallory");
	for (int i = 0; i < 8; i++)
		CHECK_STR(str_z(dial(&h, h.alice, "999")), "404");
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_scanner = {
	"scenario/scanner", (const struct test[]){
		TEST_WITH(test_numbers, TEST_NO_OOM),
		TEST_WITH(test_known, TEST_NO_OOM),
		TEST_WITH(test_forged, TEST_NO_OOM),
		TEST_WITH(test_running, TEST_NO_OOM),
		TEST_END } };
