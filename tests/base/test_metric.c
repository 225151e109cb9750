/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include <string.h>

#include "tests/lib/test.h"

static METRIC(by_a, METRIC_COUNTER, "test_calls_total", "kind=\"a\"", "Calls");
static METRIC_COUNT(other, "test_other_total", "Others");
static METRIC(by_b, METRIC_COUNTER, "test_calls_total", "kind=\"b\"", "Calls");
static METRIC(level, METRIC_GAUGE, "test_level", NULL, "A level");
static METRIC_COUNT(unused, "test_unused_total", "Never touched");
static struct metric_hist setup = {
	.name = "test_setup_seconds", .help = "Set-up time",
	.le = { 0.01, 0.1, 1 },
};

static int test_dump(void)
{
	struct buf b;
	char *text = NULL;
	int err = 0;

	buf_init(&b, 100000);
	metric_add(&by_a, 2 - metric_get(&by_a));
	metric_add(&other, 1 - metric_get(&other));
	metric_add(&by_b, 3 - metric_get(&by_b));
	metric_set(&level, -7);
	metric_dump(&b);
	TRY(b.err);
	text = str_dup(buf_str(&b));
	if (!text) {
		err = ENOMEM;
		goto out;
	}
	/* the newest first, but all of a name together, told once */
	CHECK(strstr(text, "# HELP test_calls_total Calls\n"
		     "# TYPE test_calls_total counter\n"
		     "test_calls_total{kind=\"b\"} 3\n"
		     "test_calls_total{kind=\"a\"} 2\n"));
	CHECK(strstr(text, "# TYPE test_level gauge\ntest_level -7\n"));
	CHECK(strstr(text, "test_other_total 1\n"));
	CHECK(!strstr(text, "test_unused_total"));
	CHECK_INT(metric_get(&unused), 0);
out:
	mem_free(text);
	buf_fini(&b);
	return err;
}

static int test_histogram(void)
{
	struct buf b;
	char *text = NULL;
	int err = 0;

	for (int i = 0; i <= METRIC_BUCKETS; i++)
		setup.count[i] = 0;
	setup.n = setup.sum_micro = 0;
	buf_init(&b, 100000);
	metric_observe(&setup, 0.005);
	metric_observe(&setup, 0.1);
	metric_observe(&setup, 0.5);
	metric_observe(&setup, 20);
	metric_dump(&b);
	TRY(b.err);
	text = str_dup(buf_str(&b));
	if (!text) {
		err = ENOMEM;
		goto out;
	}
	CHECK(strstr(text, "# TYPE test_setup_seconds histogram\n"
		     "test_setup_seconds_bucket{le=\"0.01\"} 1\n"
		     "test_setup_seconds_bucket{le=\"0.1\"} 2\n"
		     "test_setup_seconds_bucket{le=\"1\"} 3\n"
		     "test_setup_seconds_bucket{le=\"+Inf\"} 4\n"
		     "test_setup_seconds_sum 20.605000\n"
		     "test_setup_seconds_count 4\n"));
out:
	mem_free(text);
	buf_fini(&b);
	return err;
}

const struct test_suite suite_metric = {
	"base/metric", (const struct test[]){
		TEST(test_dump),
		TEST(test_histogram),
		TEST_END } };
