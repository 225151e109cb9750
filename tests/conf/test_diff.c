/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conf/room.h"
#include "tests/lib/test.h"

static int load(struct conf_snapshot **sp, const char *text)
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "x", str_z(text), room_sections, NULL, &d);
	conf_diag_fini(&d);
	return err;
}

static const char old[] =
	"door:\n  answer: 1s\n  tls: {cert: /a}\n  words: [x]\n"
	"guests:\n- {name: a, doors: [{port: 1}]}\n- {name: b}\n";

static int test_changes(void)
{
	static const char new[] =
		"door:\n  answer: 2s\n  wall: red\n  tls: {cert: /b}\n"
		"  words: [y]\n  allow: [\"::1\"]\n"
		"guests:\n- {name: a, doors: [{port: 2}]}\n"
		"- {name: b, rank: 2}\n";
	static const struct { const char *path; bool reload; } want[] = {
		{ "door.answer", true }, { "door.wall", false },
		{ "door.allow", false }, { "door.words", false },
		{ "door.tls.cert", false },
		{ "guests[0].doors[0].port", false },
		{ "guests[1].rank", true },
	};
	struct conf_snapshot *a = NULL, *b = NULL;
	struct conf_change c[10];
	int err = 0;

	TRY(load(&a, old));
	TRY(load(&b, new));
	CHECK_INT(conf_diff(a, a, c, 10), 0);
	CHECK_INT(conf_diff(a, b, c, 10), 7);
	for (int i = 0; i < 7; i++) {
		CHECK_STR(str_z(c[i].path), want[i].path);
		CHECK_INT(c[i].reload, want[i].reload);
	}
	CHECK(c[0].section == &door_section);
	CHECK(c[6].section == &guest_section);
	CHECK_INT(conf_diff(a, b, c, 2), 7);
	CHECK_INT(conf_diff(a, b, NULL, 0), 7);
out:
	obj_unref(a);
	obj_unref(b);
	return err;
}

static int test_list_length(void)
{
	struct conf_snapshot *a = NULL, *b = NULL;
	struct conf_change c[2];
	int err = 0;

	TRY(load(&a, "guests: [{name: a, doors: [{port: 1}]}]"));
	TRY(load(&b, "guests: [{name: a}]"));
	CHECK_INT(conf_diff(a, b, c, 2), 1);
	CHECK_STR(str_z(c[0].path), "guests[0].doors");
	CHECK(!c[0].reload);
	b = obj_unref(b);
	TRY(load(&b, "guests: []"));
	CHECK_INT(conf_diff(a, b, c, 2), 1);
	CHECK_STR(str_z(c[0].path), "guests");
	CHECK(c[0].reload);
out:
	obj_unref(a);
	obj_unref(b);
	return err;
}

const struct test_suite suite_diff = {
	"conf/diff", (const struct test[]){
		TEST(test_changes),
		TEST(test_list_length),
		TEST_END } };
