/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "enum/enum_setup.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&enum_conf_section, NULL };

/* Puts the room together; no packet leaves. */
static int build(struct enum_setup **sp, struct loop *l,
		 struct resolver *instead, const char *text)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(&s, "test.yaml", str_z(text), sections, NULL,
			     &d);
	if (!err)
		err = enum_setup_new(sp, l, conf_get(s, &enum_conf_section),
				     instead);
	conf_diag_fini(&d);
	obj_unref(s);
	return err;
}

static int test_build(void)
{
	struct enum_setup *s = NULL;
	struct loop *l = NULL;
	int err = 0;

	TRY(loop_new(&l, &clk_real));
	TRY(build(&s, l, NULL, "enum:\n"
		"  servers: [127.0.0.1]\n"
		"  trees:\n"
		"    - {apex: e164.arpa, rank: 1}\n"
		"    - {apex: a.example, rank: 2, servers: [127.0.0.2]}\n"
		"    - {apex: b.example, rank: 0, servers: [127.0.0.3]}\n"));
	CHECK(enum_setup_client(s) && enum_setup_resolver(s));
	enum_setup_free(s);
	s = NULL;
	TRY(build(&s, l, NULL, "enum:\n  servers: [127.0.0.1]\n"));
	CHECK(!enum_setup_client(s) && enum_setup_resolver(s));
out:
	enum_setup_free(s);
	loop_free(l);
	return err;
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	(void)a;
	*(int *)arg = err;
}

/* Nobody listens on port 1: unavailable, and soon. */
static int test_lookup(void)
{
	struct enum_setup *s = NULL;
	struct enum_query q = { 0 };
	struct loop *l = NULL;
	int err = 0, got = -1;

	TRY(loop_new(&l, &clk_real));
	TRY(build(&s, l, NULL, "enum:\n  servers: [127.0.0.1:1]\n"
		"  trees: [{apex: e164.arpa}]\n"));
	TRY(enum_lookup(enum_setup_client(s), &q, "+815012345678", 0,
			on_enum, &got));
	for (int i = 0; i < 100 && got < 0; i++)
		loop_turn(l, 50);
	CHECK_INT(got, EAGAIN);
out:
	enum_setup_free(s);
	loop_free(l);
	return err;
}

/* With scripted servers in place of all: the cache stays before them. */
static int test_instead(void)
{
	static const struct dns_naptr rr = { 1, 1, STR_LIT("u"),
		STR_LIT("E2U+sip"), STR_LIT("!^.*$!sip:a@b!"), "" };
	struct fake_resolver *f = NULL;
	struct enum_setup *s = NULL;
	struct enum_query q = { 0 };
	struct clk_virtual clk;
	struct loop *l = NULL;
	int err = 0, got = -1;

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(fake_resolver_new(&f, l));
	TRY(fake_resolver_naptr(f, "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa",
				&rr));
	TRY(build(&s, l, fake_resolver_of(f), "enum:\n"
		"  trees: [{apex: e164.arpa, servers: [192.0.2.1]}]\n"));
	for (int i = 0; i < 2; i++) {
		TRY(enum_lookup(enum_setup_client(s), &q, "+815012345678", 0,
				on_enum, &got));
		loop_run_until(l, clk.t_us + 1000000);
		CHECK_INT(got, 0);
	}
	CHECK_INT(fake_resolver_asked(f, NULL, 0), 1);
out:
	enum_setup_free(s);
	fake_resolver_free(f);
	loop_free(l);
	return err;
}

static int load(struct conf_snapshot **sp, const char *text)
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "test.yaml", str_z(text), sections, NULL,
			     &d);
	conf_diag_fini(&d);
	return err;
}

static int reload(struct enum_setup *s, const char *text, bool drop)
{
	struct enum_setup_next *next = NULL;
	struct conf_snapshot *c = NULL;
	int err = load(&c, text);

	if (!err)
		err = enum_setup_prepare(&next, s,
					 conf_get(c, &enum_conf_section));
	obj_unref(c);           /* nothing may point into it */
	if (!err && drop)
		enum_setup_drop(next);
	else if (!err)
		enum_setup_commit(s, next);
	return err;
}

#define TREES "  trees: [{apex: b.example, servers: [127.0.0.3]}]\n"

