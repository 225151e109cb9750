/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/conf/room.h"
#include "tests/lib/test.h"

/* Loads a text; *saidp is what the diagnostics print (mem_free it). */
static int load(struct conf_snapshot **sp, char **saidp, const char *text,
		conf_cross_fn *cross)
{
	struct conf_diag d;
	struct buf b;
	int err;

	*sp = NULL;
	buf_init(&b, 100000);
	conf_diag_init(&d);
	err = conf_load_text(sp, "tests/data/conf/x.yaml", str_z(text),
			     room_sections, cross, &d);
	conf_diag_print(&d, &b);
	*saidp = b.err ? NULL : str_dup(buf_str(&b));
	if (!*saidp)
		err = ENOMEM;
	if (err == ENOMEM)
		*sp = obj_unref(*sp);
	buf_fini(&b);
	conf_diag_fini(&d);
	return err;
}

static int test_defaults(void)
{
	struct conf_snapshot *s;
	const struct door_conf *d;
	const struct conf_list *g;
	char *said, text[ADDR_TEXT_MAX];
	int err = 0;

	TRY(load(&s, &said, "", NULL));
	CHECK_STR(str_z(said), "");
	d = conf_get(s, &door_section);
	CHECK_STR(str_z(addr_print(text, &d->listen)), "0.0.0.0:5060");
	CHECK_INT(d->external.family, AF_UNSPEC);
	CHECK_INT(d->answer_ms, 2000);
	CHECK(d->bell);
	CHECK_STR(str_z(d->name), "front");
	CHECK_INT(d->wall, WALL_GREEN);
	CHECK_NEAR((double)d->gain, -3.0, 0.001);
	CHECK(!d->key[0] && !d->allow.n);
	CHECK_INT(d->words.n, 2);
	CHECK_STR(str_z(((const char (*)[8])d->words.v)[1]), "two");
	CHECK_INT(d->tls.port, 0);      /* absent, so not filled */
	g = conf_get(s, &guest_section);
	CHECK_INT(g->n, 0);
out:
	obj_unref(s);
	mem_free(said);
	return err;
}

static int test_all_types(void)
{
	struct conf_snapshot *s;
	const struct door_conf *d;
	const struct conf_list *l;
	const struct guest_conf *g;
	char *said;
	int err = 0;

	setenv("TEST_CONF_KEY", "hunter2", 1);
	TRY(load(&s, &said,
		 "door:\n"
		 "  listen: \"[::1]:6060\"\n"
		 "  answer: 1.5s\n"
		 "  bell: no\n"
		 "  wall: red\n"
		 "  gain: 2.5dB\n"
		 "  key: {env: TEST_CONF_KEY}\n"
		 "  allow: [10.0.0.0/8, \"::1\"]\n"
		 "  words: []\n"
		 "  tls: {cert: cert.pem}\n"
		 "guests:\n"
		 "- name: alice\n"
		 "  number: +81 3 1234 5678\n"
		 "- name: bob\n"
		 "  rank: 9\n"
		 "  doors:\n"
		 "  - port: 1\n"
		 "  - {port: 2}\n", NULL));
	CHECK_STR(str_z(said), "");
	d = conf_get(s, &door_section);
	CHECK_INT(d->listen.family, AF_INET6);
	CHECK_INT(d->listen.port, 6060);
	CHECK_INT(d->answer_ms, 1500);
	CHECK(!d->bell && d->wall == WALL_RED);
	CHECK_NEAR((double)d->gain, 2.5, 0.001);
	CHECK_STR(str_z(d->key), "hunter2");
	CHECK_INT(d->allow.n, 2);
	CHECK_INT(((const struct cidr *)d->allow.v)[0].bits, 8);
	CHECK_INT(d->words.n, 0);
	CHECK_STR(str_z(d->tls.cert), "tests/data/conf/cert.pem");
	CHECK_INT(d->tls.port, 5061);
	l = conf_get(s, &guest_section);
	g = l->v;
	CHECK_INT(l->n, 2);
	CHECK_STR(str_z(g[0].number), "+81312345678");
	CHECK_INT(g[0].rank, 1);
	CHECK_INT(g[1].rank, 9);
	CHECK_INT(((const struct tls_conf *)g[1].doors.v)[1].port, 2);
out:
	obj_unref(s);
	mem_free(said);
	return err;
}

