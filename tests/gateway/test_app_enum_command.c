/* SPDX-License-Identifier: Apache-2.0 */
/* What needs no server; tests/e2e/enum_nsd.py asks a real one. */
#include "base/mem.h"
#include "gateway/app_conf.h"
#include "gateway/app_enum_command.h"
#include "tests/lib/test.h"

static int ask(const char *text, const char *number, int *code)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(&s, "test.yaml", str_z(text), app_sections,
			     app_conf_cross, &d);
	conf_diag_fini(&d);
	if (!err)
		*code = app_enum_command(s, number, true);
	obj_unref(s);
	return err;
}

#define HEAD "sip: { listen: [ { address: 192.0.2.1 } ] }\n" \
	"numbering: { country: '81', national: '0' }\n"

static int test_refused(void)
{
	int err, code = 0;

	/* no E.164 number; no trees; nobody at that port */
	TRY(ask(HEAD "enum: { trees: [ { apex: e164.arpa } ],\n"
		"        servers: [ '127.0.0.1:9' ] }\n", "110", &code));
	CHECK_INT(code, 1);
	TRY(ask(HEAD, "0312345678", &code));
	CHECK_INT(code, 1);
	TRY(ask(HEAD "enum: { trees: [ { apex: e164.arpa } ],\n"
		"        servers: [ '127.0.0.1:9' ], deadline: 200ms }\n",
		"0312345678", &code));
	CHECK_INT(code, 1);
out:
	return err;
}

const struct test_suite suite_app_enum_command = {
	"gateway/app_enum_command", (const struct test[]){
		TEST_WITH(test_refused, TEST_REAL), TEST_END } };
