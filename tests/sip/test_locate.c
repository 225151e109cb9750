/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/locate.h"

#include <string.h>

#include "base/clk.h"
#include "base/loop.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/test.h"

struct world {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *dns;
	struct sip_locator   *l;
	struct locate        *query;
	unsigned              n_calls;
	int                   err;
	struct buf            got;      /* "udp:192.0.2.1:5060 ..." */
	struct sip_target     first;
};

static int world_init(struct world *w, bool tls)
{
	struct locate_params p = { .v4 = true, .v6 = true };
	int                  err;

	memset(w, 0, sizeof(*w));
	buf_init(&w->got, 4096);
	clk_virtual_init(&w->clk);
	err = loop_new(&w->loop, &w->clk.clk);
	if (!err)
		err = fake_resolver_new(&w->dns, w->loop);
	if (err)
		return err;
	p.loop = w->loop;
	p.resolver = fake_resolver_of(w->dns);
	p.has[SIP_UDP] = p.has[SIP_TCP] = true;
	p.has[SIP_TLS] = tls;
	return locate_new(&w->l, &p);
}

static void world_fini(struct world *w)
{
	locate_free(w->l);
	fake_resolver_free(w->dns);
	loop_free(w->loop);
	buf_fini(&w->got);
}

static void on_located(int err, const struct sip_target *v, unsigned n,
		       void *arg)
{
	struct world *w = arg;

	w->query = NULL;
	w->n_calls++;
	w->err = err;
	for (unsigned i = 0; i < n; i++) {
		char text[ADDR_TEXT_MAX];

		buf_addf(&w->got, "%s%s:%s", i ? " " : "",
			 sip_tp_name(v[i].kind),
			 addr_print(text, &v[i].addr));
	}
	if (n)
		w->first = v[0];
}

/* The targets of a URI as text; the error is in w->err. */
static struct str find(struct world *w, const char *uri)
{
	struct sip_uri u;

	buf_reset(&w->got);
	w->n_calls = 0;
	w->err = sip_uri_parse(&u, str_z(uri));
	if (!w->err)
		w->err = locate_start(&w->query, w->l, &u, on_located, w);
	if (w->err)
		return STR_LIT("not started");
	if (w->n_calls)
		return STR_LIT("too early");
	loop_run_until(w->loop, w->clk.t_us + 20000000);
	if (w->n_calls != 1)
		return STR_LIT("not called once");
	return buf_str(&w->got);
}

static int test_numeric(void)
{
	static const char *const rows[][2] = {
		{ "sip:a@192.0.2.1", "UDP:192.0.2.1:5060" },
		{ "sip:192.0.2.1:5070;transport=tcp", "TCP:192.0.2.1:5070" },
		{ "sip:a@[2001:db8::1];transport=udp",
		  "UDP:[2001:db8::1]:5060" },
		{ "sips:a@192.0.2.1", "TLS:192.0.2.1:5061" },
		{ "sips:a@192.0.2.1;transport=tcp", "TLS:192.0.2.1:5061" },
		{ "sip:a@x.example;maddr=192.0.2.3", "UDP:192.0.2.3:5060" },
	};
	struct world      w;
	struct sip_target t;
	struct sip_uri    u;
	int               err = 0;

	TRY(world_init(&w, true));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_STR(find(&w, rows[i][0]), rows[i][1]);
		CHECK_INT(w.err, 0);
		TRY(sip_uri_parse(&u, str_z(rows[i][0])));
		CHECK(locate_numeric(&t, w.l, &u));
		CHECK(addr_eq(&t.addr, &w.first.addr));
	}
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
	TRY(sip_uri_parse(&u, STR_LIT("sip:a@name.example")));
	CHECK(!locate_numeric(&t, w.l, &u));
	TRY(sip_uri_parse(&u, STR_LIT("tel:+8150")));
	CHECK_INT(locate_start(&w.query, w.l, &u, on_located, &w), EBADMSG);
	TRY(sip_uri_parse(&u, STR_LIT("sip:a@b;transport=sctp")));
	CHECK_INT(locate_start(&w.query, w.l, &u, on_located, &w), EBADMSG);
out:
	world_fini(&w);
	return err;
}

