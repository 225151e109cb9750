/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/peer.h"

#include <string.h>

#include "base/mem.h"
#include "tests/lib/sip_pair.h"
#include "tests/lib/test.h"

static void conf_of(struct sip_peer_conf *c, const char *name,
		    const char *uri, struct cidr *nets, size_t n)
{
	memset(c, 0, sizeof(*c));
	strcpy(c->name, name);
	strcpy(c->uri, uri);
	c->sources.v = nets;
	c->sources.n = n;
}

static int test_sources(void)
{
	struct cidr          wide[2], narrow[1];
	struct sip_peer_conf conf[2];
	struct conf_list     list = { conf, 2 };
	struct peers        *ps = NULL;
	struct sip_peer     *p;
	struct addr          a;
	int                  err = 0;

	TRY(cidr_parse(&wide[0], STR_LIT("192.0.2.0/24")));
	TRY(cidr_parse(&wide[1], STR_LIT("2001:db8::/32")));
	TRY(cidr_parse(&narrow[0], STR_LIT("192.0.2.7")));
	conf_of(&conf[0], "wide", "sip:192.0.2.1", wide, 2);
	conf_of(&conf[1], "narrow", "sip:192.0.2.7", narrow, 1);
	conf[1].max_calls = 2;
	TRY(peers_new(&ps, &list));
	TRY(addr_parse_ip(&a, STR_LIT("192.0.2.9")));
	CHECK(peer_find_source(ps, &a) == peer_find(ps, STR_LIT("wide")));
	TRY(addr_parse_ip(&a, STR_LIT("192.0.2.7")));
	CHECK(peer_find_source(ps, &a) == peer_find(ps, STR_LIT("narrow")));
	TRY(addr_parse_ip(&a, STR_LIT("2001:db8:1::1")));
	CHECK(peer_find_source(ps, &a) == peer_at(ps, 0));
	TRY(addr_parse_ip(&a, STR_LIT("198.51.100.1")));
	CHECK(!peer_find_source(ps, &a));
	CHECK(!peer_find(ps, STR_LIT("other")));
	CHECK(!peer_at(ps, 2));
	p = peer_at(ps, 1);
	TRY(peer_call_begin(p, false));
	TRY(peer_call_begin(p, false));
	CHECK_INT(peer_call_begin(p, false), EDQUOT);
	TRY(peer_call_begin(p, true));  /* an emergency passes, and counts */
	peer_call_end(p);
	CHECK_INT(peer_call_begin(p, false), EDQUOT);
	peer_call_end(p);
	TRY(peer_call_begin(p, false));
out:
	peers_free(ps);
	return err;
}

/* b answers OPTIONS by itself; it is cut off and comes back. */
static int test_ping(void)
{
	struct sip_peer_conf conf[2];
	struct conf_list     list = { conf, 2 };
	struct peers        *ps = NULL;
	struct sip_pair      p;
	int                  err = 0;

	TRY(sip_pair_init(&p));
	conf_of(&conf[0], "b", "sip:192.0.2.2", NULL, 0);
	conf_of(&conf[1], "quiet", "sip:192.0.2.3", NULL, 0);
	conf[0].ping_ms = 30000;
	TRY(peers_new(&ps, &list));
	peers_watch(ps, p.a.stack, p.a.locator);
	sip_pair_run(&p, 100000);
	CHECK(peer_at(ps, 0)->up);
	CHECK(peer_at(ps, 0)->cseq >= 3 && peer_at(ps, 0)->cseq <= 5);
	CHECK_INT(peer_at(ps, 1)->cseq, 0);
	fake_net_cut(p.net, &p.b.addr, true);
	sip_pair_run(&p, 10000);
	CHECK(peer_at(ps, 0)->up);
	sip_pair_run(&p, 50000);
	CHECK(!peer_at(ps, 0)->up);
	fake_net_cut(p.net, &p.b.addr, false);
	sip_pair_run(&p, 50000);
	CHECK(peer_at(ps, 0)->up);
	/* one lost ping alone says nothing */
	fake_net_cut(p.net, &p.b.addr, true);
	while (!peer_at(ps, 0)->contrary)
		sip_pair_run(&p, 100);
	fake_net_cut(p.net, &p.b.addr, false);
	sip_pair_run(&p, 60000);
	CHECK(peer_at(ps, 0)->up);
	CHECK_INT(peer_at(ps, 0)->contrary, 0);
out:
	peers_free(ps);
	sip_pair_fini(&p);
	return err;
}

