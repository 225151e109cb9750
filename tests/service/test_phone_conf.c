/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/phone_conf.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static int load(struct conf_snapshot **sp, struct buf *said, const char *text)
{
	static const struct conf_section *const all[] = {
		&phone_conf_section, NULL,
	};
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "t.yaml", str_z(text), all, NULL, &d);
	conf_diag_print(&d, said);
	buf_addc(said, '\0');
	conf_diag_fini(&d);
	return err;
}

static int test_phones(void)
{
	const struct conf_list *l;
	const struct phone_conf *p;
	struct conf_snapshot *s = NULL;
	struct buf said;
	int err;

	buf_init(&said, 5000);
	setenv("TEST_PHONE_PW", "secret", 1);
	TRY(load(&s, &said,
		 "phones:\n"
		 "  - user: alice\n    number: '201'\n    display: Alice\n"
		 "    password: { env: TEST_PHONE_PW }\n"
		 "  - user: bob\n    number: '*2#'\n"
		 "    password: { env: TEST_PHONE_PW }\n"));
	l = conf_get(s, &phone_conf_section);
	CHECK_INT(l->n, 2);
	p = l->v;
	CHECK_STR(str_z(p[0].display), "Alice");
	CHECK_STR(str_z(p[1].number), "*2#");
	CHECK_STR(str_z(p[1].password), "secret");
out:
	obj_unref(s);
	buf_fini(&said);
	return err;
}

static int test_wrong(void)
{
	struct conf_snapshot *s = NULL;
	struct buf said;
	int err;

	buf_init(&said, 5000);
	setenv("TEST_PHONE_PW", "secret", 1);
	err = load(&s, &said,
		   "phones:\n"
		   "  - user: a@b\n    number: 2x1\n"
		   "    password: { env: TEST_PHONE_PW }\n"
		   "  - user: bob\n    number: '5'\n    passwort: x\n");
	CHECK_INT(err, EINVAL);
	TRY(said.err);
	CHECK(strstr((char *)said.p, "may hold + 0-9 * # only"));
	CHECK(strstr((char *)said.p, "may not hold @"));
	CHECK(strstr((char *)said.p, "passwort"));
out:
	obj_unref(s);
	buf_fini(&said);
	return err;
}

const struct test_suite suite_phone_conf = {
	"service/phone_conf", (const struct test[]){
		TEST(test_phones),
		TEST(test_wrong),
		TEST_END } };
