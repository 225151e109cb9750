/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/party_conf.h"

#include <string.h>

#include "tests/lib/test.h"

static const struct conf_section *const peer_sections[] = {
	&party_peer_numbers_section, NULL
};
static const struct conf_section *const line_sections[] = {
	&party_line_numbers_section, NULL
};

static int load(struct conf_snapshot **sp, const char *text,
		const struct conf_section *const *all, char says[200])
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "x.yaml", str_z(text), all, NULL, &d);
	snprintf(says, 200, "%s", d.n ? d.v[0].text : "");
	conf_diag_fini(&d);
	return err;
}

static int test_defaults(void)
{
	const struct party_numbers_conf *c;
	struct conf_snapshot *s = NULL;
	char says[200];
	int err = 0;

	TRY(load(&s, "", peer_sections, says));
	c = conf_get(s, &party_peer_numbers_section);
	CHECK_INT(c->called, DIAL_FORM_AS_IS);
	CHECK_INT(c->calling, DIAL_FORM_AS_IS);
	CHECK_INT(c->screen, PARTY_SCREEN_PASS);
	s = obj_unref(s);
	TRY(load(&s, "numbers: { called: national, access: '0,' }",
		 line_sections, says));
	c = conf_get(s, &party_line_numbers_section);
	CHECK_INT(c->called, DIAL_FORM_NATIONAL);
	CHECK_INT(c->calling, DIAL_FORM_DIALLED);
	CHECK_STR(str_z(c->access), "0,");
out:
	obj_unref(s);
	return err;
}

static int test_bad(void)
{
	static const struct { const char *text, *says; } t[] = {
		{ "numbers: { called: short }", "short" },
		{ "numbers: { main: abc }", "not a number" },
		{ "numbers: { main: '+' }", "not a number" },
		{ "numbers: { screen: replace }", "needs main" },
		{ "numbers: { accept: ['+81'] }", "of no use" },
		{ "numbers: { screen: withhold, accept: ['03-'] }",
		  "no beginning" },
		{ "numbers: { access: '0+' }", "commas" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct conf_snapshot *s = NULL;
		char says[200];
		int got = load(&s, t[i].text, line_sections, says);

		obj_unref(s);
		if (got == ENOMEM)
			return got;
		CHECK_INT(got, EINVAL);
		CHECK(strstr(says, t[i].says));
	}
out:
	return err;
}

const struct test_suite suite_party_conf = {
	"gateway/party_conf", (const struct test[]){
		TEST(test_defaults), TEST(test_bad), TEST_END } };