/* Other servers, other times: the client and the resolver stay. */
static int test_reload(void)
{
	struct enum_setup *s = NULL;
	struct enum_client *client;
	struct resolver *r;
	struct loop *l = NULL;
	struct buf out;
	int err = 0;

	buf_init(&out, 10000);
	TRY(loop_new(&l, &clk_real));
	TRY(build(&s, l, NULL, "enum:\n  servers: [127.0.0.1]\n" TREES));
	client = enum_setup_client(s);
	r = enum_setup_resolver(s);
	TRY(reload(s, "enum:\n  servers: [127.0.0.9]\n" TREES, true));
	TRY(reload(s, "enum:\n  servers: [127.0.0.7, 127.0.0.8]\n"
		   "  timeout: 100ms\n  cache_entries: 5\n" TREES, false));
	CHECK(client == enum_setup_client(s) &&
	      r == enum_setup_resolver(s));
	enum_setup_print(s, &out);
	buf_addc(&out, '\0');
	CHECK_INT(out.err, 0);
	CHECK(strstr((char *)out.p, "dns_server=127.0.0.8:53 "));
	CHECK(strstr((char *)out.p, "dns_server=127.0.0.3:53 "));
	CHECK(!strstr((char *)out.p, "dns_server=127.0.0.1:53 "));
	CHECK(!strstr((char *)out.p, "dns_server=127.0.0.9:53 "));
	/* without servers: those of the system, which are watched; back */
	TRY(reload(s, "enum:\n" TREES, false));
	TRY(reload(s, "enum:\n  servers: [127.0.0.1]\n" TREES, false));
	/* the trees are others: that needs a restart */
	CHECK_INT(reload(s, "enum:\n  servers: [127.0.0.1]\n", false),
		  EINVAL);
out:
	buf_fini(&out);
	enum_setup_free(s);
	loop_free(l);
	return err;
}

/* What the cache holds survives, as far as the new limits allow. */
static int test_reload_cache(void)
{
	static const struct dns_naptr rr = { 1, 1, STR_LIT("u"),
		STR_LIT("E2U+sip"), STR_LIT("!^.*$!sip:a@b!"), "" };
	static const char text[] =
		"enum: { deadline: 500ms, trees: [{apex: e164.arpa}] }\n";
	struct fake_resolver *f = NULL;
	struct enum_setup *s = NULL;
	struct enum_query q = { 0 };
	struct clk_virtual clk;
	struct loop *l = NULL;
	int err = 0, got = -1;

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(fake_resolver_new(&f, l));
	TRY(fake_resolver_naptr(f, "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa",
				&rr));
	TRY(build(&s, l, fake_resolver_of(f), text));
	for (int i = 0; i < 2; i++) {
		TRY(enum_lookup(enum_setup_client(s), &q, "+815012345678", 0,
				on_enum, &got));
		loop_run_until(l, clk.t_us + 1000000);
		CHECK_INT(got, 0);
		TRY(reload(s, text, false));
	}
	CHECK_INT(fake_resolver_asked(f, NULL, 0), 1);
out:
	enum_setup_free(s);
	fake_resolver_free(f);
	loop_free(l);
	return err;
}

static int test_print(void)
{
	struct enum_setup *s = NULL;
	struct loop *l = NULL;
	struct buf out;
	int err = 0;

	buf_init(&out, 10000);
	TRY(loop_new(&l, &clk_real));
	TRY(build(&s, l, NULL, "enum:\n"
		"  servers: [127.0.0.1, 127.0.0.4]\n"
		"  trees: [{apex: b.example, servers: [127.0.0.3]},\n"
		"          {apex: c.example, tcp: yes}, {apex: d.example}]\n"
		));
	enum_setup_print(s, &out);
	buf_addc(&out, '\0');
	CHECK_INT(out.err, 0);
	CHECK(strstr((char *)out.p, "dns=common circuit=closed "
		     "cache_entries=0 cache_kb=0 asking=0 "));
	CHECK(strstr((char *)out.p, "dns=common dns_server=127.0.0.4:53 "
		     "up=yes "));
	CHECK(strstr((char *)out.p, "dns=b.example dns_server=127.0.0.3:53 "
		     "up=yes "));
	/* by TCP: the common servers, apart from those asked by UDP */
	CHECK(strstr((char *)out.p, "dns=c.example dns_server=127.0.0.4:53 "
		     "up=yes "));
	CHECK(!strstr((char *)out.p, "dns=d.example"));
out:
	buf_fini(&out);
	enum_setup_free(s);
	loop_free(l);
	return err;
}

const struct test_suite suite_enum_setup = {
	"enum/enum_setup", (const struct test[]){
		TEST(test_build),
		TEST_WITH(test_lookup, TEST_REAL),
		TEST(test_instead),
		TEST(test_print),
		TEST(test_reload),
		TEST(test_reload_cache),
		TEST_END } };
