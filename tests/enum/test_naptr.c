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
		/* RFC 3402, 3.2 */
		{ "!(A(B(C)DE)(F)G)!\\1 \\2 \\3 \\4!", "ABCDEFG",
		  "ABCDEFG BCDE C F" },
		/* the URN of RFC 3403, 6.1 */
		{ "!^urn:cid:.+@([^\\.]+\\.)(.*)$!\\2!i",
		  "urn:cid:199606121851.1@bar.example.com", "example.com" },
		/* RFC 3404, 5.2, and 5.3: once without its backslash */
		{ "!^cid:.+@([^\\.]+\\.)(.*)$!\\2!i",
		  "cid:199606121851.1@bar.example.com", "example.com" },
		{ "/^http:\\/\\/([^\\/:]+)/\\1/i",
		  "http://www.example.com/software/latest-beta.exe",
		  "www.example.com" },
		{ "!^http://([^/:]+)!1!i",
		  "http://www.example.com/software/latest-beta.exe", "1" },
		/* any delimiter */
		{ "/^.*$/sip:a@b/", "+1234567", "sip:a@b" },
		{ "#^.*$#sip:a@b#", "+1234567", "sip:a@b" },
		{ "x^.*$xsip:a@bx", "+1234567", "sip:a@b" },
		{ "|^\\+(.*)$|sip:\\1@b|", "+1234567", "sip:1234567@b" },
		{ "!^.*$!sip:a\\!b@c!", "+1234567", "sip:a!b@c" },
		{ "/^.*$/http:\\/\\/a\\/b/", "+1234567", "http://a/b" },
		{ "xa\\xbx1x", "axb", "1" },
		/* special, and escaped: the character itself */
		{ "|^(.*1\\|2).*$|\\1|", "+1|2|3", "+1|2" },
		{ "+^\\+44(.*)$+\\1+", "+44123", "123" },
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
	/* RFC 3402, 3.2: no such subexpression */
	CHECK_INT(subst(out, "!(A(B(C)DE)(F)G)!\\5!", "ABCDEFG"), EBADMSG);
	/* whether it matches or not */
	CHECK_INT(subst(out, "!(A)!\\2!", "B"), EBADMSG);
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
		{ "sip+E2U+tel", -1 },
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

