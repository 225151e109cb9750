/* SPDX-License-Identifier: Apache-2.0 */
/* The rules between sections, and the configurations that we ship. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/app_conf.h"
#include "tests/lib/test.h"

#define HEAD "sip: { listen: [ { address: 192.0.2.1 } ] }\n"

#define TABLE(file, type) HEAD \
	"tables: [ { name: t, file: " file ", type: " type " } ]\n"

static int complaints(const char *text, char out[300], size_t *n)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;
	int err;

	out[0] = '\0';
	conf_diag_init(&d);
	err = conf_load_text(&s, "test.yaml", str_z(text), app_sections,
			     app_conf_cross, &d);
	*n = d.n;
	if (d.n)
		snprintf(out, 300, "%u: %.250s", d.v[0].line, d.v[0].text);
	conf_diag_fini(&d);
	obj_unref(s);
	return err == EINVAL ? 0 : err;
}

static int check_rows(const char *const (*rows)[2], size_t n)
{
	char got[300];
	size_t k;
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		TRY(complaints(rows[i][0], got, &k));
		if (!strstr(got, rows[i][1])) {
			test_say(__FILE__, __LINE__, "row %zu: \"%s\"", i,
				 got);
			return EINVAL;
		}
	}
out:
	return err;
}

static int test_names(void)
{
	static const char *const t[][2] = {
		{ HEAD "routes: [ { name: a, to: ['peer:x'] } ]",
		  "2: there is no peer:x" },
		{ HEAD "routes: [ { name: a, to: ['phone:x'] } ]",
		  "no phone:x" },
		{ HEAD "routes: [ { name: a, to: ['line:x'] } ]", "line:x" },
		{ HEAD "routes: [ { name: a, to: ['group:x'] } ]",
		  "group:x" },
		{ HEAD "routes: [ { name: a, to: ['service:x'] } ]",
		  "service:x" },
		{ HEAD "routes: [ { name: a, to: ['service:play:speech.wav'] "
		  "} ]", "'service:play:speech.wav' is no file" },
		{ HEAD "calls: { announcements: tests/data }\n"
		  "routes: [ { name: a, to: ['service:play:../x'] } ]",
		  "is no file that can be read" },
		{ HEAD "calls: { announcements: tests/data }\n"
		  "routes: [ { name: a, to: ['service:play:x.wav'] } ]",
		  "3: 'service:play:x.wav' is no file" },
		{ "numbering: { plan: jp }\n" HEAD "lines:\n"
		  "  - { name: a, kind: fxo, number: '110' }\n"
		  "  - { name: b, kind: fxs, number: '119' }",
		  "5: 119 is an emergency number" },
		{ HEAD "lines: [ { name: a, kind: fxo } ]\n"
		  "emergency: { numbers: ['999'] }\n"
		  "phones: [ { user: a, number: '999', password: x } ]",
		  "4: 999 is an emergency number" },
		{ HEAD "emergency: { numbers: ['110'], to: ['line:x'] }",
		  "line:x" },
		{ HEAD "routes: [ { name: a, local: yes, from: [x] } ]",
		  "'x' is no source" },
		{ HEAD "routes: [ { name: a, local: yes,\n"
		  "           from: ['phone:x'] } ]", "is configured" },
		{ HEAD "groups: [ { name: g, lines: [x] } ]", "x" },
		{ "log: { level: loud }\n" HEAD, "loud" },
		{ "numbering: { country: Japan }\n" HEAD, "1:" },
		{ HEAD "emergency: { numbers: ['911'] }", "need a target" },
		{ "numbering:\n  zone: Asia/Nowhere\n" HEAD,
		  "2: there is no such time zone" },
		{ HEAD "routes: [ { name: a, local: yes,\n"
		  "           zone: Mars/Base } ]",
		  "3: there is no such time zone" },
		{ HEAD "routes: [ { name: a, local: yes, zone: Asia } ]",
		  "is no time zone" },
		{ "numbering: { plan: xx }\n" HEAD, "plan; plan_file is" },
		{ "numbering: { plan_file: /x }\n" HEAD, "cannot read /x" },
		{ "numbering: { plan: ../jp }\n" HEAD, "is a name" },
		{ "numbering:\n  plan_file: tests/data/plans/bad.yaml\n" HEAD,
		  "2: tests/data/plans/bad.yaml:5:28: '0' is no length" },
		{ "numbering: { plan: jp, plan_file: conf/plans/us.yaml }\n"
		  HEAD, "a plan already" },
		{ TABLE("tests/data/tables/bad.csv", "carriers"),
		  "2: bad.csv:3:4: no target" },
		{ TABLE("tests/data/tables/carriers.csv", "carriers"),
		  "2: carriers.csv:2: there is no peer:x" },
		{ TABLE("tests/data/tables/none.csv", "list"), "none.csv" },
		{ TABLE("tests/data/tables/carriers.csv", "list")
		  "routes: [ { name: a, table: t } ]", "t is of another type" },
		{ HEAD "routes: [ { name: a, table: x } ]",
		  "2: there is no table x" },
		{ HEAD "routes: [ { name: a, ported: x } ]", "no table x" },
		{ HEAD "routes: [ { name: a, local: yes, in_table: x } ]",
		  "no table x" },
		{ HEAD "routes: [ { name: a, local: yes,\n"
		  "  dates_file: tests/data/tables/dates.txt } ]",
		  "its line 2 is no date" },
		{ HEAD "routes: [ { name: a, local: yes, dates: [x] } ]",
		  "'x' is no date" },
		{ HEAD "routes: [ { name: a, to: ['reject:1'],\n"
		  "           weights: [1, 2] } ]", "target: 1, not 2" },
		{ HEAD "routes: [ { name: a, to: ['reject:1'],\n"
		  "           weights: [0] } ]", "above 0" },
		{ HEAD "routes: [ { name: a, to: ['reject:1'],\n"
		  "           rewrite: x } ]", "not like" },
		{ HEAD "routes: [ { name: a, to: ['reject:1'], strip: 1,\n"
		  "           rewrite: '!a!b!' } ]", "instead of strip" },
		{ HEAD "routes: [ { name: a, enum: yes, add: '0' } ]",
		  "targets of to or table; here are none" },
		{ "", "'listen' is missing" },
	};

	return check_rows(t, sizeof(t) / sizeof(t[0]));
}

/* What strangers may reach is said twice. */
static int test_internet(void)
{
	static const char *const t[][2] = {
		{ HEAD "peers: [ { name: p, uri: 'sip:p.test', user: me } ]\n"
		  "routes: [ { name: a, from: [internet], to: ['peer:p'] } ]",
		  "3: 'peer:p' is a way to the telephone network: the" },
		{ TABLE("tests/data/tables/carriers.csv", "carriers")
		  "peers: [ { name: x, uri: 'sip:x.test' },\n"
		  "         { name: a, uri: 'sip:a.test' } ]\n"
		  "routes: [ { name: a, from: [internet], table: t } ]",
		  "5: the internet may not reach its carriers" },
	};

	return check_rows(t, sizeof(t) / sizeof(t[0]));
}

