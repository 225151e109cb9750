/* SPDX-License-Identifier: Apache-2.0 */
/* Reloads while calls run: calls go on, peers and phones that went away
 * take no new ones. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/app_impl.h"
#include "gateway/service/location.h"
#include "gateway/sip/peer.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define ALICE "{ user: alice, number: '101', " \
	"password: { env: TEST_WORLD_PW } }"
#define BOB "{ user: bob, number: '102', password: { env: TEST_WORLD_PW } }"
#define PEER(name, ip, more) "{ name: " name ", uri: 'sip:192.0.2." ip "', " \
	"sources: [ 192.0.2." ip "/32 ]" more " }"
#define REST "lines: [ { name: tel, kind: fxs, number: '201', " \
	"tone_plan: us, echo_ms: 0 } ]\n" \
	"routes:\n  - { name: house, local: yes }\n"

static const struct world_params full = {
	.conf = "phones: [ " ALICE ", " BOB " ]\n"
		"peers: [ " PEER("a", "10", "") ", " PEER("b", "20", "")
		" ]\n" REST
		"  - { name: out, from: [ known ],\n"
		"      prefix: '3', to: [ 'peer:b' ] }\n",
};
/* bob and peer b are gone, b's calls would go to a new one */
static const struct world_params other = {
	.conf = "phones: [ " ALICE " ]\n"
		"peers: [ " PEER("c", "30", "") ", "
		PEER("a", "10", ", max_calls: 3") " ]\n" REST
		"  - { name: way, from: [ known ],\n"
		"      prefix: '3', to: [ 'peer:c' ] }\n",
};

struct house {
	struct world  *w;
	struct sip_ua *alice, *bob, *a, *b, *c;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, &full));
	TRY(world_phone(&h->alice, h->w, "alice", 2));
	TRY(world_phone(&h->bob, h->w, "bob", 3));
	TRY(world_ua(&h->a, h->w, "a", 10));
	TRY(world_ua(&h->b, h->w, "b", 20));
	TRY(world_ua(&h->c, h->w, "c", 30));
out:
	return err;
}

static int reload(struct house *h, const struct world_params *p)
{
	int err = world_set_conf(h->w, p);

	return err ? err : world_reload(h->w, false, NULL);
}

static struct peers *peers_of(const struct house *h)
{
	return app_calls(h->w->app)->env.peers;
}

/* A call by way of a peer that goes away: it goes on to its end, the next
 * one takes the new way. */
static int test_calls_go_on(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.a)), "answer");
	CHECK_INT(h.b->n_invites, 1);
	TRY(reload(&h, &other));
	CHECK(!peer_find(peers_of(&h), STR_LIT("b")));
	CHECK_INT(peer_find(peers_of(&h), STR_LIT("a"))->calls, 1);
	world_run(h.w, 5000);
	CHECK_INT(world_calls(h.w), 1);
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 500);
	CHECK_INT(peer_find(peers_of(&h), STR_LIT("a"))->calls, 0);
	TRY(sip_ua_call(h.a, "sip:301@home.test", h.w->gateway));
	world_run(h.w, 500);
	CHECK_INT(h.b->n_invites, 1);
	CHECK_INT(h.c->n_invites, 1);
	sip_ua_hangup(h.a, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(world_cdr_count(h.w, "\"target\":\"peer:b\""), 1);
	CHECK_INT(world_cdr_count(h.w, "\"route\":\"way\""), 1);
out:
	world_free(h.w);
	return err;
}

