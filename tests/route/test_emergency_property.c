/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emergency calls cannot be shadowed: whatever the rules are, each emergency
 * number from each source of the house yields the targets of `emergency:`
 * first, in their order; the internet never does.
 */
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

enum { CONFIGS = 2000, RULES_MAX = 10 };

static const char numbers[][ROUTE_NUMBER_MAX] = { "110", "119", "112" };
static const char sos[][ROUTE_DEST_MAX] = { "group:pstn", "peer:sos" };
static const struct route_emergency_conf emergency = {
	.numbers = { (void *)numbers, 3 }, .to = { (void *)sos, 2 },
};
static const struct dial_keys japan = {
	.country = "81", .national = "0", .international = "010",
};

static const char *const prefixes[] = {
	"", "1", "11", "110", "119", "0", "+", "+81", "112",
};
static const char *const regexes[] = { "", "", ".*", "^1", "^11[029]$" };
static const char *const times[] = { "", "", "mon-sun 00:00-24:00", "sat" };
static const char *const rewrites[] = { "", "", "!^.*$!0!" };
static const char *const tables[] = { "", "", "list" };
static const char froms[][ROUTE_NAME_MAX] = {
	"known", "internet", "phones", "peers",
};
static const char dates[][ROUTE_DATE_SIZE] = { "01-01..12-31" };
static const char targets[][ROUTE_DEST_MAX] = {
	"reject:21", "peer:cheap", "service:echo", "phone:alice", "group:x",
};
static const int weights[] = { 0, 0, 3, 1, 9 };

struct house {
	struct loop            *loop;
	struct dial_plan       *plan;
	struct route_rule_conf  rules[RULES_MAX];
	struct conf_list        list;
	struct number_tables   *tables;
	struct route_conf       conf;
	struct router          *router;
	uint32_t                state;
	bool                    answered, emergency;
	char                    first[2][ROUTE_TARGET_TEXT];
};

static uint32_t below(struct house *h, uint32_t n)
{
	h->state = h->state * 1664525 + 1013904223;
	return (h->state >> 8) % n;
}

#define PICK(h, v) (v)[below((h), sizeof(v) / sizeof((v)[0]))]

/* One action, of whatever kind. */
static void any_action(struct house *h, struct route_rule_conf *c)
{
	uint32_t n = 1 + below(h, 5);

	switch (below(h, 6)) {
	case 0:
		c->local = true;
		break;
	case 1:
		c->enum_lookup = true;
		break;
	case 2:
		strcpy(c->table, "carriers");
		break;
	case 3:
		strcpy(c->ported, "moved");
		break;
	default:
		c->to = (struct conf_list){ (void *)targets, n };
		if (below(h, 2))
			c->weights = (struct conf_list){ (void *)weights, n };
		break;
	}
}

static void any_rule(struct house *h, struct route_rule_conf *c, unsigned i)
{
	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "r%u", i);
	strcpy(c->prefix, PICK(h, prefixes));
	strcpy(c->regex, PICK(h, regexes));
	strcpy(c->time, PICK(h, times));
	strcpy(c->rewrite, PICK(h, rewrites));
	strcpy(c->in_table, PICK(h, tables));
	strcpy(c->caller_not_in_table, PICK(h, tables));
	c->anonymous = (int)below(h, 3);
	c->max_calls = (int)below(h, 2);
	c->strip = (int)below(h, 3);
	c->max_digits = (int)below(h, 2) * 3;
	if (below(h, 3))
		c->from = (struct conf_list){ (void *)&froms[below(h, 3)],
					      1 + below(h, 2) };
	if (below(h, 2))
		c->dates = (struct conf_list){ (void *)dates, 1 };
	any_action(h, c);
}

/* Somebody of the house has every number. */
static bool find_local(struct route_target *t, const char *number, void *arg)
{
	(void)number;
	(void)arg;
	t->kind = ROUTE_PHONE;
	strcpy(t->dest, "thief");
	return true;
}

static bool begins_local(const char *digits, void *arg)
{
	(void)digits;
	(void)arg;
	return true;
}

static const char *poor(const struct route_target *t, void *arg)
{
	(void)arg;
	return t->kind == ROUTE_GROUP ? "down" : NULL;
}