static int test_all_at_once(void)
{
	char got[300];
	size_t n;
	int err;

	TRY(complaints(HEAD "rutes: []\n"
		       "calls: { codecs: [ OPUS ] }\n"
		       "routes: [ { name: a, to: ['peer:x'] } ]", got, &n));
	CHECK_INT(n, 3);
out:
	return err;
}

/* What is wrong beside a refused key is told; what follows from it is not. */
static int test_doubts(void)
{
	static const struct { const char *text; size_t n; } t[] = {
		/* an unknown key, what is no target, no expression, no
		 * time, no rewrite */
		{ HEAD "routes: [ { name: a, prefixx: '0', to: ['lin:x'],\n"
		  "regex: '(', time: noon, rewrite: x } ]", 5 },
		/* the target is what the typing mistake took */
		{ HEAD "routes: [ { name: a, too: ['peer:x'], add: '0',\n"
		  "weights: [1], zone: Asia/Tokyo, min_digit: 3 } ]", 2 },
		{ HEAD "routes: [ { name: a, to: 'peer:x', weights: [1],\n"
		  "prefix: '0x', strip: 1 } ]", 2 },
		{ HEAD "peers: [ { nam: x, uri: 'sip:x.test' } ]\n"
		  "routes: [ { name: a, to: ['peer:x'] } ]", 2 },
		{ HEAD "groups: [ { name: g, lines: [ x ] } ]\n"
		  "lines: [ { kind: fxo } ]", 1 },
		{ "sip: { listen: [ { transport: tls, address: 192.0.2.1 } ],"
		  "\n  certificate: tests/data/plans/bad.yaml, key: /none }",
		  1 },
		{ "sip: { listen: [ { address: 192.0.2.1 } ],\n"
		  "  domain: '\"', expires_max: 1 }", 2 },
		{ HEAD "peers: [ { name: x, uri: 'sip:x.test', ping: 3,\n"
		  "  outbound_proxy: x,\n"
		  "  numbers: { screen: replace, man: '03' } } ]", 3 },
		{ HEAD "lines: [ { name: a, kind: fxs } ]\n"
		  "emergency: { numbers: [ [] ] }", 1 },
		{ TABLE("tests/data/tables/carriers.csv", "carrier")
		  "routes: [ { name: a, ported: t } ]\n"
		  "guard: { rates: t, money_day: 1 }", 1 },
		{ HEAD "guard: { rate: t, money_day: 1 }", 1 },
		{ "numbering: { plan: jp }\n" HEAD
		  "lines: [ { name: a, kind: fox, number: '119' } ]\n"
		  "emergency: { numbers: ['110', '119'] }", 1 },
		{ HEAD "calls: { announcement: tests/data }\n"
		  "routes: [ { name: a, to: ['service:play:x.wav'] } ]", 1 },
		{ HEAD "enum: { trees: [ { apx: e164.arpa } ] }", 1 },
	};
	char got[300];
	size_t n;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(complaints(t[i].text, got, &n));
		if (n != t[i].n) {
			test_say(__FILE__, __LINE__, "row %zu: %zu: \"%s\"",
				 i, n, got);
			return EINVAL;
		}
	}
