/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules do with answers of ENUM. */
#include <string.h>

#include "base/mem.h"
#include "gateway/route/rule_enum.h"
#include "tests/lib/route_rig.h"
#include "tests/lib/set_trees.h"
#include "tests/lib/test.h"

#define NAME "8.7.6.5.4.3.2.1.3.1.8.e164.arpa"         /* 0312345678 */
#define OTHER "0.0.0.0.5.5.5.5.3.1.8.e164.arpa"         /* 0355550000 */

static const char conf_text[] =
	"emergency: { numbers: ['110'], to: ['group:pstn'] }\n"
	"routes:\n"
	"  - { name: early, from: [known], prefix: '+1', to: ['peer:us'] }\n"
	"  - { name: enum, from: [known], enum: yes, answer_timeout: 7s }\n"
	"  - { name: pstn, from: [known], prefix: '+81', to: ['group:pstn'] }\n"
	"  - { name: rest, from: [known], prefix: '+', to: ['peer:cheap'] }\n";

static int naptr(struct route_rig *w, const char *name, unsigned pref,
		 const char *regexp)
{
	const struct dns_naptr rr = {
		.order = 100, .preference = (uint16_t)pref,
		.flags = STR_LIT("u"), .replacement = "",
		.services = str_istarts(str_z(regexp), "!^.*$!tel")
			? STR_LIT("E2U+voice:tel") : STR_LIT("E2U+sip"),
		.regexp = str_z(regexp) };

	return fake_resolver_naptr(w->dns, name, &rr);
}

static int begin(struct route_rig *w, enum enum_tel tel)
{
	struct enum_tree t = { .apex = "e164.arpa", .policy.tel = tel,
			       .services = NAPTR_ALL | NAPTR_CNAM };
	int err = route_rig_begin(w, conf_text);

	if (err)
		return err;
	t.resolver = fake_resolver_of(w->dns);
	return set_trees(w->client, &t, 1);
}

/* What comes next, each as "rule: target(number)". */
static int expect(struct route_rig *w, const char *const *want)
{
	int err = 0;

	route_rig_search(w, "0312345678", ROUTE_FROM_PHONE);
	for (int i = 0; want[i]; i++) {
		if (i > 0)
			route_rig_next(w);
		CHECK_INT(w->answers, (unsigned)i + 1);
		CHECK_STR(str_z(w->got), want[i]);
	}
out:
	return err;
}

/* SIP URIs alone are the targets of one result, with the rule's time. */
static int test_sip(void)
{
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_SAME));
	TRY(naptr(&w, NAME, 1, "!^.*$!sip:mobile@example.net!"));
	TRY(naptr(&w, NAME, 2, "!^.*$!mailto:x@example.net!"));
	TRY(naptr(&w, NAME, 3, "!^.*$!SIPS:office@example.net?Route=x!"));
	TRY(naptr(&w, NAME, 4, "!^.*$!sip:a?b@example.net!"));
	TRY(expect(&w, (const char *[]){
		"enum: sip:mobile@example.net(0312345678) "
		"SIPS:office@example.net(0312345678) "
		"sip:a?b@example.net(0312345678)",
		"pstn: group:pstn(0312345678)",
		"rest: peer:cheap(0312345678)", "none", NULL }));
	route_rig_search(&w, "0312345678", ROUTE_FROM_PHONE);
	CHECK_INT(w.job.result.v[0].answer_ms, 7000);
	CHECK_INT(w.job.dns.rest != NULL, 0);
	CHECK(route_has_next(&w.job));
out:
	route_rig_end(&w);
	return err;
}

/* The number itself as tel: means: by the rules behind; then what is left
 * of the answer, and those rules not again. */
static int test_same(void)
{
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_SAME));
	TRY(naptr(&w, NAME, 1, "!^.*$!sip:mobile@example.net!"));
	TRY(naptr(&w, NAME, 2, "!^.*$!tel:+81-3-1234-5678!"));
	TRY(naptr(&w, NAME, 3, "!^.*$!sip:office@example.net!"));
	TRY(expect(&w, (const char *[]){
		"enum: sip:mobile@example.net(0312345678)",
		"pstn: group:pstn(0312345678)",
		"rest: peer:cheap(0312345678)",
		"enum: sip:office@example.net(0312345678)", "none", NULL }));
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 1);
	/* ended in the middle: nothing is lost */
	route_rig_search(&w, "0312345678", ROUTE_FROM_PHONE);
	CHECK(rule_enum_has_rest(&w.job) && route_has_next(&w.job));
out:
	route_rig_end(&w);
	return err;
}

/* A zone that is not trusted cannot make us dial another number, nor choose
 * its network. */
static int test_not_trusted(void)
{
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_SAME));
	TRY(naptr(&w, NAME, 1, "!^.*$!tel:+19005550100!"));
	TRY(naptr(&w, NAME, 2,
		  "!^.*$!tel:+81312345678;npdi;rn=+1-900-555-0100!"));
	TRY(expect(&w, (const char *[]){ "pstn: group:pstn(0312345678)",
		"rest: peer:cheap(0312345678)", "none", NULL }));
