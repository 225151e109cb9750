/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
				     s, instead);
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
	CHECK(!enum_client_has_trees(enum_setup_client(s)));
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
					 conf_get(c, &enum_conf_section), c);
	obj_unref(c);           /* held by what points into it */
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

struct world {
	struct fake_resolver *f;
	struct enum_setup    *s;
	struct clk_virtual    clk;
	struct loop          *l;
	struct enum_query     q;
	int                   got;
	char                  uri[64], apex[64];
};

static void on_uri(int err, const struct enum_answer *a, void *arg)
{
	struct world *w = arg;

	w->got = err;
	str_clip(w->uri, sizeof(w->uri), str_z(a ? a->v[0].uri : ""));
	str_clip(w->apex, sizeof(w->apex), str_z(a ? a->apex : ""));
}

static int begin(struct world *w, const char *text)
{
	static const struct dns_naptr rr = { 1, 1, STR_LIT("u"),
		STR_LIT("E2U+sip"), STR_LIT("!^.*$!sip:a@b!"), "" };
	int err;

	memset(w, 0, sizeof(*w));
	clk_virtual_init(&w->clk);
	err = loop_new(&w->l, &w->clk.clk);
	if (!err)
		err = fake_resolver_new(&w->f, w->l);
	if (!err)
		err = fake_resolver_naptr(w->f,
			"8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa", &rr);
	return err ? err : build(&w->s, w->l, fake_resolver_of(w->f), text);
}

static void end(struct world *w)
{
	enum_setup_free(w->s);
	fake_resolver_free(w->f);
	loop_free(w->l);
}

static int start(struct world *w)
{
	w->got = -1;
	return enum_lookup(enum_setup_client(w->s), &w->q, "+815012345678", 0,
			   on_uri, w);
}

static int look(struct world *w)
{
	int err = start(w);

	if (!err)
		loop_run_until(w->l, w->clk.t_us + 2000000);
	return err;
}

#define TREE  "trees: [{apex: e164.arpa}]"
#define LIST(host) "static: [{number: '+8150*', to: ['sip:x@" host "']}]"

/* Trees come, change and go; each lookup sees those of its beginning. */
static int test_reload_trees(void)
{
	struct world w;
	int err = 0;

	TRY(begin(&w, ""));
	TRY(look(&w));
	CHECK_INT(w.got, ENOENT);
	TRY(reload(w.s, "enum: { " TREE " }", false));
	TRY(look(&w));
	CHECK_STR(str_z(w.uri), "sip:a@b");
	/* another policy: no SIP any more */
	TRY(reload(w.s, "enum: { trees: [{apex: e164.arpa, "
		   "services: [pstn]}] }", false));
	TRY(look(&w));
	CHECK_INT(w.got, ENOENT);
	/* what is not put to use changes nothing */
	TRY(reload(w.s, "enum: { " TREE " }", true));
	TRY(look(&w));
	CHECK_INT(w.got, ENOENT);
	TRY(reload(w.s, "enum: { " TREE ", cache_entries: 2 }", false));
	TRY(fake_resolver_script(w.f, "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa", 0,
				 FAKE_RECORDS, 70));
	/* one that runs while its tree goes */
	loop_run_until(w.l, w.clk.t_us + 3700000000);
	TRY(start(&w));
	TRY(reload(w.s, "enum: {}", false));
	loop_run_until(w.l, w.clk.t_us + 2000000);
	CHECK_STR(str_z(w.uri), "sip:a@b");
	TRY(look(&w));
	CHECK_INT(w.got, ENOENT);
out:
	end(&w);
	return err;
}

/* The list of numbers: its configuration stays as long as it is asked. */
static int test_reload_list(void)
{
	struct world w;
	int err = 0;

	TRY(begin(&w, "enum: { " LIST("one.example") " }"));
	TRY(look(&w));
	CHECK_STR(str_z(w.uri), "sip:x@one.example");
	TRY(start(&w));
	TRY(reload(w.s, "enum: { " LIST("two.example") ", " TREE
		   ", static_rank: 1 }", false));
	loop_run_until(w.l, w.clk.t_us + 2000000);
	CHECK_STR(str_z(w.uri), "sip:x@one.example");
	TRY(look(&w));
	CHECK_STR(str_z(w.uri), "sip:a@b");
	TRY(reload(w.s, "enum: { " LIST("two.example") ", " TREE " }",
		   false));
	TRY(look(&w));
	CHECK_STR(str_z(w.uri), "sip:x@two.example");
	/* never ended: what it holds goes with all the rest */
	TRY(start(&w));
	TRY(reload(w.s, "enum: { " TREE " }", false));
out:
	end(&w);
	return err;
}