/* A call that rings at a target when its rule goes away. */
static int test_ringing(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	h.b->does = 180;
	TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
	world_run(h.w, 500);
	TRY(reload(&h, &other));
	TRY(reload(&h, &other));
	world_run(h.w, 500);
	TRY(sip_ua_answer(h.b));
	world_run(h.w, 500);
	CHECK_INT(world_call(h.w)->state, CALL_CONNECTED);
	sip_ua_hangup(h.b, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A phone that is taken out loses its registration, not its call; another
 * password ends the registrations made by the old one. */
static int test_phones(void)
{
	struct location_phone *p;
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sip_ua_call(h.bob, "sip:101@home.test", h.w->gateway));
	world_run(h.w, 500);
	CHECK_INT(world_call(h.w)->state, CALL_CONNECTED);
	TRY(reload(&h, &other));
	CHECK(!location_phone(app_location(h.w->app), STR_LIT("bob")));
	p = location_phone(app_location(h.w->app), STR_LIT("alice"));
	CHECK(p && location_best(p));
	world_run(h.w, 3000);
	CHECK_INT(world_call(h.w)->state, CALL_CONNECTED);
	sip_ua_hangup(h.bob, 0);
	world_run(h.w, 1000);
	CHECK_INT(world_calls(h.w), 0);
	setenv("TEST_WORLD_PW", "another", 1);
	TRY(reload(&h, &other));
	CHECK(!location_best(p));
	CHECK(world_is_idle(h.w));
out:
	setenv("TEST_WORLD_PW", "secret", 1);
	world_free(h.w);
	return err;
}

/* To and fro a hundred times, with a call begun, ringing or ended between
 * any two. */
static int test_hundred(void)
{
	struct house h;
	int err;

	TRY(house_open(&h));
	TRY(sip_ua_call(h.alice, "sip:201@home.test", h.w->gateway));
	for (int i = 0; i < 100; i++) {
		struct sip_ua *target = i % 2 ? h.c : h.b;

		target->does = i % 3 ? 200 : 180;
		TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
		world_run(h.w, i % 7 * 10);
		TRY(reload(&h, i % 2 ? &full : &other));
		world_run(h.w, 30);
		sip_ua_hangup(h.a, 0);
		world_run(h.w, 50);
	}
	CHECK(world_calls(h.w) >= 1);   /* alice's: it rings */
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
	CHECK_INT(app_calls(h.w->app)->total, 101);
out:
	world_free(h.w);
	return err;
}

/* Tables that a search still holds outlive the reload that takes them out
 * of force, and not the search. */
static int test_old_tables(void)
{
	char file[ROUTE_RIG_PATH], conf[1000];
	struct world_params p = { .conf = conf };
	struct list *left;
	struct house h = { 0 };
	int err;

	TRY(route_rig_file(file, "3,peer:b,1\n"));
	snprintf(conf, sizeof(conf), "peers: [ " PEER("a", "10", "") ", "
		 PEER("b", "20", "") " ]\n"
		 "tables: [ { name: t, type: carriers, form: dialled, "
		 "file: %s } ]\n" REST
		 "  - { name: out, from: [ known ], table: t }\n", file);
	TRY(world_new(&h.w, &p));
	TRY(world_ua(&h.a, h.w, "a", 10));
	TRY(world_ua(&h.b, h.w, "b", 20));
	left = &h.w->app->leftovers;
	h.b->does = 180;
	TRY(sip_ua_call(h.a, "sip:300@home.test", h.w->gateway));
	world_run(h.w, 500);
	CHECK_INT(h.b->n_invites, 1);
	TRY(world_reload(h.w, false, NULL));
	world_run(h.w, 3000);
	CHECK_INT(list_len(left), 1);
	sip_ua_hangup(h.a, 0);
	world_run(h.w, 3000);
	CHECK(list_is_empty(left));
	TRY(world_reload(h.w, false, NULL));
	world_run(h.w, 0);
	CHECK(list_is_empty(left));
	CHECK(world_is_idle(h.w));
out:
	unlink(file);
	world_free(h.w);
	return err;
}

struct reading {
	struct world *w;
	int           pipe, err;
	bool          done;
};

static void on_reloaded(int err, struct str text, void *arg)
{
	struct reading *r = arg;

	(void)text;
	r->err = err;
	r->done = true;
}

static bool is_done(void *arg)
{
	return ((struct reading *)arg)->done;
}

/* Begins a reload that reads from a pipe, where nothing comes yet. */
static int read_slowly(struct reading *r)
{
	int fd[2];

	r->done = false;
	if (pipe(fd))
		return errno;
	dup2(fd[0], r->w->conf_fd);
	close(fd[0]);
	r->pipe = fd[1];
	return app_reload(r->w->app, false, on_reloaded, r);
}

static int come_to_an_end(struct reading *r, struct str text)
{
	bool ok = r->pipe < 0 ||
		  write(r->pipe, text.p, text.l) == (ssize_t)text.l;

	if (r->pipe >= 0)
		close(r->pipe);
	r->pipe = -1;
	return ok ? 0 : EIO;
}

/* While a file is read SIP is answered; a reload that is under way at the
 * end of the program is waited for. */
static int test_signalling_goes_on(void)
{
	static const struct world_params wide = {
		.conf = "phones: [ " ALICE ", " BOB " ]\n", .real = true,
	};
	static const struct world_params narrow = {
		.conf = "phones: [ " ALICE " ]\n", .real = true,
	};
	struct reading r = { .pipe = -1 };
	struct str text = { NULL, 0 };
	struct sip_ua *alice, *bob;
	char file[4096];
	ssize_t n;
	int err;

	TRY(world_new(&r.w, &wide));
	TRY(world_set_conf(r.w, &narrow));
	n = pread(r.w->conf_fd, file, sizeof(file), 0);
	CHECK(n > 0);
	text = str_pl(file, (size_t)n);
	TRY(read_slowly(&r));
	TRY(world_phone(&alice, r.w, "alice", 2));
	TRY(world_phone(&bob, r.w, "bob", 3));
	CHECK(!r.done);
	TRY(come_to_an_end(&r, text));
	TRY(world_wait(r.w, 20000, is_done, &r));
	TRY(r.err);
	CHECK(!location_phone(app_location(r.w->app), STR_LIT("bob")));
	TRY(read_slowly(&r));
out:
	if (come_to_an_end(&r, text) && !err)
		err = EIO;
	world_free(r.w);
	return err;
}

const struct test_suite suite_reload = {
	"scenario/reload", (const struct test[]){
		TEST_WITH(test_calls_go_on, TEST_NO_OOM),
		TEST_WITH(test_ringing, TEST_NO_OOM),
		TEST_WITH(test_phones, TEST_NO_OOM),
		TEST_WITH(test_hundred, TEST_NO_OOM),
		TEST_WITH(test_old_tables, TEST_NO_OOM),
		TEST_WITH(test_signalling_goes_on, TEST_REAL),
		TEST_END } };
