/* SPDX-License-Identifier: Apache-2.0 */
/* What trees may be told of: vacant numbers, trust, names, other kinds. */
#include <string.h>

#include "tests/enum/enum_bench.h"

/* Does the trace hold the words? */
static bool said(const struct bench *b, const char *words)
{
	return b->log.len > 0 &&
	       memmem(b->log.p, b->log.len, words, strlen(words));
}

static int put_service(struct bench *b, int tree, const char *service,
		       const char *regexp)
{
	char domain[DNS_NAME_MAX];
	struct dns_naptr rr = { .order = 100, .preference = 10,
		.flags = STR_LIT("u"), .services = str_z(service),
		.regexp = str_z(regexp), .replacement = "" };

	snprintf(domain, sizeof(domain), "%s%s", DOMAIN, apexes[tree]);
	return fake_resolver_naptr(b->f[tree], domain, &rr);
}

/* draft-ietf-enum-unused: the tree of the lowest rank says there is no such
 * number; what a later order holds does not count. */
static int test_vacant(void)
{
	struct bench b;
	uint64_t ms;
	int err;

	TRY(up(&b, 2));
	TRY(put_service(&b, 0, "E2U+unused:http",
			"!^.*$!http://nic.example/!"));
	TRY(put(&b, 0, REC(NULL, 200, 1, "!^.*$!sip:late@x!", "")));
	TRY(put(&b, 1, REC(NULL, 10, 1, "!^.*$!sip:other@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, 0);
	CHECK(b.a.vacant);
	CHECK_INT(b.a.n, 0);
	CHECK_STR(str_z(b.a.apex), "e164.arpa");
	CHECK(said(&b, "not allocated"));
	/* a URI beside it in the same order: an error of the zone */
	TRY(put(&b, 0, REC(NULL, 100, 20, "!^.*$!sip:real@x!", "")));
	TRY(look(&b, &ms));
	CHECK(!b.a.vacant);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:real@x");
out:
	down(&b);
	return err;
}

/* Other trees for the client of the bench, on its servers. */
static int retree(struct bench *b, struct enum_tree *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!t[i].apex[0])
			strcpy(t[i].apex, apexes[i]);
		t[i].rank = (int)i;
		t[i].resolver = fake_resolver_of(b->f[i]);
	}
	return set_trees(b->c, t, n);
}

static int test_vacant_policy(void)
{
	static struct enum_tree t[2] = {
		{ .policy.vacant_goes_on = true }, { .rank = 1 } };
	struct bench b;
	uint64_t ms;
	int err;

	TRY(up(&b, 2));
	TRY(retree(&b, t, 2));
	TRY(put_service(&b, 0, "E2U+void:mailto", "!^.*$!mailto:a@b!"));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	TRY(put(&b, 1, REC(NULL, 10, 1, "!^.*$!sip:other@x!", "")));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(b.a.v[0].uri), "sip:other@x");
out:
	down(&b);
	return err;
}

/* DNSSEC preferred: a validated answer of a later rank goes before one that
 * is not; alone, it counts. */
static int test_preferred(void)
{
	static struct enum_tree t[2] = {
		{ .policy.dnssec = ENUM_DNSSEC_PREFERRED }, { .rank = 1 } };
	struct bench b;
	uint64_t ms;
	int err;

	TRY(up(&b, 2));
	TRY(retree(&b, t, 2));
	TRY(put(&b, 0, REC(NULL, 10, 1, "!^.*$!sip:first@x!", "")));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(b.a.v[0].uri), "sip:first@x");
	TRY(put(&b, 1, REC(NULL, 10, 1, "!^.*$!sip:second@x!", "")));
	TRY(script(&b, 1, FAKE_RECORDS, 100));
	TRY(look(&b, &ms));
	CHECK_INT(ms, 100);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:second@x");
	TRY(script(&b, 1, FAKE_SILENT, 0));     /* the deadline */
	TRY(look(&b, &ms));
	CHECK_INT(ms, 800);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:first@x");
	fake_resolver_ad(b.f[0], true);
	TRY(look(&b, &ms));
	CHECK_INT(ms, 0);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:first@x");
out:
	down(&b);
	return err;
}

