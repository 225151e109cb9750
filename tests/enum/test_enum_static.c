/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/enum_static.h"
#include "tests/lib/test.h"

struct got {
	unsigned calls;
	int      err;
	char     regexp[300], service[40];
	unsigned n;
};

static void on_answer(int err, const struct dns_rrset *set, void *arg)
{
	struct got *g = arg;

	g->calls++;
	g->err = err;
	g->n = set ? set->n : 0;
	if (!set)
		return;
	str_clip(g->regexp, sizeof(g->regexp), set->v[0].naptr.regexp);
	str_clip(g->service, sizeof(g->service), set->v[0].naptr.services);
}

static char exact[][ENUM_STATIC_URI_TEXT] = { "sip:a@example.com",
					      "tel:+81355550000" };
static char block[][ENUM_STATIC_URI_TEXT] = { "sip:\\1@wide.example.com" };
static char narrow[][ENUM_STATIC_URI_TEXT] = { "tel:\\1" };
static struct enum_static_conf rows[] = {
	{ "+8150*", { block, 1 } },
	{ "+815012345678", { exact, 2 } },
	{ "+81501*", { narrow, 1 } },
};
static const struct conf_list list = { rows, 3 };

static int test_find(void)
{
	static const struct { const char *name; int want; const char *re; }
	t[] = {
		{ "8.7.6.5.4.3.2.1.0.5.1.8.static.invalid", 2,
		  "|^(.*)$|sip:a@example.com|" },
		{ "9.7.6.5.4.3.2.1.0.5.1.8.static.invalid", 1,
		  "|^(.*)$|tel:\\1|" },
		{ "8.7.6.5.4.3.2.9.0.5.1.8.static.invalid", 1,
		  "|^(.*)$|sip:\\1@wide.example.com|" },
		{ "8.7.6.5.4.3.2.1.3.1.8.static.invalid", 0, "" },
		{ "example.com", 0, "" }, { "static.invalid", 0, "" },
	};
	struct clk_virtual clk;
	struct loop *l = NULL;
	struct resolver *r = NULL;
	struct dns_query q = { 0 };
	struct got g;
	int err;

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(enum_static_new(&r, l, &list, NULL));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memset(&g, 0, sizeof(g));
		TRY(resolver_query(r, &q, t[i].name, DNS_NAPTR, on_answer,
				   &g));
		CHECK_INT(g.calls, 0);
		loop_run_until(l, clk.t_us + 1000);
		CHECK_INT(g.calls, 1);
		CHECK_INT(g.err, t[i].want ? 0 : ENOENT);
		CHECK_INT(g.n, t[i].want);
		CHECK_STR(str_z(g.regexp), t[i].re);
	}
	TRY(resolver_query(r, &q, t[0].name, DNS_NAPTR, on_answer, &g));
	resolver_cancel(&q);
	g.calls = 0;
	TRY(resolver_query(r, &q, t[0].name, DNS_A, on_answer, &g));
	loop_run_until(l, clk.t_us + 1000);
	CHECK_INT(g.calls, 1);
	CHECK_INT(g.err, ENOENT);
out:
	resolver_free(r);
	loop_free(l);
	return err;
}

static int test_text(void)
{
	static const char *const good[] = {
		"sip:a@b", "tel:\\1", "sip:\\1@h;user=phone",
		"sips:x@[2001:db8::1]:5061" };
	static const char *const bad[] = {
		"", "mailto:a@b", "sip:a@b|c", "sip:a b@c", "sip:\\2@b",
		"sip:a@b\\", "sip:\\1@b@c" };
	int err = 0;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(enum_static_uri_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!enum_static_uri_ok(bad[i]));
	CHECK(enum_static_number_ok("+815012345678"));
	CHECK(enum_static_number_ok("+8*"));
	CHECK(!enum_static_number_ok("+*"));
	CHECK(!enum_static_number_ok("*"));
	CHECK(!enum_static_number_ok(""));
	CHECK(!enum_static_number_ok("+0*"));
	CHECK(!enum_static_number_ok("81501234567"));
	CHECK(!enum_static_number_ok("+8a*"));
out:
	return err;
}

const struct test_suite suite_enum_static = {
	"enum/enum_static", (const struct test[]){
		TEST(test_find), TEST(test_text), TEST_END } };