/* Everything wrong is told at once, in the order of the file. */
static int test_all_errors(void)
{
	static const char want[] =
#define AT "tests/data/conf/x.yaml:"
		AT "2:3: unknown key 'lisen', did you mean 'listen'?\n"
		AT "3:11: answer: 99s is not in 100 to 60000 ms\n"
		AT "4:9: bell: 'maybe' is neither yes nor no\n"
		AT "5:9: wall: unknown value 'gren', did you mean 'green'?\n"
		AT "6:8: key: a secret is given as {file: PATH} or "
		"{env: NAME}\n"
		AT "7:26: allow: 'x' is not a network, as in 192.0.2.0/24\n"
		AT "8:3: key 'bell' is given twice, first in line 4\n"
		AT "9:3: unknown key 'xyzzy'\n"
		AT "10:10: words: must be a list\n"
		AT "11:8: name: has no value\n"
		AT "12:9: gain: must be a single value\n"
		AT "13:8: key 'cert' is missing\n"
		AT "13:15: port: 0 is not in 1 to 65535\n"
		AT "15:3: key 'name' is missing\n"
		AT "17:10: name: the same as in entry 2 of this list\n"
		AT "18:1: unknown key 'guest', did you mean 'guests'?\n";
	struct conf_snapshot *s;
	char *said;
	int err, e;

	err = 0;
	e = load(&s, &said,
		 "door:\n"
		 "  lisen: 1.2.3.4\n"
		 "  answer: 99s\n"
		 "  bell: maybe\n"
		 "  wall: gren\n"
		 "  key: hunter2\n"
		 "  allow: [192.0.2.1/32,  x]\n"
		 "  bell: no\n"
		 "  xyzzy: 1\n"
		 "  words: one\n"
		 "  name:\n"
		 "  gain: [a]\n"
		 "  tls: {port: 0}\n"
		 "guests:\n"
		 "- rank: 1\n"
		 "- {name: bob}\n"
		 "- {name: bob}\n"
		 "guest: []\n", NULL);
	if (e == ENOMEM) {
		err = e;
		goto out;
	}
	CHECK_INT(e, EINVAL);
	CHECK(!s);
	CHECK_STR(str_z(said), want);
out:
	mem_free(said);
	return err;
}

static int test_check(void)
{
	struct conf_snapshot *s;
	char *said;
	int err = 0, e;

	e = load(&s, &said, "door:\n  answer: 55s\n", NULL);
	if (e != ENOMEM)
		CHECK_STR(str_z(said), "tests/data/conf/x.yaml:1:1: too long\n"
			  "tests/data/conf/x.yaml:2:11: answer: too long for a "
			  "bell\n");
	else
		err = e;
out:
	mem_free(said);
	return err;
}

/* Beside a refused key, what is wrong with another one is told, but not of
 * the section as a whole, nor of a key that the file does not give. */
static int test_doubt(void)
{
	struct conf_snapshot *s;
	char *said;
	int err = 0, e;

	e = load(&s, &said, "door:\n  lisen: 1.2.3.4\n  answer: 55s\n", NULL);
	if (e != ENOMEM)
		CHECK_STR(str_z(said),
			  AT "2:3: unknown key 'lisen', did you mean "
			  "'listen'?\n"
			  AT "3:11: answer: too long for a bell\n");
	else
		err = e;
out:
	mem_free(said);
	return err;
}

static int cross_rank(struct conf_snapshot *s, struct conf_diag *d)
{
	const struct conf_list *l = conf_get(s, &guest_section);
	const struct guest_conf *g = l->v;

	for (size_t i = 0; i < l->n; i++)
		if (g[i].rank == 7)
			conf_diag_at(d, &g[i], "rank", "no rank %d in door "
				     "%s\x07", g[i].rank, ((const struct
				     door_conf *)conf_get(s, &door_section))
				     ->name);
	return 0;
}

static int test_cross(void)
{
	struct conf_snapshot *s;
	char *said;
	int err = 0, e;

	e = load(&s, &said, "guests:\n- name: a\n- name: b\n  rank: 7\n",
		 cross_rank);
	if (e != ENOMEM)
		CHECK_STR(str_z(said), "tests/data/conf/x.yaml:4:9: no rank 7 "
			  "in door front?\n");
	else
		err = e;
out:
	mem_free(said);
	return err;
}

