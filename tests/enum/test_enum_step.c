/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/enum.h"
#include "tests/lib/test.h"

static struct buf text;

static struct str print(const struct enum_step *s)
{
	buf_reset(&text);
	enum_step_print(&text, s);
	return buf_str(&text);
}

static int test_lines(void)
{
	struct dns_rrset set = { .rcode = DNS_NXDOMAIN, .cname = "" };
	struct enum_step s = {
		.kind = ENUM_STEP_QUERY, .apex = "e164.arpa",
		.domain = "8.1.e164.arpa", .at_us = 1234 };
	int err = 0;

	buf_init(&text, 4096);
	CHECK_STR(print(&s), "    1.2 ms  query 8.1.e164.arpa NAPTR\n");
	s.hop = 2;
	CHECK_STR(print(&s), "    1.2 ms  query 8.1.e164.arpa NAPTR "
		  "(non-terminal, hop 2)\n");
	s.kind = ENUM_STEP_ANSWER;
	s.err = ENOENT;
	s.elapsed_us = 2500;
	s.ttl_s = 30;
	s.set = &set;
	CHECK_STR(print(&s), "    1.2 ms  answer 8.1.e164.arpa: NXDOMAIN, "
		  "0 records, ttl 30s, 2.5 ms\n");
	set.rcode = DNS_NOERROR;
	set.n = 1;
	set.n_skipped = 2;
	set.chased = set.ad = true;
	set.cname = "x.org";
	s.cached = true;
	s.err = 0;
	CHECK_STR(print(&s), "    1.2 ms  answer 8.1.e164.arpa: NOERROR, "
		  "1 record, 2 skipped, ttl 30s, by CNAME to x.org, "
		  "validated, from cache\n");
	s.set = NULL;
	s.cached = false;
	s.err = EAGAIN;
	CHECK_STR(print(&s), "    1.2 ms  answer 8.1.e164.arpa: none, "
		  "2.5 ms\n");
	s.err = EBADMSG;
	CHECK_STR(print(&s), "    1.2 ms  answer 8.1.e164.arpa: malformed, "
		  "2.5 ms\n");
	s.kind = ENUM_STEP_RESULT;
	s.err = EAGAIN;
	s.why = "no answer";
	CHECK_STR(print(&s), "    1.2 ms  tree e164.arpa: unavailable "
		  "(no answer)\n");
	s.kind = ENUM_STEP_END;
	s.err = 0;
	CHECK_STR(print(&s), "    1.2 ms  result: found in e164.arpa\n");
out:
	buf_fini(&text);
	return err;
}

/* Bytes of strangers do not get to the terminal. */
static int test_record(void)
{
	struct dns_naptr rr = {
		.order = 10, .preference = 20, .flags = STR_LIT("u"),
		.services = STR_LIT("E2U+sip"),
		.regexp = STR_LIT("!^.*$!\x1b[31m\"\n!"), .replacement = "" };
	struct naptr_verdict v = { .rr = &rr, .use = NAPTR_BAD,
				   .why = "result is not a URI" };
	struct enum_step s = { .kind = ENUM_STEP_RECORD, .record = &v };
	int err = 0;

	buf_init(&text, 4096);
	CHECK_STR(print(&s), "    0.0 ms    record 10 20 \"u\" \"E2U+sip\" "
		  "\"!^.*$!\\027[31m\\034\\010!\" .: bad (result is not a "
		  "URI)\n");
	v.use = NAPTR_USED;
	strcpy(v.uri, "sip:\xc3\xbc@x");
	rr.regexp = STR_LIT("");
	rr.replacement = "a.b";
	CHECK_STR(print(&s), "    0.0 ms    record 10 20 \"u\" \"E2U+sip\" "
		  "\"\" a.b.: used -> sip:\xc3\xbc@x\n");
out:
	buf_fini(&text);
	return err;
}

static const char *answer_text(struct buf *b, int err,
			       const struct enum_answer *a)
{
	buf_reset(b);
	enum_answer_print(b, err, a);
	buf_addc(b, '\0');
	return (const char *)b->p;
}

static int test_answers(void)
{
	static struct enum_answer a = { .apex = "e164.arpa" };
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	CHECK_STR(str_z(answer_text(&b, ENOENT, NULL)), "not found\n");
	CHECK_STR(str_z(answer_text(&b, EAGAIN, NULL)),
		  "unavailable: no usable answer in time\n");
	a.vacant = true;
	CHECK_STR(str_z(answer_text(&b, 0, &a)),
		  "not allocated, says e164.arpa\n");
	a.vacant = false;
	strcpy(a.name, "Harold");
	a.n = 1;
	a.v[0].order = 1;
	a.v[0].preference = 2;
	strcpy(a.v[0].service, "E2U+\"\x01");
	strcpy(a.v[0].uri, "sip:a@b");
	CHECK_STR(str_z(answer_text(&b, 0, &a)),
		  "name Harold\n1 2 E2U+\\034\\001 sip:a@b\n");
out:
	buf_fini(&b);
	return err;
}

const struct test_suite suite_enum_step = {
	"enum/enum_step", (const struct test[]){
		TEST(test_lines),
		TEST(test_record),
		TEST(test_answers), TEST_END } };
