/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call/numbers.h"

#include <string.h>

#include "base/mem.h"
#include "tests/lib/test.h"

static int load(struct dial_plan **pp, const char *name)
{
	struct conf_diag d;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "conf/plans/%s.yaml", name);
	conf_diag_init(&d);
	err = dial_plan_load(pp, path, NULL, &d);
	conf_diag_fini(&d);
	return err;
}

static int test_strip(void)
{
	static const char *const t[][2] = {
		{ "+81-3-1234.5678", "+81312345678" }, { "0,900", "0900" },
		{ "(03)12", "0312" }, { "1-1-0", "110" }, { "0A9", "" },
		{ "al-ice", "al-ice" }, { "", "" }, { "*21*0-3#", "*21*03#" },
		{ "0 3", "0 3" },
	};
	char number[32];
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		strcpy(number, t[i][0]);
		numbers_strip(number);
		CHECK_STR(str_z(number), t[i][1]);
	}
out:
	return err;
}

static int test_codes(void)
{
	static const struct {
		const char *dialled;
		enum party_presentation before;
		const char *number;
		enum party_presentation after;
	} t[] = {
		{ "0312345678", PARTY_ALLOWED, "0312345678", PARTY_ALLOWED },
		{ "1840312345678", PARTY_ALLOWED, "0312345678",
		  PARTY_RESTRICTED },
		{ "1840312345678", PARTY_UNAVAILABLE, "0312345678",
		  PARTY_UNAVAILABLE },
		{ "1860312345678", PARTY_RESTRICTED, "0312345678",
		  PARTY_ALLOWED },
		{ "184110", PARTY_ALLOWED, "110", PARTY_RESTRICTED },
		{ "184", PARTY_ALLOWED, "184", PARTY_ALLOWED },
		{ "+81312345678", PARTY_ALLOWED, "+81312345678",
		  PARTY_ALLOWED },
		{ "urn:service:sos", PARTY_ALLOWED, "urn:service:sos",
		  PARTY_ALLOWED },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct route_query q;

		memset(&q, 0, sizeof(q));
		strcpy(q.called.number, t[i].dialled);
		q.calling.presentation = t[i].before;
		numbers_take_code(&q, p);
		CHECK_STR(str_z(q.called.number), t[i].number);
		CHECK_INT(q.calling.presentation, t[i].after);
	}
out:
	obj_unref(p);
	return err;
}

/* What comes from a peer of these forms. */
static int test_from(void)
{
	static const struct {
		int form;
		const char *number, *is;
	} t[] = {
		{ DIAL_FORM_PLAIN, "81312345678", "+81312345678" },
		{ DIAL_FORM_PLAIN, "442079460148", "+442079460148" },
		{ DIAL_FORM_PLAIN, "101", "101" },
		{ DIAL_FORM_BARE, "312345678", "+81312345678" },
		{ DIAL_FORM_BARE, "alice", "alice" },
		{ DIAL_FORM_NATIONAL, "0312345678", "0312345678" },
		{ DIAL_FORM_AS_IS, "81312345678", "81312345678" },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct party_numbers_conf c = { .called = t[i].form,
						      .calling = t[i].form };
		struct route_query q;

		memset(&q, 0, sizeof(q));
		strcpy(q.called.number, t[i].number);
		strcpy(q.calling.number, t[i].number);
		numbers_from(&q, p, &c);
		CHECK_STR(str_z(q.called.number), t[i].is);
		CHECK_STR(str_z(q.calling.number), t[i].is);
		CHECK(q.called.number[0] != '+' ||
		      q.called.type == PARTY_E164);
	}
out:
	obj_unref(p);
	return err;
}

static int test_screen(void)
{
	static const char accept[][PARTY_SHOWN_MAX] = { "+8135555", "20" };
	static const struct {
		int screen;
		const char *number;
		enum party_presentation before;
		const char *is;
		enum party_presentation after;
	} t[] = {
		{ PARTY_SCREEN_PASS, "0612345678", PARTY_ALLOWED,
		  "0612345678", PARTY_ALLOWED },
		{ PARTY_SCREEN_REPLACE, "0355550100", PARTY_ALLOWED,
		  "0355550100", PARTY_ALLOWED },
		{ PARTY_SCREEN_REPLACE, "+81355550100", PARTY_ALLOWED,
		  "+81355550100", PARTY_ALLOWED },
		{ PARTY_SCREEN_REPLACE, "201", PARTY_ALLOWED, "201",
		  PARTY_ALLOWED },
		{ PARTY_SCREEN_REPLACE, "0612345678", PARTY_ALLOWED,
		  "+81355550100", PARTY_ALLOWED },
		{ PARTY_SCREEN_REPLACE, "0612345678", PARTY_RESTRICTED,
		  "+81355550100", PARTY_RESTRICTED },
		{ PARTY_SCREEN_REPLACE, "", PARTY_UNAVAILABLE,
		  "+81355550100", PARTY_ALLOWED },
		{ PARTY_SCREEN_WITHHOLD, "0612345678", PARTY_ALLOWED,
		  "0612345678", PARTY_RESTRICTED },
		{ PARTY_SCREEN_WITHHOLD, "0355550100", PARTY_ALLOWED,
		  "0355550100", PARTY_ALLOWED },
		{ PARTY_SCREEN_WITHHOLD, "", PARTY_UNAVAILABLE, "",
		  PARTY_UNAVAILABLE },
	};
	struct party_numbers_conf c = { .main = "+81355550100",
		.accept = { (void *)accept, 2 } };
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct route_query q;

		memset(&q, 0, sizeof(q));
		strcpy(q.calling.number, t[i].number);
		strcpy(q.calling.name, "Name");
		q.calling.presentation = t[i].before;
		c.screen = t[i].screen;
		numbers_from(&q, p, &c);
		CHECK_STR(str_z(q.calling.number), t[i].is);
		CHECK_INT(q.calling.presentation, t[i].after);
		CHECK(!strcmp(t[i].number, t[i].is) || !q.calling.name[0]);
	}