out:
	route_rig_end(&w);
	return err;
}

/* RFC 4694: the rules match the routing number, the target is told it and
 * dials the number. */
static int test_ported(void)
{
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_PORTED));
	TRY(naptr(&w, NAME, 1,
		  "!^.*$!tel:+81312345678;npdi;rn=+1-202-544-0000!"));
	TRY(expect(&w, (const char *[]){ "early: peer:us(0312345678)",
					 NULL }));
	CHECK_STR(str_z(w.job.result.v[0].port->rn), "+12025440000");
	CHECK(w.job.result.v[0].port->npdi);
	route_rig_next(&w);
	CHECK_STR(str_z(w.got), "rest: peer:cheap(0312345678)");
	CHECK(strstr(w.told, ", ported to +12025440000\nrule early: fits"));
	CHECK(strstr(w.told, "rule enum: no, it wants a number that ENUM was "
		     "not asked for yet\n"));
	/* without the routing number: the rules behind */
	route_rig_next(&w);
	CHECK_STR(str_z(w.got), "pstn: group:pstn(0312345678)");
	CHECK_STR(str_z(w.job.result.v[0].port->rn), "");
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 1);
out:
	route_rig_end(&w);
	return err;
}

/* Another number, of a tree that may: all rules anew, ENUM too; then on. */
static int test_any(void)
{
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_ANY));
	TRY(naptr(&w, NAME, 1, "!^.*$!tel:+81355550000!"));
	TRY(naptr(&w, NAME, 2, "!^.*$!sip:office@example.net!"));
	TRY(naptr(&w, OTHER, 1, "!^.*$!sip:other@example.net!"));
	TRY(naptr(&w, OTHER, 2, "!^.*$!tel:+81312345678!"));    /* a loop */
	TRY(expect(&w, (const char *[]){
		"enum: sip:other@example.net(+81355550000)",
		"pstn: group:pstn(+81355550000)",
		"rest: peer:cheap(+81355550000)",
		"enum: sip:office@example.net(0312345678)",
		"pstn: group:pstn(0312345678)",
		"rest: peer:cheap(0312345678)", "none", NULL }));
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 2);
	CHECK(strstr(w.told, "  not tel:+81312345678: a loop, the number was "
		     "asked for before\n"));
out:
	route_rig_end(&w);
	return err;
}

/* tel: after tel: comes to an end. */
static int test_hops(void)
{
	static const char *const name[] = {
		NAME, "1.1.1.1.1.1.1.1.3.1.8.e164.arpa",
		"2.2.2.2.2.2.2.2.3.1.8.e164.arpa",
		"3.3.3.3.3.3.3.3.3.1.8.e164.arpa" };
	static const char *const to[] = {
		"!^.*$!tel:+81311111111!", "!^.*$!tel:+81322222222!",
		"!^.*$!tel:+81333333333!", "!^.*$!tel:+81344444444!" };
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_ANY));
	for (int i = 0; i < 4; i++)
		TRY(naptr(&w, name[i], 1, to[i]));
	TRY(expect(&w, (const char *[]){ "pstn: group:pstn(+81333333333)",
					 NULL }));
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 4);
	CHECK(strstr(w.told, "too many tel: results"));
out:
	route_rig_end(&w);
	return err;
}

/* draft-ietf-enum-unused: no such number; nobody else is tried. */
static int test_vacant(void)
{
	const struct dns_naptr rr = { 10, 10, STR_LIT("u"),
		STR_LIT("E2U+void:mailto"), STR_LIT("!^.*$!mailto:a@b.c!"),
		"" };
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_SAME));
	TRY(fake_resolver_naptr(w.dns, NAME, &rr));
	TRY(expect(&w, (const char *[]){ "enum: reject:1(0312345678)",
					 NULL }));
	CHECK_STR(str_z(w.job.result.why), "enum: number not allocated");
out:
	route_rig_end(&w);
	return err;
}

/* RFC 4759: what was asked is not asked again, and said so. */
static int test_enumdi(void)
{
	struct route_query q;
	struct route_rig w;
	int err;

	memset(&q, 0, sizeof(q));
	strcpy(q.called.number, "0312345678");
	q.from.kind = ROUTE_FROM_PEER;
	q.port.enumdi = true;
	TRY(begin(&w, ENUM_TEL_SAME));
	TRY(naptr(&w, NAME, 1, "!^.*$!sip:mobile@example.net!"));
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "pstn: group:pstn(0312345678)");
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
	/* an incoming routing number, from who may */
	q.port.enumdi = false;
	strcpy(q.port.rn, "+12025440000");
	route_rig_find(&w, &q);
	CHECK_STR(str_z(w.got), "early: peer:us(0312345678)");
	/* asked and not found: the next hop need not ask; unavailable: may */
	route_rig_search(&w, "0399990000", ROUTE_FROM_PHONE);
	CHECK(w.job.result.v[0].port->enumdi);
	TRY(fake_resolver_script(w.dns, OTHER, 0, FAKE_SILENT, 0));
	route_rig_search(&w, "0355550000", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "pstn: group:pstn(0355550000)");
	CHECK(!w.job.result.v[0].port->enumdi);
	/* RFC 4759, 5: no such domain; the same number again */
	route_rig_search(&w, "+441632960038", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "rest: peer:cheap(+441632960038)");
	CHECK(w.job.result.v[0].port->enumdi);
	TRY(naptr(&w, "8.3.0.0.6.9.2.3.6.1.4.4.e164.arpa", 1,
		  "!^.*$!tel:+441632960038!"));
	route_rig_search(&w, "+441632960038", ROUTE_FROM_PHONE);
	CHECK_STR(str_z(w.got), "rest: peer:cheap(+441632960038)");
	CHECK(w.job.result.v[0].port->enumdi);
