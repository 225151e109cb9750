/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/peer_where.h"

#include "base/clk.h"
#include "base/loop.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

struct world {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *dns;
	struct sip_locator   *l;
	struct peer_where     w;
};

static int world_init(struct world *w)
{
	struct locate_params p = { .v4 = true, .v6 = true };
	int err;

	*w = (struct world){ 0 };
	clk_virtual_init(&w->clk);
	err = loop_new(&w->loop, &w->clk.clk);
	if (!err)
		err = fake_resolver_new(&w->dns, w->loop);
	if (err)
		return err;
	p.loop = w->loop;
	p.resolver = fake_resolver_of(w->dns);
	p.has[SIP_UDP] = p.has[SIP_TCP] = true;
	return locate_new(&w->l, &p);
}

static void world_fini(struct world *w)
{
	peer_where_stop(&w->w);
	locate_free(w->l);
	fake_resolver_free(w->dns);
	loop_free(w->loop);
}

static void run(struct world *w, uint32_t ms)
{
	loop_run_until(w->loop, w->clk.t_us + ms * 1000ull);
}

static bool has(struct world *w, const char *ip)
{
	struct addr a;

	return !addr_parse_ip(&a, str_z(ip)) && peer_where_has(&w->w, &a);
}

/* A name that moves; while DNS is silent it stays where it was. */
static int test_name(void)
{
	struct world w;
	int err;

	TRY(world_init(&w));
	TRY(fake_resolver_a(w.dns, "isp.example", "192.0.2.20"));
	TRY(fake_resolver_a(w.dns, "isp.example", "2001:db8::20"));
	peer_where_start(&w.w, w.loop, w.l, "sip:isp.example");
	CHECK(!has(&w, "192.0.2.20"));
	run(&w, 1000);
	CHECK(has(&w, "192.0.2.20"));
	CHECK(has(&w, "::ffff:192.0.2.20"));
	CHECK(has(&w, "2001:db8::20"));
	CHECK(!has(&w, "192.0.2.21"));
	TRY(fake_resolver_script(w.dns, "isp.example", 0, FAKE_SILENT, 0));
	run(&w, 5 * PEER_WHERE_MS);
	CHECK(has(&w, "192.0.2.20"));
	fake_resolver_forget(w.dns, "isp.example");
	TRY(fake_resolver_a(w.dns, "isp.example", "192.0.2.21"));
	run(&w, 2 * PEER_WHERE_MS);
	CHECK(has(&w, "192.0.2.21"));
	CHECK(!has(&w, "192.0.2.20"));
out:
	world_fini(&w);
	return err;
}

static int test_number(void)
{
	struct world w;
	int err;

	TRY(world_init(&w));
	peer_where_start(&w.w, w.loop, w.l, "sip:192.0.2.20:5070");
	run(&w, 1000);
	CHECK(has(&w, "192.0.2.20"));
	peer_where_start(&w.w, w.loop, w.l, "sip:[2001:db8::1]");
	run(&w, 1000);
	CHECK(has(&w, "2001:db8::1"));
	CHECK(!has(&w, "192.0.2.20"));
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
out:
	world_fini(&w);
	return err;
}

const struct test_suite suite_peer_where = {
	"sip/peer_where", (const struct test[]){
		TEST(test_name),
		TEST(test_number),
		TEST_END } };
