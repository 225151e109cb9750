/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml.h"

#include <string.h>

#include "tests/lib/test.h"

static int test_tree(void)
{
	struct yaml_node *r = NULL, *n;
	struct parse_pos pos;
	int err = 0;

	TRY(yaml_tree_parse(&r, STR_LIT("sip:\n  port: 5060  # comment\n"
				   "  names: [a, 'b c']\n"
				   "lines:\n- {x: 1}\n- y: \"\"\n"), &pos));
	CHECK(r->kind == YAML_MAP && r->n == 2);
	n = yaml_tree_get(yaml_tree_get(r, "sip"), "port");
	CHECK(n && n->kind == YAML_SCALAR && n->plain);
	CHECK_STR(n->text, "5060");
	CHECK_INT(n->line, 2);
	CHECK_INT(n->column, 9);
	CHECK_INT(n->key->column, 3);
	n = yaml_tree_get(yaml_tree_get(r, "sip"), "names");
	CHECK(n && n->kind == YAML_LIST && n->n == 2);
	CHECK_STR(n->child->next->text, "b c");
	CHECK(!n->child->next->plain && !n->child->next->next);
	n = yaml_tree_get(r, "lines");
	CHECK(n && n->n == 2);
	CHECK_STR(yaml_tree_get(n->child, "x")->text, "1");
	CHECK(!yaml_tree_is_blank(yaml_tree_get(n->child->next, "y")));
	CHECK(!yaml_tree_get(n, "x") && !yaml_tree_get(NULL, "x"));
	CHECK(!yaml_tree_get(r, "si"));
out:
	yaml_tree_free(r);
	return err;
}

static int test_blank(void)
{
	static const char *const none[] = { "", "# only this\n", "---\n...\n" };
	struct yaml_node *r = NULL;
	struct parse_pos pos;
	int err = 0;

	for (int i = 0; i < 3; i++) {
		TRY(yaml_tree_parse(&r, str_z(none[i]), &pos));
		CHECK(!r || yaml_tree_is_blank(r));
		yaml_tree_free(r);
		r = NULL;
	}
	TRY(yaml_tree_parse(&r, STR_LIT("a:\nb: ~\nc: null\nd: 0\n"), &pos));
	CHECK(yaml_tree_is_blank(yaml_tree_get(r, "a")));
	CHECK(yaml_tree_is_blank(yaml_tree_get(r, "b")));
	CHECK(yaml_tree_is_blank(yaml_tree_get(r, "c")));
	CHECK(!yaml_tree_is_blank(yaml_tree_get(r, "d")));
	CHECK(!yaml_tree_is_blank(r));
out:
	yaml_tree_free(r);
	return err;
}

static int test_refused(void)
{
	static const struct {
		const char *text;
		unsigned    line, column;
		const char *what;       /* part of it */
	} t[] = {
		{ "a: &x 1\nb: *x\n", 1, 4, "anchors" },
		{ "a: *x\n", 1, 4, "anchors" },
		{ "a: &x [1]\n", 1, 4, "anchors" },
		{ "a:\n  b: !!int 5\n", 2, 6, "tags" },
		{ "a: !x {}\n", 1, 4, "tags" },
		{ "a: 1\n---\nb: 2\n", 2, 1, "one document" },
		{ "{[a]: 1}\n", 1, 2, "single word" },
		{ "? {a: b}\n: 1\n", 1, 3, "single word" },
		{ "a: [1, 2\nb: 3\n", 2, 2, "" },
		{ "a:\n\tb: 1\n", 2, 1, "" },
		{ "a: 'x\n", 2, 1, "" },
		{ "[[[[[[[[[[[[[[[[[[[[", 1, 17, "too deep" },
		{ "a: \xff\xfe\n", 1, 4, "" },
		{ "a: b\nc: \x01\n", 2, 4, "" },
	};
	struct yaml_node *r = NULL;
	struct parse_pos pos;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int e = yaml_tree_parse(&r, str_z(t[i].text), &pos);

		if (test_oom && e == ENOMEM) {
			err = e;
			goto out;
		}
		CHECK_INT(e, EBADMSG);
		CHECK_INT(pos.line, t[i].line);
		CHECK_INT(pos.column, t[i].column);
		CHECK(pos.what && strstr(pos.what, t[i].what));
	}
out:
	return err;
}

static int test_bounds(void)
{
	struct yaml_node *r = NULL;
	struct parse_pos pos;
	char *big = mem_alloc(YAML_TEXT_MAX + 1);
	int err = 0;

	if (!big)
		return ENOMEM;
	memset(big, ' ', YAML_TEXT_MAX + 1);
	CHECK_INT(yaml_tree_parse(&r, str_pl(big, YAML_TEXT_MAX + 1), &pos),
		  EBADMSG);
	CHECK(strstr(pos.what, "larger"));
	big[0] = '[';
	for (size_t i = 1; i < 120000; i += 2)
		memcpy(big + i, "1,", 2);
	CHECK_INT(yaml_tree_parse(&r, str_pl(big, 120001), &pos), EBADMSG);
	CHECK(strstr(pos.what, "too many"));
out:
	mem_free(big);
	return err;
}

const struct test_suite suite_yaml = {
	"conf/yaml", (const struct test[]){
		TEST(test_tree),
		TEST(test_blank),
		TEST(test_refused),
		TEST_WITH(test_bounds, TEST_NO_OOM),
		TEST_END } };
