/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "gateway/call/call_conf.h"
#include "tests/lib/test.h"

static const struct conf_section *const sections[] = {
	&call_conf_section, NULL
};

static int test_defaults(void)
{
	struct conf_snapshot *s = NULL;
	const struct call_conf *c;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	TRY(conf_load_text(&s, "test.yaml", STR_LIT("{}"), sections, NULL,
			   &d));
	c = conf_get(s, &call_conf_section);
	CHECK_INT(c->answer_ms, 60000);
	CHECK_INT(c->response_ms, 5000);
	CHECK_INT(c->ptime_ms, 20);
	CHECK_INT(c->codecs.n, 3);
	CHECK_STR(str_z(((char (*)[16])c->codecs.v)[0]), "PCMA");
out:
	conf_diag_fini(&d);
	obj_unref(s);
	return err;
}

static int test_bad(void)
{
	static const struct { const char *text, *says; } t[] = {
		{ "calls: { codecs: [ opus ] }", "'opus' is no codec "
		  "of ours: PCMA, PCMU, G722, G726-32" },
		{ "calls: { codecs: [] }", "codecs" },
		{ "calls: { ptime_ms: 25 }", "must be 10, 20" },
		{ "calls: { external_address: gw.example }",
		  "not an IP address" },
		{ "calls: { srtp: maybe }", "maybe" },
		{ "calls: { max_calls: 0 }", "max_calls" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct conf_snapshot *s = NULL;
		struct conf_diag d;

		conf_diag_init(&d);
		err = conf_load_text(&s, "test.yaml", str_z(t[i].text),
				     sections, NULL, &d);
		if (err == EINVAL && d.n && strstr(d.v[0].text, t[i].says))
			err = 0;
		else if (err != ENOMEM)
			test_say(__FILE__, __LINE__, "row %zu: %s", i,
				 d.n ? d.v[0].text : "taken");
		conf_diag_fini(&d);
		obj_unref(s);
		if (err)
			return err;
	}
	return 0;
}

const struct test_suite suite_call_conf = {
	"call/call_conf", (const struct test[]){
		TEST(test_defaults), TEST(test_bad), TEST_END } };
