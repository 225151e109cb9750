/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the unit tests under CUnit:
 *	unit [-l] [-o | -O] [FILTER ...]
 * -l lists, -o runs each test again with the n-th allocation failing, -O
 * also those that are too slow for every day (TEST_NO_OOM). A filter is a
 * part of "room/file/test". Each suite runs in this process; a leak fails
 * its test. The last line is "N passed, N failed".
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/log.h"
#include "tests/lib/test.h"

extern const struct test_suite *const test_suites[];

int test_oom;
static const struct test_suite *cur_suite;
static const struct test *cur_test;
static int mode_oom;
static unsigned not_oom = TEST_NO_OOM | TEST_REAL;      /* left out there */

void test_say(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (test_oom)
		return;
	printf("\n%s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static bool leaked(size_t before, const char *when, long n)
{
	size_t now = mem_live();

	if (now == before)
		return false;
	printf("\n%s/%s: %zu blocks leaked%s %ld\n", cur_suite->name,
	       cur_test->name, now - before, when, n);
	return true;
}

static void drop_line(enum log_level lv, const char *line, void *arg)
{
	(void)lv;
	(void)line;
	(void)arg;
}

/* The same test with allocation 0, 1, 2 ... failing, until none fails. */
static bool run_oom(void)
{
	enum { MAX_ALLOCS = 20000 };
	bool ok = true;

	for (long n = 0; ok && n < MAX_ALLOCS; n++) {
		size_t before = mem_live();
		bool hit;

		test_oom = 1;
		log_set_sink(drop_line, NULL);
		mem_fail_after(n);
		(void)cur_test->fn();   /* any refusal is right, but clean */
		hit = mem_failed();
		mem_fail_after(-1);
		test_oom = 0;
		log_set_sink(NULL, NULL);
		ok = !leaked(before, " when allocation failed: no.", n);
		if (!hit)
			return ok;
	}
	return ok;
}

static void run_test(void)
{
	size_t before = mem_live();
	int err = cur_test->fn();

	CU_ASSERT_FALSE(err);
	CU_ASSERT_FALSE(leaked(before, ", run", 0));
	if (!err && mode_oom && !(cur_test->flags & not_oom))
		CU_ASSERT(run_oom());
}

static bool wanted(const char *suite, const char *test, int n, char **filter)
{
	char full[256];

	if (n == 0)
		return true;
	snprintf(full, sizeof(full), "%s/%s", suite, test);
	for (int i = 0; i < n; i++)
		if (strstr(full, filter[i]))
			return true;
	return false;
}

static void before_test(const CU_pTest t, const CU_pSuite s)
{
	for (size_t i = 0; test_suites[i]; i++)
		if (!strcmp(test_suites[i]->name, s->pName))
			cur_suite = test_suites[i];
	for (cur_test = cur_suite->tests; cur_test->name; cur_test++)
		if (!strcmp(cur_test->name, t->pName))
			break;
	printf("%s/%s\n", s->pName, t->pName);
}

static void add_suite(const struct test_suite *s, int n, char **filter,
		      bool list)
{
	CU_pSuite cs = NULL;

	for (const struct test *t = s->tests; t->name; t++) {
		if (!wanted(s->name, t->name, n, filter))
			continue;
		if (list) {
			printf("%s/%s\n", s->name, t->name);
			continue;
		}
		if (mode_oom && (t->flags & not_oom))
			continue;
		if (!cs)
			cs = CU_add_suite(s->name, NULL, NULL);
		CU_add_test(cs, t->name, run_test);
	}
}

int main(int argc, char **argv)
{
	bool list = false;
	unsigned run, failed;
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		list |= !strcmp(argv[i], "-l");
		mode_oom |= !strcmp(argv[i], "-o");
		if (!strcmp(argv[i], "-O")) {
			mode_oom = true;
			not_oom = TEST_REAL;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("TZ", "UTC", 1);         /* not that of the machine */
	log_set_level(getenv("TEST_LOG") ? LOG_DEBUG : LOG_ERR);
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	for (size_t s = 0; test_suites[s]; s++)
		add_suite(test_suites[s], argc - i, argv + i, list);
	if (list)
		return 0;
	CU_set_test_start_handler(before_test);
	CU_run_all_tests();
	run = CU_get_number_of_tests_run();
	failed = CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	printf("%u passed, %u failed\n", run - failed, failed);
	return failed || !run ? 1 : 0;
}
