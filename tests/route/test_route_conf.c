/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "gateway/route/route_conf.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&route_emergency_section, &route_rules_section, NULL
};

/* What the check says of a text: its first error, "" if there is none. */
static int complaint(const char *text, char out[200])
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	int err;

	out[0] = '\0';
	conf_diag_init(&d);
	err = conf_load_text(&s, "test.yaml", str_z(text), sections, NULL,
			     &d);
	if (d.n)
		snprintf(out, 200, "%u: %.180s", d.v[0].line,
			 d.v[0].text);
	conf_diag_fini(&d);
	obj_unref(s);
	return err == EINVAL ? 0 : err;
}

static int test_good(void)
{
	struct conf_snapshot *s = NULL;
	const struct route_rule_conf *r;
	const struct conf_list *l;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	TRY(conf_load_text(&s, "test.yaml", STR_LIT(
		"routes:\n"
		"  - { name: a, prefix: '+81', to: ['peer:x', 'group:y'],\n"
		"      answer_timeout: 20s, from: [phones] }\n"
		"  - { name: b, enum: yes }\n"), sections, NULL, &d));
	l = conf_get(s, &route_rules_section);
	CHECK_INT(l->n, 2);
	r = l->v;
	CHECK_STR(str_z(r[0].prefix), "+81");
	CHECK_INT(r[0].answer_ms, 20000);
	CHECK_INT(r[0].to.n, 2);
	CHECK_STR(str_z(((char (*)[256])r[0].to.v)[1]), "group:y");
	CHECK(r[1].enum_lookup);
out:
	conf_diag_fini(&d);
	obj_unref(s);
	return err;
}

static int test_bad(void)
{
	static const struct { const char *text, *says; } t[] = {
		{ "routes: [{ name: a }]", "exactly one of to, local, enum" },
		{ "routes: [{ name: a, local: yes, enum: yes }]",
		  "exactly one" },
		{ "routes: [{ name: a, to: ['x'] }]", "'x' is no target" },
		{ "routes: [{ name: a, local: yes, regex: '(' }]", "regular" },
		{ "routes: [{ name: a, local: yes, prefix: '0x' }]",
		  "no number begins with '0x'" },
		{ "routes: [{ name: a, local: yes, prefix: '+81-3' }]",
		  "no number begins with '+81-3'" },
		{ "routes: [{ name: a, local: yes, prefix: '+*' }]",
		  "no number begins" },
		{ "routes: [{ name: a, local: yes, prefix: '(03)' }]",
		  "no number begins" },
		{ "routes: [{ name: a, local: yes, caller_prefix: '0 3' }]",
		  "no number begins with '0 3'" },
		{ "routes: [{ name: a, local: yes, prefix: '*9#', \n"
		  "           caller_prefix: '+' },\n"
		  "         { name: b, local: yes, prefix: reception }]", "" },
		{ "routes: [{ name: a, local: yes, time: noon }]",
		  "not a time" },
		{ "routes: [{ name: a, local: yes, min_digits: 5,\n"
		  " max_digits: 4 }]", "larger than max_digits" },
		{ "routes: [{ name: a, local: yes },\n"
		  "         { name: a, local: yes }]", "a" },
		{ "emergency: { numbers: ['9-1'], to: ['line:x'] }",
		  "not a number" },
		{ "emergency: { to: ['line:x', 'reject:21'] }",
		  "nobody helps at 'reject:21'" },
		{ "emergency: { to: ['service:echo'] }",
		  "nobody helps at 'service:echo'" },
		{ "routes: [{ name: a, to: ['peer:x'],\n"
		  " rewrite: '!^(0)1!\\2X\\1!' }]",
		  "reference to a group that is not there" },
		{ "routes: [{ name: a, local: yes, zone: Asia/Tokyo }]",
		  "here are none" },
		{ "routes: [{ name: a, local: yes, prefx: '1' }]",
		  "did you mean 'prefix'" },
	};
	char got[200];
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(complaint(t[i].text, got));
		if (!strstr(got, t[i].says) || (got[0] && !t[i].says[0])) {
			test_say(__FILE__, __LINE__, "row %zu: \"%s\"", i,
				 got);
			return EINVAL;
		}
	}
out:
	return err;
}

const struct test_suite suite_route_conf = {
	"route/route_conf", (const struct test[]){
		TEST(test_good), TEST(test_bad), TEST_END } };
