/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that cost money, watched; and the wall before the PSTN, over
 * configurations made at random. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "gateway/app_conf.h"
#include "gateway/route/guard.h"
#include "gateway/sip/peer.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define HOUSE HOUSE_WITH("")
#define HOUSE_WITH(of_isp) \
	"numbering: { plan: jp }\n" \
	"phones:\n" \
	"  - { user: alice, number: \"101\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"  - { user: bob, number: \"102\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"peers:\n" \
	"  - { name: isp, uri: \"sip:192.0.2.20\", " \
	"      sources: [ 192.0.2.20/32 ]" of_isp " }\n" \
	"lines:\n" \
	"  - { name: tel, kind: fxs, number: \"201\", tone_plan: us, " \
	"      echo_ms: 0 }\n" \
	"  - { name: tel2, kind: fxs, number: \"202\", tone_plan: us, " \
	"      echo_ms: 0 }\n" \
	"  - { name: l1, kind: fxo, tone_plan: us, echo_ms: 0 }\n" \
	"  - { name: l2, kind: fxo, tone_plan: us, echo_ms: 0 }\n" \
	"groups:\n" \
	"  - { name: pstn, lines: [ l1, l2 ] }\n" \
	"  - { name: desk, lines: [ tel, tel2 ] }\n" \
	"  - { name: mixed, lines: [ tel, l2 ] }\n" \
	"emergency: { numbers: [ \"110\" ], to: [ \"group:pstn\" ] }\n" \
	"enum: { trees: [ { apex: e164.arpa, tel: any } ] }\n"

#define OUT "routes: [ { name: out, prefix: \"0\", to: [ \"peer:isp\" ] } ]\n"

static const struct world_params plain = { .conf = HOUSE OUT };
static const struct world_params strict = {
	.conf = HOUSE OUT "guard: { minutes_hour: 1, action: block, "
		"night_action: block, end_calls: yes }\n",
};

struct house {
	struct world  *w;
	struct sip_ua *alice, *isp;
};

static void quiet(enum log_level lv, const char *line, void *arg)
{
	(void)lv;
	(void)line;
	(void)arg;
}

static int house_open(struct house *h, const struct world_params *p)
{
	int err;

	*h = (struct house){ 0 };
	TRY(world_new(&h->w, p));
	TRY(world_phone(&h->alice, h->w, "alice", 10));
	TRY(world_ua(&h->isp, h->w, "isp", 20));
out:
	return err;
}

/* A premium number of the national plan is not dialled, others are. */
static int test_premium(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, &plain));
	TRY(sip_ua_call(h.alice, "sip:0990123456@home.test", h.w->gateway));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "403");
	CHECK_INT(h.isp->n_invites, 0);
	CHECK_INT(world_cdr_count(h.w, "\"why\":\"guard: premium\""), 1);
	TRY(sip_ua_call(h.alice, "sip:0312345678@home.test", h.w->gateway));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* A call that passes the limit is ended; no other begins, but help comes. */
static int test_limit(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, &strict));
	TRY(sip_ua_call(h.alice, "sip:0312345678@home.test", h.w->gateway));
	world_run(h.w, 20000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	world_run(h.w, 50000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "bye");
	TRY(sip_ua_call(h.alice, "sip:0312345678@home.test", h.w->gateway));
	world_run(h.w, 500);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "403");
	CHECK_INT(h.isp->n_invites, 1);
	TRY(sip_ua_call(h.alice, "sip:110@home.test", h.w->gateway));
	world_run(h.w, 2000);
	CHECK_INT(world_line(h.w, "l1")->calls, 1);
	sip_ua_hangup(h.alice, 0);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* --- ENUM leads to a peer ------------------------------------------------ */

