/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "enum/enum.h"
#include "enum/enum_conf.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&enum_conf_section, NULL };

static int load(struct conf_snapshot **sp, struct conf_diag *d,
		const char *text)
{
	conf_diag_init(d);
	return conf_load_text(sp, "test.yaml", str_z(text), sections, NULL,
			      d);
}

static int test_full(void)
{
	struct conf_snapshot *s = NULL;
	const struct enum_tree_conf *t;
	const struct enum_conf *c;
	char text[ADDR_TEXT_MAX];
	struct conf_diag d;
	int err = 0;

	TRY(load(&s, &d, "enum:\n"
		"  servers: [127.0.0.1, \"[::1]:5353\"]\n"
		"  timeout: 100ms\n"
		"  deadline: 1s\n"
		"  trees:\n"
		"    - apex: e164.arpa\n"
		"      rank: 2\n"
		"    - apex: carrier.example.\n"
		"      rank: 1\n"
		"      servers: [192.0.2.1:54]\n"
		"      dnssec: required\n"
		"      domains: [example.net, 192.0.2.0/24]\n"
		"      tel: any\n"
		"      services: [pstn]\n"
		"    - profile: gsma\n"
		"    - { apex: freenum.org, kind: isn }\n"
		"    - { apex: e164.arpa, branch: i }\n"
		"  static:\n"
		"    - { number: \"+8150*\",\n"
		"        to: [\"sip:\\\\1@example.com\"] }\n"));
	c = conf_get(s, &enum_conf_section);
	CHECK_INT(c->timeout_ms, 100);
	CHECK_INT(c->deadline_ms, 1000);
	CHECK_INT(c->cache_entries, 10000);
	CHECK_INT(c->servers.n, 2);
	CHECK_STR(str_z(addr_print(text, &((struct addr *)c->servers.v)[0])),
		  "127.0.0.1:53");
	CHECK_INT(c->trees.n, 5);
	CHECK_INT(c->statics.n, 1);
	t = c->trees.v;
	CHECK_INT(t[0].rank, 2);
	CHECK_INT(t[0].services.n, 0);
	CHECK_INT(t[0].dnssec, 0);
	CHECK_INT(t[1].dnssec, 1 + ENUM_DNSSEC_REQUIRED);
	CHECK_INT(t[1].domains.n, 2);
	CHECK_INT(t[1].tel, 4);
	CHECK_INT(t[1].servers.n, 1);
	CHECK_INT(((int *)t[1].services.v)[0], 2);
out:
	obj_unref(s);
	conf_diag_fini(&d);
	return err;
}

static int test_empty(void)
{
	struct conf_snapshot *s = NULL;
	const struct enum_conf *c;
	struct conf_diag d;
	int err = 0;

	TRY(load(&s, &d, ""));
	c = conf_get(s, &enum_conf_section);
	CHECK(c->trees.n == 0 && c->servers.n == 0);
	CHECK_INT(c->deadline_ms, 800);
out:
	obj_unref(s);
	conf_diag_fini(&d);
	return err;
}

static int test_refused(void)
{
	static const char *const bad[] = {
		"enum:\n  trees: [{apex: \"a b\"}]\n",
		"enum:\n  trees: [{apex: a..b}]\n",
		"enum:\n  trees: [{apex: \".\"}]\n",
		"enum:\n  trees: [{rank: 1}]\n",
		"enum:\n  trees: [{apex: a, domains: [\"a b\"]}]\n",
		"enum:\n  trees: [{apex: a, tel: all}]\n",
		"enum:\n  trees: [{apex: a, branch_position: 2}]\n",
		"enum:\n  trees: [{profile: ttc}]\n",
		"enum:\n  static: [{number: \"110\", to: [\"sip:a@b\"]}]\n",
		"enum:\n  static: [{number: \"+81*\", to: [\"a@b.c\"]}]\n",
		"enum:\n  static: [{number: \"+81*\", to: []}]\n",
		"enum:\n  trees: [{apex: a, services: [fax]}]\n",
		"enum:\n  servers: [ns.example.com]\n",
		"enum:\n  deadline: 1ms\n",
	};
	struct conf_snapshot *s = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf_diag d;
		int got = load(&s, &d, bad[i]);

		if (got == EINVAL && d.n != 1)
			got = ERANGE;
		conf_diag_fini(&d);
		if (got != EINVAL)
			test_say(__FILE__, __LINE__, "%s", bad[i]);
		CHECK_INT(got, EINVAL);
	}
out:
	return err;
}

const struct test_suite suite_enum_conf = {
	"enum/enum_conf", (const struct test[]){
		TEST(test_full),
		TEST(test_empty),
		TEST(test_refused),
		TEST_END } };
