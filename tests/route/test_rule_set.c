/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/route/rule_set.h"
#include "tests/lib/test.h"

static const char numbers[][ROUTE_NUMBER_MAX] = { "110", "119" };
static const char to[][ROUTE_DEST_MAX] = { "group:pstn", "peer:itsp" };
static const struct route_emergency_conf emergency = {
	.numbers = { (void *)numbers, 2 }, .to = { (void *)to, 2 },
};
static const struct conf_list no_rules = { NULL, 0 };

static int test_owner(void)
{
	struct route_conf conf = { .emergency = &emergency,
				   .rules = &no_rules };
	struct rule_set *s = NULL;
	int err = 0;

	conf.owner = obj_new(16, NULL);
	if (!conf.owner)
		return ENOMEM;
	TRY(rule_set_new(&s, &conf));
	CHECK_INT(obj_nrefs(conf.owner), 2);
	s = obj_unref(s);
	CHECK_INT(obj_nrefs(conf.owner), 1);
out:
	obj_unref(s);
	obj_unref(conf.owner);
	return err;
}

/* A rule that cannot be made ready: nothing is left of the others. */
static int test_all_or_nothing(void)
{
	static const struct route_rule_conf v[] = {
		{ .name = "good", .regex = "^0" },
		{ .name = "bad", .regex = "(" },
	};
	const struct conf_list rules = { (void *)v, 2 };
	struct route_conf conf = { .emergency = &emergency, .rules = &rules };
	struct rule_set *s = NULL;
	int err = rule_set_new(&s, &conf);

	return err == EBADMSG && !s ? 0 : err ? err : EINVAL;
}

/* Rules without a zone have the one for all. */
static int test_zone(void)
{
	static const struct route_rule_conf v[] = {
		{ .name = "own", .zone = "Asia/Tokyo", .time = "mon" },
		{ .name = "plain", .time = "mon" },
	};
	const struct conf_list rules = { (void *)v, 2 };
	struct route_conf conf = { .emergency = &emergency, .rules = &rules };
	struct rule_set *s = NULL;
	const char *why;
	int err;

	TRY(zone_open(&conf.zone, "Europe/Berlin", &why));
	TRY(rule_set_new(&s, &conf));
	conf.zone = obj_unref(conf.zone);
	CHECK_STR(str_z(zone_name(s->rules[0].zone)), "Asia/Tokyo");
	CHECK_STR(str_z(zone_name(s->rules[1].zone)), "Europe/Berlin");
out:
	obj_unref(s);
	obj_unref(conf.zone);
	return err;
}

static int test_emergency(void)
{
	struct route_conf conf = { .emergency = &emergency,
				   .rules = &no_rules };
	struct party called = { .number = "urn:service:sos.police" };
	struct route_result res = { .n = 0 };
	struct rule_set *s = NULL;
	int err = 0;

	TRY(rule_set_new(&s, &conf));
	CHECK(rule_set_is_emergency(s, "119"));
	CHECK(!rule_set_is_emergency(s, "1190"));
	CHECK(rule_set_is_emergency(s, "urn:service:sos.fire"));
	CHECK(rule_set_begins_emergency(s, "11"));
	CHECK(!rule_set_begins_emergency(s, "12"));
	rule_set_emergency(s, &res, &called);
	CHECK(res.emergency);
	CHECK_INT(res.n, 2);
	/* a line has digits only, and so comes second */
	CHECK_STR(str_z(res.v[0].dest), "itsp");
	CHECK_STR(str_z(res.v[0].called.number), "urn:service:sos.police");
	CHECK_STR(str_z(res.v[1].dest), "pstn");
	CHECK_STR(str_z(res.v[1].called.number), "110");
out:
	obj_unref(s);
	return err;
}

/* Without numbers and targets of its own: the country's, and the ways out
 * that there are. */
static int test_of_the_plan(void)
{
	static const char plan[] =
		"plan: { title: X, country: '81', national: '0',\n"
		"        international: ['010'], emergency: ['118', '119'],\n"
		"        sos: ['fire 119'], withhold: ['184'],\n"
		"        show: ['186'] }";
	static const struct route_emergency_conf none;
	struct route_conf conf = { .emergency = &none, .rules = &no_rules,
				   .sos = { "line:a" }, .n_sos = 1 };
	struct route_result res = { .n = 0 };
	const struct party called = { .number = "119" },
		fire = { .number = "urn:service:sos.fire" },
		any = { .number = "urn:service:sos" };
	static const struct route_emergency_conf own = {
		.numbers = { (void *)numbers, 1 },
	};
	struct rule_set *s = NULL;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = dial_plan_load_text(&conf.plan, "x.yaml", STR_LIT(plan), NULL,
				  &d);
	conf_diag_fini(&d);
	if (err)
		return err;
	TRY(rule_set_new(&s, &conf));
	CHECK_INT(obj_nrefs(conf.plan), 2);
	CHECK(rule_set_is_emergency(s, "118"));
	CHECK(rule_set_is_emergency(s, "119"));
	CHECK(!rule_set_is_emergency(s, "110"));
	/* also where somebody would not show his number, and ends with # */
	CHECK_STR(str_z(rule_set_help(s, "184119#")), "119#");
	CHECK(rule_set_is_emergency(s, "186118"));
	CHECK(!rule_set_help(s, "184"));
	CHECK(!rule_set_help(s, "184184119"));
	CHECK(!rule_set_help(s, "1841190"));
	CHECK(rule_set_begins_emergency(s, "11"));
	rule_set_emergency(s, &res, &called);
	CHECK_INT(res.n, 1);
	CHECK_INT(res.v[0].kind, ROUTE_LINE);
	rule_set_emergency(s, &res, &fire);
	CHECK_STR(str_z(res.v[0].called.number), "119");
	rule_set_emergency(s, &res, &any);
	CHECK_STR(str_z(res.v[0].called.number), "118");
	/* who has numbers of his own knows no 119 */
	s = obj_unref(s);
	conf.emergency = &own;
	TRY(rule_set_new(&s, &conf));
	rule_set_emergency(s, &res, &fire);
	CHECK_STR(str_z(res.v[0].called.number), "110");
out:
	obj_unref(s);
	obj_unref(conf.plan);
	return err;
}

const struct test_suite suite_rule_set = {
	"route/rule_set", (const struct test[]){
		TEST(test_owner), TEST(test_all_or_nothing),
		TEST(test_emergency), TEST(test_zone),
		TEST(test_of_the_plan), TEST_END } };
