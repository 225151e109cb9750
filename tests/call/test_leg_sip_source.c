/* SPDX-License-Identifier: Apache-2.0 */
/* Who a caller is taken for: seen in what the route's rules let through. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params params = {
	.conf = "phones:\n"
		"  - { user: alice, number: '101', display: Alice,\n"
		"      password: { env: TEST_WORLD_PW } }\n"
		"peers:\n"
		"  - { name: plain, uri: 'sip:192.0.2.30',\n"
		"      sources: [ 192.0.2.30/32 ] }\n"
		"  - { name: trusty, uri: 'sip:192.0.2.31', trusted: yes,\n"
		"      sources: [ 192.0.2.31/32 ] }\n"
		"  - { name: out, uri: 'sip:192.0.2.40' }\n"
		"emergency: { numbers: ['110'], to: ['peer:out'] }\n"
		"routes: [ { name: barred, from: [ known ], prefix: '0900', "
		"to: ['reject:55'] }, { name: all, from: [ known ],\n"
		"      to: ['peer:out'] } ]\n",
};

struct desk {
	struct world  *w;
	struct sip_ua *from, *out;
};

static int begin(struct desk *d, const char *user, unsigned host, bool phone)
{
	int err;

	memset(d, 0, sizeof(*d));
	TRY(world_new(&d->w, &params));
	TRY(world_ua(&d->out, d->w, "out", 40));
	if (phone)
		TRY(world_phone(&d->from, d->w, user, host));
	else
		TRY(world_ua(&d->from, d->w, user, host));
out:
	return err;
}

static int call(struct desk *d, const char *uri)
{
	int err = sip_ua_call(d->from, uri, d->w->gateway);

	world_run(d->w, 2000);
	return err;
}

static int test_phone(void)
{
	struct desk d;
	int err;

	TRY(begin(&d, "alice", 10, true));
	TRY(call(&d, "sip:0312345678@home.test"));
	CHECK_INT(d.out->n_invites, 1);
	CHECK(strstr(d.out->from, "sip:101@home.test"));
	CHECK_STR(str_z(d.out->called), "0312345678");
	sip_ua_hangup(d.from, 0);
	world_run(d.w, 500);
	CHECK_INT(world_cdr_count(d.w, "\"source\":\"phone:alice\""), 1);
out:
	world_free(d.w);
	return err;
}

/* alice's name from anywhere, without her password: challenged. */
static int test_spoofed(void)
{
	struct desk d;
	int err;

	TRY(begin(&d, "alice", 66, false));
	TRY(call(&d, "sip:0312345678@home.test"));
	CHECK_INT(d.out->n_invites, 0);
	CHECK_INT(d.from->end.status, 401);
out:
	world_free(d.w);
	return err;
}

/* A stranger reaches nobody, not even by an emergency number. */
static int test_stranger(void)
{
	static const char *const uris[] = {
		"sip:0312345678@home.test", "sip:110@home.test",
	};
	int err = 0;

	for (int i = 0; i < 2; i++) {
		struct desk d;

		TRY(begin(&d, "mallory", 66, false));
		TRY(call(&d, uris[i]));
		CHECK_INT(d.out->n_invites, 0);
		CHECK_INT(d.from->end.status, 404);
out:
		world_free(d.w);
		if (err)
			return err;
	}
	return err;
}

/* RFC 4694: a routing number counts, and goes on, if a trusted peer says
 * it; from others the number itself does. */