/* The record that freenum.org's cookbook gives for all of an ITAD. */
static int test_isn(void)
{
	static struct enum_tree t[2] = {
		{ .apex = "freenum.org", .isn = true }, { .rank = 1 } };
	const struct dns_naptr rr = { 100, 10, STR_LIT("u"),
		STR_LIT("E2U+sip"),
		STR_LIT("!^\\+*([^\\*]*)!sip:\\1@example.com!"), "" };
	struct bench b;
	uint64_t ms;
	int err;

	TRY(up(&b, 2));
	TRY(retree(&b, t, 2));
	TRY(fake_resolver_naptr(b.f[0], "4.3.2.1.256.freenum.org", &rr));
	TRY(enum_lookup(b.c, &b.q, "1234*256", 0, on_enum, &b));
	loop_run_until(b.loop, b.clk.t_us + 1000);
	CHECK_INT(b.calls, 1);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:1234@example.com");
	CHECK_INT(fake_resolver_asked(b.f[1], NULL, 0), 0);
	TRY(look(&b, &ms));     /* E.164: only of the other tree */
	CHECK_INT(fake_resolver_asked(b.f[0], NULL, 0), 1);
	CHECK_INT(fake_resolver_asked(b.f[1], NULL, 0), 1);
	CHECK_INT(enum_lookup(b.c, &b.q, "*21*1234567", 0, on_enum, &b),
		  EBADMSG);
out:
	down(&b);
	return err;
}

/* draft-ietf-enum-cnam: asked only of trees that list it. */
static int test_name(void)
{
	static struct enum_tree t[2] = {
		{ .services = NAPTR_ALL | NAPTR_CNAM }, { .rank = 1 } };
	struct bench b;
	uint64_t ms;
	int err;

	TRY(up(&b, 2));
	TRY(retree(&b, t, 2));
	TRY(put_service(&b, 0, "E2U+pstndata:cnam",
			"!^.*$!pstndata:cnam/Harold%20Smith!"));
	TRY(put(&b, 0, REC(NULL, 10, 1, "!^.*$!sip:a@x!", "")));
	b.q.name = true;
	TRY(enum_lookup(b.c, &b.q, NUMBER, 0, on_enum, &b));
	loop_run_until(b.loop, b.clk.t_us + 1000);
	CHECK_INT(b.err, 0);
	CHECK_STR(str_z(b.a.name), "Harold Smith");
	CHECK_INT(fake_resolver_asked(b.f[1], NULL, 0), 0);
	TRY(look(&b, &ms));
	CHECK_STR(str_z(b.a.v[0].uri), "sip:a@x");
	CHECK_INT(b.a.n, 1);
	CHECK_INT(fake_resolver_asked(b.f[0], NULL, 0), 2);
	t[0].services = NAPTR_CNAM;     /* nothing there that is dialled */
	TRY(retree(&b, t, 2));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	CHECK_INT(fake_resolver_asked(b.f[0], NULL, 0), 2);
out:
	down(&b);
	return err;
}

/* RFC 4769, 4.1: portability, as far as the tree is trusted with it. */
static int test_tel(void)
{
	static struct enum_tree t[1] = { { .policy.tel = ENUM_TEL_PORTED } };
	char number[E164_MAX];
	struct tel_port port;
	struct bench b;
	uint64_t ms;
	int err;

	TRY(up(&b, 1));
	TRY(put_service(&b, 0, "E2U+pstn:tel",
			"!^(.*)$!tel:\\1;npdi;rn=+1-215-555-0199!"));
	TRY(look(&b, &ms));
	CHECK(b.a.v[0].tel);
	enum_uri_number(&b.a.v[0], number, &port);
	CHECK_STR(str_z(number), NUMBER);
	CHECK(!port.rn[0] && !port.npdi);
	TRY(retree(&b, t, 1));
	TRY(look(&b, &ms));
	enum_uri_number(&b.a.v[0], number, &port);
	CHECK_STR(str_z(port.rn), "+12155550199");
	CHECK(port.npdi);
	fake_resolver_forget(b.f[0], DOMAIN "e164.arpa");
	TRY(put_service(&b, 0, "E2U+pstn:tel", "!^.*$!tel:+19005550100!"));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	CHECK(said(&b, "another number than the one asked"));
out:
	down(&b);
	return err;
}

static bool is_self(struct str host, uint16_t port, void *arg)
{
	(void)port;
	(void)arg;
	return str_ieqz(host, "home.test");
}

/* What leads back here is no result; a higher order may hold one. */
static int test_self(void)
{
	struct bench b;
	uint64_t ms;
	int err;

	TRY(up(&b, 1));
	enum_client_set_self(b.c, is_self, NULL);
	TRY(put(&b, 0, REC(NULL, 10, 1, "!^(.*)$!sip:\\1@home.test!", "")));
	TRY(put(&b, 0, REC(NULL, 20, 1, "!^.*$!sip:bob@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(b.a.n, 1);
	CHECK_STR(str_z(b.a.v[0].uri), "sip:bob@x");
	CHECK(said(&b, "points at this gateway"));
out:
	down(&b);
	return err;
}

const struct test_suite suite_enum_trees = {
	"enum/enum_trees", (const struct test[]){
		TEST(test_vacant), TEST(test_vacant_policy),
		TEST(test_preferred), TEST(test_isn), TEST(test_name),
		TEST(test_tel), TEST(test_self),
		TEST_END } };
