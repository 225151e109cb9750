/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "gateway/route/rule_targets.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

static uint32_t drawn(uint32_t below, void *arg)
{
	return *(uint32_t *)arg % below;
}

static int test_split(void)
{
	static const unsigned weights[] = { 70, 0, 20, 10 };
	static const struct { uint32_t draw; unsigned order[4]; } t[] = {
		{ 0, { 0, 2, 3, 1 } }, { 69, { 0, 3, 2, 1 } },
		{ 70, { 2, 0, 3, 1 } }, { 90, { 3, 0, 2, 1 } },
		{ 99, { 3, 0, 2, 1 } },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		unsigned order[ROUTE_TARGETS_MAX];
		uint32_t draw = t[i].draw;

		rule_split(order, weights, 4, drawn, &draw);
		CHECK_INT(order[0], t[i].order[0]);
		CHECK_INT(order[3], t[i].order[3]);
	}
out:
	return err;
}

/* A hundred draws that fall evenly share as the weights say. */
static int test_shares(void)
{
	static const unsigned weights[] = { 70, 30 };
	unsigned first[2] = { 0 };
	int err = 0;

	for (uint32_t i = 0; i < 100; i++) {
		unsigned order[ROUTE_TARGETS_MAX];

		rule_split(order, weights, 2, drawn, &i);
		first[order[0]]++;
	}
	CHECK_INT(first[0], 70);
	CHECK_INT(first[1], 30);
out:
	return err;
}

/* What a search for the number yields, with that draw. */
struct row {
	const char *number;
	uint32_t    draw;
	const char *got;
};

static int find_rows(struct route_rig *w, const struct row *t, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		w->random = t[i].draw;
		route_rig_search(w, t[i].number, ROUTE_FROM_PHONE);
		CHECK_STR(str_z(w->got), t[i].got);
	}
out:
	return err;
}

#define FIND(w, t) find_rows(w, t, sizeof(t) / sizeof((t)[0]))

static int test_dialled(void)
{
	static const struct row t[] = {
		{ "777", 59, "share: peer:a(777) peer:b(777)" },
		{ "777", 60, "share: peer:b(777) peer:a(777)" },
		{ "+442079460000", 0, "world: peer:uk(02079460000)" },
		{ "0312345678", 0, "own: peer:a(+81312345678)" },
		{ "110", 0, "own: peer:a(110)" },
		/* more is stripped than there is */
		{ "99", 0, "gone: peer:a(5)" },
	};
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, "routes:\n"
		"  - { name: share, prefix: '7', to: ['peer:a', 'peer:b'],\n"
		"      weights: [60, 40] }\n"
		"  - { name: world, prefix: '+44',\n"
		"      rewrite: '!^.44(.*)$!0\\1!', to: ['peer:uk'] }\n"
		"  - { name: gone, prefix: '9', strip: 32, add: '5',\n"
		"      to: ['peer:a'] }\n"
		"  - { name: own, rewrite: '!^0(.*)$!+81\\1!',\n"
		"      to: ['peer:a'] }\n"));
	TRY(FIND(&w, t));
out:
	route_rig_end(&w);
	return err;
}

/* A number that grows beyond what fits is refused, not cut: a part of it is
 * the number of somebody else. */
static int test_too_long(void)
{
	/* 60 digits */
	static const char n[] = "000000000011111111112222222222"
				"333333333344444444445555555555";
	struct route_rig w;
	char want[70];
	int err;

	TRY(route_rig_begin(&w, "routes:\n"
		"  - { name: one, prefix: '00', add: '1234',\n"
		"      to: ['peer:a', 'peer:b'] }\n"
		"  - { name: two, prefix: '9',\n"
		"      rewrite: '!^9(.*)$!\\1\\1!', to: ['peer:a'] }\n"
		"  - { name: rest, to: ['peer:rest'] }\n"));
	snprintf(want, sizeof(want), "1234%s", n + 1);
	route_rig_search(&w, n + 1, ROUTE_FROM_PHONE);
	CHECK_INT(w.job.result.n, 2);
	CHECK_STR(str_z(w.job.result.v[1].called.number), want);
	route_rig_search(&w, n, ROUTE_FROM_PHONE);
	CHECK_INT(w.job.result.n, 1);
	CHECK(w.job.result.v[0].kind == ROUTE_REJECT);
	CHECK_INT(w.job.result.v[0].cause, CAUSE_INVALID_NUMBER);
	CHECK_STR(str_z(w.job.result.v[0].called.number), n);
	CHECK_STR(str_z(w.job.result.why),
		  "the number becomes longer than 63 digits");
	route_rig_search(&w, "91234567890123456789012345678901",
			 ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.job.result.v[0].called.number),
		  "12345678901234567890123456789011"
		  "234567890123456789012345678901");
	route_rig_search(&w, "912345678901234567890123456789012",
			 ROUTE_FROM_PHONE);
	CHECK(w.job.result.v[0].kind == ROUTE_REJECT);
