/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/naptr.h"
#include "tests/lib/test.h"

static const struct naptr_wish calls = { .services = NAPTR_ALL | NAPTR_VOID };
static const struct naptr_wish pstn = { .services = NAPTR_PSTN };

struct set {
	struct dns_rrset set;
	struct dns_rr    room[DNS_RR_MAX];
};

/* order, preference, flags, services, regexp, replacement */
struct rec {
	unsigned    order, preference;
	const char *flags, *services, *regexp, *replacement;
};
#define REC(...) &(const struct rec){ __VA_ARGS__ }

static void add(struct set *s, const struct rec *r)
{
	struct dns_rr *rr = &s->set.v[s->set.n++];

	rr->naptr = (struct dns_naptr){
		.order = (uint16_t)r->order,
		.preference = (uint16_t)r->preference,
		.flags = str_z(r->flags), .services = str_z(r->services),
		.regexp = str_z(r->regexp), .replacement = r->replacement };
}

static int subst(char out[256], const char *expr, const char *key)
{
	const char *why = "";

	return naptr_substitute(out, 256, str_z(expr), str_z(key), &why);
}

/* Examples of RFC 6116, 3403, 3402, 2916, 3824 and those of real zones. */
static int test_substitute(void)
{
	static const struct { const char *expr, *key, *want; } rows[] = {
		{ "!^.*$!sip:info@example.com!", "+442079460148",
		  "sip:info@example.com" },
		{ "!^.*$!h323:info@example.com!", "+442079460148",
		  "h323:info@example.com" },
		{ "!^.*$!mailto:info@example.com!", "+442079460148",
		  "mailto:info@example.com" },
		{ "!^\\+46(.*)$!sip:0\\1@example.net!", "+4689761234",
		  "sip:089761234@example.net" },
		{ "!^(.*)$!tel:\\1!", "+815012345678", "tel:+815012345678" },
		/* the URN of RFC 3403, 6.1 and the URL of 6.2 */
		{ "!^urn:cid:.+@([^\\.]+\\.)(.*)$!\\2!i",
		  "urn:cid:199606121851.1@bar.example.com", "example.com" },
		{ "!http://([^/:]+)!\\1!i", "http://www.foo.com/software/x",
		  "www.foo.com" },
		/* any delimiter */
		{ "/^.*$/sip:a@b/", "+1234567", "sip:a@b" },
		{ "#^.*$#sip:a@b#", "+1234567", "sip:a@b" },
		{ "x^.*$xsip:a@bx", "+1234567", "sip:a@b" },
		{ "|^\\+(.*)$|sip:\\1@b|", "+1234567", "sip:1234567@b" },
		{ "!^.*$!sip:a\\!b@c!", "+1234567", "sip:a!b@c" },
		{ "/^.*$/http:\\/\\/a\\/b/", "+1234567", "http://a/b" },
		{ "xa\\xbx1x", "axb", "1" },
		{ "!^[^\\!]*$!1!", "+1", "1" },
		{ ".^\\.1.2.", ".1", "2" },
		/* escapes in the replacement */
		{ "!^.*$!a\\\\b!", "+1", "a\\b" },
		{ "!^(.)(.)(.)(.)(.)(.)(.)(.)(.)$!\\9\\8\\7\\6\\5\\4\\3\\2\\1!",
		  "+12345678", "87654321+" },
		{ "!^(1)?(.*)$!<\\1\\2>!", "+2", "<+2>" },
		{ "!^ABC$!x!i", "abc", "x" },
		{ "!^ABC$!x!iII", "abc", "x" },
		{ "!^.*$!sip:b\xc3\xbc" "cher@x!", "+1", "sip:b\xc3\xbc"
		  "cher@x" },
	};
	char out[256];
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(out, 0, sizeof(out));
		if (subst(out, rows[i].expr, rows[i].key))
			test_say(__FILE__, __LINE__, "%s", rows[i].expr);
		CHECK_STR(str_z(out), rows[i].want);
	}
out:
	return err;
}

static int test_bad_expressions(void)
{
	static const char *const rows[] = {
		"", "!", "!!", "!a!b", "!a", "!^.*$!sip:a@b!x", "!a!b!c!",
		"1a1b1", "iaibi", "\\a\\b\\", "!(!x!", "!a!\\0!", "!a!\\1!",
		"!(a)!\\2!", "!a!b\\!", "!\\d!x!",
	};
	char out[256];
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (subst(out, rows[i], "a") != EBADMSG)
			test_say(__FILE__, __LINE__, "%s", rows[i]);
		CHECK_INT(subst(out, rows[i], "a"), EBADMSG);
	}
	CHECK_INT(subst(out, "!^\\+45!x!", "+46"), ENOENT);
	CHECK_INT(subst(out, "!!x!", "a"), 0);  /* empty: always matches */