/* The examples of the standards: number and record, what becomes of it. */
static const struct rfc_row {
	const char *number;
	struct rec rec;
	enum naptr_use use;
	const char *uri;
} rfc_rows[] = {
	/* RFC 6116, 4 */
	{ "+441632960083", { 100, 50, "u", "E2U+sip",
	  "!^(\\+441632960083)$!sip:\\1@example.com!", "" },
	  NAPTR_USED, "sip:+441632960083@example.com" },
	{ "+441632960083", { 100, 51, "u", "E2U+h323",
	  "!^\\+441632960083$!h323:operator@example.com!", "" },
	  NAPTR_SHOWN, "h323:operator@example.com" },
	{ "+441632960083", { 100, 52, "u", "E2U+email:mailto",
	  "!^.*$!mailto:info@example.com!", "" },
	  NAPTR_SHOWN, "mailto:info@example.com" },
	{ "+441632960084", { 100, 50, "u", "E2U+sip",
	  "!^(\\+441632960083)$!sip:\\1@example.com!", "" },
	  NAPTR_NO_MATCH, "" },
	/* RFC 3761, 4.1 */
	{ "+441632960083", { 10, 100, "u", "E2U+sip",
	  "!^.*$!sip:info@example.com!", "" },
	  NAPTR_USED, "sip:info@example.com" },
	{ "+441632960083", { 10, 101, "u", "E2U+h323",
	  "!^.*$!h323:info@example.com!", "" },
	  NAPTR_SHOWN, "h323:info@example.com" },
	{ "+441632960083", { 10, 102, "u", "E2U+msg",
	  "!^.*$!mailto:info@example.com!", "" },
	  NAPTR_SHOWN, "mailto:info@example.com" },
	/* RFC 3403, 6.1: flags of other applications, and what would be
	 * a new key by its expression */
	{ "+17705551212", { 100, 10, "", "",
	  "!^urn:cid:.+@([^\\.]+\\.)(.*)$!\\2!i", "" }, NAPTR_BAD, "" },
	{ "+17705551212", { 100, 50, "a", "z3950+N2L+N2C", "",
	  "cidserver.example.com" }, NAPTR_BAD, "" },
	{ "+17705551212", { 100, 50, "a", "rcds+N2C", "",
	  "cidserver.example.com" }, NAPTR_BAD, "" },
	{ "+17705551212", { 100, 50, "s", "http+N2L+N2C+N2R", "",
	  "www.example.com" }, NAPTR_BAD, "" },
	/* RFC 3403, 6.2: services as in RFC 2916 */
	{ "+17705551212", { 100, 10, "u", "sip+E2U",
	  "!^.*$!sip:information@foo.se!i", "" },
	  NAPTR_USED, "sip:information@foo.se" },
	{ "+17705551212", { 102, 10, "u", "smtp+E2U",
	  "!^.*$!mailto:information@foo.se!i", "" },
	  NAPTR_SHOWN, "mailto:information@foo.se" },
	/* RFC 2916, 3.2.1 to 3.2.3; appendix A, where an end is missing */
	{ "+4689761234", { 100, 10, "u", "sip+E2U",
	  "!^.*$!sip:info@tele2.se!", "" },
	  NAPTR_USED, "sip:info@tele2.se" },
	{ "+4689761234", { 102, 10, "u", "mailto+E2U",
	  "!^.*$!mailto:paf@swip.net!", "" },
	  NAPTR_SHOWN, "mailto:paf@swip.net" },
	{ "+4689761234", { 102, 10, "u", "tel+E2U",
	  "!^.*$!tel:+4689761234!", "" },
	  NAPTR_USED, "tel:+4689761234" },
	{ "+4689761234", { 100, 10, "u", "ldap+E2U",
	  "!^+46(.*)$!ldap://ldap.se/cn=01!", "" },
	  NAPTR_SHOWN, "ldap://ldap.se/cn=01" },
	{ "+4689761234", { 10, 10, "u", "sip+E2U",
	  "!^.*$!sip:sven@sips.se", "" }, NAPTR_BAD, "" },
	/* RFC 3764, 5 */
	{ "+442079460148", { 10, 100, "u", "E2U+sip",
	  "!^.*$!sip:edgar@example.com!", "" },
	  NAPTR_USED, "sip:edgar@example.com" },
	/* RFC 3824, 5.5 */
	{ "+12025332600", { 100, 10, "u", "E2U+sip",
	  "!^.*$!sip:user@example.com!", "" },
	  NAPTR_USED, "sip:user@example.com" },
	{ "+12025332600", { 100, 20, "u", "E2U+mailto",
	  "!^.*$!mailto:info@example.com!", "" },
	  NAPTR_SHOWN, "mailto:info@example.com" },
	/* RFC 4969, 4; RFC 5333, 3; RFC 6117, 5.3: not for calls */
	{ "+442079460946", { 100, 10, "u", "E2U+vcard",
	  "!^.*$!http://example.net/vcard.vcf!", "" },
	  NAPTR_SHOWN, "http://example.net/vcard.vcf" },
	{ "+12125550123", { 10, 100, "u", "E2U+ical-access:https",
	  "!^.*$!https://cal.example.com/home/alice/calendars/!", "" },
	  NAPTR_SHOWN, "https://cal.example.com/home/alice/calendars/" },
	{ "+12125550123", { 20, 100, "u", "E2U+ical-sched:mailto",
	  "!^.*$!mailto:alice@example.com!", "" },
	  NAPTR_SHOWN, "mailto:alice@example.com" },
	{ "+441632960879", { 100, 10, "u", "E2U+foo:bar",
	  "!^.*$!bar://example.com/!", "" },
	  NAPTR_SHOWN, "bar://example.com/" },
	/* RFC 4415, 4 */
	{ "+441632960083", { 10, 100, "u", "E2U+voice:tel",
	  "!^.*$!tel:+441414960000!", "" },
	  NAPTR_USED, "tel:+441414960000" },
	/* RFC 4769, 4.1 to 4.5 */
	{ "+12155550123", { 10, 100, "u", "E2U+pstn:tel",
	  "!^.*$!tel:+1-215-555-0123;npdi;rn=+1-215-555-0199!", "" },
	  NAPTR_USED, "tel:+1-215-555-0123;npdi;rn=+1-215-555-0199" },
	{ "+12155550123", { 10, 100, "u", "E2U+pstn:sip",
	  "!^.*$!sip:+1-215-555-0123;npdi;rn=+1-215-555-0199"
	  "@gw.example.com;user=phone!", "" }, NAPTR_USED,
	  "sip:+1-215-555-0123;npdi;rn=+1-215-555-0199"
	  "@gw.example.com;user=phone" },
	{ "+12155550123", { 10, 100, "u", "E2U+pstn:tel",
	  "!^.*$!tel:+1-215-555-0123;npdi!", "" },
	  NAPTR_USED, "tel:+1-215-555-0123;npdi" },
	{ "+12155550123", { 10, 100, "u", "E2U+pstn:sip",
	  "!^.*$!sip:+1-215-555-0123;npdi@gw.example.com;user=phone!",
	  "" }, NAPTR_USED,
	  "sip:+1-215-555-0123;npdi@gw.example.com;user=phone" },
	{ "+12155550123", { 10, 100, "u", "E2U+pstn:tel",
	  "!(^.*)$!tel:\\1;npdi!", "" },
	  NAPTR_USED, "tel:+12155550123;npdi" },
	/* as servers for carriers say it: parameters of their own, or no
	 * URI at all */
	{ "+15551234567", { 10, 50, "u", "E2U+pstn:tel",
	  "!^(.*)$!tel:\\1;npdi;spn=51589;q_stat=002!", "" },
	  NAPTR_USED, "tel:+15551234567;npdi;spn=51589;q_stat=002" },
	{ "+13392986156", { 10, 50, "u", "E2U+pstn:tel",
	  "!^(.*)$!tel:\\1;mcc=310;mnc=012!", "" },
	  NAPTR_USED, "tel:+13392986156;mcc=310;mnc=012" },
	{ "+47666100600", { 100, 10, "U", "E2U+pstn:tel",
	  "!^(.*)$!country=null;operator=null;ported=false;err=0!", "" },
	  NAPTR_BAD, "" },
	/* RFC 5483, 2.4: as it is often written, and as it should be */
	{ "+46551234", { 100, 10, "u", "E2U+sip",
	  "!^+4655(.*)$!sip:\\1@example.net!", "" },
	  NAPTR_USED, "sip:1234@example.net" },
	{ "+46551234", { 100, 10, "u", "E2U+sip",
	  "!^\\+4655(.*)$!sip:\\1@example.net!", "" },
	  NAPTR_USED, "sip:1234@example.net" },
	/* RFC 5483, 4.1.1 */
	{ "+441632960123", { 1, 1, "u", "e2u+sip",
	  "!^(\\+441632960.*)$!sips:\\1@atlanta.example.com!", "" },
	  NAPTR_USED, "sips:+441632960123@atlanta.example.com" },
	{ "+441632961123", { 2, 1, "u", "e2u+sip",
	  "!^(\\+[^4].*|\\+4[^4].*|\\+44[^1].*|\\+441[^6].*|"
	  "\\+4416[^3].*|\\+44163[^2].*|\\+441632[^9].*|"
	  "\\+4416329[^6].*|\\+44163296[^0].*)$"
	  "!sip:\\1@biloxi.example.com!", "" },
	  NAPTR_USED, "sip:+441632961123@biloxi.example.com" },
	{ "+441632960123", { 2, 1, "u", "e2u+sip",
	  "!^(\\+[^4].*|\\+4[^4].*|\\+44[^1].*|\\+441[^6].*|"
	  "\\+4416[^3].*|\\+44163[^2].*|\\+441632[^9].*|"
	  "\\+4416329[^6].*|\\+44163296[^0].*)$"
	  "!sip:\\1@biloxi.example.com!", "" },
	  NAPTR_NO_MATCH, "" },
	/* RFC 6116, 3.4.3.1 and 5.2: private services, as no one
	 * knows whose network this is */
	{ "+12155550123", { 1, 1, "u", "E2U+P-sip",
	  "!^.*$!sip:a@b!", "" }, NAPTR_SHOWN, "sip:a@b" },
	{ "+12155550123", { 1, 1, "u", "E2U+sip+p-x:sip",
	  "!^.*$!sip:a@b!", "" }, NAPTR_SHOWN, "sip:a@b" },
	/* RFC 6116, 3.3: an absolute URI, of ASCII (RFC 5483, 2.1.1.1),
	 * without a fragment */
	{ "+12155550123", { 1, 1, "u", "E2U+sip",
	  "!^.*$!sip:b\xc3\xbc" "cher\xe2\x82\xac@example.com!", "" },
	  NAPTR_USED, "sip:b%C3%BCcher%E2%82%AC@example.com" },
	{ "+12155550123", { 1, 1, "u", "E2U+sip",
	  "!^.*$!sip:a@example.com#b!", "" }, NAPTR_BAD, "" },
	/* RFC 6116, 5.2.1: the rest of a non-terminal is ignored */
	{ "+12155550123", { 1, 1, "", "what ever", "!^.*$!sip:a@b!",
	  "next.example" }, NAPTR_FOLLOW, "" },
};