out:
	obj_unref(p);
	return err;
}

static int test_to(void)
{
	static const struct {
		const char *plan;
		struct party_numbers_conf c;
		const char *called, *calling, *called_is, *calling_is;
	} t[] = {
		{ "jp", { .called = DIAL_FORM_E164,
			  .calling = DIAL_FORM_E164 }, "0312345678",
		  "0612345678", "+81312345678", "+81612345678" },
		{ "jp", { .called = DIAL_FORM_PLAIN,
			  .calling = DIAL_FORM_NATIONAL }, "+442079460148",
		  "+81612345678", "442079460148", "0612345678" },
		{ "jp", { .called = DIAL_FORM_E164,
			  .calling = DIAL_FORM_E164 }, "110", "201", "110",
		  "201" },
		{ "jp", { .called = DIAL_FORM_INTERNATIONAL,
			  .calling = DIAL_FORM_PLAIN,
			  .main = "+81355550100" }, "0312345678", "201",
		  "01081312345678", "81355550100" },
		{ "jp", { .called = DIAL_FORM_AS_IS,
			  .calling = DIAL_FORM_AS_IS,
			  .main = "+81355550100" }, "201", "202", "201",
		  "202" },
		{ "us", { .called = DIAL_FORM_DIALLED,
			  .calling = DIAL_FORM_DIALLED }, "+12125550100",
		  "+12125550199", "12125550100", "2125550199" },
		{ "us", { .called = DIAL_FORM_DIALLED,
			  .calling = DIAL_FORM_DIALLED,
			  .main = "+12125550100" }, "2125550100", "201",
		  "2125550100", "201" },
		{ "us", { .called = DIAL_FORM_BARE,
			  .calling = DIAL_FORM_NATIONAL }, "urn:service:sos",
		  "+81312345678", "urn:service:sos", "01181312345678" },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct party called, calling;

		memset(&called, 0, sizeof(called));
		memset(&calling, 0, sizeof(calling));
		strcpy(called.number, t[i].called);
		strcpy(calling.number, t[i].calling);
		TRY(load(&p, t[i].plan));
		numbers_to(&called, &calling, p, &t[i].c);
		CHECK_STR(str_z(called.number), t[i].called_is);
		CHECK_STR(str_z(calling.number), t[i].calling_is);
		p = obj_unref(p);
	}
out:
	obj_unref(p);
	return err;
}

static int test_exchange(void)
{
	const struct line_conf plain = { .kind = LINE_FXO, .numbers = {
		.called = DIAL_FORM_DIALLED } }, pbx = {
		.kind = LINE_FXO, .numbers = {
		.called = DIAL_FORM_DIALLED, .access = "0," } }, raw = {
		.kind = LINE_FXO, .numbers = { .called = DIAL_FORM_AS_IS } },
		telephone = { .kind = LINE_FXS, .numbers = {
		.called = DIAL_FORM_DIALLED, .access = "0," } };
	const struct {
		const struct line_conf *c;
		enum party_presentation shown;
		bool emergency;
		const char *called, *dials;
	} t[] = {
		{ &plain, PARTY_ALLOWED, false, "0312345678", "0312345678" },
		{ &plain, PARTY_RESTRICTED, false, "0312345678",
		  "1840312345678" },
		{ &plain, PARTY_UNAVAILABLE, false, "0312345678",
		  "0312345678" },
		{ &plain, PARTY_RESTRICTED, true, "110", "110" },
		{ &pbx, PARTY_RESTRICTED, false, "0312345678",
		  "0,1840312345678" },
		{ &pbx, PARTY_ALLOWED, true, "110", "0,110" },
		{ &raw, PARTY_RESTRICTED, false, "0312345678",
		  "0312345678" },
		{ &telephone, PARTY_RESTRICTED, false, "201", "201" },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct party called, calling;

		memset(&called, 0, sizeof(called));
		memset(&calling, 0, sizeof(calling));
		strcpy(called.number, t[i].called);
		calling.presentation = t[i].shown;
		CHECK(!numbers_to_line(&called, &calling, p, t[i].c,
				       t[i].emergency));
		CHECK_STR(str_z(called.number), t[i].dials);
	}
out:
	obj_unref(p);
	return err;
}