out:
	return err;
}

static int test_shipped(void)
{
	static const char *const files[] = {
		"conf/gateway.yaml", "conf/examples/residential.yaml",
		"conf/examples/office.yaml",
		"conf/examples/enum-gateway.yaml",
	};
	int err = 0;

	setenv("TIPRING_RECEPTION", "a", 1);
	setenv("TIPRING_LAB", "b", 1);
	setenv("TIPRING_PROVIDER", "c", 1);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct conf_snapshot *s = NULL;
		struct conf_diag d;
		struct buf text;

		conf_diag_init(&d);
		err = conf_load(&s, files[i], app_sections, app_conf_cross,
				&d);
		if (err == EINVAL) {
			buf_init(&text, 65536);
			conf_diag_print(&d, &text);
			test_say(__FILE__, __LINE__, "%.*s",
				 STR_FMT(buf_str(&text)));
			buf_fini(&text);
		}
		conf_diag_fini(&d);
		obj_unref(s);
		if (err)
			break;
	}
	return err;
}

/* docs/config.md is what the tables say today (`make docs`). */
static int test_doc(void)
{
	static char file[1 << 18];
	FILE *f = fopen("docs/config.md", "r");
	struct buf b;
	size_t n;
	int err = 0;

	if (!f)
		return errno;
	n = fread(file, 1, sizeof(file) - 1, f);
	fclose(f);
	file[n] = '\0';
	buf_init(&b, 1 << 18);
	conf_doc(&b, app_sections);
	TRY(b.err);
	CHECK(str_eqz(buf_str(&b), file));
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_app_conf = {
	"gateway/app_conf", (const struct test[]){
		TEST(test_names), TEST(test_internet), TEST(test_all_at_once),
		TEST(test_doubts),
		TEST(test_shipped),
		TEST(test_doc), TEST_END } };