out:
	route_rig_end(&w);
	return err;
}

static const char carriers[] =
	"prefix,carrier,price,setup,weight\n"
	"81,peer:a,0.02,,1\n"
	"81,peer:b,0.01,,1\n"
	"8190,peer:a,0.03\n"
	"8150,peer:c,0.01,,3\n"
	"819012,peer:b,-\n";

/* The cheapest first; those of one price share by weight. */
static int test_least_cost(void)
{
	static const struct row t[] = {
		{ "0312345678", 0, "lc: peer:b(+81312345678) "
				   "peer:a(+81312345678)" },
		{ "09055555555", 0, "lc: peer:b(+819055555555) "
				    "peer:a(+819055555555)" },
		{ "09012345678", 0, "lc: peer:a(+819012345678)" },
		{ "05012345678", 2, "lc: peer:c(+815012345678) "
				    "peer:b(+815012345678) "
				    "peer:a(+815012345678)" },
		{ "05012345678", 3, "lc: peer:b(+815012345678) "
				    "peer:c(+815012345678) "
				    "peer:a(+815012345678)" },
		{ "+12125550100", 0, "rest: peer:d(+12125550100)" },
	};
	char path[ROUTE_RIG_PATH], text[400];
	struct route_rig w;
	int err;

	memset(&w, 0, sizeof(w));
	TRY(route_rig_file(path, carriers));
	snprintf(text, sizeof(text), "tables: [ { name: lcr, type: carriers, "
		 "file: '%s' } ]\nroutes:\n"
		 "  - { name: lc, table: lcr }\n"
		 "  - { name: rest, to: ['peer:d'] }\n", path);
	TRY(route_rig_begin(&w, text));
	TRY(FIND(&w, t));
	CHECK(router_table(w.router, "lcr"));
	CHECK(!router_table(w.router, "lc"));
	CHECK(strstr(w.told, "rule lc: yields no target (no carrier of the "
		     "table serves it)\n"));
	route_rig_search(&w, "0312345678", ROUTE_FROM_PHONE);
	CHECK(strstr(w.told, "  -> peer:b, dialling +81312345678, 0.0100 a "
		     "minute\n"));
out:
	unlink(path);
	route_rig_end(&w);
	return err;
}

/* A ported number is carried at the price of the network it is in; what is
 * stripped and put in front is of its E.164 form. */
static int test_carrier_of_ported(void)
{
	struct route_query q = { .from.kind = ROUTE_FROM_PHONE,
				 .called.number = "05012345678",
				 .port = { .rn = "+819012", .npdi = true } };
	char path[ROUTE_RIG_PATH], text[400];
	struct route_rig w;
	int err;

	memset(&w, 0, sizeof(w));
	TRY(route_rig_file(path, carriers));
	snprintf(text, sizeof(text), "tables: [ { name: lcr, type: carriers, "
		 "file: '%s' } ]\nroutes:\n"
		 "  - { name: lc, table: lcr, strip: 3, add: '0' }\n", path);
	TRY(route_rig_begin(&w, text));
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "lc: peer:a(05012345678)");
	q.port.npdi = false;
	q.port.rn[0] = '\0';
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "lc: peer:c(05012345678) "
		  "peer:b(05012345678) peer:a(05012345678)");
out:
	unlink(path);
	route_rig_end(&w);
	return err;
}

/* Lists of numbers: who is refused, who may. */
static int test_lists(void)
{
	static const char text[] = "routes:\n"
		"  - { name: bad, caller_in_table: black,\n"
		"      to: ['reject:21'] }\n"
		"  - { name: hidden, anonymous: yes, to: ['reject:21'] }\n"
		"  - { name: barred, in_table: black, to: ['reject:55'] }\n"
		"  - { name: few, not_in_table: black,\n"
		"      caller_not_in_table: black, to: ['peer:a'] }\n";
	struct route_query q = { .from.kind = ROUTE_FROM_PHONE,
				 .called.number = "0312345678" };
	char path[ROUTE_RIG_PATH], all[700];
	struct route_rig w;
	int err;

	memset(&w, 0, sizeof(w));
	TRY(route_rig_file(path, "8190\n+81355550100$\n"));
	snprintf(all, sizeof(all), "tables: [ { name: black, file: '%s' } ]"
		 "\n%s", path, text);
	TRY(route_rig_begin(&w, all));
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "hidden: reject:21(0312345678)");
	strcpy(q.calling.number, "09012345678");
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "bad: reject:21(0312345678)");
	strcpy(q.calling.number, "0312345678");
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "few: peer:a(0312345678)");
	strcpy(q.called.number, "0355550100");
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "barred: reject:55(0355550100)");
	strcpy(q.called.number, "0355550101");
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "few: peer:a(0355550101)");
	/* each of the two by itself */
	strcpy(q.called.number, "0355550100");
	route_rig_find(&w, &q);
	CHECK(strstr(w.told, "rule barred: fits"));
	route_rig_next(&w);
	CHECK_STR(str_z(w.got), "none");
	CHECK(strstr(w.told, "rule few: no, it wants a number not in table "
		     "black\n"));
	strcpy(q.called.number, "0355550101");
	strcpy(q.calling.number, "09012345678");
	route_rig_find(&w, &q);
	route_rig_next(&w);
	CHECK_STR(str_z(w.got), "none");
	CHECK(strstr(w.told, "rule few: no, it wants a caller not in table "
		     "black\n"));