static const struct world_params by_enum = {
	.conf = HOUSE "routes:\n"
		"  - { name: e, from: [ internet, phones ], enum: yes }\n",
};
static const struct world_params by_enum_strict = {
	.conf = HOUSE "routes: [ { name: e, from: [ phones ], enum: yes } ]\n"
		"guard: { minutes_hour: 1, action: block, "
		"night_action: block, end_calls: yes }\n",
};
static const struct world_params by_enum_one = {
	.conf = HOUSE_WITH(", max_calls: 1")
		"routes: [ { name: e, from: [ phones ], enum: yes } ]\n",
};
static const struct world_params by_rn = {
	.conf = HOUSE "routes:\n"
		"  - { name: e, from: [ phones ], enum: yes }\n"
		"  - { name: p, from: [ phones ], prefix: \"+81990\", "
		"      to: [ \"peer:isp\" ] }\n",
};
static const struct world_params by_enum_open = {
	.conf = HOUSE "routes:\n"
		"  - { name: e, from: [ internet ], enum: yes, "
		"      pstn_for_internet: yes }\n",
};

/* The zone says that +81-50-1234-5678 is at this URI. */
static int publish(struct world *w, const char *uri)
{
	char regexp[100];
	bool tel = uri[0] == 't';
	struct dns_naptr rr = { 10, 100, STR_LIT("u"),
		tel ? STR_LIT("E2U+pstn:tel") : STR_LIT("E2U+sip"),
		STR_NULL, "" };

	snprintf(regexp, sizeof(regexp), "!^.*$!%s!", uri);
	rr.regexp = str_z(regexp);
	fake_resolver_forget(w->dns, "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa");
	return fake_resolver_naptr(w->dns, "8.7.6.5.4.3.2.1.0.5.1.8.e164."
				   "arpa", &rr);
}

static int ring(struct house *h, struct sip_ua *from, const char *uri)
{
	int err = publish(h->w, uri);

	if (!err)
		err = sip_ua_call(from, "sip:+815012345678@home.test",
				  h->w->gateway);
	world_run(h->w, 2000);
	sip_ua_hangup(from, 0);
	world_run(h->w, 70000);         /* and what was cached is old */
	return err;
}

/* A zone can not make a phone call a premium number through a peer, under
 * whatever name of it, nor get round the limits of the peer. */
static int test_enum_to_peer(void)
{
	static const char *const dear[] = {
		"sip:0990123456@192.0.2.20", "sip:%30990123456@192.0.2.20:5060",
		"sip:+81990123456@192.0.2.20;user=phone",
		"sip:0990123456@x.example;maddr=192.0.2.20",
		"sip:+815012345678;npdi;rn=+81-990-123-456@192.0.2.20",
		"sip:0990-123-456@192.0.2.20", "sip:(0990)12.34.56@192.0.2.20",
		"sip:09901234560000000000000000000000000000000000000000"
		"00000000000000@192.0.2.20",
	};
	struct house h;
	int err;

	TRY(house_open(&h, &by_enum));
	for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++) {
		TRY(ring(&h, h.alice, dear[i]));
		CHECK_STR(str_z(sip_ua_log(h.alice)), "403");
	}
	CHECK_INT(h.isp->n_invites, 0);
	CHECK_INT(world_cdr_count(h.w, "\"why\":\"guard: premium\""), 8);
	TRY(ring(&h, h.alice, "sip:+815012345678@192.0.2.20"));
	CHECK_INT(h.isp->n_invites, 1);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Nor by a name that only its address betrays: who has a zone and the
 * password of one phone gets no further than the phone. */