static int any_config(struct house *h)
{
	const struct route_env env = {
		.loop = h->loop, .find_local = find_local,
		.begins_local = begins_local, .poor = poor, .arg = h,
	};

	h->list.v = h->rules;
	h->list.n = below(h, RULES_MAX + 1);
	for (unsigned i = 0; i < h->list.n; i++)
		any_rule(h, &h->rules[i], i);
	h->conf.emergency = &emergency;
	h->conf.rules = &h->list;
	h->conf.tables = h->tables;
	h->conf.plan = h->plan;
	return router_new(&h->router, &h->conf, &env);
}

static void on_route(const struct route_result *r, void *arg)
{
	struct house *h = arg;

	h->answered = true;
	h->emergency = r && r->emergency;
	for (unsigned i = 0; r && i < 2 && i < r->n; i++)
		route_target_print(h->first[i], &r->v[i]);
}

static bool search(struct house *h, const char *number,
		   enum route_source_kind from)
{
	struct route_query q = { .from.kind = from,
				 .wall_us = 1767225600000000 };
	struct route_job j;

	memset(&j, 0, sizeof(j));
	strcpy(q.called.number, number);
	if (below(h, 2))
		strcpy(q.calling.number, "110");
	h->answered = h->emergency = false;
	route_find(h->router, &j, &q, on_route, h);
	loop_turn(h->loop, 0);
	route_cancel(&j);
	return h->answered;
}

static int check_number(struct house *h, const char *number)
{
	const struct route_source tel = { ROUTE_FROM_TELEPHONE, "fxs1" };
	int err = 0;

	for (int k = ROUTE_FROM_PHONE; k <= ROUTE_FROM_PEER; k++) {
		CHECK(search(h, number, (enum route_source_kind)k));
		CHECK(h->emergency);
		CHECK_STR(str_z(h->first[0]), sos[0]);
		CHECK_STR(str_z(h->first[1]), sos[1]);
	}
	CHECK(search(h, number, ROUTE_FROM_INTERNET));
	CHECK(!h->emergency);
	/* nor does a telephone wait for more digits */
	CHECK_INT(route_digits(h->router, &tel, number),
		  ROUTE_DIGITS_COMPLETE);
out:
	return err;
}

static int open_tables(struct house *h, const char *path)
{
	static struct number_table_conf t[3] = {
		{ .name = "list", .type = NUMBER_TABLE_LIST,
		  .form = NUMBER_FORM_DIALLED },
		{ .name = "carriers", .type = NUMBER_TABLE_CARRIERS,
		  .form = NUMBER_FORM_DIALLED },
		{ .name = "moved", .type = NUMBER_TABLE_PORTED,
		  .form = NUMBER_FORM_DIALLED },
	};
	const struct conf_list l = { t, 3 };

	for (int i = 0; i < 3; i++)
		strcpy(t[i].file, path);
	return number_tables_load(&h->tables, &l, NULL, NULL);
}

static int test_never_shadowed(void)
{
	char path[ROUTE_RIG_PATH];
	struct clk_virtual clk;
	static struct house h;
	int err;

	memset(&h, 0, sizeof(h));
	clk_virtual_init(&clk);
	/* one file for all three: each takes its columns */
	TRY(route_rig_file(path, "prefix,carrier,price,routing\n"
			   "1,peer:cheap,0,999\n110,peer:cheap,0,998\n"
			   "119,group:x,1,997\n0,peer:cheap,0,996\n"));
	TRY(open_tables(&h, path));
	TRY(dial_plan_new(&h.plan, &japan));
	TRY(loop_new(&h.loop, &clk.clk));
	h.state = 1;
	for (int i = 0; i < CONFIGS; i++) {
		TRY(any_config(&h));
		for (int k = 0; k < 3; k++)
			TRY(check_number(&h, numbers[k]));
		router_free(h.router);
		h.router = NULL;
	}
out:
	unlink(path);
	router_free(h.router);
	loop_free(h.loop);
	obj_unref(h.plan);
	obj_unref(h.tables);
	return err;
}

const struct test_suite suite_emergency_property = {
	"route/emergency_property", (const struct test[]){
		TEST_WITH(test_never_shadowed, TEST_NO_OOM | TEST_REAL),
		TEST_END } };
