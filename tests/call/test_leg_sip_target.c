/* SPDX-License-Identifier: Apache-2.0 */
/* What an INVITE to a target looks like. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/call/leg_sip.h"
#include "gateway/sip/peer.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params params = {
	.conf = "numbering: { plan: jp }\n"
		"phones:\n"
		"  - { user: alice, number: '101', srtp: required,\n"
		"      password: { env: TEST_WORLD_PW } }\n"
		"  - { user: bob, number: '102',\n"
		"      password: { env: TEST_WORLD_PW } }\n"
		"peers:\n"
		"  - { name: pai, uri: 'sip:192.0.2.30:5070;transport=tcp',\n"
		"      identity: pai }\n"
		"  - { name: plain, uri: 'sip:192.0.2.31', identity: pai,\n"
		"      numbers: { called: plain, calling: plain,\n"
		"                 main: '+81355550100' } }\n"
		"  - { name: asks, uri: 'sip:192.0.2.31', enumdi: yes,\n"
		"      portability: no }\n"
		"  - { name: itsp, uri: 'sips:itsp.test', user: '0355',\n"
		"      identity: ppi, auth_user: me, max_calls: 1,\n"
		"      outbound_proxy: 'sip:proxy.test',\n"
		"      password: { env: TEST_WORLD_PW } }\n",
};

struct desk {
	struct world       *w;
	struct sip_ua      *alice;
	struct route_query  q;
	struct route_target t;
	struct sip_invite   inv;
	struct leg_sip_text text;
};

static int begin(struct desk *d)
{
	int err;

	memset(d, 0, sizeof(*d));
	strcpy(d->q.calling.number, "0312345678");
	strcpy(d->q.calling.name, "Tokyo \"T\"");
	TRY(world_new(&d->w, &params));
	TRY(world_phone(&d->alice, d->w, "alice", 10));
out:
	return err;
}

static int make(struct desk *d, enum route_kind kind, const char *dest,
		const char *called)
{
	memset(&d->inv, 0, sizeof(d->inv));
	d->t.kind = kind;
	snprintf(d->t.dest, sizeof(d->t.dest), "%s", dest);
	snprintf(d->t.called.number, sizeof(d->t.called.number), "%s",
		 called);
	return leg_sip_target(&d->inv, &d->text, app_calls(d->w->app), &d->q,
			      &d->t);
}

static int test_peer(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(make(&d, ROUTE_PEER, "pai", "+81 9"));
	CHECK_STR(d.inv.target, "sip:+81%209@192.0.2.30:5070;transport=tcp");
	CHECK_STR(d.inv.from, "sip:0312345678@home.test");
	CHECK_STR(d.inv.pai, "sip:0312345678@home.test");
	CHECK_INT(d.inv.privacy.l, 0);
	TRY(make(&d, ROUTE_PEER, "itsp", "110"));
	CHECK_STR(d.inv.target, "sips:110@itsp.test");
	CHECK_STR(d.inv.from, "sip:0355@itsp.test");
	CHECK_STR(d.inv.ppi, "sip:0312345678@home.test");
	CHECK_STR(d.inv.route, "sip:proxy.test");
	CHECK_STR(d.inv.auth_user, "me");
	CHECK_STR(d.inv.auth_secret, "secret");
	TRY(make(&d, ROUTE_PEER, "pai", "urn:service:sos.fire"));
	CHECK_STR(d.inv.target, "urn:service:sos.fire");
	CHECK_STR(d.inv.route, "sip:192.0.2.30:5070;transport=tcp");
	CHECK_INT(make(&d, ROUTE_PEER, "nobody", "1"), ENOENT);
out:
	world_free(d.w);
	return err;
}

/* RFC 4694 and 4759: what a peer is told of a number, if it wants it. */
static int test_port(void)
{
	static const struct tel_port port = { .npdi = true, .enumdi = true,
		.rn = "+12025440000" };
	struct desk d;
	int err;

	TRY(begin(&d));
	d.t.port = &port;
	TRY(make(&d, ROUTE_PEER, "pai", "+12025331234"));
	CHECK_STR(d.inv.target, "sip:+12025331234;npdi;rn=+12025440000@"
		  "192.0.2.30:5070;transport=tcp;user=phone");
	TRY(make(&d, ROUTE_PEER, "asks", "+12025331234"));
	CHECK_STR(d.inv.target, "sip:+12025331234;enumdi@192.0.2.31;"
		  "user=phone");
	/* RFC 4759, 5 */
	TRY(make(&d, ROUTE_PEER, "asks", "+441632960038"));
	CHECK_STR(d.inv.target, "sip:+441632960038;enumdi@192.0.2.31;"
		  "user=phone");
	/* only a number of the whole world has such parameters */
	TRY(make(&d, ROUTE_PEER, "pai", "2025331234"));
	CHECK_STR(d.inv.target,
		  "sip:2025331234@192.0.2.30:5070;transport=tcp");
out:
	world_free(d.w);
	return err;
}