static int add_srv(struct world *w, const char *name, uint16_t priority,
		   uint16_t weight, uint16_t port, const char *target)
{
	struct dns_srv srv = { priority, weight, port, target };

	return fake_resolver_srv(w->dns, name, &srv);
}

static int add_naptr(struct world *w, const char *name, uint16_t order,
		     const char *service, const char *replacement)
{
	struct dns_naptr n = { order, 10, STR_LIT("s"), str_z(service),
			       STR_NULL, replacement };

	return fake_resolver_naptr(w->dns, name, &n);
}

/* RFC 3263 section 4.1, its example. */
static int test_naptr(void)
{
	struct world w;
	int          err = 0;

	TRY(world_init(&w, false));
	TRY(add_naptr(&w, "example.com", 50, "SIPS+D2T",
		      "_sips._tcp.example.com"));
	TRY(add_naptr(&w, "example.com", 90, "SIP+D2T",
		      "_sip._tcp.example.com"));
	TRY(add_naptr(&w, "example.com", 100, "SIP+D2U",
		      "_sip._udp.example.com"));
	TRY(add_srv(&w, "_sip._tcp.example.com", 0, 1, 5060,
		    "s1.example.com"));
	TRY(add_srv(&w, "_sip._tcp.example.com", 1, 2, 5060,
		    "s2.example.com"));
	TRY(add_srv(&w, "_sip._udp.example.com", 0, 1, 5062,
		    "s1.example.com"));
	TRY(add_srv(&w, "_sips._tcp.example.com", 0, 1, 5061,
		    "s1.example.com"));
	TRY(fake_resolver_a(w.dns, "s1.example.com", "192.0.2.1"));
	TRY(fake_resolver_a(w.dns, "s1.example.com", "2001:db8::1"));
	TRY(fake_resolver_a(w.dns, "s2.example.com", "192.0.2.2"));
	CHECK_STR(find(&w, "sip:a@example.com"),
		  "TCP:192.0.2.1:5060 TCP:[2001:db8::1]:5060 "
		  "TCP:192.0.2.2:5060 UDP:192.0.2.1:5062 "
		  "UDP:[2001:db8::1]:5062");
	CHECK_STR(str_z(w.first.name), "example.com");
	/* transport given: SRV at once; port given: addresses at once */
	CHECK_STR(find(&w, "sip:a@example.com;transport=udp"),
		  "UDP:192.0.2.1:5062 UDP:[2001:db8::1]:5062");
	CHECK_STR(find(&w, "sip:a@s2.example.com:7000"),
		  "UDP:192.0.2.2:7000");
	/* a transport we lack */
	CHECK_STR(find(&w, "sips:a@s2.example.com"), "");
	CHECK_INT(w.err, EPROTONOSUPPORT);
out:
	world_fini(&w);
	return err;
}

/* No NAPTR: the usual SRV names; no SRV: the name itself by UDP. */
static int test_fallback(void)
{
	struct world w;
	int          err = 0;

	TRY(world_init(&w, false));
	TRY(fake_resolver_a(w.dns, "plain.example", "192.0.2.7"));
	CHECK_STR(find(&w, "sip:a@plain.example"), "UDP:192.0.2.7:5060");
	CHECK_STR(find(&w, "sip:a@plain.example;transport=tcp"),
		  "TCP:192.0.2.7:5060");
	TRY(add_srv(&w, "_sip._tcp.some.example", 0, 0, 5080,
		    "plain.example"));
	CHECK_STR(find(&w, "sip:a@some.example"), "TCP:192.0.2.7:5080");
	CHECK_STR(find(&w, "sip:a@none.example"), "");
	CHECK_INT(w.err, ENOENT);
	TRY(fake_resolver_script(w.dns, "dead.example", DNS_A, FAKE_SILENT,
				 0));
	CHECK_STR(find(&w, "sip:a@dead.example"), "");
	CHECK_INT(w.err, EAGAIN);
	/* NAPTR alone is swallowed by some home routers */
	TRY(fake_resolver_script(w.dns, "plain.example", DNS_NAPTR,
				 FAKE_SILENT, 0));
	CHECK_STR(find(&w, "sip:a@plain.example"), "UDP:192.0.2.7:5060");
	TRY(fake_resolver_script(w.dns, "plain.example", DNS_NAPTR,
				 FAKE_REFUSE, 0));
	CHECK_STR(find(&w, "sip:a@plain.example"), "UDP:192.0.2.7:5060");
out:
	world_fini(&w);
	return err;
}