out:
	unlink(path);
	route_rig_end(&w);
	return err;
}

/* The rules behind match the routing number; the number is dialled. */
static int test_ported(void)
{
	static const char text[] = "routes:\n"
		"  - { name: lnp, ported: moved }\n"
		"  - { name: new, prefix: '+8199', to: ['peer:new'] }\n"
		"  - { name: old, to: ['peer:old'] }\n";
	struct route_query q = { .from.kind = ROUTE_FROM_PHONE };
	char path[ROUTE_RIG_PATH], all[400];
	struct route_rig w;
	int err;

	memset(&w, 0, sizeof(w));
	TRY(route_rig_file(path, "+81312345678,+819990001\n"));
	snprintf(all, sizeof(all), "tables: [ { name: moved, type: ported, "
		 "file: '%s' } ]\n%s", path, text);
	TRY(route_rig_begin(&w, all));
	route_rig_search(&w, "0312345678", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "new: peer:new(0312345678)");
	CHECK(w.job.q.port.npdi);
	CHECK_STR(str_z(w.job.q.port.rn), "+819990001");
	/* who asked before us knows better (RFC 4694, 5) */
	strcpy(q.called.number, "0312345678");
	q.port.npdi = true;
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "old: peer:old(0312345678)");
	q.port.npdi = false;
	strcpy(q.port.rn, "+819955");
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "new: peer:new(0312345678)");
	CHECK_STR(str_z(w.job.q.port.rn), "+819955");
	route_rig_search(&w, "0312345679", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "old: peer:old(0312345679)");
	CHECK(!w.job.q.port.npdi);
	/* nor for what another carrier has to route (5.1), or for a routing
	 * number in a space that we do not know */
	q.port = (struct tel_port){ .cic = "+16789" };
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "old: peer:old(0312345678)");
	CHECK_STR(str_z(w.job.result.v[0].port->cic), "+16789");
	q.port = (struct tel_port){ .rn = "12", .rn_context = "a.test" };
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "old: peer:old(0312345678)");
	CHECK_STR(str_z(w.job.result.v[0].port->rn), "12");
out:
	unlink(path);
	route_rig_end(&w);
	return err;
}

static const char small[] = "routes:\n"
	"  - { name: one, max_calls: 1, to: ['peer:a'] }\n"
	"  - { name: two, prefix: '7', to: ['peer:b'] }\n";

/* Full: the next rule; counted over a reload, and again free. */
static int test_max_calls(void)
{
	struct route_use *use = NULL;
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, small));
	route_rig_search(&w, "777", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "one: peer:a(777)");
	use = route_use_begin(w.job.result.use);
	CHECK(use);
	route_rig_search(&w, "777", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "two: peer:b(777)");
	CHECK(!w.job.result.use);
	TRY(route_rig_reload(&w, small));
	route_rig_search(&w, "888", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "none");
	CHECK_INT(route_none_cause(&w.job), CAUSE_NO_CIRCUIT);
	use = route_use_end(use);
	route_rig_search(&w, "888", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "one: peer:a(888)");
out:
	route_use_end(use);
	route_rig_end(&w);
	return err;
}

const struct test_suite suite_rule_targets = {
	"route/rule_targets", (const struct test[]){
		TEST(test_split), TEST(test_shares), TEST(test_dialled),
		TEST(test_too_long),
		TEST_WITH(test_least_cost, TEST_REAL),
		TEST_WITH(test_carrier_of_ported, TEST_REAL),
		TEST_WITH(test_lists, TEST_REAL),
		TEST_WITH(test_ported, TEST_REAL), TEST(test_max_calls),
		TEST_END } };
