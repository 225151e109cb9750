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
		TEST_END } };