static bool shows(const struct enum_setup *s, const char *what)
{
	struct buf out;
	bool found;

	buf_init(&out, 10000);
	enum_setup_print(s, &out);
	buf_addc(&out, '\0');
	found = !out.err && strstr((char *)out.p, what);
	buf_fini(&out);
	return found;
}

static const char no_trees[] = "enum:\n  servers: [127.0.0.1]\n";

/* Trees with servers of their own: those that stay keep their servers and
 * caches, the others go once nobody asks in them. */
static int test_reload_servers(void)
{
	struct enum_setup *s = NULL;
	struct clk_virtual clk;
	struct loop *l = NULL;
	int err = 0;

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(build(&s, l, NULL, "enum:\n  servers: [127.0.0.1]\n" TREES));
	CHECK(shows(s, "dns=b.example dns_server=127.0.0.3:53 "));
	TRY(reload(s, "enum:\n  servers: [127.0.0.1]\n  trees:\n"
		   "    - {apex: c.example, tcp: yes}\n"
		   "    - {apex: b.example, servers: [127.0.0.4]}\n", false));
	CHECK(shows(s, "dns=b.example dns_server=127.0.0.4:53 "));
	CHECK(!shows(s, "127.0.0.3"));
	CHECK(shows(s, "dns=c.example dns_server=127.0.0.1:53 "));
	/* the same apex twice: one of them is new */
	TRY(reload(s, "enum:\n  servers: [127.0.0.1]\n  trees:\n"
		   "    - {apex: b.example, servers: [127.0.0.5]}\n"
		   "    - {apex: b.example, servers: [127.0.0.6]}\n", false));
	CHECK(shows(s, "dns=b.example dns_server=127.0.0.5:53 "));
	CHECK(shows(s, "dns=b.example dns_server=127.0.0.6:53 "));
	CHECK(!shows(s, "c.example"));
	TRY(reload(s, no_trees, true));
	TRY(reload(s, no_trees, false));
	CHECK(!shows(s, "b.example"));
	loop_run_until(l, clk.t_us + 3000000);
	CHECK(shows(s, "dns=common "));
out:
	enum_setup_free(s);
	loop_free(l);
	return err;
}

static void on_host(int err, const struct dns_rrset *set, void *arg)
{
	(void)set;
	*(int *)arg = err;
}

/* A name server that says nothing. */
static int silent_server(int *fd, unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	*fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&a, n) ||
	    getsockname(*fd, (struct sockaddr *)&a, &n))
		return errno;
	*port = ntohs(a.sin_port);
	return 0;
}

/* Hosts of a tree's zone are asked of the tree's servers, the others of the
 * common ones; the zones change while they are. */
static int test_zones(void)
{
	static const char zone[] = "enum:\n  servers: [127.0.0.1]\n  trees:\n"
		"    - {apex: b.example, servers: ['127.0.0.1:%u'], "
		"zones: [%s]}\n";
	struct dns_query in = { 0 }, out = { 0 };
	int err = 0, got_in = -1, got_out = -1, fd = -1;
	struct enum_setup *s = NULL;
	struct clk_virtual clk;
	struct loop *l = NULL;
	unsigned port = 0;
	char text[200];

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(silent_server(&fd, &port));
	snprintf(text, sizeof(text), zone, port, "net.test");
	TRY(build(&s, l, NULL, text));
	TRY(resolver_query(enum_setup_resolver(s), &in, "a.net.test", DNS_A,
			   on_host, &got_in));
	CHECK(shows(s, "dns=b.example circuit=closed cache_entries=0 "
		    "cache_kb=0 asking=1 "));
	snprintf(text, sizeof(text), zone, port, "other.test");
	TRY(reload(s, text, false));
	TRY(resolver_query(enum_setup_resolver(s), &out, "b.net.test.",
			   DNS_A, on_host, &got_out));
	CHECK(shows(s, "dns=common circuit=closed cache_entries=0 "
		    "cache_kb=0 asking=1 "));
	resolver_cancel(&out);
	/* the tree goes, who waits there is told; cancelled: nobody is */
	TRY(reload(s, no_trees, false));
	CHECK(!shows(s, "b.example"));
	loop_run_until(l, clk.t_us + 10000000);
	CHECK_INT(got_in, EAGAIN);
	CHECK_INT(got_out, -1);
	CHECK_INT(resolver_query(enum_setup_resolver(s), &in, "a b", DNS_A,
				 on_host, &got_in), EBADMSG);
	CHECK(!resolver_is_running(&in));
out:
	if (fd >= 0)
		close(fd);
	enum_setup_free(s);
	loop_free(l);
	return err;
}

