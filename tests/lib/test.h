/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests. A test returns 0 or an errno and frees all it made, whatever
 * happens: the runner fails a test that leaks, and (mode oom) runs it again
 * with the n-th allocation failing until it passes.
 *
 *	static int test_reply(void)
 *	{
 *		struct buf b;
 *		int err = 0;
 *
 *		buf_init(&b, 100);
 *		TRY(sip_msg_print(&b, ...));    // an error ends the test
 *		CHECK(b.len == 12);             // so does a false condition
 *		CHECK_STR(buf_str(&b), "...");
 *	out:
 *		buf_fini(&b);
 *		return err;
 *	}
 *
 *	const struct test_suite suite_msg_build = {
 *		"sip/msg_build", (const struct test[]){
 *			TEST(test_reply),
 *			TEST_END } };
 */
#ifndef TESTS_LIB_TEST_H
#define TESTS_LIB_TEST_H

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"

enum {
	TEST_NO_OOM = 1,        /* not run again with failing allocations */
	TEST_REAL   = 2,        /* uses real sockets, threads or time */
};

struct test {
	const char *name;
	int       (*fn)(void);
	unsigned    flags;
};

struct test_suite {
	const char        *name;        /* room/file, as its path */
	const struct test *tests;       /* ends with TEST_END */
};

#define TEST(f)         { #f, f, 0 }
#define TEST_WITH(f, w) { #f, f, w }
#define TEST_END        { 0, 0, 0 }

/* True while allocations are made to fail: the macros then stay silent. */
extern int test_oom;

/* Prints why the test fails, unless test_oom. */
void test_say(const char *file, int line, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

#define TRY(call) do { err = (call); if (err) { \
	test_say(__FILE__, __LINE__, "%s: error %d", #call, err); \
	goto out; } } while (0)
#define CHECK(cond) do { if (!(cond)) { \
	test_say(__FILE__, __LINE__, "not so: %s", #cond); \
	err = EINVAL; goto out; } } while (0)
#define CHECK_INT(got, want) do { \
	long long g_ = (long long)(got), w_ = (long long)(want); \
	if (g_ != w_) { test_say(__FILE__, __LINE__, \
		"%s is %lld, not %lld", #got, g_, w_); \
	err = EINVAL; goto out; } } while (0)
#define CHECK_STR(got, want) do { struct str g_ = (got), \
	w_ = str_z(want); if (!str_eq(g_, w_)) { \
	test_say(__FILE__, __LINE__, "%s is \"%.*s\", not \"%.*s\"", #got, \
		STR_FMT(g_), STR_FMT(w_)); \
	err = EINVAL; goto out; } } while (0)
#define CHECK_NEAR(got, want, tol) do { \
	double g_ = (got), w_ = (want), t_ = (tol); \
	if (!(g_ >= w_ - t_ && g_ <= w_ + t_)) { \
	test_say(__FILE__, __LINE__, "%s is %g, not %g +- %g", #got, g_, \
		w_, t_); err = EINVAL; goto out; } } while (0)

#endif