/* What an exchange would not take as a whole number is not dialled: the
 * rest would come as tones, past rules and guard. */
static int test_undialled(void)
{
	const struct line_conf plain = { .kind = LINE_FXO, .numbers = {
		.called = DIAL_FORM_DIALLED } }, pulse = {
		.kind = LINE_FXO, .dial = LINE_DIAL_PULSE }, pbx = {
		.kind = LINE_FXO, .incomplete = true, .numbers = {
		.called = DIAL_FORM_DIALLED } }, telephone = {
		.kind = LINE_FXS };
	const struct {
		const struct line_conf *c;
		const char *called, *why;       /* NULL: it is dialled */
		bool emergency;
	} t[] = {
		{ &plain, "", "there is no number to dial", false },
		{ &plain, ",", "there is no number to dial", false },
		{ &plain, ",", "there is no number to dial", true },
		{ &pbx, "", "there is no number to dial", false },
		{ &telephone, "", NULL, false },
		{ &plain, "0", "the number is not complete", false },
		{ &plain, "0990", "the number is not complete", false },
		{ &plain, "031234567", "the number is not complete", false },
		{ &plain, "+8131234567", "the number is not complete", false },
		{ &plain, "00330", "the number is not complete", false },
		{ &plain, "010", "the number is not complete", false },
		{ &plain, "0#", "the number is not complete", false },
		{ &plain, "00*1", "the number is not complete", false },
		{ &plain, "0312345678#", NULL, false },
		{ &plain, "0,0", "the number is not complete", false },
		{ &plain, "0,0312345678", NULL, false },
		{ &plain, "0312345678", NULL, false },
		{ &plain, "+81312345678", NULL, false },
		{ &plain, "117", NULL, false },
		{ &plain, "5551234", NULL, false },     /* local */
		{ &pbx, "0", NULL, false },
		{ &plain, "11", NULL, true },
		{ &telephone, "0", NULL, false },
		{ &plain, "abc", "a line cannot dial what is no digit",
		  false },
		{ &plain, "+1", "the number is not complete", false },
		{ &pbx, "+1", "a line cannot dial what is no digit", false },
		{ &plain, "*72", NULL, false },
		{ &pulse, "*72", "a line cannot dial what is no digit",
		  false },
		{ &telephone, "abc", NULL, false },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct party called, calling;
		const char *why;

		memset(&called, 0, sizeof(called));
		memset(&calling, 0, sizeof(calling));
		strcpy(called.number, t[i].called);
		why = numbers_to_line(&called, &calling, p, t[i].c,
				      t[i].emergency);
		CHECK(!why == !t[i].why);
		if (why && t[i].why)
			CHECK_STR(str_z(why), t[i].why);
	}
out:
	obj_unref(p);
	return err;
}

static int test_claim(void)
{
	static const char may[][PARTY_SHOWN_MAX] = { "+81355550100", "202" };
	const struct conf_list list = { (void *)may, 2 };
	static const struct { const char *claims, *is; } t[] = {
		{ "0355550100", "+81355550100" },
		{ "+81355550100", "+81355550100" },
		{ "202", "202" }, { "203", "201" }, { "alice", "201" },
		{ "035555010", "201" }, { "", "201" },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct party own = { .number = "201" };

		numbers_claim(&own, t[i].claims, p, &list);
		CHECK_STR(str_z(own.number), t[i].is);
	}
out:
	obj_unref(p);
	return err;
}

/* What whoever gets a request to the URI would call. */
static int test_of_uri(void)
{
	static const char *const t[][2] = {
		{ "sip:+81312345678@x.test", "+81312345678" },
		{ "sip:%30990123456@x.test;user=phone", "0990123456" },
		{ "sip:+81312345678;npdi;rn=+81-990-12@x.test", "+8199012" },
		{ "sip:bob@x.test", "bob" }, { "sip:x.test", "" },
		{ "sip:1%00@x.test", "" }, { "nothing", "" },
	};
	struct party p;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		numbers_of_uri(&p, t[i][0]);
		CHECK_STR(str_z(p.number), t[i][1]);
		CHECK_INT(p.type, t[i][1][0] == '+' ? PARTY_E164
						    : PARTY_UNKNOWN);
	}
out:
	return err;
}

const struct test_suite suite_numbers = {
	"call/numbers", (const struct test[]){
		TEST(test_strip), TEST_WITH(test_codes, TEST_NO_OOM),
		TEST_WITH(test_from, TEST_NO_OOM),
		TEST_WITH(test_screen, TEST_NO_OOM),
		TEST_WITH(test_to, TEST_NO_OOM),
		TEST_WITH(test_exchange, TEST_NO_OOM),
		TEST_WITH(test_undialled, TEST_NO_OOM),
		TEST_WITH(test_claim, TEST_NO_OOM), TEST(test_of_uri),
		TEST_END } };