out:
	route_rig_end(&w);
	return err;
}

/* A number of the emergency rule is not asked for even where it has an
 * E.164 form and nobody of that rule could take the call. */
static int test_emergency(void)
{
	static const char text[] =
		"emergency: { numbers: ['0312345678'], to: ['group:pstn'] }\n"
		"routes:\n"
		"  - { name: enum, from: [known], enum: yes }\n"
		"  - { name: rest, from: [known], to: ['peer:cheap'] }\n";
	struct route_rig w;
	int err;

	TRY(route_rig_begin(&w, text));
	TRY(naptr(&w, NAME, 1, "!^.*$!sip:mallory@example.net!"));
	TRY(expect(&w, (const char *[]){
		"emergency: group:pstn(0312345678)",
		"rest: peer:cheap(0312345678)", "none", NULL }));
	CHECK_INT(fake_resolver_asked(w.dns, NULL, 0), 0);
	CHECK(strstr(w.told, "rule enum: no, it wants a call that is not "
		     "for help\n"));
out:
	route_rig_end(&w);
	return err;
}

/* ITAD subscriber numbers, asked for as they are dialled; digit by digit
 * from a telephone, without making other numbers wait. */
static int test_isn(void)
{
	static const struct { const char *digits; enum route_digits want; }
	rows[] = {
		{ "7", ROUTE_DIGITS_MORE }, { "7*", ROUTE_DIGITS_MORE },
		{ "7*2", ROUTE_DIGITS_MAYBE }, { "7*256", ROUTE_DIGITS_MAYBE },
		{ "7*0", ROUTE_DIGITS_NONE }, { "7*2*", ROUTE_DIGITS_NONE },
		{ "*21", ROUTE_DIGITS_NONE },
		{ "123456789012345*", ROUTE_DIGITS_MORE },
		{ "1234567890123456", ROUTE_DIGITS_NONE },
		{ "7*1234567890", ROUTE_DIGITS_COMPLETE },
		{ "7*12345678901", ROUTE_DIGITS_NONE },
		{ "110", ROUTE_DIGITS_COMPLETE },
		{ "09012345678", ROUTE_DIGITS_COMPLETE },
	};
	const struct route_source from = { .kind = ROUTE_FROM_TELEPHONE };
	struct enum_tree t[2] = { { .apex = "e164.arpa" },
				  { .apex = "freenum.org", .isn = true } };
	struct route_rig w;
	int err;

	TRY(begin(&w, ENUM_TEL_SAME));
	CHECK_INT(route_digits(w.router, &from, "7*2"), ROUTE_DIGITS_NONE);
	t[0].resolver = t[1].resolver = fake_resolver_of(w.dns);
	TRY(set_trees(w.client, t, 2));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(route_digits(w.router, &from, rows[i].digits),
			  rows[i].want);
	TRY(naptr(&w, "4.3.2.1.256.freenum.org", 1,
		  "!^\\+*([^\\*]*)!sip:\\1@example.com!"));
	route_rig_search(&w, "1234*256", ROUTE_FROM_TELEPHONE);
	CHECK_STR(str_z(w.got), "enum: sip:1234@example.com(1234*256)");
	/* longer than any: not asked for */
	route_rig_search(&w, "1234567890123456*256", ROUTE_FROM_TELEPHONE);
	CHECK_STR(str_z(w.got), "none");
	CHECK(strstr(w.told, "rule enum: no, it wants a number with an E.164 "
		     "form\n"));
out:
	route_rig_end(&w);
	return err;
}

static int test_results(void)
{
	int err = 0;

	CHECK_STR(str_z(rule_enum_result(0)), "found");
	CHECK_STR(str_z(rule_enum_result(ENOENT)), "not found");
	CHECK_STR(str_z(rule_enum_result(EAGAIN)), "unavailable");
out:
	return err;
}

const struct test_suite suite_rule_enum = {
	"route/rule_enum", (const struct test[]){
		TEST(test_sip), TEST(test_same), TEST(test_not_trusted),
		TEST(test_ported), TEST(test_any), TEST(test_hops),
		TEST(test_vacant), TEST(test_enumdi), TEST(test_isn),
		TEST(test_emergency),
		TEST(test_results),
		TEST_END } };
