/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "enum/enum_setup.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&enum_conf_section, NULL };

/* Puts the room together; no packet leaves. */
static int build(struct enum_setup **sp, struct loop *l, const char *text)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(&s, "test.yaml", str_z(text), sections, NULL,
			     &d);
	if (!err)
		err = enum_setup_new(sp, l, conf_get(s, &enum_conf_section));
	conf_diag_fini(&d);
	obj_unref(s);
	return err;
}

static int test_build(void)
{
	struct enum_setup *s = NULL;
	struct loop *l = NULL;
	int err = 0;

	TRY(loop_new(&l, &clk_real));
	TRY(build(&s, l, "enum:\n"
		"  servers: [127.0.0.1]\n"
		"  trees:\n"
		"    - {apex: e164.arpa, rank: 1}\n"
		"    - {apex: a.example, rank: 2, servers: [127.0.0.2]}\n"
		"    - {apex: b.example, rank: 0, servers: [127.0.0.3]}\n"));
	CHECK(enum_setup_client(s) && enum_setup_resolver(s));
	enum_setup_free(s);
	s = NULL;
	TRY(build(&s, l, "enum:\n  servers: [127.0.0.1]\n"));
	CHECK(!enum_setup_client(s) && enum_setup_resolver(s));
out:
	enum_setup_free(s);
	loop_free(l);
	return err;
}

static void on_enum(int err, const struct enum_answer *a, void *arg)
{
	(void)a;
	*(int *)arg = err;
}

/* Nobody listens on port 1: unavailable, and soon. */
static int test_lookup(void)
{
	struct enum_setup *s = NULL;
	struct enum_query q = { 0 };
	struct loop *l = NULL;
	int err = 0, got = -1;

	TRY(loop_new(&l, &clk_real));
	TRY(build(&s, l, "enum:\n  servers: [127.0.0.1:1]\n"
		"  trees: [{apex: e164.arpa}]\n"));
	TRY(enum_lookup(enum_setup_client(s), &q, "+815012345678", 0,
			on_enum, &got));
	for (int i = 0; i < 100 && got < 0; i++)
		loop_turn(l, 50);
	CHECK_INT(got, EAGAIN);
out:
	enum_setup_free(s);
	loop_free(l);
	return err;
}

const struct test_suite suite_enum_setup = {
	"enum/enum_setup", (const struct test[]){
		TEST(test_build),
		TEST_WITH(test_lookup, TEST_REAL),
		TEST_END } };
