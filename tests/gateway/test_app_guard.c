/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/app_guard.h"

#include <stdio.h>
#include <stdlib.h>
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

/* Of peers that share a network the nearest counts, not the first. */
static int test_peers(void)
{
	static const struct world_params shared = {
		.conf = "peers:\n"
			"  - { name: wide, uri: 'sip:wide.test',\n"
			"      sources: [ 192.0.2.0/24 ] }\n"
			"  - { name: near, uri: 'sip:near.test',\n"
			"      sources: [ 192.0.2.32/28 ] }\n"
			"  - { name: host, uri: 'sip:192.0.2.40' }\n",
	};
	static const struct { const char *uri, *peer, *called; } t[] = {
		{ "sip:101@192.0.2.77", "wide", "101" },
		{ "sip:102@192.0.2.33", "near", "102" },
		{ "sip:103@192.0.2.40", "host", "103" },
		{ "sip:104@192.0.3.1", "", "" }, { "mailto:x", "", "" },
	};
	struct world *w = NULL;
	int err;

	TRY(world_new(&w, &shared));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct route_target target = { .kind = ROUTE_URI };

		strcpy(target.dest, t[i].uri);
		app_guard_peer_of(&target, w->conf);
		CHECK_STR(str_z(target.peer), t[i].peer);
		CHECK_STR(str_z(target.called.number), t[i].called);
	}
out:
	world_free(w);
	return err;
}

/* Prices come from the table that `rates` names. */
static int test_rates(void)
{
	char path[] = "/tmp/tipring-guard-XXXXXX", conf[200];
	const struct world_params priced = { .conf = conf };
	struct guard_rate r = { 0, 0 };
	struct world *w = NULL;
	int fd = mkstemp(path), err = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	CHECK(f);
	snprintf(conf, sizeof(conf), "tables: [ { name: isp, type: rates, "
		 "file: %s } ]\nguard: { rates: isp, money_day: 10 }\n",
		 path);
	fputs("prefix,price,setup\n44,0.02,\n447,0.25,1.5\n", f);
	fclose(f);
	TRY(world_new(&w, &priced));
	CHECK(app_guard_rate(&r, "+447700900000", w->app));
	CHECK_INT(r.per_minute, 250000);
	CHECK_INT(r.per_call, 1500000);
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
		TEST_WITH(test_peers, TEST_NO_OOM),
		TEST_WITH(test_rates, TEST_NO_OOM), TEST_END } };
