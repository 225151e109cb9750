/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/route/rule_enum.h"
#include "tests/lib/test.h"

static void add(struct enum_answer *a, const char *uri)
{
	strcpy(a->v[a->n++].uri, uri);
}

/* Only SIP URIs are targets, in the order of the answer. */
static int test_targets(void)
{
	static struct enum_answer a;
	static struct route_result r;
	const struct party called = { .number = "+815012345678" };
	int err = 0;

	memset(&a, 0, sizeof(a));
	memset(&r, 0, sizeof(r));
	add(&a, "sip:mobile@example.net");
	add(&a, "mailto:x@example.net");
	add(&a, "SIPS:office@example.net");
	rule_enum_targets(&r, &a, &called);
	CHECK_INT(r.n, 2);
	CHECK_INT(r.v[0].kind, ROUTE_URI);
	CHECK_STR(str_z(r.v[0].dest), "sip:mobile@example.net");
	CHECK_STR(str_z(r.v[1].dest), "SIPS:office@example.net");
	CHECK_STR(str_z(r.v[1].called.number), "+815012345678");
out:
	return err;
}

static int test_many(void)
{
	static struct enum_answer a;
	static struct route_result r;
	const struct party called = { .number = "1" };
	int err = 0;

	memset(&a, 0, sizeof(a));
	memset(&r, 0, sizeof(r));
	while (a.n < ENUM_URIS_MAX)
		add(&a, "sip:x@example.net");
	rule_enum_targets(&r, &a, &called);
	rule_enum_targets(&r, &a, &called);
	CHECK_INT(r.n, ROUTE_TARGETS_MAX);
out:
	return err;
}

static int test_tel(void)
{
	static struct enum_answer a;
	char tel[E164_MAX];
	int err = 0;

	memset(&a, 0, sizeof(a));
	CHECK(!rule_enum_tel(&a, tel));
	add(&a, "tel:+81-50-1234-5678;npdi");
	CHECK(rule_enum_tel(&a, tel));
	CHECK_STR(str_z(tel), "+815012345678");
	strcpy(a.v[0].uri, "tel:5678;phone-context=+81");
	CHECK(!rule_enum_tel(&a, tel));
	strcpy(a.v[0].uri, "tel:+junk");
	CHECK(!rule_enum_tel(&a, tel));
	strcpy(a.v[0].uri, "sip:+815012345678@example.net");
	CHECK(!rule_enum_tel(&a, tel));
out:
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
		TEST(test_targets), TEST(test_many), TEST(test_tel),
		TEST(test_results), TEST_END } };