/* Refusals are answers; 503 is not; a name that DNS does not know, too. */
static int test_answers(void)
{
	struct sip_peer_conf conf[2];
	struct conf_list     list = { conf, 2 };
	struct peers        *ps = NULL;
	struct sip_pair      p;
	int                  err = 0;

	TRY(sip_pair_init(&p));
	conf_of(&conf[0], "raw", "sip:192.0.2.9", NULL, 0);
	conf_of(&conf[1], "name", "sip:nowhere.example", NULL, 0);
	conf[0].ping_ms = conf[1].ping_ms = 1000;
	TRY(peers_new(&ps, &list));
	peers_watch(ps, p.a.stack, p.a.locator);
	for (int i = 0; i < 4; i++) {
		unsigned seen = p.n_raw;

		while (p.n_raw == seen)
			sip_pair_run(&p, 100);
		CHECK_STR(str_z(sip_pair_raw_got(&p)), "OPTIONS");
		TRY(sip_pair_raw_reply(&p, i < 2 ? 404 : 503, "r", "", ""));
		sip_pair_run(&p, 10);
		CHECK_INT(peer_at(ps, 0)->up, i < 3);
	}
	CHECK(!peer_at(ps, 1)->up);
out:
	peers_free(ps);
	sip_pair_fini(&p);
	return err;
}

/* A call without an answer: others come first until the peer shows life. */
static int test_silent(void)
{
	struct sip_peer_conf conf[2];
	struct conf_list     list = { conf, 2 };
	struct peers        *ps = NULL;
	struct sip_peer     *b, *mute;
	struct sip_pair      p;
	int                  err = 0;

	TRY(sip_pair_init(&p));
	conf_of(&conf[0], "b", "sip:192.0.2.2", NULL, 0);
	conf_of(&conf[1], "mute", "sip:192.0.2.9", NULL, 0);
	TRY(peers_new(&ps, &list));
	peers_watch(ps, p.a.stack, p.a.locator);
	b = peer_at(ps, 0);
	mute = peer_at(ps, 1);
	CHECK(peer_is_good(b) && peer_is_good(mute));
	/* it answers the ping at once */
	peer_silent(b);
	CHECK(!peer_is_good(b));
	CHECK_STR(str_z(peer_state_name(b)), "doubtful");
	sip_pair_run(&p, 10);
	CHECK(peer_is_good(b));
	CHECK_INT(b->cseq, 1);
	/* cut off, it is pinged ever more rarely until it is back */
	fake_net_cut(p.net, &p.b.addr, true);
	peer_silent(b);
	sip_pair_run(&p, 30000);
	CHECK(!peer_is_good(b));
	CHECK(b->cseq >= 3 && b->cseq <= 6);
	fake_net_cut(p.net, &p.b.addr, false);
	sip_pair_run(&p, 25000);
	CHECK(peer_is_good(b));
	CHECK(b->up);
	/* without OPTIONS the next call decides, or time */
	peer_silent(mute);
	sip_pair_run(&p, 10000);
	CHECK(!peer_is_good(mute));
	peer_alive(mute);
	CHECK(peer_is_good(mute));
	peer_silent(mute);
	sip_pair_run(&p, PEER_DOUBT_MS - 1000);
	CHECK(!peer_is_good(mute));
	sip_pair_run(&p, 2000);
	CHECK(peer_is_good(mute));
	CHECK(mute->up);
	sip_pair_run(&p, 60000);
	CHECK_INT(sip_stack_txns(p.a.stack), 0);
out:
	peers_free(ps);
	sip_pair_fini(&p);
	return err;
}

/* Bounds of what calls and pings measure. */
static int test_poor(void)
{
	static const struct fake_link slow = { .delay_us = 300000 };
	struct sip_peer_conf conf[1];
	struct conf_list     list = { conf, 1 };
	struct peers        *ps = NULL;
	struct sip_peer     *b;
	struct sip_pair      p;
	int                  err = 0;

	TRY(sip_pair_init(&p));
	conf_of(&conf[0], "b", "sip:192.0.2.2", NULL, 0);
	conf[0].max_loss = 10;
	conf[0].max_delay_ms = 400;
	conf[0].ping_ms = 5000;
	TRY(peers_new(&ps, &list));
	peers_watch(ps, p.a.stack, p.a.locator);
	b = peer_at(ps, 0);
	peer_measured(b, 11, 0);
	CHECK(peer_is_good(b));
	peer_measured(b, 12, 0);
	CHECK(!peer_is_good(b));
	CHECK_STR(str_z(peer_state_name(b)), "poor");
	CHECK(b->up);
	sip_pair_run(&p, PEER_POOR_MIN_MS + 1000);
	CHECK(peer_is_good(b));
	/* 600 ms there and back by OPTIONS */
	fake_net_set(p.net, &slow);
	sip_pair_run(&p, 15000);
	CHECK(!peer_is_good(b));
	CHECK(b->up);
	CHECK(b->health.delay_ms >= 590 && b->health.delay_ms <= 620);
out:
	peers_free(ps);
	sip_pair_fini(&p);
	return err;
}

/* Those known by name stay with their calls, others come and go; conf lives
 * as long as a peer of it. */