static int test_portability(void)
{
	static const char sip[] = "sip:+81-3-1234-5678;npdi;rn=+81-900-0000"
				  "@home.test;user=phone";
	static const struct {
		unsigned    host;
		const char *uri, *called;
	} rows[] = {
		{ 31, sip, "+81312345678;npdi;rn=+819000000" },
		{ 30, sip, "+81312345678" },
		{ 31, "tel:+81-3-1234-5678;npdi;cic=+1-6789",
		  "+81312345678;npdi;cic=+16789" },
		{ 30, "tel:+81-3-1234-5678;npdi;enumdi", "+81312345678" },
	};
	int err = 0;

	for (int i = 0; i < 4; i++) {
		struct desk d;

		TRY(begin(&d, "peer", rows[i].host, false));
		TRY(call(&d, rows[i].uri));
		CHECK_INT(d.out->n_invites, 1);
		CHECK_STR(str_z(d.out->called), rows[i].called);
		sip_ua_hangup(d.from, 0);
		world_run(d.w, 500);
out:
		world_free(d.w);
		if (err)
			return err;
	}
	return err;
}

/* What a peer asserts counts only if it is trusted; privacy is kept. */
static int test_peers(void)
{
	static const struct {
		unsigned    host;
		const char *headers, *from;
	} t[] = {
		{ 30, "P-Asserted-Identity: <sip:777@x.test>\r\n",
		  "sip:555@home.test" },
		{ 31, "P-Asserted-Identity: <sip:777@x.test>\r\n",
		  "sip:777@home.test" },
		{ 31, "P-Asserted-Identity: <sip:777@x.test>\r\n"
		      "Privacy: id\r\n", "anonymous.invalid" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct desk d;

		TRY(begin(&d, "555", t[i].host, false));
		d.from->headers = t[i].headers;
		TRY(call(&d, "sip:0312345678@home.test"));
		CHECK_INT(d.out->n_invites, 1);
		CHECK(strstr(d.out->from, t[i].from));
out:
		world_free(d.w);
		if (err)
			return err;
	}
	return err;
}

/* No way of writing a number leads past the rule that bars it, and none
 * into the log. */
static int test_spelling(void)
{
	static const struct {
		const char *uri, *called;
	} t[] = {
		{ "sip:0312345678@home.test", "0312345678" },
		{ "sip:(03)-1234.5678@home.test", "0312345678" },
		{ "sip:%30900123@home.test", NULL },
		{ "sip:0-900123@home.test", NULL },
		{ "sip:0,900123@home.test", NULL },
		{ "sip:0A900123@home.test", NULL },
		{ "sip:03%0d%0aX@home.test", NULL },
		{ "sip:03%20900@home.test", NULL },
		{ "sip:bob-2@home.test", "bob-2" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct desk d;

		TRY(begin(&d, "alice", 10, true));
		TRY(call(&d, t[i].uri));
		CHECK_INT(d.out->n_invites, t[i].called ? 1 : 0);
		if (t[i].called)
			CHECK_STR(str_z(d.out->called), t[i].called);
out:
		world_free(d.w);
		if (err) {
			printf("uri %s\n", t[i].uri);
			return err;
		}
	}
	return err;
}

/* A call that has gone through too many gateways ends here. */
static int test_hops(void)
{
	struct desk d;
	int err;

	TRY(begin(&d, "alice", 10, true));
	d.from->max_forwards = 1;
	TRY(call(&d, "sip:0312345678@home.test"));
	CHECK_INT(d.out->n_invites, 0);
	CHECK_INT(d.from->end.status, 483);
	d.from->max_forwards = 2;
	TRY(call(&d, "sip:0312345678@home.test"));
	CHECK_INT(d.out->n_invites, 1);
out:
	world_free(d.w);
	return err;
}

const struct test_suite suite_leg_sip_source = {
	"call/leg_sip_source", (const struct test[]){
		TEST_WITH(test_phone, TEST_NO_OOM),
		TEST_WITH(test_spoofed, TEST_NO_OOM),
		TEST_WITH(test_stranger, TEST_NO_OOM),
		TEST_WITH(test_portability, TEST_NO_OOM),
		TEST_WITH(test_peers, TEST_NO_OOM),
		TEST_WITH(test_hops, TEST_NO_OOM),
		TEST_WITH(test_spelling, TEST_NO_OOM), TEST_END } };
