/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/dns_refusal.h"
#include "tests/lib/test.h"

enum { SECOND = 1000000 };

static const char *refuse(struct dns_refusals *r, const char *name,
			  uint64_t t)
{
	return dns_refusals_add(r, name, DNS_NAPTR, DNS_REFUSED, t);
}

static bool blocks(const struct dns_refusals *r, const char *name, uint64_t t)
{
	return dns_refusals_find(r, name, DNS_NAPTR, t) != 0;
}

/* What is left alone is what the refused names share, no more. */
static int test_part(void)
{
	struct dns_refusals r;
	const char *part;
	int err = 0;

	dns_refusals_init(&r);
	CHECK(!refuse(&r, "1.2.3.4.e164.arpa", 0));
	CHECK(!refuse(&r, "7.2.3.4.e164.arpa", 0));
	CHECK(!refuse(&r, "8.2.3.4.E164.arpa", 0));
	CHECK(!blocks(&r, "7.2.3.4.e164.arpa", 0));
	part = refuse(&r, "9.9.2.3.4.e164.arpa", 0);
	CHECK(part && !strcmp(part, "2.3.4.e164.arpa"));
	CHECK_INT(r.n_open, 1);
	CHECK(blocks(&r, "5.2.3.4.e164.arpa", 0));
	CHECK(blocks(&r, "5.2.3.4.E164.ARPA", 0));
	CHECK(!blocks(&r, "5.3.4.e164.arpa", 0));
	CHECK(!blocks(&r, "5.2.3.4.e164.org", 0));
	CHECK(!blocks(&r, "5.12.3.4.e164.arpa", 0));
	CHECK(!dns_refusals_find(&r, "5.2.3.4.e164.arpa", DNS_A, 0));
	CHECK_INT(dns_refusals_find(&r, "5.2.3.4.e164.arpa", DNS_NAPTR, 0),
		  DNS_REFUSED);
	/* a part beside it, and then all */
	for (int i = 0; i < 3; i++)
		part = refuse(&r, "1.9.4.e164.arpa", 0);
	CHECK(part && !strcmp(part, "1.9.4.e164.arpa") && r.n_open == 2);
	CHECK(!refuse(&r, "1.e164.arpa", 0));
	CHECK(!refuse(&r, "2.e164.arpa", 0));
	CHECK(!refuse(&r, "3.e164.arpa", 0));
	part = refuse(&r, "4.e164.arpa", 0);
	CHECK(part && !strcmp(part, "e164.arpa"));
	CHECK(r.n_open == 1 && r.n == 1);
	CHECK(!blocks(&r, "1.e164.org", 0));
	/* one answer ends it */
	CHECK(dns_refusals_answered(&r, "5.5.e164.arpa", DNS_NAPTR));
	CHECK(!blocks(&r, "1.e164.arpa", 0));
	CHECK(r.n == 0 && r.n_open == 0);
out:
	dns_refusals_fini(&r);
	return err;
}

/* An answer in between: no row of refusals. One beside it counts not. */
static int test_answers_between(void)
{
	struct dns_refusals r;
	int err = 0;

	dns_refusals_init(&r);
	for (int i = 0; i < 20; i++) {
		CHECK(!refuse(&r, "1.3.4.e164.arpa", 0));
		CHECK(!refuse(&r, "2.3.4.e164.arpa", 0));
		CHECK(!dns_refusals_answered(&r, "3.3.4.e164.arpa",
					     DNS_NAPTR));
	}
	CHECK(!refuse(&r, "1.3.4.e164.arpa", 0));
	CHECK(!refuse(&r, "1.3.4.e164.arpa", 0));
	CHECK(!dns_refusals_answered(&r, "3.9.4.e164.arpa", DNS_NAPTR));
	CHECK(refuse(&r, "1.3.4.e164.arpa", 0));
	/* of hosts each is alone */
	CHECK(!refuse(&r, "a.example.org", 0));
	CHECK(!refuse(&r, "b.example.org", 0));
	CHECK(!refuse(&r, "c.example.org", 0));
	CHECK(!blocks(&r, "a.example.org", 0));
out:
	dns_refusals_fini(&r);
	return err;
}

/* 1, 2, 4, ... 30 s; one question each time. */
static int test_times(void)
{
	static const unsigned wait_s[] = { 1, 2, 4, 8, 16, 30, 30 };
	static const char name[] = "1.e164.arpa";
	struct dns_refusals r;
	uint64_t t = 5;
	int err = 0;

	dns_refusals_init(&r);
	for (int i = 0; i < 50; i++)    /* asked at once */
		(void)refuse(&r, name, t);
	for (unsigned i = 0; i < sizeof(wait_s) / sizeof(wait_s[0]); i++) {
		t += wait_s[i] * (uint64_t)SECOND;
		CHECK(blocks(&r, name, t - 1));
		dns_refusals_asked(&r, name, DNS_NAPTR, t - 1);
		CHECK(!blocks(&r, name, t));
		dns_refusals_asked(&r, name, DNS_NAPTR, t);
		CHECK(blocks(&r, name, t));
		if (i == 2) {   /* silence: the next after the same time */
			t += 4ULL * SECOND;
			CHECK(!blocks(&r, name, t));
			dns_refusals_asked(&r, name, DNS_NAPTR, t);
		}
		CHECK(!refuse(&r, name, t));
	}
	/* five minutes later it is forgotten */
	t += 301ULL * SECOND;
	CHECK(!refuse(&r, name, t));
	CHECK(!blocks(&r, name, t) && r.n_open == 0 && r.n == 1);
out:
	dns_refusals_fini(&r);
	return err;
}

static int test_bounded(void)
{
	struct dns_refusals r;
	struct buf out;
	char name[40];
	int err = 0;

	buf_init(&out, 10000);
	dns_refusals_init(&r);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "1.tree%d.example", i);
		for (int k = 0; k < 3; k++)
			(void)refuse(&r, name, 0);
	}
	CHECK(r.n == DNS_REFUSALS_MAX && r.n_open == DNS_REFUSALS_MAX);
	CHECK(blocks(&r, name, 0) && !blocks(&r, "1.tree1.example", 0));
	dns_refusals_fini(&r);
	for (int k = 0; k < 3; k++)
		(void)refuse(&r, "1.e164.arpa", 0);
	dns_refusals_print(&r, &out, "x=y ", 300000);
	buf_addc(&out, '\0');
	CHECK_STR(str_z((char *)out.p), "x=y refuses=1.e164.arpa type=NAPTR "
		  "rcode=REFUSED asked_in_ms=700\n");
out:
	buf_fini(&out);
	dns_refusals_fini(&r);
	return err;
}

const struct test_suite suite_dns_refusal = {
	"enum/dns_refusal", (const struct test[]){
		TEST(test_part),
		TEST(test_answers_between),
		TEST(test_times),
		TEST(test_bounded),
		TEST_END } };