out:
	return err;
}

static int test_long_result(void)
{
	char out[256], small[5];
	const char *why;
	int err = 0;

	TRY(naptr_substitute(small, 5, STR_LIT("!^.*$!abcd!"), STR_LIT("1"),
			     &why));
	CHECK_STR(str_z(small), "abcd");
	CHECK_INT(naptr_substitute(small, 5, STR_LIT("!^.*$!abcde!"),
				   STR_LIT("1"), &why), ENAMETOOLONG);
	CHECK_INT(subst(out, "!^(.*)$!\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1"
			"\\1\\1\\1\\1\\1\\1\\1!", "+12345678901234"),
		  ENAMETOOLONG);
out:
	return err;
}

static int test_services(void)
{
	static const struct { const char *field; int want; } rows[] = {
		{ "E2U+sip", NAPTR_SIP }, { "e2u+SIP", NAPTR_SIP },
		{ "sip+E2U", NAPTR_SIP }, { "SIP+e2u", NAPTR_SIP },
		{ "tel+E2U", NAPTR_VOICE }, { "mailto+E2U", 0 },
		{ "E2U+sip:sip", NAPTR_SIP },
		{ "E2U+voice:tel+sms:tel", NAPTR_VOICE },
		{ "E2U+email:mailto+sip", NAPTR_SIP },
		{ "E2U+voice:sip+sip+pstn:tel", NAPTR_ALL },
		{ "E2U+pstn:sip", NAPTR_PSTN }, { "E2U+pstn", 0 },
		{ "E2U+sms:tel", 0 }, { "E2U+h323", 0 }, { "E2U+web:http", 0 },
		{ "E2U+x-sip", 0 }, { "E2U+void:mailto", NAPTR_VOID },
		{ "E2U+unused", NAPTR_VOID }, { "E2U+unused:http", NAPTR_VOID },
		{ "e2u+PstnData:CNAM", NAPTR_CNAM }, { "E2U+cnam", NAPTR_CNAM },
		{ "E2U+pstndata:other", 0 },
		{ " E2U + sip ", NAPTR_SIP },
		{ "voice:tel+sip+E2U", NAPTR_VOICE | NAPTR_SIP },
		{ "E2U", -1 }, { "", -1 }, { "sip", -1 }, { "E2U+", -1 },
		{ "+E2U", -1 }, { "E2U+sip+E2U", -1 }, { "E2U+si p", -1 },
		{ "E2U+:tel", -1 }, { "E2U++sip", -1 }, { "SIP+D2U", -1 },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned mask;
		bool ok = naptr_services(str_z(rows[i].field), &mask);

		if ((ok ? (int)mask : -1) != rows[i].want)
			test_say(__FILE__, __LINE__, "%s", rows[i].field);
		CHECK_INT(ok ? (int)mask : -1, rows[i].want);
	}
out:
	return err;
}

/* RFC 6116, 3: three ways to reach a person, in the order of preference. */
static int test_rfc6116_example(void)
{
	static struct set s;
	static struct naptr_verdicts v;
	int err = 0;

	memset(&s, 0, sizeof(s));
	add(&s, REC(100, 12, "u", "E2U+email:mailto",
	    "!^.*$!mailto:info@example.com!", ""));
	add(&s, REC(100, 11, "u", "E2U+h323", "!^.*$!h323:info@example.com!",
		    ""));
	add(&s, REC(100, 10, "u", "E2U+sip", "!^.*$!sip:info@example.com!",
		    ""));
	naptr_eval(&v, "+442079460148", &s.set, &calls);
	CHECK_INT(v.n, 3);
	CHECK_INT(v.n_bad, 0);
	CHECK_STR(str_z(v.v[0].uri), "sip:info@example.com");
	CHECK_INT(v.v[0].use, NAPTR_USED);
	CHECK_STR(str_z(v.v[1].uri), "h323:info@example.com");
	CHECK_INT(v.v[1].use, NAPTR_SHOWN);
	CHECK_STR(str_z(v.v[2].uri), "mailto:info@example.com");
	CHECK_INT(v.v[2].use, NAPTR_SHOWN);
out:
	return err;
}

/* RFC 3403, 6.2: the legacy form of services; mail is never dialled. */
static int test_rfc3403_example(void)
{
	static struct set s;
	static struct naptr_verdicts v;
	int err = 0;

	memset(&s, 0, sizeof(s));
	add(&s, REC(100, 10, "u", "sip+E2U",
	    "!^.*$!sip:information@foo.se!i", ""));
	add(&s, REC(102, 10, "u", "smtp+E2U",
	    "!^.*$!mailto:information@foo.se!i", ""));
	naptr_eval(&v, "+17705551212", &s.set, &calls);
	CHECK_STR(str_z(v.v[0].uri), "sip:information@foo.se");
	CHECK_INT(v.v[0].use, NAPTR_USED);
	CHECK_INT(v.v[1].use, NAPTR_LATER);
out:
	return err;
}

