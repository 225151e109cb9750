/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/app_guard.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static const struct world_params params = {
	.conf = "peers:\n"
		"  - { name: pbx, uri: 'sip:192.0.2.30' }\n"
		"  - { name: isp, uri: 'sip:isp.test', user: me }\n"
		"lines:\n"
		"  - { name: tel, kind: fxs, number: '201' }\n"
		"  - { name: l1, kind: fxo }\n"
		"groups:\n"
		"  - { name: desk, lines: [ tel ] }\n"
		"  - { name: mixed, lines: [ tel, l1 ] }\n",
};

static int test_ways(void)
{
	static const struct { const char *target; enum guard_way way; } t[] = {
		{ "line:tel", GUARD_FREE }, { "line:l1", GUARD_PSTN },
		{ "line:gone", GUARD_PSTN },
		{ "group:desk", GUARD_FREE }, { "group:mixed", GUARD_PSTN },
		{ "group:gone", GUARD_PSTN },
		{ "peer:pbx", GUARD_PEER }, { "peer:isp", GUARD_PSTN },
		{ "peer:gone", GUARD_PSTN }, { "phone:x", GUARD_FREE },
		{ "service:echo", GUARD_FREE }, { "reject:21", GUARD_FREE },
	};
	struct route_target target;
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &params));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(route_target_parse(&target, t[i].target));
		CHECK_INT(app_guard_way(&target, w->app), t[i].way);
	}
	/* the carriers of a table */
	TRY(route_target_parse(&target, "peer:pbx"));
	target.has_price = true;
	CHECK_INT(app_guard_way(&target, w->app), GUARD_PSTN);
	/* what ENUM found */
	memset(&target, 0, sizeof(target));
	target.kind = ROUTE_URI;
	CHECK_INT(app_guard_way(&target, w->app), GUARD_FREE);
	strcpy(target.peer, "pbx");
	CHECK_INT(app_guard_way(&target, w->app), GUARD_PSTN);
out:
	world_free(w);
	return err;
}

/* Prices come from the table that `rates` names. */
static int test_rates(void)
{
	static const char path[] = "/tmp/tipring-guard-rates.csv";
	static const struct world_params priced = {
		.conf = "tables: [ { name: isp, type: rates, "
			"file: /tmp/tipring-guard-rates.csv } ]\n"
			"guard: { rates: isp, money_day: 10 }\n",
	};
	struct guard_rate r = { 0, 0 };
	struct world *w = NULL;
	FILE *f = fopen(path, "w");
	int err = 0;

	CHECK(f);
	fputs("prefix,price\n44,0.02\n447,0.25\n", f);
	fclose(f);
	TRY(world_new(&w, &priced));
	CHECK(app_guard_rate(&r, "+447700900000", w->app));
	CHECK_INT(r.per_minute, 250000);
	CHECK(app_guard_rate(&r, "+441632960000", w->app));
	CHECK_INT(r.per_minute, 20000);
	CHECK(!app_guard_rate(&r, "+12125550100", w->app));
	/* a reload reads the file again */
	f = fopen(path, "w");
	CHECK(f);
	fputs("prefix,price\n44,0.03\n", f);
	fclose(f);
	TRY(world_reload(w, false, NULL));
	CHECK(app_guard_rate(&r, "+441632960000", w->app));
	CHECK_INT(r.per_minute, 30000);
out:
	world_free(w);
	unlink(path);
	return err;
}

const struct test_suite suite_app_guard = {
	"gateway/app_guard", (const struct test[]){
		TEST_WITH(test_ways, TEST_NO_OOM),
		TEST_WITH(test_rates, TEST_NO_OOM), TEST_END } };
