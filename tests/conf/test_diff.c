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
	static const struct {
		const char *path, *from, *to;
		unsigned    line_a, line_b;
		bool        reload;
	} want[] = {
		{ "door.answer", "1s", "2s", 2, 2, true },
		{ "door.wall", "green", "red", 0, 3, false },
		{ "door.allow", "", "", 0, 6, false },
		{ "door.words", "", "", 4, 5, false },
		{ "door.tls.cert", "\"/a\"", "\"/b\"", 3, 4, false },
		/* what is below a key that may change may change */
		{ "guests[a].doors[0].port", "1", "2", 6, 8, true },
		{ "guests[b].rank", "1", "2", 0, 9, true },
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
		CHECK_STR(str_z(c[i].from), want[i].from);
		CHECK_STR(str_z(c[i].to), want[i].to);
		CHECK_INT(c[i].line_a, want[i].line_a);
		CHECK_INT(c[i].line_b, want[i].line_b);
		CHECK_INT(c[i].reload, want[i].reload);
		CHECK_INT(c[i].kind, CONF_CHANGED);
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

/* Elements go by name: one that is put in front changes no other. */
static int test_elements(void)
{
	static const struct {
		const char *path;
		enum conf_change_kind kind;
		unsigned line_a, line_b;
	} want[] = {
		{ "guests[b].doors", CONF_CHANGED, 3, 4 },
		{ "guests[c]", CONF_REMOVED, 4, 0 },
		{ "guests[n]", CONF_ADDED, 0, 2 },
		{ "guests", CONF_MOVED, 1, 1 },
	};
	struct conf_snapshot *a = NULL, *b = NULL;
	struct conf_change c[10];
	int err = 0;

	TRY(load(&a, "guests:\n- {name: a}\n- {name: b, doors: []}\n"
		 "- {name: c}\n- {name: d}\n"));
	TRY(load(&b, "guests:\n- {name: n}\n- {name: d}\n"
		 "- {name: b, doors: [{port: 1}]}\n- {name: a}\n"));
	CHECK_INT(conf_diff(a, b, c, 10), 4);
	for (int i = 0; i < 4; i++) {
		CHECK_STR(str_z(c[i].path), want[i].path);
		CHECK_INT(c[i].kind, want[i].kind);
		CHECK_INT(c[i].line_a, want[i].line_a);
		CHECK_INT(c[i].line_b, want[i].line_b);
		CHECK(c[i].reload);
	}
	b = obj_unref(b);
	TRY(load(&b, "guests: []"));
	CHECK_INT(conf_diff(a, b, c, 10), 4);
	CHECK_INT(c[3].kind, CONF_REMOVED);
out:
	obj_unref(a);
	obj_unref(b);
	return err;
}

static int test_print(void)
{
	struct conf_change c = { .path = "door.answer", .from = "1s",
				 .to = "2s", .line_a = 3, .line_b = 4 };
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	conf_change_print(&b, &c);
	c.line_a = c.line_b;
	conf_change_print(&b, &c);
	c.line_b = 0;
	conf_change_print(&b, &c);
	c = (struct conf_change){ .path = "guests[a]", .kind = CONF_ADDED };
	conf_change_print(&b, &c);
	c = (struct conf_change){ .path = "door.key", .from = "\"***\"",
				  .to = "\"***\"" };
	conf_change_print(&b, &c);
	TRY(b.err);
	CHECK_STR(buf_str(&b),
		  "door.answer: 1s -> 2s (line 4, was line 3)\n"
		  "door.answer: 1s -> 2s (line 4)\n"
		  "door.answer: 1s -> 2s (was line 4)\n"
		  "guests[a]: added\ndoor.key: changed\n");
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_diff = {
	"conf/diff", (const struct test[]){
		TEST(test_changes),
		TEST(test_elements),
		TEST(test_print),
		TEST_END } };