/* RFC 4769, 4: the number itself, with what portability says of it. */
static int test_rfc4769_examples(void)
{
	static const struct { const char *service, *regexp, *uri; } rows[] = {
		{ "E2U+pstn:tel",
		  "!^.*$!tel:+1-215-555-0123;npdi;rn=+1-215-555-0199!",
		  "tel:+1-215-555-0123;npdi;rn=+1-215-555-0199" },
		{ "E2U+pstn:sip",
		  "!^.*$!sip:+1-215-555-0123;npdi;rn=+1-215-555-0199@"
		  "gw.example.com;user=phone!",
		  "sip:+1-215-555-0123;npdi;rn=+1-215-555-0199@"
		  "gw.example.com;user=phone" },
		{ "E2U+pstn:tel", "!^.*$!tel:+1-215-555-0123;npdi!",
		  "tel:+1-215-555-0123;npdi" },
	};
	static struct naptr_verdicts v;
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct set s;

		memset(&s, 0, sizeof(s));
		add(&s, REC(100, 10, "u", rows[i].service, rows[i].regexp,
			    ""));
		naptr_eval(&v, "+12155550123", &s.set, &pstn);
		CHECK_INT(v.v[0].use, NAPTR_USED);
		CHECK_STR(str_z(v.v[0].uri), rows[i].uri);
	}
out:
	return err;
}

static const char *no_sip(const char *uri, void *arg)
{
	(void)arg;
	return str_istarts(str_z(uri), "sip:") ? "no sip here" : NULL;
}

/* What is refused is not usable: the next order may be. A vacant number
 * ends it; names are found only by who looks for them. */
static int test_uses(void)
{
	static const struct naptr_wish wish = {
		.services = NAPTR_ALL | NAPTR_VOID, .filter = no_sip };
	static const struct naptr_wish name = { .services = NAPTR_CNAM };
	static struct naptr_verdicts v;
	static struct set s;
	int err = 0;

	memset(&s, 0, sizeof(s));
	add(&s, REC(1, 1, "u", "E2U+sip", "!^.*$!sip:a@x!", ""));
	add(&s, REC(2, 1, "u", "E2U+pstndata:cnam", "!^.*$!data:,Bob!", ""));
	add(&s, REC(3, 1, "u", "E2U+void:http", "!^.*$!http://x/!", ""));
	add(&s, REC(4, 1, "u", "E2U+voice:tel", "!^.*$!tel:+1234567!", ""));
	naptr_eval(&v, "+12155550123", &s.set, &wish);
	CHECK_INT(v.v[0].use, NAPTR_REFUSED);
	CHECK_STR(str_z(v.v[0].why), "no sip here");
	CHECK_INT(v.v[1].use, NAPTR_SHOWN);
	CHECK_INT(v.v[2].use, NAPTR_VACANT);
	CHECK_INT(v.v[3].use, NAPTR_LATER);
	naptr_eval(&v, "+12155550123", &s.set, &name);
	CHECK_INT(v.v[1].use, NAPTR_USED);
	CHECK_INT(v.v[2].use, NAPTR_LATER);
	CHECK_STR(str_z(naptr_use_name(NAPTR_REFUSED)), "refused");
out:
	return err;
}

/* The lowest order with a usable rule wins, whatever the preferences; bad,
 * foreign and non-matching records before it do not count. */