static int test_reload(void)
{
	struct sip_peer_conf first[2], *second;
	struct conf_list     list = { first, 2 };
	struct peers_next   *next = NULL;
	struct peers        *ps = NULL;
	struct sip_peer     *b, *gone = NULL;
	struct sip_pair      p;
	void                *owner = NULL;
	int                  err = 0;

	TRY(sip_pair_init(&p));
	conf_of(&first[0], "gone", "sip:192.0.2.3", NULL, 0);
	conf_of(&first[1], "b", "sip:192.0.2.2", NULL, 0);
	TRY(peers_new(&ps, &list));
	peers_watch(ps, p.a.stack, p.a.locator);
	b = peer_at(ps, 1);
	gone = obj_ref(peer_at(ps, 0));         /* as a call does */
	TRY(peer_call_begin(b, false));
	TRY(peer_call_begin(gone, false));
	peer_silent(gone);
	owner = obj_new(2 * sizeof(*second), NULL);
	TRY(owner ? 0 : ENOMEM);
	second = owner;
	conf_of(&second[0], "b", "sip:192.0.2.2", NULL, 0);
	conf_of(&second[1], "new", "sip:192.0.2.9", NULL, 0);
	second[0].ping_ms = second[1].ping_ms = 1000;
	second[0].max_calls = 1;
	list = (struct conf_list){ second, 2 };
	TRY(peers_prepare(&next, ps, &list, owner));
	CHECK(peer_at(ps, 1) == b && !b->conf->ping_ms);
	peers_discard(next);
	TRY(peers_prepare(&next, ps, &list, owner));
	peers_commit(ps, next);
	owner = obj_unref(owner);
	CHECK(peer_at(ps, 0) == b && b->conf == &second[0]);
	CHECK_INT(b->calls, 1);
	CHECK_INT(peer_call_begin(b, false), EDQUOT);
	CHECK(!peer_find(ps, STR_LIT("gone")) && gone->removed);
	peer_silent(gone);
	peer_call_end(gone);
	peer_call_end(b);
	sip_pair_run(&p, 20000);
	CHECK(b->cseq > 10 && b->up);
	CHECK(!peer_find(ps, STR_LIT("new"))->up);
	CHECK_INT(gone->cseq, 0);
	list.n = 0;                     /* and nobody at all */
	TRY(peers_prepare(&next, ps, &list, NULL));
	peers_commit(ps, next);
	CHECK(!peer_at(ps, 0));
out:
	obj_unref(gone);
	obj_unref(owner);
	peers_free(ps);
	sip_pair_fini(&p);
	return err;
}

/* Which URIs lead to a peer, whoever wrote them. */
static int test_uris(void)
{
	static const struct { const char *uri; int match; } rows[] = {
		{ "sip:1@sip.isp.example", PEER_MATCH_HOST },
		{ "sips:1@SIP.ISP.example.:5099;transport=tls",
		  PEER_MATCH_HOST },
		{ "sip:1@proxy.isp.example", PEER_MATCH_HOST },
		{ "sip:1@192.0.2.7", 24 }, { "sip:1@192.0.3.7", -1 },
		{ "sip:1@[2001:DB8:0:0::1]:5060", 128 },
		{ "sip:1@[::ffff:192.0.2.9]", 24 },
		{ "sip:1@other.example;maddr=192.0.2.1", 24 },
		{ "sip:1@isp.example", -1 },
		{ "sip:sip.isp.example@x.example", -1 },
		{ "sip:x.sip.isp.example", -1 },
	};
	struct sip_peer_conf c;
	struct cidr nets[2];
	struct sip_uri u;
	int err = 0;

	TRY(cidr_parse(&nets[0], STR_LIT("192.0.2.0/24")));
	TRY(cidr_parse(&nets[1], STR_LIT("2001:db8::1/128")));
	conf_of(&c, "isp", "sip:sip.isp.example:5060", nets, 2);
	strcpy(c.outbound_proxy, "sip:proxy.isp.example;lr");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TRY(sip_uri_parse(&u, str_z(rows[i].uri)));
		if (peer_conf_match_uri(&c, &u) != rows[i].match)
			test_say(__FILE__, __LINE__, "%s", rows[i].uri);
		CHECK_INT(peer_conf_match_uri(&c, &u), rows[i].match);
	}
	CHECK(!peer_conf_has_account(&c));
	strcpy(c.user, "us");
	CHECK(peer_conf_has_account(&c));
	/* by address, without networks */
	conf_of(&c, "v6", "sip:[2001:db8::5]", NULL, 0);
	TRY(sip_uri_parse(&u, STR_LIT("sip:1@[2001:db8:0:0:0::5]")));
	CHECK_INT(peer_conf_match_uri(&c, &u), PEER_MATCH_HOST);
out:
	return err;
}

const struct test_suite suite_peer = {
	"sip/peer", (const struct test[]){
		TEST(test_sources), TEST(test_uris),
		TEST_WITH(test_ping, TEST_NO_OOM),
		TEST_WITH(test_answers, TEST_NO_OOM),
		TEST_WITH(test_reload, TEST_NO_OOM),
		TEST_WITH(test_silent, TEST_NO_OOM),
		TEST_WITH(test_poor, TEST_NO_OOM),
		TEST_END } };
