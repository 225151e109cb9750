/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_conf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&guard_conf_section, NULL
};

static int load(struct conf_snapshot **sp, const char *text, char why[200])
{
	struct conf_diag d;
	int err;

	why[0] = '\0';
	conf_diag_init(&d);
	err = conf_load_text(sp, "x", str_z(text), sections, NULL, &d);
	if (d.n)
		snprintf(why, 200, "%.190s", d.v[0].text);
	conf_diag_fini(&d);
	return err;
}

/* On by default, and not in the way of a home. */
static int test_defaults(void)
{
	struct conf_snapshot *s = NULL;
	const struct guard_conf *c;
	char why[200];
	int err;

	TRY(load(&s, "guard: {}", why));
	c = conf_get(s, &guard_conf_section);
	CHECK(c->enabled && c->night[0] && !c->state_file[0]);
	CHECK_INT(c->limits.premium, GUARD_BLOCK);
	CHECK_INT(c->limits.new_country, GUARD_ALARM);
	CHECK_INT(c->limits.action, GUARD_ALARM);
	CHECK_INT(c->limits.block_percent, 400);
	CHECK(!c->limits.end_calls);
	CHECK_INT(c->sources.n, 0);
out:
	obj_unref(s);
	return err;
}

static int test_sources(void)
{
	struct conf_snapshot *s = NULL;
	const struct guard_source_conf *v;
	const struct guard_conf *c;
	char why[200];
	int err;

	TRY(load(&s, "guard:\n  max_calls: 3\n  countries: ['44', '1']\n"
		 "  sources:\n  - { from: [peers], minutes_day: 9000,\n"
		 "      action: block, end_calls: yes, premium: alarm }\n",
		 why));
	c = conf_get(s, &guard_conf_section);
	v = c->sources.v;
	CHECK_INT(c->limits.max_calls, 3);
	CHECK_INT(v[0].limits.max_calls, 5);
	CHECK_INT(v[0].limits.minutes_day, 9000);
	CHECK_INT(v[0].limits.action, GUARD_BLOCK);
	CHECK_INT(v[0].limits.premium, GUARD_ALARM);
	CHECK(v[0].limits.end_calls);
out:
	obj_unref(s);
	return err;
}

static int test_bad(void)
{
	static const struct { const char *text, *why; } t[] = {
		{ "guard: { countries: ['440'] }",
		  "'440' is no country code" },
		{ "guard: { night: later }",
		  "not a time like \"22:00-06:00\"" },
		{ "guard: { sources: [ { max_calls: 1 } ] }",
		  "key 'from' is missing" },
	};
	char why[200];
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct conf_snapshot *s = NULL;

		err = load(&s, t[i].text, why);
		if (err == ENOMEM)
			goto out;
		CHECK_INT(err, EINVAL);
		CHECK_STR(str_z(why), t[i].why);
	}
	err = 0;
out:
	return err;
}

const struct test_suite suite_guard_conf = {
	"route/guard_conf", (const struct test[]){
		TEST(test_defaults), TEST(test_sources), TEST(test_bad),
		TEST_END } };
