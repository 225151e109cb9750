/* SPDX-License-Identifier: Apache-2.0 */
/* `tipring route`, from a configuration. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/app_conf.h"
#include "gateway/app_route.h"
#include "tests/lib/test.h"

static const char conf_text[] =
	"sip: { listen: [ { address: 192.0.2.1 } ] }\n"
	"numbering: { plan: jp }\n"
	"phones: [ { user: alice, number: '101',\n"
	"            password: { env: TEST_ROUTE_PW } } ]\n"
	"peers:\n"
	"  - { name: itsp, uri: 'sip:192.0.2.2', sources: [ 192.0.2.2 ],\n"
	"      numbers: { called: plain, calling: bare } }\n"
	"lines:\n"
	"  - { name: tel, kind: fxs, number: '201' }\n"
	"  - { name: out, kind: fxo, number: '0355550001',\n"
	"      numbers: { called: dialled, access: '9' } }\n"
	"groups: [ { name: pstn, lines: [ out ] } ]\n"
	"emergency: { numbers: ['110'], to: ['line:out'] }\n"
	"routes:\n"
	"  - { name: local, local: yes }\n"
	"  - { name: night, from: [ known ], time: '22:00-06:00',\n"
	"      to: [ 'reject:21' ] }\n"
	"  - { name: world, prefix: '0', to: [ 'peer:itsp' ] }\n"
	"  - { name: other, prefix: '5', to: [ 'line:out', 'peer:itsp' ],\n"
	"      rewrite: '!^5$!0!' }\n"
	"  - { name: begun, prefix: '6', strip: 1, to: [ 'line:out' ] }\n";

static int load(struct conf_snapshot **sp)
{
	struct conf_diag d;
	int err;

	setenv("TEST_ROUTE_PW", "secret", 1);
	conf_diag_init(&d);
	err = conf_load_text(sp, "test.yaml", str_z(conf_text), app_sections,
			     app_conf_cross, &d);
	if (err && d.n)
		test_say(__FILE__, __LINE__, "%s", d.v[0].text);
	conf_diag_fini(&d);
	return err;
}

static int query(struct route_query *q, const struct conf_snapshot *s,
		 const char *from, const char *number, const char *caller)
{
	const struct route_ask ask = { .from = from, .number = number,
				       .caller = caller };
	const char *why;

	q->wall_us = 0;
	return app_route_query(q, &ask, s, &why);
}

static int test_sources(void)
{
	static const struct {
		const char             *from, *number;
		enum route_source_kind  kind;
		bool                    good;
	} t[] = {
		{ "phone:alice", "101", ROUTE_FROM_PHONE, true },
		{ "line:tel", "201", ROUTE_FROM_TELEPHONE, true },
		{ "line:out", "", ROUTE_FROM_TRUNK, true },
		{ "peer:itsp", "", ROUTE_FROM_PEER, true },
		{ "internet", "", ROUTE_FROM_INTERNET, true },
		{ "phone:bob", "", ROUTE_FROM_PHONE, false },
		{ "group:x", "", ROUTE_FROM_PEER, false },
		{ "nonsense", "", ROUTE_FROM_PEER, false },
	};
	struct conf_snapshot *s = NULL;
	int err;

	TRY(load(&s));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct route_query q;

		err = query(&q, s, t[i].from, "1", NULL);
		CHECK((err == 0) == t[i].good);
		err = 0;
		if (!t[i].good)
			continue;
		CHECK_INT(q.from.kind, t[i].kind);
		CHECK_STR(str_z(q.calling.number), t[i].number);
	}
out:
	obj_unref(s);
	return err;
}

/* Who calls writes numbers in his way, and so does who is called. */
static int test_numbers(void)
{
	static const struct {
		const char        *from, *number, *caller;
		enum route_kind    kind;
		const char        *to, *read, *sent;
	} t[] = {
		{ "peer:itsp", "81312345678", "9012345678", ROUTE_PEER,
		  "itsp", "+81312345678", "81312345678" },
		{ "phone:alice", "1840312345678", NULL, ROUTE_LINE, "out",
		  "0312345678", "91840312345678" },
		{ "phone:alice", "184110", NULL, ROUTE_PEER, "itsp", "110",
		  "110" },
		{ "phone:alice", "1-1-0", NULL, ROUTE_PEER, "itsp", "110",
		  "110" },
		{ "phone:alice", "0312345678", NULL, ROUTE_PEER, "itsp",
		  "0312345678", "81312345678" },
		{ "line:tel", "1860312345678", NULL, ROUTE_GROUP, "pstn",
		  "0312345678", "90312345678" },
		{ "line:out", "201", "0312345678", ROUTE_LINE, "tel", "201",
		  "201" },
		{ "line:out", "201", NULL, ROUTE_PHONE, "alice", "201",
		  "201" },
	};
	struct conf_snapshot *s = NULL;
	int err;

	TRY(load(&s));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct route_target to = { .kind = t[i].kind };
		struct route_job j = { .router = NULL };
		struct route_door d;

		strcpy(to.dest, t[i].to);
		TRY(query(&j.q, s, t[i].from, t[i].number, t[i].caller));
		CHECK_STR(str_z(j.q.called.number), t[i].read);
		to.called = j.q.called;
		app_route_door(&d, &j, &to, s, NULL);
		CHECK(!d.refused && !d.unusable);
		CHECK_STR(str_z(d.called.number), t[i].sent);
	}
out:
	obj_unref(s);
	return err;
}

static int test_codes(void)
{
	static const struct { struct route_ask ask; int code; } t[] = {
		{ { .from = "phone:alice", .number = "0312345678",
		    .at = "12:00" }, 0 },
		{ { .from = "phone:alice", .number = "0312345678",
		    .at = "23:00" }, 1 },
		{ { .from = "phone:alice", .number = "110",
		    .at = "23:00" }, 0 },
		{ { .from = "peer:itsp", .number = "0312345678",
		    .at = "12:00", .explain = true }, 1 },
		{ { .from = "peer:itsp", .number = "184110" }, 0 },
		{ { .from = "internet", .number = "184110" }, 1 },
		{ { .from = "peer:itsp", .number = "201",
		    .caller = "09012345678" }, 0 },
		{ { .from = "phone:alice", .number = "0990512345",
		    .at = "12:00" }, 1 },       /* the guard: premium */
		{ { .from = "phone:alice", .number = "5",
		    .at = "12:00" }, 0 },
		{ { .from = "phone:alice", .number = "60",
		    .at = "12:00" }, 1 },
		{ { .from = "peer:x", .number = "201" }, 1 },
		{ { .from = "peer:itsp", .number = "201", .at = "noon" },
		  1 },
	};
	struct conf_snapshot *s = NULL;
	int err;

	TRY(load(&s));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CHECK_INT(app_route_command(s, &t[i].ask), t[i].code);
out:
	obj_unref(s);
	return err;
}

const struct test_suite suite_app_route = {
	"gateway/app_route", (const struct test[]){
		TEST(test_sources), TEST(test_numbers),
		TEST_WITH(test_codes, TEST_REAL | TEST_NO_OOM), TEST_END } };
