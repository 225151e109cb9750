/* SPDX-License-Identifier: Apache-2.0 */
/* Data files: every one that we ship loads; mistakes are told. */
#include "enum/dial_plan_conf.h"

#include <dirent.h>
#include <string.h>

#include "tests/lib/test.h"

static int load_world(struct dial_plan **pp, const char *path,
		      struct conf_diag *d)
{
	int err = dial_plan_load(pp, "conf/plans/jp.yaml", NULL, d);

	return err ? err : dial_plan_load_world(*pp, path, d);
}

static int test_shipped(void)
{
	DIR *dir = opendir("conf/plans");
	struct dirent *e;
	unsigned n = 0;
	int err = 0;

	CHECK(dir);
	while ((e = readdir(dir))) {
		struct dial_plan *p = NULL;
		struct conf_diag d;
		char path[300];

		if (!strstr(e->d_name, ".yaml"))
			continue;
		snprintf(path, sizeof(path), "conf/plans/%s", e->d_name);
		conf_diag_init(&d);
		if (!strcmp(e->d_name, "world.yaml"))
			err = load_world(&p, path, &d);
		else
			err = dial_plan_load(&p, path, NULL, &d);
		if (err == EINVAL)
			test_say(__FILE__, __LINE__, "%s:%u: %s", path,
				 d.v[0].line, d.v[0].text);
		conf_diag_fini(&d);
		if (!err && !dial_plan_emergency(p)->n) {
			test_say(__FILE__, __LINE__, "%s: no emergency "
				 "numbers", path);
			err = EINVAL;
		}
		obj_unref(p);
		if (err)
			goto out;
		n++;
	}
	CHECK(n >= 5);
out:
	if (dir)
		closedir(dir);
	return err;
}

#define PLAN "plan: { title: X, country: '999', national: '0', " \
	     "international: ['00'] }\n"

static int test_bad(void)
{
	static const struct { const char *text, *says; } t[] = {
		{ "", "'title' is missing" },
		{ "plan: { title: X, country: '0', national: '0',\n"
		  " international: ['00'] }", "no country code" },
		{ "plan: { title: X, country: '999', national: 'a',\n"
		  " international: ['00'] }", "digits only" },
		{ "plan: { title: X, country: '999',\n"
		  " international: ['00'] }", "has to be yes" },
		{ "plan: { title: X, country: '999', national: '0',\n"
		  " international: ['0x'] }", "plain digits" },
		{ "plan: { title: X, country: '999', national: '0',\n"
		  " international: ['00', '0['] }", "'0[' is no pattern" },
		{ "plan: { title: X, country: '999', national: '0',\n"
		  " international: ['00'], withhold: ['*31'],\n"
		  " carriers: ['10a'] }", "'10a' is no pattern" },
		{ "plan: { title: X, country: '999', national: '0', \n"
		  " international: ['00'], emergency: ['sos'] }",
		  "'sos' is not a number" },
		{ "plan: { title: X, country: '999', national: '0', \n"
		  " international: ['00'], emergency: ['1', '12'],\n"
		  " sos: ['fire 12', 'police 2'] }",
		  "'police 2' is not like" },
		{ "plan: { title: X, country: '999', national: '0', \n"
		  " international: ['00'], emergency: ['1'], sos: ['1'] }",
		  "'1' is not like" },
		{ "plan: { title: X, country: '999', national: '0', \n"
		  " international: ['00'], local: 'a' }", "digits only" },
		{ PLAN "ranges: [ { prefix: 'a', kind: ip, digits: 9 } ]",
		  "'a' is no pattern" },
		{ PLAN "ranges: [ { prefix: '1', kind: ip, digits: 9-8 } ]",
		  "no length" },
		{ PLAN "ranges: [ { prefix: '1', kind: ip, digits: 16 } ]",
		  "no length" },
		{ PLAN "ranges: [ { prefix: '1', kind: big, digits: 9 } ]",
		  "big" },
		{ PLAN "short: [ { prefix: '1', kind: emergency, digits: 2 }"
		  " ]", "list `emergency`" },
		{ PLAN "short: [ { prefx: '1', kind: ip, digits: 2 } ]",
		  "did you mean 'prefix'" },
		{ PLAN "ranges: [ { prefix: 'xxxxxxxx', kind: ip, digits: 9 "
		  "} ]", "too many" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct dial_plan *p = NULL;
		struct conf_diag d;
		bool found = false;

		conf_diag_init(&d);
		err = dial_plan_load_text(&p, "x.yaml", str_z(t[i].text),
					  NULL, &d);
		for (size_t k = 0; k < d.n; k++)
			found |= strstr(d.v[k].text, t[i].says) != NULL;
		if (!found)
			test_say(__FILE__, __LINE__, "%s: %s", t[i].says,
				 d.n ? d.v[0].text : "nothing");
		conf_diag_fini(&d);
		obj_unref(p);
		CHECK_INT(err, EINVAL);
		err = 0;
		CHECK(found);
	}
out:
	return err;
}

static int test_digits(void)
{
	static const char *const bad[] = {
		"", "-", "0", "1-", "-2", "9-8", "16", "1-16", "a", "1-2-3"
	};
	uint8_t min, max;
	int err = 0;

	TRY(dial_digits_parse(&min, &max, "10"));
	CHECK(min == 10 && max == 10);
	TRY(dial_digits_parse(&min, &max, "5-13"));
	CHECK(min == 5 && max == 13);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(dial_digits_parse(&min, &max, bad[i]), EBADMSG);
out:
	return err;
}

static int test_no_memory(void)
{
	struct dial_plan *p = NULL;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = dial_plan_load_text(&p, "x.yaml", STR_LIT(
		PLAN "ranges: [ { prefix: '[1-9]xx', kind: ip, digits: 9 } ]\n"
		     "short: [ { prefix: '1', kind: short, digits: 3 } ]\n"),
		NULL, &d);
	conf_diag_fini(&d);
	obj_unref(p);
	return err;
}

const struct test_suite suite_dial_plan_conf = {
	"enum/dial_plan_conf", (const struct test[]){
		TEST_WITH(test_shipped, TEST_NO_OOM),
		TEST_WITH(test_bad, TEST_NO_OOM), TEST(test_digits),
		TEST(test_no_memory), TEST_END } };