/* A withheld number goes to a trusted peer only, and marked. */
static int test_privacy(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	strcpy(d.q.calling.name, "Alice");
	d.q.calling.presentation = PARTY_RESTRICTED;
	TRY(make(&d, ROUTE_PEER, "pai", "1"));
	CHECK_STR(d.inv.from, "sip:anonymous@anonymous.invalid");
	CHECK_STR(d.inv.pai, "sip:0312345678@home.test");
	CHECK_STR(d.inv.privacy, "id");
	TRY(make(&d, ROUTE_PEER, "itsp", "1"));
	CHECK_INT(d.inv.ppi.l, 0);
	/* the provider hears from its account, and of nobody behind it */
	CHECK_STR(d.inv.from, "sip:0355@itsp.test");
	CHECK_INT(d.inv.from_name.l, 0);
	CHECK_STR(d.inv.privacy, "id");
	TRY(make(&d, ROUTE_URI, "sip:x@y.test", "1"));
	CHECK_STR(d.inv.target, "sip:x@y.test");
	CHECK_STR(d.inv.from, "sip:anonymous@anonymous.invalid");
	CHECK_INT(d.inv.pai.l, 0);
out:
	world_free(d.w);
	return err;
}

/* A call for help shows its caller, and tries a peer that seems down. */
static int test_emergency(void)
{
	struct sip_peer *p;
	struct desk d;
	int err;

	TRY(begin(&d));
	p = peer_find(app_calls(d.w->app)->env.peers, STR_LIT("pai"));
	CHECK(p != NULL);
	p->up = false;
	d.q.from.kind = ROUTE_FROM_PHONE;
	d.q.calling.presentation = PARTY_RESTRICTED;
	strcpy(d.q.called.number, "0398765432");
	CHECK_INT(make(&d, ROUTE_PEER, "pai", "0398765432"), ENODEV);
	strcpy(d.q.called.number, "110");
	TRY(make(&d, ROUTE_PEER, "pai", "110"));
	CHECK_STR(d.inv.from, "sip:0312345678@home.test");
	CHECK_INT(d.inv.privacy.l, 0);
	/* a stranger's is nobody's emergency */
	d.q.from.kind = ROUTE_FROM_INTERNET;
	CHECK_INT(make(&d, ROUTE_PEER, "pai", "110"), ENODEV);
out:
	world_free(d.w);
	return err;
}

/* Numbers in the form of who is called. */
static int test_forms(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(make(&d, ROUTE_PEER, "plain", "+442079460148"));
	CHECK_STR(d.inv.target, "sip:442079460148@192.0.2.31");
	CHECK_STR(d.inv.from, "sip:81312345678@home.test");
	CHECK_STR(d.inv.pai, "sip:81312345678@home.test");
	TRY(make(&d, ROUTE_PEER, "plain", "110"));
	CHECK_STR(d.inv.target, "sip:110@192.0.2.31");
	strcpy(d.q.calling.number, "201");
	TRY(make(&d, ROUTE_PEER, "plain", "0612345678"));
	CHECK_STR(d.inv.target, "sip:81612345678@192.0.2.31");
	CHECK_STR(d.inv.from, "sip:81355550100@home.test");
	TRY(make(&d, ROUTE_URI, "sip:x@y.test", "1"));
	CHECK_STR(d.inv.from, "sip:201@home.test");
	strcpy(d.q.calling.number, "0312345678");
	TRY(make(&d, ROUTE_URI, "sip:x@y.test", "1"));
	CHECK_STR(d.inv.target, "sip:x@y.test");
	CHECK_STR(d.inv.from, "sip:+81312345678@home.test");
out:
	world_free(d.w);
	return err;
}

