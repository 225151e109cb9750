/* SPDX-License-Identifier: Apache-2.0 */
/* Whole calls by what zones hold: a person's number, a vacant one, names,
 * numbers without DNS, results that must not be followed. */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define CONF \
	"numbering: { plan: jp }\n" \
	"enum:\n" \
	"  caller_name: 100ms\n" \
	"  trees:\n" \
	"    - { apex: e164.arpa, services: [ sip, voice, cnam ]," \
	"        tel: any, domains: [ 192.0.2.0/24, home.test ] }\n" \
	"  static:\n" \
	"    - { number: \"+8150999*\", to: [ \"sip:\\\\1@192.0.2.21\" ] }\n" \
	"phones:\n" \
	"  - { user: alice, number: \"101\", display: Alice, " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"peers: [ { name: trunk, uri: \"sip:192.0.2.30\", " \
	"           sources: [ 192.0.2.30/32 ], enumdi: yes } ]\n" \
	"routes:\n" \
	"  - { name: in, from: [ peers ], prefix: \"1\"," \
	"      to: [ \"phone:alice\" ] }\n" \
	"  - { name: enum, enum: yes }\n" \
	"  - { name: pstn, prefix: \"+\", to: [ \"peer:trunk\" ] }\n"

#define NAME "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa"

static const struct world_params conf = { .conf = CONF };

struct house {
	struct world  *w;
	struct sip_ua *alice, *mobile, *office, *trunk;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &conf));
	TRY(world_phone(&h->alice, h->w, "alice", 10));
	TRY(world_ua(&h->mobile, h->w, "mobile", 20));
	TRY(world_ua(&h->office, h->w, "office", 21));
	TRY(world_ua(&h->trunk, h->w, "trunk", 30));
out:
	return err;
}

static int naptr(struct house *h, const char *name, unsigned preference,
		 const char *service, const char *regexp)
{
	const struct dns_naptr rr = {
		.order = 100, .preference = (uint16_t)preference,
		.flags = STR_LIT("u"), .services = str_z(service),
		.regexp = str_z(regexp), .replacement = "" };

	return fake_resolver_naptr(h->w->dns, name, &rr);
}

static int call(struct house *h, const char *uri)
{
	int err = sip_ua_call(h->alice, uri, h->w->gateway);

	world_run(h->w, 300);
	return err;
}

/* RFC 6116's person: mobile, office, mail. The mobile is busy, the office
 * is called, mail is never dialled. */
static int test_person(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(naptr(&h, NAME, 30, "E2U+email:mailto",
		  "!^.*$!mailto:bob@example.net!"));
	TRY(naptr(&h, NAME, 20, "E2U+sip", "!^.*$!sip:office@192.0.2.21!"));
	TRY(naptr(&h, NAME, 10, "E2U+sip", "!^.*$!sip:mobile@192.0.2.20!"));
	h.mobile->does = 486;
	TRY(call(&h, "sip:05012345678@home.test"));
	CHECK_STR(str_z(sip_ua_log(h.mobile)), "invite");
	CHECK_STR(str_z(sip_ua_log(h.office)), "invite ack");
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	CHECK_INT(h.trunk->n_invites, 0);
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "sip:office@192.0.2.21"), 1);
	CHECK_INT(world_cdr_count(h.w, "mailto"), 0);
out:
	world_free(h.w);
	return err;
}

/* The same with the mobile in the telephone network; and when the office
 * does not answer either, the rules behind have their turn. */
static int test_person_tel(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(naptr(&h, NAME, 10, "E2U+voice:tel", "!^.*$!tel:+819012345678!"));
	TRY(naptr(&h, NAME, 20, "E2U+sip", "!^.*$!sip:office@192.0.2.21!"));
	h.trunk->does = 486;
	TRY(call(&h, "sip:05012345678@home.test"));
	CHECK_STR(str_z(sip_ua_log(h.trunk)), "invite");
	CHECK_STR(str_z(h.trunk->called), "+819012345678;enumdi");
	CHECK_STR(str_z(sip_ua_log(h.office)), "invite ack");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* draft-ietf-enum-unused: the caller learns that there is no such number;
 * no call is paid for. */
static int test_vacant(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(naptr(&h, NAME, 10, "E2U+unused:http", "!^.*$!http://nic.x/!"));
	TRY(call(&h, "sip:05012345678@home.test"));
	CHECK_INT(h.alice->end.status, 404);
	CHECK_INT(h.trunk->n_invites, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"cause\":1,"), 1);
	CHECK_INT(world_cdr_count(h.w, "enum: number not allocated"), 1);
out:
	world_free(h.w);
	return err;
}