/* A failed target is put last for half a minute. */
static int test_health(void)
{
	struct world      w;
	struct sip_target bad;
	int               err = 0;

	TRY(world_init(&w, false));
	TRY(fake_resolver_a(w.dns, "two.example", "192.0.2.1"));
	TRY(fake_resolver_a(w.dns, "two.example", "192.0.2.2"));
	CHECK_STR(find(&w, "sip:two.example:5060"),
		  "UDP:192.0.2.1:5060 UDP:192.0.2.2:5060");
	bad = w.first;
	locate_failed(w.l, &bad);
	CHECK_STR(find(&w, "sip:two.example:5060"),
		  "UDP:192.0.2.2:5060 UDP:192.0.2.1:5060");
	loop_run_until(w.loop, w.clk.t_us + LOCATE_REST_MS * 1000ull);
	CHECK_STR(find(&w, "sip:two.example:5060"),
		  "UDP:192.0.2.1:5060 UDP:192.0.2.2:5060");
	locate_failed(w.l, &bad);
	locate_answered(w.l, &bad);
	CHECK_STR(find(&w, "sip:two.example:5060"),
		  "UDP:192.0.2.1:5060 UDP:192.0.2.2:5060");
	for (unsigned i = 0; i < 1000; i++) {
		bad.addr.port = (uint16_t)i;
		locate_failed(w.l, &bad);
	}
out:
	world_fini(&w);
	return err;
}

/* RFC 2782: weights decide within a priority. */
static int test_weights(void)
{
	struct world w;
	unsigned     heavy = 0;
	int          err = 0;

	TRY(world_init(&w, false));
	TRY(add_srv(&w, "_sip._udp.w.example", 10, 30, 5060, "h3.example"));
	TRY(add_srv(&w, "_sip._udp.w.example", 10, 10, 5060, "h1.example"));
	TRY(add_srv(&w, "_sip._udp.w.example", 10, 0, 5060, "h0.example"));
	TRY(fake_resolver_a(w.dns, "h3.example", "192.0.2.3"));
	TRY(fake_resolver_a(w.dns, "h1.example", "192.0.2.1"));
	TRY(fake_resolver_a(w.dns, "h0.example", "192.0.2.9"));
	for (int i = 0; i < 2000; i++) {
		struct str s = find(&w, "sip:w.example;transport=udp");

		TRY(w.err);
		heavy += str_starts(s, "UDP:192.0.2.3");
		CHECK(!str_starts(s, "UDP:192.0.2.9"));
	}
	CHECK_NEAR(heavy / 2000.0, 0.75, 0.06);
out:
	world_fini(&w);
	return err;
}

/* Cancelled, or freed with the locator: no upcall. */
static int test_cancel(void)
{
	struct world   w;
	struct sip_uri u;
	int            err = 0;

	TRY(world_init(&w, false));
	TRY(sip_uri_parse(&u, STR_LIT("sip:a@plain.example")));
	TRY(locate_start(&w.query, w.l, &u, on_located, &w));
	locate_cancel(w.query);
	TRY(fake_resolver_script(w.dns, "plain.example", DNS_NAPTR,
				 FAKE_SILENT, 0));
	TRY(locate_start(&w.query, w.l, &u, on_located, &w));
	loop_run_until(w.loop, w.clk.t_us + 1000);
	locate_cancel(w.query);
	TRY(locate_start(&w.query, w.l, &u, on_located, &w));
	loop_run_until(w.loop, w.clk.t_us + 1000);
	locate_free(w.l);
	w.l = NULL;
	loop_run_until(w.loop, w.clk.t_us + 10000000);
	CHECK_INT(w.n_calls, 0);
out:
	world_fini(&w);
	return err;
}

const struct test_suite suite_locate = {
	"sip/locate", (const struct test[]){
		TEST(test_numeric),
		TEST(test_naptr),
		TEST(test_fallback),
		TEST(test_health),
		TEST_WITH(test_weights, TEST_NO_OOM),
		TEST(test_cancel),
		TEST_END } };