static int test_enum_to_alias(void)
{
	struct house h;
	int err;

	TRY(house_open(&h, &by_enum));
	TRY(fake_resolver_a(h.w->dns, "alias.example", "192.0.2.20"));
	TRY(ring(&h, h.alice, "sip:%2B81990123456@alias.example"));
	TRY(ring(&h, h.alice, "sip:0990123456@alias.example"));
	CHECK_INT(h.isp->n_invites, 0);
	CHECK_INT(world_cdr_count(h.w, "guard: premium"), 2);
	/* who was not asked has not been silent */
	CHECK(peer_is_good(peer_find(app_calls(h.w->app)->env.peers,
				     STR_LIT("isp"))));
	TRY(ring(&h, h.alice, "sip:+815012345678@alias.example"));
	CHECK_INT(h.isp->n_invites, 1);
	world_free(h.w);
	/* nor is the talk forgotten */
	TRY(house_open(&h, &by_enum_strict));
	TRY(fake_resolver_a(h.w->dns, "alias.example", "192.0.2.20"));
	TRY(publish(h.w, "sip:+815012345678@alias.example"));
	TRY(sip_ua_call(h.alice, "sip:+815012345678@home.test",
			h.w->gateway));
	world_run(h.w, 90000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer bye");
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* Nor more calls than the peer takes. */
static int test_enum_to_full_peer(void)
{
	static const char called[] = "sip:+815012345678@home.test";
	struct sip_ua *bob;
	struct house h;
	int err;

	TRY(house_open(&h, &by_enum_one));
	TRY(world_phone(&bob, h.w, "bob", 30));
	TRY(fake_resolver_a(h.w->dns, "alias.example", "192.0.2.20"));
	TRY(publish(h.w, "sip:+815012345678@alias.example"));
	TRY(sip_ua_call(h.alice, called, h.w->gateway));
	world_run(h.w, 2000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	TRY(sip_ua_call(bob, called, h.w->gateway));
	world_run(h.w, 2000);
	CHECK(!strstr(sip_ua_log(bob), "answer"));
	CHECK_INT(h.isp->n_invites, 1);
	sip_ua_hangup(h.alice, 0);
	world_run(h.w, 2000);
	TRY(ring(&h, h.alice, "sip:+815012345678@alias.example"));
	CHECK_INT(h.isp->n_invites, 2);
	CHECK(world_is_idle(h.w));
out:
	world_free(h.w);
	return err;
}

/* The second address of the name is nobody's: the peer has no call then. */
static int test_enum_past_peer(void)
{
	struct sip_ua *bob, *other;
	struct house h;
	int err;

	TRY(house_open(&h, &by_enum_one));
	TRY(world_phone(&bob, h.w, "bob", 30));
	TRY(world_ua(&other, h.w, "other", 50));
	TRY(fake_resolver_a(h.w->dns, "two.example", "192.0.2.20"));
	TRY(fake_resolver_a(h.w->dns, "two.example", "192.0.2.50"));
	TRY(publish(h.w, "sip:+815012345678@two.example"));
	h.isp->does = 503;
	TRY(sip_ua_call(h.alice, "sip:+815012345678@home.test",
			h.w->gateway));
	world_run(h.w, 2000);
	CHECK_STR(str_z(sip_ua_log(h.alice)), "answer");
	CHECK_INT(h.isp->n_invites, 1);
	CHECK_INT(other->n_invites, 1);
	h.isp->does = 200;
	TRY(fake_resolver_a(h.w->dns, "alias.example", "192.0.2.20"));
	TRY(publish(h.w, "sip:+815012345678@alias.example"));
	world_run(h.w, 70000);          /* and what was cached is old */
	TRY(sip_ua_call(bob, "sip:+815012345678@home.test", h.w->gateway));
	world_run(h.w, 2000);
	CHECK_STR(str_z(sip_ua_log(bob)), "answer");
	CHECK_INT(h.isp->n_invites, 2);
out:
	world_free(h.w);
	return err;
}

/* Nor by the routing number of a harmless one. */
static int test_enum_to_premium(void)
{
	static const char *const dear[] = {
		"tel:+81990123456", "tel:+81312345678;npdi;rn=+81-990-123-456",
		"tel:+815012345678;npdi;rn=+81-990-123-456",
	};
	struct house h;
	int err;

	TRY(house_open(&h, &by_rn));
	for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++) {
		TRY(ring(&h, h.alice, dear[i]));
		CHECK_STR(str_z(sip_ua_log(h.alice)), "404");
	}
	CHECK_INT(h.isp->n_invites, 0);
out:
	world_free(h.w);
	return err;
}

/* And a stranger nothing at all, also where it has a name of his own for
 * the peer; unless the rule says so. */
static int test_enum_to_peer_stranger(void)
{
	struct sip_ua *u;
	struct house h;
	int err;

	TRY(house_open(&h, &by_enum));
	TRY(world_ua(&u, h.w, "mallory", 66));
	TRY(fake_resolver_a(h.w->dns, "alias.example", "192.0.2.20"));
	TRY(ring(&h, u, "sip:+815012345678@192.0.2.20"));
	CHECK_STR(str_z(sip_ua_log(u)), "403");
	TRY(ring(&h, u, "sip:+815012345678@alias.example"));
	CHECK_INT(h.isp->n_invites, 0);
	TRY(ring(&h, h.alice, "sip:+815012345678@alias.example"));
	CHECK_INT(h.isp->n_invites, 1);
	world_free(h.w);
	TRY(house_open(&h, &by_enum_open));
	TRY(world_ua(&u, h.w, "mallory", 66));
	TRY(fake_resolver_a(h.w->dns, "alias.example", "192.0.2.20"));
	TRY(ring(&h, u, "sip:+815012345678@192.0.2.20"));
	TRY(ring(&h, u, "sip:+815012345678@alias.example"));
	CHECK_INT(h.isp->n_invites, 2);
out:
	world_free(h.w);
	return err;
}

/* Nor does a zone lead him into a network that he cannot reach himself; who
 * belongs to the house may have his own there. */
static int test_enum_inside(void)
{
	static const char *const uris[] = {
		"sip:+815012345678@10.0.0.5",
		"sip:+815012345678@inside.example",
	};
	struct sip_ua *u, *inside;
	struct house h;
	int err;

	TRY(house_open(&h, &by_enum));
	TRY(world_ua(&u, h.w, "mallory", 66));
	strcpy(h.w->net_prefix, "10.0.0.");
	TRY(world_ua(&inside, h.w, "inside", 5));
	TRY(fake_resolver_a(h.w->dns, "inside.example", "10.0.0.5"));
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		TRY(ring(&h, u, uris[i]));
		CHECK(!strstr(sip_ua_log(u), "answer"));
		CHECK_INT(inside->n_invites, i);
		TRY(ring(&h, h.alice, uris[i]));
		CHECK_INT(inside->n_invites, i + 1);
	}
out:
	world_free(h.w);
	return err;
}

/* --- the wall ---------------------------------------------------------- */

/* A small generator: the same configurations in every run. */
static unsigned pick(uint32_t *seed, unsigned n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % n;
}

/* A provider that only DNS places: neither its address nor other names of it
 * lead there. */
static int test_enum_to_named_peer(void)
{
	static const struct world_params named = { .conf =
		"numbering: { plan: jp }\n"
		"phones: [ { user: alice, number: \"101\", "
		"    password: { env: TEST_WORLD_PW } } ]\n"
		"peers: [ { name: isp, uri: \"sip:isp.example\" } ]\n"
		"enum: { trees: [ { apex: e164.arpa } ] }\n"
		"routes: [ { name: e, from: [ internet, phones ], "
		"    enum: yes } ]\n" };
	static const char *const names[] = {
		"sip:+815012345678@192.0.2.20",
		"sip:+815012345678@192.0.2.20:5070",
		"sip:+815012345678@alias.example",
		"sip:+815012345678@isp.example",
	};
	struct sip_ua *u;
	struct house h;
	int err;

	TRY(house_open(&h, &named));
	TRY(world_ua(&u, h.w, "mallory", 66));
	TRY(fake_resolver_a(h.w->dns, "isp.example", "192.0.2.20"));
	TRY(fake_resolver_a(h.w->dns, "alias.example", "192.0.2.20"));
	world_run(h.w, 70000);          /* that there was none is old */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		TRY(ring(&h, u, names[i]));
	CHECK_INT(h.isp->n_invites, 0);
	/* premium for the phones, too, by the number in the URI */
	TRY(ring(&h, h.alice, "sip:0990123456@alias.example"));
	CHECK_INT(h.isp->n_invites, 0);
	TRY(ring(&h, h.alice, "sip:+815012345678@alias.example"));
	CHECK_INT(h.isp->n_invites, 1);
out:
	world_free(h.w);
	return err;
}

/* One rule. True: it opens a PSTN line to the internet. */
static bool add_rule(struct buf *b, uint32_t *seed, int i)
{
	static const char *const from[] = {
		"", "from: [ internet ], ", "from: [ phones ], ",
		"from: [ internet, phones, peers ], ",
		"from: [ telephones, internet ], ",
	};
	static const char *const prefix[] = {
		"", "prefix: \"0\", ", "prefix: \"+81\", ", "prefix: \"1\", ",
		"regex: \"^[0-9]*$\", ", "prefix: \"0\", strip: 1, "
		"add: \"9\", ",
	};
	static const struct { const char *text; bool pstn; } to[] = {
		{ "line:l1", true }, { "group:pstn", true },
		{ "group:mixed", true }, { "line:tel", false },
		{ "group:desk", false }, { "phone:alice", false },
		{ "peer:isp", false }, { "service:echo", false },
	};
	unsigned f = pick(seed, 5), n = 1 + pick(seed, 3);
	bool internet = f == 1 || f >= 3, pstn = false;
	unsigned p = pick(seed, 6), action = pick(seed, 5);

	if (action < 2 && p == 5)       /* they dial what was dialled */
		p = 1;
	buf_addf(b, "  - { name: r%d, %s%s", i, from[f], prefix[p]);
	switch (action) {
	case 0:
		buf_addz(b, "local: yes }\n");
		return false;
	case 1:
		buf_addz(b, "enum: yes }\n");
		return false;
	default:
		break;
	}
	buf_addz(b, "to: [ ");
	while (n--) {
		unsigned t = pick(seed, 8);

		/* mostly harmless ones for the internet: else few load */
		if (internet && t < 3 && pick(seed, 4))
			t += 3;
		buf_addf(b, "\"%s\"%s", to[t].text, n ? ", " : "");
		pstn |= to[t].pstn;
	}
	buf_addz(b, " ] }\n");
	return internet && pstn;
}

static bool make_conf(struct buf *b, uint32_t *seed)
{
	int n = 1 + (int)pick(seed, 6);
	bool open = false;

	buf_reset(b);
	buf_addz(b, HOUSE);
	if (pick(seed, 2))
		buf_addz(b, "guard: { enabled: no }\n");
	buf_addz(b, "routes:\n");
	for (int i = 0; i < n; i++)
		open |= add_rule(b, seed, i);
	buf_addc(b, '\0');
	return open;
}

static int is_refused(const char *text)
{
	static const char sip[] = "sip: { listen: [ { transport: udp, "
		"address: \"192.0.2.1:5060\" } ] }\n";
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	struct buf b;
	int err;

	buf_init(&b, 20000);
	buf_addz(&b, sip);
	buf_addz(&b, text);
	conf_diag_init(&d);
	setenv("TEST_WORLD_PW", "secret", 1);
	err = conf_load_text(&s, "x", buf_str(&b), app_sections,
			     app_conf_cross, &d);
	if (err == EINVAL && !strstr(d.v[0].text, "way to the telephone"))
		printf("%s: %s", d.v[0].text, text);
	conf_diag_fini(&d);
	obj_unref(s);
	buf_fini(&b);
	return err;
}

/* A stranger tries everything, also in the name of a phone. */
static int attack(struct world *w, unsigned *answered)
{
	static const char *const numbers[] = {
		"101", "201", "110", "0312345678", "+81312345678", "112",
		"00312345678", "+815012345678", "1",
	};
	static const char *const names[] = { "mallory", "alice" };
	const struct dns_naptr rr = {
		10, 100, STR_LIT("u"), STR_LIT("E2U+pstn:tel"),
		STR_LIT("!^.*$!tel:+81312345678!"), ""
	};
	struct sip_ua *u;
	char uri[80];
	int err;

	TRY(fake_resolver_naptr(w->dns, "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa",
				&rr));
	for (unsigned k = 0; k < 2; k++) {
		TRY(world_ua(&u, w, names[k], 66 + k));
		u->headers = "P-Asserted-Identity: <sip:101@home.test>\r\n";
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]);
		     i++) {
			snprintf(uri, sizeof(uri), "sip:%s@home.test",
				 numbers[i]);
			TRY(sip_ua_call(u, uri, w->gateway));
			world_run(w, 1500);
			*answered += world_calls(w) > 0;
			sip_ua_hangup(u, 0);
			world_run(w, 300);
			CHECK_INT(world_line(w, "l1")->calls, 0);
			CHECK_INT(world_line(w, "l2")->calls, 0);
		}
	}
