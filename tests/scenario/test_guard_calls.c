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
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define HOUSE \
	"numbering: { plan: jp }\n" \
	"phones:\n" \
	"  - { user: alice, number: \"101\", " \
	"      password: { env: TEST_WORLD_PW } }\n" \
	"peers:\n" \
	"  - { name: isp, uri: \"sip:192.0.2.20\", " \
	"      sources: [ 192.0.2.20/32 ] }\n" \
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

/* --- the wall ---------------------------------------------------------- */

/* A small generator: the same configurations in every run. */
static unsigned pick(uint32_t *seed, unsigned n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % n;
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

	buf_addf(b, "  - { name: r%d, %s%s", i, from[f],
		 prefix[pick(seed, 6)]);
	switch (pick(seed, 5)) {
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
	if (err == EINVAL && !strstr(d.v[0].text, "is a PSTN line"))
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
		TEST_WITH(test_wall, TEST_NO_OOM),
		TEST_WITH(test_open_wall, TEST_NO_OOM),
		TEST_END } };