static int test_rfc_examples(void)
{
	static struct naptr_verdicts v;
	static struct set s;
	int err = 0;

	for (size_t i = 0; i < sizeof(rfc_rows) / sizeof(rfc_rows[0]); i++) {
		const struct rfc_row *r = &rfc_rows[i];

		memset(&s, 0, sizeof(s));
		add(&s, &r->rec);
		naptr_eval(&v, r->number, &s.set, &calls);
		if (v.v[0].use != r->use)
			test_say(__FILE__, __LINE__, "%s %s: %s",
				 r->number, r->rec.regexp,
				 v.v[0].why);
		CHECK_INT(v.v[0].use, r->use);
		CHECK_STR(str_z(v.v[0].uri), r->uri);
	}
out:
	return err;
}

/* RFC 6116, 4 and RFC 3403, 6.2: by order, then preference; mail is never
 * dialled, and a higher order not looked at. */
static int test_rfc_sets(void)
{
	static struct set s;
	static struct naptr_verdicts v;
	int err = 0;

	memset(&s, 0, sizeof(s));
	add(&s, REC(100, 52, "u", "E2U+email:mailto",
	    "!^.*$!mailto:info@example.com!", ""));
	add(&s, REC(100, 51, "u", "E2U+h323",
	    "!^\\+441632960083$!h323:operator@example.com!", ""));
	add(&s, REC(100, 50, "u", "E2U+sip",
	    "!^(\\+441632960083)$!sip:\\1@example.com!", ""));
	naptr_eval(&v, "+441632960083", &s.set, &calls);
	CHECK_INT(v.n, 3);
	CHECK_INT(v.n_bad, 0);
	CHECK_STR(str_z(v.v[0].uri), "sip:+441632960083@example.com");
	CHECK_INT(v.v[0].use, NAPTR_USED);
	CHECK_STR(str_z(v.v[1].uri), "h323:operator@example.com");
	CHECK_INT(v.v[1].use, NAPTR_SHOWN);
	CHECK_STR(str_z(v.v[2].uri), "mailto:info@example.com");
	CHECK_INT(v.v[2].use, NAPTR_SHOWN);
	memset(&s, 0, sizeof(s));
	add(&s, REC(102, 10, "u", "smtp+E2U",
	    "!^.*$!mailto:information@foo.se!i", ""));
	add(&s, REC(100, 10, "u", "sip+E2U",
	    "!^.*$!sip:information@foo.se!i", ""));
	naptr_eval(&v, "+17705551212", &s.set, &calls);
	CHECK_STR(str_z(v.v[0].uri), "sip:information@foo.se");
	CHECK_INT(v.v[0].use, NAPTR_USED);
	CHECK_INT(v.v[1].use, NAPTR_LATER);
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
		{ "u", "E2U+sip", "!^.*$!sip:a\x7f@b!", "", NAPTR_BAD },
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

/* 100 records: equal ones stay in the order of the answer; the last one is
 * the only usable one and found (RFC 6116, 5.2). */
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
	CHECK_INT(v.n, DNS_RR_MAX);
	CHECK_STR(str_z(v.v[0].uri), "sip:98@x");
	CHECK_STR(str_z(v.v[1].uri), "sip:99@x");
	CHECK_INT(v.v[2].use, NAPTR_LATER);
	CHECK_INT(v.v[99].rr->order, 200);
	for (unsigned i = 2; i < DNS_RR_MAX; i++)
		s.set.v[i].naptr.flags = STR_LIT("x");
	naptr_eval(&v, "+442079460148", &s.set, &calls);
	CHECK_INT(v.n_bad, DNS_RR_MAX - 2);
	CHECK_STR(str_z(v.v[98].uri), "sip:0@x");
	CHECK_INT(v.v[98].use, NAPTR_USED);
out:
	return err;
}