static int test_secrets(void)
{
	static const struct { const char *key, *said; } t[] = {
		{ "{file: secret.txt}", "" },
		{ "{env: NO_SUCH_VARIABLE}", "the environment has no NO_SUCH" },
		{ "{file: /no/such}", "cannot read /no/such: No such file" },
		{ "{file: empty.txt}", "empty" },
		{ "{file: a, env: b}", "given as {file: PATH}" },
		{ "{fil: a}", "did you mean 'file'" },
		{ "{file: [a]}", "needs a path" },
		{ "{env: [a]}", "needs the name" },
		{ "{env: TEST_CONF_LONG}", "longer than 31" },
		{ "plain", "given as {file: PATH}" },
	};
	struct conf_snapshot *s = NULL;
	char *said = NULL, text[100];
	int err = 0;

	setenv("TEST_CONF_LONG", "0123456789012345678901234567890123456", 1);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int e;

		snprintf(text, sizeof(text), "door: {key: %s}\n", t[i].key);
		e = load(&s, &said, text, NULL);
		if (e == ENOMEM) {
			err = e;
			goto out;
		}
		CHECK_INT(!e, !t[i].said[0]);
		CHECK(strstr(said, t[i].said));
		CHECK(!strstr(said, "plain"));
		if (!e)
			CHECK_STR(str_z(((const struct door_conf *)
				conf_get(s, &door_section))->key), "s3cret");
		s = obj_unref(s);
		said = mem_free(said);
	}
out:
	obj_unref(s);
	mem_free(said);
	return err;
}

static int test_shapes(void)
{
	static const struct { const char *text, *said; } t[] = {
		{ "5", "1:1: the file must hold sections" },
		{ "[a]", "1:1: the file must hold sections" },
		{ "door: 5", "1:7: must be a section" },
		{ "door:\nguests:\n", "" },
		{ "guests: {a: b}", "1:9: guests: must be a list" },
		{ "guests: [5]", "1:10: must be a section" },
		{ "door: {allow: [1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4]}",
		  "1:15: allow: has 4 entries, not 0 to 3" },
		{ "door: {allow: [[]]}", "1:16: allow: must be a single" },
		{ "door: {x", "" },
		{ "door: {tls: }", "1:8: key 'cert' is missing" },
	};
	struct conf_snapshot *s = NULL;
	char *said = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (load(&s, &said, t[i].text, NULL) == ENOMEM) {
			err = ENOMEM;
			goto out;
		}
		CHECK(strstr(said, t[i].said));
		CHECK(!s == !!said[0]);
		s = obj_unref(s);
		said = mem_free(said);
	}
out:
	obj_unref(s);
	mem_free(said);
	return err;
}

static int test_file(void)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	struct buf b;
	int err = 0, e;

	buf_init(&b, 10000);
	conf_diag_init(&d);
	e = conf_load(&s, "tests/data/conf/none.yaml", room_sections, NULL,
		      &d);
	CHECK(e == ENOENT || e == ENOMEM);
	conf_diag_print(&d, &b);
	TRY(b.err);
	if (!test_oom)
		CHECK_STR(buf_str(&b), "tests/data/conf/none.yaml: cannot read "
			  "it: No such file or directory\n");
	d.n = 0;
	e = conf_load(&s, "tests/data/conf/good.yaml", room_sections, NULL,
		      &d);
	CHECK_INT(d.n, 0);
	TRY(e);
	CHECK_INT(((const struct conf_list *)conf_get(s, &guest_section))->n,
		  2);
out:
	obj_unref(s);
	conf_diag_fini(&d);
	buf_fini(&b);
	return err;
}

static int cross_keep(struct conf_snapshot *s, struct conf_diag *d)
{
	void *obj = obj_new(16, NULL);

	(void)d;
	conf_keep(s, &door_section, obj);
	return obj ? 0 : ENOMEM;
}

/* What the check has read lives as long as the snapshot, or until another
 * one takes its place. */
static int test_kept(void)
{
	struct conf_snapshot *s;
	void *kept = NULL;
	char *said;
	int err;

	TRY(load(&s, &said, "", cross_keep));
	CHECK(!conf_kept(s, &guest_section));
	kept = obj_ref(conf_kept(s, &door_section));
	CHECK_INT(obj_nrefs(kept), 2);
	conf_keep(s, &door_section, NULL);
	CHECK_INT(obj_nrefs(kept), 1);
	CHECK(!conf_kept(s, &door_section));
	conf_keep(s, &door_section, obj_ref(kept));
	s = obj_unref(s);
	CHECK_INT(obj_nrefs(kept), 1);
out:
	obj_unref(kept);
	obj_unref(s);
	mem_free(said);
	return err;
}

const struct test_suite suite_conf = {
	"conf/conf", (const struct test[]){
		TEST(test_defaults),
		TEST(test_all_types),
		TEST(test_all_errors),
		TEST(test_check), TEST(test_doubt),
		TEST(test_cross), TEST(test_kept),
		TEST(test_secrets),
		TEST(test_shapes),
		TEST(test_file),
		TEST_END } };
