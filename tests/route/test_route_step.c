/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/route.h"
#include "tests/lib/test.h"

static const struct route_target peer = {
	.kind = ROUTE_PEER, .dest = "itsp", .called.number = "0312345678",
};
static const struct route_target reject = {
	.kind = ROUTE_REJECT, .cause = CAUSE_REJECTED,
	.called.number = "0312345678",
};

static int test_lines(void)
{
	static const struct { struct route_step s; const char *text; } t[] = {
		{ { .kind = ROUTE_STEP_NUMBER, .number = "110", .e164 = "",
		    .rn = "" },
		  "number 110\n" },
		{ { .kind = ROUTE_STEP_NUMBER, .number = "0312345678",
		    .e164 = "+81312345678", .rn = "" },
		  "number 0312345678, internationally +81312345678\n" },
		{ { .kind = ROUTE_STEP_NUMBER, .number = "050",
		    .e164 = "", .rn = "+8150" },
		  "number 050, ported to +8150\n" },
		{ { .kind = ROUTE_STEP_SKIP, .rule = "a", .why = "prefix 0" },
		  "rule a: no, it wants prefix 0\n" },
		{ { .kind = ROUTE_STEP_FIT, .rule = "a", .why = "always" },
		  "rule a: fits (always)\n" },
		{ { .kind = ROUTE_STEP_TARGET, .target = &peer },
		  "  -> peer:itsp, dialling 0312345678\n" },
		{ { .kind = ROUTE_STEP_TARGET, .target = &peer,
		    .why = "doubtful" },
		  "  -> peer:itsp, dialling 0312345678 "
		  "(behind others: doubtful)\n" },
		{ { .kind = ROUTE_STEP_TARGET, .target = &reject },
		  "  -> reject:21\n" },
		{ { .kind = ROUTE_STEP_LEAVE, .target = &peer,
		    .why = "it is down" },
		  "  not peer:itsp, dialling 0312345678: it is down\n" },
		{ { .kind = ROUTE_STEP_EMPTY, .rule = "a", .why = "full" },
		  "rule a: yields no target (full)\n" },
		{ { .kind = ROUTE_STEP_END }, "no further rule\n" },
	};
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_reset(&b);
		route_step_print(&b, &t[i].s);
		if (b.err) {
			err = b.err;
			goto out;
		}
		CHECK_STR(buf_str(&b), t[i].text);
	}
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_route_step = {
	"route/route_step", (const struct test[]){
		TEST(test_lines), TEST_END } };
