/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/route/route.h"
#include "tests/lib/test.h"

static int test_round_trip(void)
{
	static const char *const t[] = {
		"peer:itsp", "phone:alice", "line:fxo1", "group:pstn",
		"service:play:hello.wav", "reject:21",
	};
	char text[ROUTE_TARGET_TEXT];
	struct route_target target;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(route_target_parse(&target, t[i]));
		CHECK_STR(str_z(route_target_print(text, &target)), t[i]);
	}
	CHECK_INT(target.kind, ROUTE_REJECT);
	CHECK_INT(target.cause, CAUSE_REJECTED);
out:
	return err;
}

static int test_bad(void)
{
	static const char *const t[] = {
		"", "itsp", "peer:", "fax:1", "reject:0", "reject:128",
		"reject:x", "Peer:x",
	};
	struct route_target target;
	char huge[ROUTE_DEST_MAX + 10];
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		CHECK_INT(route_target_parse(&target, t[i]), EBADMSG);
	memset(huge, 'x', sizeof(huge));
	memcpy(huge, "peer:", 5);
	huge[sizeof(huge) - 1] = '\0';
	CHECK_INT(route_target_parse(&target, huge), EBADMSG);
out:
	return err;
}

static int test_sources(void)
{
	static const struct {
		struct route_source s;
		const char         *text;
	} t[] = {
		{ { ROUTE_FROM_INTERNET, "" }, "internet" },
		{ { ROUTE_FROM_PHONE, "alice" }, "phone:alice" },
		{ { ROUTE_FROM_TELEPHONE, "fxs1" }, "line:fxs1" },
		{ { ROUTE_FROM_TRUNK, "fxo1" }, "line:fxo1" },
		{ { ROUTE_FROM_PEER, "itsp" }, "peer:itsp" },
	};
	char text[ROUTE_SOURCE_TEXT];
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		CHECK_STR(str_z(route_source_print(text, &t[i].s)),
			  t[i].text);
		CHECK(route_source_reads(&t[i].s, t[i].text));
		CHECK(!route_source_reads(&t[i].s, "peer:its"));
		CHECK(!route_source_reads(&t[i].s, "peer:itsp2"));
		CHECK(!route_source_reads(&t[i].s, "internet2"));
		CHECK(!route_source_reads(&t[i].s, "phone"));
	}
out:
	return err;
}

const struct test_suite suite_target = {
	"route/target", (const struct test[]){
		TEST(test_round_trip), TEST(test_bad), TEST(test_sources),
		TEST_END } };