out:
	return err;
}

/* Whatever the rules say: no stranger reaches a PSTN line. */
static int test_wall(void)
{
	unsigned loaded = 0, refused = 0, answered = 0;
	struct world *w = NULL;
	uint32_t seed = 1;
	struct buf text;
	int err = 0;

	log_set_sink(quiet, NULL);
	buf_init(&text, 16000);
	for (int i = 0; i < 120; i++) {
		bool open = make_conf(&text, &seed);
		const struct world_params p = { .conf = (char *)text.p };
		int got = is_refused(p.conf);

		CHECK_INT(got, open ? EINVAL : 0);
		refused += open;
		if (open)
			continue;
		loaded++;
		TRY(world_new(&w, &p));
		TRY(attack(w, &answered));
		world_free(w);
		w = NULL;
	}
	/* the test has looked at something */
	CHECK(loaded > 50);
	CHECK(refused > 10);
	CHECK(answered > 100);
out:
	if (err && text.p)
		printf("%s", (char *)text.p);
	world_free(w);
	buf_fini(&text);
	log_set_sink(NULL, NULL);
	return err;
}

/* And that the stranger of this test can reach one that is opened. */
static int test_open_wall(void)
{
	static const struct world_params p = {
		.conf = HOUSE "routes: [ { name: r, from: [ internet ], "
			"to: [ \"line:l1\" ], pstn_for_internet: yes } ]\n",
	};
	struct world *w = NULL;
	struct sip_ua *u;
	int err;

	TRY(world_new(&w, &p));
	TRY(world_ua(&u, w, "mallory", 66));
	TRY(sip_ua_call(u, "sip:0312345678@home.test", w->gateway));
	world_run(w, 1500);
	CHECK_INT(world_line(w, "l1")->calls, 1);
	sip_ua_hangup(u, 0);
	CHECK(world_is_idle(w));
out:
	world_free(w);
	return err;
}

const struct test_suite suite_guard_calls = {
	"scenario/guard_calls", (const struct test[]){
		TEST_WITH(test_premium, TEST_NO_OOM),
		TEST_WITH(test_limit, TEST_NO_OOM),
		TEST_WITH(test_enum_to_peer, TEST_NO_OOM),
		TEST_WITH(test_enum_to_alias, TEST_NO_OOM),
		TEST_WITH(test_enum_inside, TEST_NO_OOM),
		TEST_WITH(test_enum_to_named_peer, TEST_NO_OOM),
		TEST_WITH(test_enum_to_full_peer, TEST_NO_OOM),
		TEST_WITH(test_enum_past_peer, TEST_NO_OOM),
		TEST_WITH(test_enum_to_peer_stranger, TEST_NO_OOM),
		TEST_WITH(test_enum_to_premium, TEST_NO_OOM),
		TEST_WITH(test_wall, TEST_NO_OOM),
		TEST_WITH(test_open_wall, TEST_NO_OOM),
		TEST_END } };