/* Results outside the tree's domains, and such that lead back to us: the
 * call goes on as if there were none. */
static int test_forbidden(void)
{
	static const char *const uris[] = {
		"!^.*$!sip:x@198.51.100.1!", "!^.*$!sip:x@evil.test!",
		"!^(.*)$!sip:\\1@home.test!",
		"!^.*$!sip:x@192.0.2.20;maddr=198.51.100.1!",
	};
	struct house h;
	int err;

	TRY(house_open(&h));
	for (unsigned i = 0; i < 4; i++)
		TRY(naptr(&h, NAME, i, "E2U+sip", uris[i]));
	TRY(call(&h, "sip:+815012345678@home.test"));
	CHECK_INT(h.mobile->n_invites, 0);
	CHECK_STR(str_z(h.trunk->called), "+815012345678;enumdi");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Even a tree that may name any number cannot make a caller pay for a
 * premium one (0990 in Japan). */
static int test_premium(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(naptr(&h, NAME, 10, "E2U+voice:tel", "!^.*$!tel:+81990123456!"));
	TRY(call(&h, "sip:+815012345678@home.test"));
	CHECK_INT(h.trunk->n_invites, 1);
	CHECK_STR(str_z(h.trunk->called), "+815012345678;enumdi");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A number that needs no DNS. */
static int test_static(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(call(&h, "sip:05099912345@home.test"));
	CHECK_STR(str_z(sip_ua_log(h.office)), "invite ack");
	CHECK_STR(str_z(h.office->called), "+815099912345");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* draft-ietf-enum-cnam: a call from outside without a name shows the one
 * that ENUM knows; DNS that is silent costs 100 ms and no more. */
static int test_name(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(naptr(&h, NAME, 10, "E2U+pstndata:cnam",
		  "!^.*$!data:,Harold%20Smith!"));
	snprintf(h.trunk->user, sizeof(h.trunk->user), "+815012345678");
	TRY(sip_ua_call(h.trunk, "sip:101@home.test", h.w->gateway));
	world_run(h.w, 50);
	CHECK_INT(h.alice->n_invites, 1);
	CHECK(strstr(h.alice->from, "\"Harold Smith\""));
	sip_ua_hangup(h.trunk, 0);
	CHECK(world_is_idle(h.w));
	TRY(fake_resolver_script(h.w->dns,
				 "9.7.6.5.4.3.2.1.0.5.1.8.e164.arpa", 0,
				 FAKE_SILENT, 0));
	snprintf(h.trunk->user, sizeof(h.trunk->user), "+815012345679");
	TRY(sip_ua_call(h.trunk, "sip:101@home.test", h.w->gateway));
	world_run(h.w, 95);
	CHECK_INT(h.alice->n_invites, 1);
	world_run(h.w, 20);
	CHECK_INT(h.alice->n_invites, 2);
	CHECK(!strstr(h.alice->from, "Harold"));
	sip_ua_hangup(h.trunk, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

const struct test_suite suite_enum_person = {
	"scenario/enum_person", (const struct test[]){
		TEST_WITH(test_person, TEST_NO_OOM),
		TEST_WITH(test_person_tel, TEST_NO_OOM),
		TEST_WITH(test_vacant, TEST_NO_OOM),
		TEST_WITH(test_forbidden, TEST_NO_OOM),
		TEST_WITH(test_premium, TEST_NO_OOM),
		TEST_WITH(test_static, TEST_NO_OOM),
		TEST_WITH(test_name, TEST_NO_OOM),
		TEST_END } };
