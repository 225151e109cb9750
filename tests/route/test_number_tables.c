/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "gateway/route/number_tables.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/test.h"

static void say(const struct number_table_conf *c, const char *text,
		void *arg)
{
	snprintf((char *)arg + strlen(arg), 300 - strlen(arg), "%s|%s\n",
		 c->name, strchr(text, ':'));
}

static int test_names(void)
{
	struct number_table_conf c[2] = {
		{ .name = "a", .type = NUMBER_TABLE_LIST },
		{ .name = "b", .type = NUMBER_TABLE_RATES },
	};
	const struct conf_list l = { c, 2 };
	struct number_tables *t = NULL;
	char path[ROUTE_RIG_PATH], said[300] = "";
	int err;

	TRY(route_rig_file(path, "81,1\n"));
	strcpy(c[0].file, path);
	strcpy(c[1].file, path);
	TRY(number_tables_load(&t, &l, say, said));
	CHECK_INT(t->n, 2);
	CHECK(number_tables_find(t, "b")->conf == &c[1]);
	CHECK_INT(number_table_type(number_tables_find(t, "b")->table),
		  NUMBER_TABLE_RATES);
	CHECK(!number_tables_find(t, "c"));
	CHECK_STR(str_z(said), "");
out:
	unlink(path);
	obj_unref(t);
	return err;
}

/* All tables are read, whatever is wrong with one. */
static int test_errors(void)
{
	struct number_table_conf c[3] = {
		{ .name = "a", .type = NUMBER_TABLE_RATES },
		{ .name = "b", .file = "/nonexistent/x.csv" },
		{ .name = "c", .type = NUMBER_TABLE_RATES },
	};
	const struct conf_list l = { c, 3 };
	struct number_tables *t = NULL;
	char path[ROUTE_RIG_PATH], said[300] = "";
	int err;

	TRY(route_rig_file(path, "81,1\n82,x\n"));
	strcpy(c[0].file, path);
	strcpy(c[2].file, path);
	err = number_tables_load(&t, &l, say, said);
	if (err == ENOMEM)
		goto out;
	CHECK_INT(err, EBADMSG);
	err = 0;
	CHECK_STR(str_z(said),
		  "a|:2:4: not an amount like 0.0125\n"
		  "b|: No such file or directory\n"
		  "c|:2:4: not an amount like 0.0125\n");
out:
	unlink(path);
	obj_unref(t);
	return err;
}

/* Numbers as they are dialled would never be found in a table of E.164. */
static int test_zero(void)
{
	struct number_table_conf c = { .name = "a",
				       .type = NUMBER_TABLE_LIST };
	const struct conf_list l = { &c, 1 };
	struct number_tables *t = NULL;
	char path[ROUTE_RIG_PATH], said[300] = "";
	int err;

	TRY(route_rig_file(path, "81990\n0990\n"));
	strcpy(c.file, path);
	err = number_tables_load(&t, &l, say, said);
	if (err == ENOMEM)
		goto out;
	CHECK_INT(err, EBADMSG);
	CHECK_STR(str_z(said), "a|:2:1: no E.164 number begins with 0; the "
		  "table may be form: dialled\n");
	c.form = NUMBER_FORM_DIALLED;
	TRY(number_tables_load(&t, &l, say, said));
out:
	unlink(path);
	obj_unref(t);
	return err;
}

static int test_none(void)
{
	struct number_tables *t = NULL;
	int err = number_tables_load(&t, NULL, NULL, NULL);

	if (!err && (t->n || number_tables_find(t, "")))
		err = EINVAL;
	obj_unref(t);
	return err;
}

const struct test_suite suite_number_tables = {
	"route/number_tables", (const struct test[]){
		TEST_WITH(test_names, TEST_REAL),
		TEST_WITH(test_errors, TEST_REAL),
		TEST_WITH(test_zero, TEST_REAL), TEST(test_none),
		TEST_END } };
