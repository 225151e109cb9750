/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/guard_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/lib/test.h"

static void drop(struct list *l)
{
	LIST_EACH_SAFE(n, l) {
		list_unlink(n);
		mem_free(CONTAINER(n, struct guard_account, node));
	}
}

static const char text[] = "phone:alice 81:2 44:ok\nline:tel 1876:1\n";

/* What is printed is what was read; in memory and by a file. */
static int test_round_trip(void)
{
	char path[] = "/tmp/tipring-guard-XXXXXX";
	int fd = mkstemp(path), err;
	struct list a, b;
	unsigned line;
	struct buf out;

	list_init(&a);
	list_init(&b);
	buf_init(&out, 1000);
	TRY(guard_state_read(&a, STR_LIT("\n  phone:alice  81:2 44:ok  \n\n"
					 "line:tel 1876:1"), &line));
	guard_state_print(&out, &a);
	TRY(out.err);
	CHECK_STR(buf_str(&out), text);
	TRY(guard_state_save(&a, path));
	TRY(guard_state_load(&b, path, &line));
	CHECK(guard_state_find(&b, "line:tel"));
	CHECK(!guard_state_find(&b, "line:te"));
	buf_reset(&out);
	guard_state_print(&out, &b);
	CHECK_STR(buf_str(&out), text);
	CHECK_INT(guard_state_load(&b, "/nonexistent/x", &line), ENOENT);
	CHECK_INT(guard_state_save(&b, "/nonexistent/x"), ENOENT);
out:
	drop(&a);
	drop(&b);
	buf_fini(&out);
	close(fd);
	unlink(path);
	return err;
}

static int test_bad(void)
{
	static const char *const bad[] = {
		"phone:a 44", "phone:a 44:", "phone:a 44:x", "phone:a 44:-1",
		"phone:a 44:65536", "phone:a 045:1", "phone:a 12345:1",
		"phone:a :1", "phone:a 44:ok:1", "phone:a 44:1 \x01",
		"phone:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaa 44:1",
	};
	char line[100];
	unsigned at;
	struct list l;
	int err = 0;

	list_init(&l);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "phone:b 1:1\n%s\n", bad[i]);
		err = guard_state_read(&l, str_z(line), &at);
		if (err == ENOMEM)
			goto out;
		CHECK_INT(err, EBADMSG);
		CHECK_INT(at, 2);
		CHECK(guard_state_find(&l, "phone:b"));
		drop(&l);
	}
	err = 0;
out:
	drop(&l);
	return err;
}

const struct test_suite suite_guard_state = {
	"route/guard_state", (const struct test[]){
		TEST(test_round_trip), TEST(test_bad), TEST_END } };