static int test_order(void)
{
	static struct set s;
	static struct naptr_verdicts v;
	int err = 0;

	memset(&s, 0, sizeof(s));
	add(&s, REC(65535, 1, "u", "E2U+sip", "!^.*$!sip:last@x!", ""));
	add(&s, REC(40000, 9, "u", "E2U+sip", "!^.*$!sip:second@x!", ""));
	add(&s, REC(40000, 3, "U", "E2U+sip", "!^.*$!sips:first@x!", ""));
	add(&s, REC(40000, 9, "u", "E2U+pstn:tel", "!^(.*)$!tel:\\1;npdi!",
		    ""));
	add(&s, REC(10, 1, "u", "E2U+sip", "!^(!sip:bad@x!", ""));
	add(&s, REC(20, 1, "u", "E2U+email:mailto", "!^.*$!mailto:a@x!", ""));
	add(&s, REC(30, 1, "u", "E2U+sip", "!^\\+45!sip:no@x!", ""));
	naptr_eval(&v, "+442079460148", &s.set, &calls);
	CHECK_INT(v.n, 7);
	CHECK_INT(v.n_bad, 1);
	CHECK_INT(v.v[0].use, NAPTR_BAD);
	CHECK_STR(str_z(v.v[0].why), "parenthesis is not closed");
	CHECK_INT(v.v[1].use, NAPTR_SHOWN);
	CHECK_INT(v.v[2].use, NAPTR_NO_MATCH);
	CHECK_STR(str_z(v.v[3].uri), "sips:first@x");
	CHECK_STR(str_z(v.v[4].uri), "sip:second@x");
	CHECK_STR(str_z(v.v[5].uri), "tel:+442079460148;npdi");
	CHECK_INT(v.v[5].use, NAPTR_USED);
	CHECK_INT(v.v[6].use, NAPTR_LATER);
	CHECK_STR(str_z(v.v[6].uri), "");
	/* the tree allows numbers of the telephone network only */
	naptr_eval(&v, "+442079460148", &s.set, &pstn);
	CHECK_INT(v.v[3].use, NAPTR_SHOWN);
	CHECK_INT(v.v[5].use, NAPTR_USED);
out:
	return err;
}

static int test_bad_records(void)
{
	static const struct {
		const char *flags, *services, *regexp, *replacement;
		enum naptr_use want;
	} rows[] = {
		{ "u", "E2U+sip", "!^.*$!sip:a@b!", "", NAPTR_USED },
		{ "", "", "", "next.example.com", NAPTR_FOLLOW },
		{ "", "E2U+sip", "", "next.example.com", NAPTR_FOLLOW },
		{ "", "", "", "", NAPTR_BAD },
		{ "", "", "!a!b!", "", NAPTR_BAD },
		{ "s", "SIP+D2U", "", "_sip._udp.example.com", NAPTR_BAD },
		{ "uu", "E2U+sip", "!^.*$!sip:a@b!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:a@b!", "x.example", NAPTR_BAD },
		{ "u", "SIP+D2U", "!^.*$!sip:a@b!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!nothing!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!:a!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!1sip:a!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:a b@c!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:a\r\nX: y!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:<a@b>!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:\xff@b!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:\xc0\xaf@b!", "", NAPTR_BAD },
		{ "u", "E2U+sip", "!^.*$!sip:\xc3\xbc@b!", "", NAPTR_USED },
		{ "u", "E2U+sip", "!^.*$!SIP:a@b!", "", NAPTR_USED },
		{ "u", "E2U+sip", "!^.*$!http://a!", "", NAPTR_SHOWN },
	};
	static struct naptr_verdicts v;
	static struct set s;
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&s, 0, sizeof(s));
		add(&s, REC(1, 1, rows[i].flags, rows[i].services,
			    rows[i].regexp,
		    rows[i].replacement));
		naptr_eval(&v, "+442079460148", &s.set, &calls);
		if (v.v[0].use != rows[i].want)
			test_say(__FILE__, __LINE__, "row %zu: %s", i,
				 v.v[0].why);
		CHECK_INT(v.v[0].use, rows[i].want);
		CHECK(v.v[0].why && *naptr_use_name(v.v[0].use));
		CHECK(v.v[0].use != NAPTR_BAD || v.v[0].uri[0] == '\0');
	}
out:
	return err;
}

/* 100 records: the first 32 by order are regarded, equal ones stay in the
 * order of the answer. */
static int test_many(void)
{
	static struct naptr_verdicts v;
	static struct set s;
	static char text[DNS_RR_MAX][40];
	int err = 0;

	memset(&s, 0, sizeof(s));
	for (unsigned i = 0; i < DNS_RR_MAX; i++) {
		snprintf(text[i], sizeof(text[i]), "!^.*$!sip:%u@x!", i);
		add(&s, REC(200 - i / 2, 5, "u", "E2U+sip", text[i], ""));
	}
	naptr_eval(&v, "+442079460148", &s.set, &calls);
	CHECK_INT(v.n, NAPTR_REGARDED);
	CHECK_STR(str_z(v.v[0].uri), "sip:98@x");
	CHECK_STR(str_z(v.v[1].uri), "sip:99@x");
	CHECK_INT(v.v[2].use, NAPTR_LATER);
	CHECK_INT(v.v[31].rr->order, 166);
out:
	return err;
}

const struct test_suite suite_naptr = {
	"enum/naptr", (const struct test[]){
		TEST(test_substitute),
		TEST(test_bad_expressions),
		TEST(test_long_result),
		TEST(test_services),
		TEST(test_rfc6116_example), TEST(test_rfc3403_example),
		TEST(test_rfc4769_examples), TEST(test_uses),
		TEST(test_order),
		TEST(test_bad_records),
		TEST(test_many),
		TEST_END } };