/* Many references make a result of many bytes: what grows beyond the bound,
 * by itself or as it is made ASCII, is left out, and the next is used. */
static int test_long(void)
{
	static struct naptr_verdicts v;
	static struct set s;
	char text[2][200] = { "!^.*$!sip:aaaa", "!^.*$!sip:aaa" };
	int err = 0;

	for (unsigned i = 0; i < 41; i++) {     /* 246 as they are made ASCII */
		strcat(text[0], "\xc3\xbc");
		strcat(text[1], "\xc3\xbc");
	}
	strcat(text[0], "@x!");
	strcat(text[1], "@x!");
	memset(&s, 0, sizeof(s));
	add(&s, REC(1, 1, "u", "E2U+sip", "!^(.*)$!sip:\\1\\1\\1\\1\\1\\1"
		    "\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1@x!",
		    ""));
	add(&s, REC(2, 1, "u", "E2U+sip", text[0], ""));
	add(&s, REC(3, 1, "u", "E2U+sip", text[1], ""));
	naptr_eval(&v, "+442079460148", &s.set, &calls);
	CHECK_STR(str_z(v.v[0].why), "result is too long");
	CHECK_STR(str_z(v.v[1].why), "result is too long");
	CHECK_STR(str_z(v.v[1].uri), "");
	CHECK_INT(v.n_bad, 2);
	CHECK_INT(v.v[2].use, NAPTR_USED);
	CHECK_INT(strlen(v.v[2].uri), NAPTR_URI_MAX - 1);
out:
	return err;
}

const struct test_suite suite_naptr = {
	"enum/naptr", (const struct test[]){
		TEST(test_substitute),
		TEST(test_bad_expressions),
		TEST(test_long_result),
		TEST(test_services),
		TEST(test_rfc_examples), TEST(test_rfc_sets),
		TEST(test_uses),
		TEST(test_order),
		TEST(test_bad_records),
		TEST(test_many), TEST(test_long),
		TEST_END } };
