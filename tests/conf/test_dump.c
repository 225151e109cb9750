/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/conf/room.h"
#include "tests/lib/test.h"

static int load(struct conf_snapshot **sp, struct str text)
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "x", text, room_sections, NULL, &d);
	if (err && !test_oom && d.n)
		printf("%u: %s\n", d.v[0].line, d.v[0].text);
	conf_diag_fini(&d);
	return err;
}

static int test_effective(void)
{
	static const char want[] =
		"door:\n"
		"  listen: \"0.0.0.0:5060\"\n"
		"  answer: 2s\n"
		"  bell: yes\n"
		"  name: \"a: b\"\n"
		"  wall: green\n"
		"  gain: -3dB\n"
		"  key: \"***\"\n"
		"  allow: []\n"
		"  words: [\"one\", \"two\"]\n"
		"guests:\n"
		"  - name: \"a\"\n"
		"    number: \"+81312345678\"\n"
		"    rank: 1\n"
		"    doors:\n"
		"      - port: 3\n";
	struct conf_snapshot *s = NULL;
	struct buf b;
	int err = 0;

	buf_init(&b, 10000);
	setenv("TEST_CONF_KEY", "hunter2", 1);
	TRY(load(&s, STR_LIT("door: {name: 'a: b', key: {env: TEST_CONF_KEY}}\n"
			     "guests:\n- name: a\n  number: +81312345678\n"
			     "  doors: [{port: 3}]\n")));
	conf_dump(&b, s);
	TRY(b.err);
	CHECK_STR(buf_str(&b), want);
out:
	obj_unref(s);
	buf_fini(&b);
	return err;
}

/* What is printed can be loaded again and is the same. */
static int test_round_trip(void)
{
	struct conf_snapshot *s = NULL, *t = NULL;
	struct conf_change c;
	struct buf b;
	int err = 0;

	buf_init(&b, 10000);
	TRY(load(&s, STR_LIT("door: {tls: {cert: /x}, allow: [10.0.0.0/8], "
			     "external: 192.0.2.1:7, gain: -2.5dB}\n"
			     "guests: [{name: \"\\\"\\\\\"}, {name: b}]\n")));
	conf_dump(&b, s);
	TRY(b.err);
	TRY(load(&t, buf_str(&b)));
	CHECK_INT(conf_diff(s, t, &c, 1), 0);
out:
	obj_unref(s);
	obj_unref(t);
	buf_fini(&b);
	return err;
}

static int test_doc(void)
{
	struct buf b;
	char *text = NULL;
	int err = 0;

	buf_init(&b, 100000);
	conf_doc(&b, room_sections);
	TRY(b.err);
	text = str_dup(buf_str(&b));
	if (!text) {
		err = ENOMEM;
		goto out;
	}
	CHECK(strstr(text, "\n## `door`\n\nThe door.\n"));
	CHECK(strstr(text, "\n| `answer` | duration, 100ms to 60000ms | `2s` "
		     "| yes | How long. |\n"));
	CHECK(strstr(text, "| `external` | address | none | no | Outside \\| "
		     "behind NAT. |\n"));
	CHECK(strstr(text, "| `wall` | `red` `green` | `green` |"));
	CHECK(strstr(text, "| `allow` | list of: network | `[]` |"));
	CHECK(strstr(text, "| `cert` | path | required |"));
	CHECK(strstr(text, "\n### `door.tls`\n"));
	CHECK(strstr(text, "\n## `guests` (a list)\n"));
	CHECK(strstr(text, "\n### `guests.doors[]`\n"));
out:
	mem_free(text);
	buf_fini(&b);
	return err;
}

const struct test_suite suite_dump = {
	"conf/dump", (const struct test[]){
		TEST(test_effective),
		TEST(test_round_trip),
		TEST(test_doc),
		TEST_END } };
