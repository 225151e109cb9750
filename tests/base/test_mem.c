/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <string.h>

#include "tests/lib/test.h"

struct thing {
	int  *freed;
	void *child;
};

static void thing_free(void *obj)
{
	struct thing *t = obj;

	/* a destructor may hold its object across a call */
	obj_unref(obj_ref(t));
	++*t->freed;
	obj_unref(t->child);
}

static int test_refs(void)
{
	int freed = 0, err = 0;
	struct thing *a = obj_new(sizeof(*a), thing_free);

	if (!a)
		return ENOMEM;
	a->freed = &freed;
	CHECK_INT((uintptr_t)a % 16, 0);
	CHECK_INT(obj_nrefs(a), 1);
	CHECK(obj_ref(a) == a);
	CHECK_INT(obj_nrefs(a), 2);
	CHECK(obj_unref(a) == NULL);
	CHECK_INT(freed, 0);
out:
	obj_unref(a);
	if (!err && freed != 1)
		err = EINVAL;
	return err;
}

static int test_chain(void)
{
	int freed = 0, err = 0;
	struct thing *a = obj_new(sizeof(*a), thing_free);

	if (!a)
		return ENOMEM;
	a->freed = &freed;
	a->child = obj_new(100, NULL);
	if (!a->child)
		err = ENOMEM;
	obj_unref(a);
	if (!err && freed != 1)
		err = EINVAL;
	return err;
}

static int test_null_is_safe(void)
{
	int err = 0;

	CHECK(obj_ref(NULL) == NULL);
	CHECK(obj_unref(NULL) == NULL);
	CHECK(mem_free(NULL) == NULL);
out:
	return err;
}

static int test_blocks(void)
{
	size_t before = mem_live();
	char *p = mem_alloc(100), *q = NULL, *s = mem_strdup("tone");
	void *al = mem_alloc_aligned(64, 100);
	int err = 0;

	if (!p || !s || !al) {
		err = ENOMEM;
		goto out;
	}
	CHECK_INT(mem_live(), before + 3);
	for (int i = 0; i < 100; i++)
		CHECK(p[i] == 0 && ((char *)al)[i] == 0);
	CHECK_INT((uintptr_t)al % 64, 0);
	CHECK(!strcmp(s, "tone"));
	p[99] = 'x';
	q = mem_realloc(p, 5000);
	if (!q) {
		err = ENOMEM;
		goto out;
	}
	p = q;
	CHECK(p[99] == 'x');
	CHECK_INT(mem_live(), before + 3);
out:
	mem_free(al);
	mem_free(s);
	mem_free(p);
	return err;
}

static int test_failure(void)
{
	size_t before = mem_live();
	void *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	int err = 0;

	mem_fail_after(1);
	a = mem_alloc(1);
	CHECK(a && !mem_failed());
	b = mem_alloc(1);
	CHECK(!b && mem_failed());
	c = obj_new(8, NULL);
	CHECK(c != NULL);
	mem_fail_after(0);
	CHECK(!mem_failed());
	d = mem_realloc(a, 100);
	CHECK(!d && mem_failed());
	CHECK_INT(mem_live(), before + 2);
out:
	mem_fail_after(-1);
	mem_free(a);
	mem_free(b);
	obj_unref(c);
	mem_free(d);
	return err;
}

const struct test_suite suite_mem = {
	"base/mem", (const struct test[]){
		TEST(test_refs),
		TEST(test_chain),
		TEST(test_null_is_safe),
		TEST(test_blocks),
		TEST_WITH(test_failure, TEST_NO_OOM),
		TEST_END } };