/* Gives 192.0.2.9 to whoever asks. */
static void answer_a(unsigned ready, void *arg)
{
	static const uint8_t rr[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16,
				      0, 4, 192, 0, 2, 9 };
	const int *fd = arg;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	uint8_t m[512];
	ssize_t n = recvfrom(*fd, m, sizeof(m), 0, (void *)&from, &len);
	size_t end = 12;

	(void)ready;
	if (n < 17)
		return;
	while (end < (size_t)n && m[end])
		end += 1u + m[end];
	end += 5;               /* root, type, class; then OPT */
	if (end + sizeof(rr) > sizeof(m))
		return;
	m[2] |= 0x80;
	m[7] = 1;
	m[11] = 0;
	memcpy(m + end, rr, sizeof(rr));
	(void)!sendto(*fd, m, end + sizeof(rr), 0, (void *)&from, len);
}

/* The cache of a tree that stays gets the new limits, too. */
static int test_reload_kept(void)
{
	static const char zone[] = "enum:\n  servers: [127.0.0.1]\n"
		"  cache_entries: %d\n  trees:\n"
		"    - {apex: b.example, servers: ['127.0.0.1:%u'], "
		"zones: [net.test]}\n";
	static const char *const names[] = {
		"a.net.test", "b.net.test", "c.net.test",
	};
	struct enum_setup *s = NULL;
	struct io io = { .fd = -1 };
	struct dns_query q = { 0 };
	struct clk_virtual clk;
	struct loop *l = NULL;
	int err = 0, got, fd = -1;
	unsigned port = 0;
	char text[200];

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(silent_server(&fd, &port));
	TRY(io_start(l, &io, fd, IO_READ, answer_a, &fd));
	snprintf(text, sizeof(text), zone, 10, port);
	TRY(build(&s, l, NULL, text));
	for (int i = 0; i < 3; i++) {
		got = -1;
		TRY(resolver_query(enum_setup_resolver(s), &q, names[i],
				   DNS_A, on_host, &got));
		loop_run_until(l, clk.t_us + 1000000);
		CHECK_INT(got, 0);
	}
	CHECK(shows(s, "dns=b.example circuit=closed cache_entries=3 "));
	snprintf(text, sizeof(text), zone, 1, port);
	TRY(reload(s, text, false));
	CHECK(shows(s, "dns=b.example circuit=closed cache_entries=1 "));
out:
	io_stop(&io);
	if (fd >= 0)
		close(fd);
	enum_setup_free(s);
	loop_free(l);
	return err;
}

/* A lookup goes on at the servers of a tree that is gone, until it ends. */
static int test_reload_under_way(void)
{
	struct enum_query q[2] = { { 0 } };
	struct enum_setup *s = NULL;
	struct clk_virtual clk;
	struct loop *l = NULL;
	int err = 0, fd = -1, got[2] = { -1, -1 };
	unsigned port = 0;
	char text[200];

	clk_virtual_init(&clk);
	TRY(loop_new(&l, &clk.clk));
	TRY(silent_server(&fd, &port));
	snprintf(text, sizeof(text), "enum:\n  servers: [127.0.0.1]\n"
		 "  trees: [{apex: a.example, servers: ['127.0.0.1:%u']}]\n",
		 port);
	TRY(build(&s, l, NULL, text));
	TRY(enum_lookup(enum_setup_client(s), &q[0], "+815012345678", 500,
			on_enum, &got[0]));
	TRY(reload(s, no_trees, false));
	TRY(enum_lookup(enum_setup_client(s), &q[1], "+815012345678", 500,
			on_enum, &got[1]));
	loop_run_until(l, clk.t_us + 400000);
	CHECK_INT(got[0], -1);
	CHECK_INT(got[1], ENOENT);      /* there is no tree any more */
	loop_run_until(l, clk.t_us + 5000000);
	CHECK_INT(got[0], EAGAIN);
	/* the tree is back and goes again; all ends with a lookup in it */
	TRY(reload(s, text, false));
	CHECK(shows(s, "dns=a.example "));
	TRY(enum_lookup(enum_setup_client(s), &q[0], "+815012345678", 500,
			on_enum, &got[0]));
	TRY(reload(s, no_trees, false));
out:
	if (fd >= 0)
		close(fd);
	enum_setup_free(s);
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
		TEST(test_reload_trees), TEST(test_reload_list),
		TEST(test_reload_servers),
		TEST(test_zones),
		TEST(test_reload_under_way),
		TEST_WITH(test_reload_kept, TEST_REAL),
		TEST_END } };