/* A phone is called at its contact, on the flow it registered by. */
static int test_phone(void)
{
	struct desk d;
	int err;

	TRY(begin(&d));
	TRY(make(&d, ROUTE_PHONE, "alice", "101"));
	CHECK(str_istarts(d.inv.target, "sip:alice@192.0.2.10"));
	CHECK(d.inv.flow);
	CHECK_STR(d.inv.to, "sip:alice@home.test");
	CHECK(d.text.srtp > 0);
	CHECK_INT(make(&d, ROUTE_PHONE, "bob", "102"), ENOENT);
	CHECK_INT(make(&d, ROUTE_PHONE, "carol", "103"), ENOENT);
	CHECK_INT(make(&d, ROUTE_REJECT, "", ""), EINVAL);
out:
	world_free(d.w);
	return err;
}

/* From outside nobody is led inside; within the house everybody may go. */
static int test_inside(void)
{
	static const struct { const char *from, *to; bool led; } t[] = {
		{ "198.51.100.1", "192.0.2.7", false },
		{ "198.51.100.1", "192.168.1.7", true },
		{ "198.51.100.1", "10.1.2.3", true },
		{ "198.51.100.1", "100.64.0.1", true },
		{ "198.51.100.1", "169.254.169.254", true },
		{ "198.51.100.1", "127.0.0.1", true },
		{ "198.51.100.1", "0.0.0.0", true },
		{ "198.51.100.1", "255.255.255.255", true },
		{ "198.51.100.1", "239.1.1.1", true },
		{ "198.51.100.1", "::1", true },
		{ "198.51.100.1", "::", true },
		{ "198.51.100.1", "fd00::1", true },
		{ "198.51.100.1", "fe80::1", true },
		{ "198.51.100.1", "::ffff:10.0.0.1", true },
		{ "198.51.100.1", "::ffff:192.0.2.7", false },
		{ "2001:db8::1", "10.0.0.1", true },
		{ "2001:db8::1", "2001:db8::2", false },
		{ "192.168.1.9", "192.168.1.7", false },
		{ "127.0.0.1", "127.0.0.2", false },
		{ "::ffff:10.0.0.9", "10.0.0.1", false },
	};
	struct route_query q = { .from.kind = ROUTE_FROM_INTERNET };
	struct sip_msg m;
	struct addr to;
	int err = 0;

	memset(&m, 0, sizeof(m));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(addr_parse(&m.src, str_z(t[i].from), 5060));
		TRY(addr_parse(&to, str_z(t[i].to), 5060));
		CHECK(leg_sip_leads_inside(&q, &m, &to) == t[i].led);
	}
	CHECK(!leg_sip_leads_inside(&q, NULL, &to));
	TRY(addr_parse(&m.src, STR_LIT("198.51.100.1"), 5060));
	CHECK(leg_sip_leads_inside(&q, &m, &to));
	q.from.kind = ROUTE_FROM_PHONE;
	CHECK(!leg_sip_leads_inside(&q, &m, &to));
out:
	return err;
}

const struct test_suite suite_leg_sip_target = {
	"call/leg_sip_target", (const struct test[]){
		TEST_WITH(test_peer, TEST_NO_OOM),
		TEST_WITH(test_port, TEST_NO_OOM),
		TEST_WITH(test_privacy, TEST_NO_OOM),
		TEST_WITH(test_emergency, TEST_NO_OOM),
		TEST_WITH(test_forms, TEST_NO_OOM),
		TEST_WITH(test_phone, TEST_NO_OOM), TEST(test_inside),
		TEST_END } };
