/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/app_plan.h"

#include <string.h>
#include <unistd.h>

#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

static int test_path(void)
{
	char path[1024], small[8];
	int err = 0;

	TRY(app_plan_path(path, sizeof(path), "jp"));
	CHECK(strstr(path, "/conf/plans/jp.yaml"));
	CHECK_INT(app_plan_path(path, sizeof(path), "xx"), ENOENT);
	CHECK_INT(app_plan_path(small, sizeof(small), "jp"), ENOENT);
out:
	return err;
}

/* Text of the first error: NULL: none. */
static int plan_new(struct dial_plan **pp, const struct numbering_conf *c,
		    char text[200])
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = app_plan_new(pp, c, &d);
	snprintf(text, 200, "%s", d.n ? d.v[0].text : "");
	conf_diag_fini(&d);
	return err;
}

static int test_load(void)
{
	const struct numbering_conf jp = { .plan = "jp", .area = "3" },
		file = { .plan_file = "conf/plans/gb.yaml" },
		keys = { .country = "81", .national = "0" },
		none = { .plan = "xx" },
		bad = { .plan_file = "tests/data/plans/bad.yaml" };
	struct dial_plan *p = NULL;
	char e164[E164_MAX], said[200];
	int err;

	TRY(plan_new(&p, &jp, said));
	TRY(e164_normalise(e164, STR_LIT("2345-6789"), p));
	CHECK_STR(str_z(e164), "+81323456789");
	p = obj_unref(p);
	TRY(plan_new(&p, &file, said));
	TRY(e164_normalise(e164, STR_LIT("020 7946 0148"), p));
	CHECK_STR(str_z(e164), "+442079460148");
	p = obj_unref(p);
	TRY(plan_new(&p, &keys, said));
	TRY(e164_normalise(e164, STR_LIT("050-1234-5678"), p));
	CHECK_STR(str_z(e164), "+815012345678");
	CHECK_STR(str_z(said), "");
	CHECK_INT(plan_new(&p, &none, said), EINVAL);
	CHECK(strstr(said, "there is no such plan"));
	CHECK_INT(plan_new(&p, &bad, said), EINVAL);
	CHECK(strstr(said, "tests/data/plans/bad.yaml:5:28: "));
out:
	obj_unref(p);
	return err;
}

static int load(struct conf_snapshot **sp, const char *text)
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "x.yaml", str_z(text), app_sections,
			     app_conf_cross, &d);
	conf_diag_fini(&d);
	return err;
}

/* Plan, tables and zone are read with the configuration, by who checks it. */
static int test_kept(void)
{
	char file[ROUTE_RIG_PATH], text[300];
	struct conf_snapshot *s = NULL;
	struct route_conf rc;
	int err;

	TRY(route_rig_file(file, "prefix\n81\n"));
	snprintf(text, sizeof(text),
		 "sip: { listen: [ { address: 192.0.2.1 } ] }\n"
		 "numbering: { country: '81', zone: Asia/Tokyo }\n"
		 "tables: [ { name: t, file: %s } ]\n", file);
	err = load(&s, text);
	unlink(file);
	TRY(err);
	CHECK_STR(str_z(dial_plan_country(app_plan_of(s))), "81");
	app_plan_routes(&rc, s);
	CHECK(rc.plan == app_plan_of(s));
	CHECK(number_tables_find(rc.tables, "t"));
	CHECK_STR(str_z(zone_name(rc.zone)), "Asia/Tokyo");
out:
	obj_unref(s);
	return err;
}

/* Where emergency calls go by themselves. */
static int test_emergency(void)
{
	static const char text[] =
		"sip: { listen: [ { address: 192.0.2.1 } ] }\n"
		"lines:\n"
		"  - { name: desk, kind: fxs, number: '201' }\n"
		"  - { name: a, kind: fxo }\n"
		"  - { name: b, kind: fxo }\n"
		"groups:\n"
		"  - { name: desks, lines: [desk] }\n"
		"  - { name: pstn, lines: [desk, b] }\n";
	struct conf_snapshot *s = NULL;
	struct route_conf rc;
	int err;

	TRY(load(&s, text));
	app_plan_routes(&rc, s);
	CHECK_INT(rc.n_sos, 2);
	CHECK_STR(str_z(rc.sos[0]), "group:pstn");
	CHECK_STR(str_z(rc.sos[1]), "line:a");
	CHECK(rc.owner == s);
out:
	obj_unref(s);
	return err;
}

const struct test_suite suite_app_plan = {
	"gateway/app_plan", (const struct test[]){
		TEST(test_path), TEST(test_kept), TEST(test_emergency),
		TEST_WITH(test_load, TEST_NO_OOM),
		TEST_END } };
