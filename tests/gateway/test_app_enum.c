/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "gateway/app_enum.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&enum_conf_section, NULL };

struct bench {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *f;
	struct conf_snapshot *conf;
	struct app_enum       dns;
};

static int up(struct bench *b, const char *text)
{
	struct conf_diag d;
	int err;

	memset(b, 0, sizeof(*b));
	clk_virtual_init(&b->clk);
	err = loop_new(&b->loop, &b->clk.clk);
	if (!err)
		err = fake_resolver_new(&b->f, b->loop);
	if (err)
		return err;
	conf_diag_init(&d);
	err = conf_load_text(&b->conf, "test.yaml", str_z(text), sections,
			     NULL, &d);
	conf_diag_fini(&d);
	return err ? err : app_enum_open(&b->dns, b->loop, b->conf,
					 fake_resolver_of(b->f));
}

static void down(struct bench *b)
{
	app_enum_close(&b->dns);
	app_enum_close(&b->dns);        /* idempotent */
	obj_unref(b->conf);
	fake_resolver_free(b->f);
	loop_free(b->loop);
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	(void)a;
	*(int *)arg = err;
}

/* The configuration's deadline holds for lookups that name none. */
static int test_deadline(void)
{
	struct enum_query q = { 0 };
	struct bench b;
	int err = 0, got = -1;

	TRY(up(&b, "enum:\n  deadline: 100ms\n"
		"  trees: [{apex: e164.arpa}]\n"));
	CHECK(b.dns.client && b.dns.resolver);
	TRY(fake_resolver_script(b.f, "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa", 0,
				 FAKE_SILENT, 0));
	TRY(enum_lookup(b.dns.client, &q, "+815012345678", 0, on_enum,
			&got));
	loop_run_until(b.loop, b.clk.t_us + 99000);
	CHECK_INT(got, -1);
	loop_run_until(b.loop, b.clk.t_us + 2000);
	CHECK_INT(got, EAGAIN);
out:
	down(&b);
	return err;
}

static int test_no_trees(void)
{
	struct bench b;
	int err = 0;

	TRY(up(&b, ""));
	CHECK(!enum_client_has_trees(b.dns.client) && b.dns.resolver);
out:
	down(&b);
	return err;
}

static int test_self(void)
{
	static struct sip_listen_conf l[2];
	static struct sip_conf c = { .listen = { l, 1 },
		.domain = "home.test", .external_address = "203.0.113.5" };
	int err = 0;

	CHECK(!addr_parse(&l[0].address, STR_LIT("192.0.2.1:5060"), 0));
	CHECK(!addr_parse(&l[1].address, STR_LIT("0.0.0.0:5080"), 0));
	CHECK(app_enum_is_self(&c, STR_LIT("HOME.test"), 0));
	CHECK(app_enum_is_self(&c, STR_LIT("home.test"), 5060));
	CHECK(!app_enum_is_self(&c, STR_LIT("home.test"), 5070));
	CHECK(!app_enum_is_self(&c, STR_LIT("x.home.test"), 0));
	CHECK(app_enum_is_self(&c, STR_LIT("192.0.2.1"), 0));
	CHECK(app_enum_is_self(&c, STR_LIT("::ffff:192.0.2.1"), 0));
	CHECK(app_enum_is_self(&c, STR_LIT("203.0.113.5"), 5060));
	CHECK(!app_enum_is_self(&c, STR_LIT("192.0.2.2"), 0));
	CHECK(!app_enum_is_self(&c, STR_LIT("127.0.0.1"), 5080));
	CHECK(app_enum_is_self(&c, STR_LIT("home.test."), 0));
	l[0].address.port = 5061;       /* sips: */
	CHECK(app_enum_is_self(&c, STR_LIT("home.test"), 0));
	l[0].address.port = 5060;
	c.listen.n = 2;         /* and on all addresses of this machine */
	CHECK(app_enum_is_self(&c, STR_LIT("127.0.0.1"), 5080));
out:
	return err;
}

const struct test_suite suite_app_enum = {
	"gateway/app_enum", (const struct test[]){
		TEST(test_deadline),
		TEST(test_no_trees),
		TEST(test_self),
		TEST_END } };
