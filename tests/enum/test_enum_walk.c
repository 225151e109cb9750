/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/enum.h"
#include "tests/enum/enum_bench.h"
#include "tests/lib/test.h"

static const char *uri(const struct bench *b)
{
	return b->err ? "" : b->a.v[0].uri;
}

/* RFC 6116, 5.2.1: where a non-terminal leads nowhere the record after it
 * comes next, be it another one, a URI, or one of a higher order. */
static int test_goes_on(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "", "empty.example")));
	TRY(put(&b, 0, REC(NULL, 1, 2, "", "mail.example")));
	TRY(put(&b, 0, REC("mail.example", 1, 1, "!^.*$!mailto:a@x!", "")));
	TRY(put(&b, 0, REC(NULL, 1, 3, "", "third.example")));
	TRY(put(&b, 0, REC("third.example", 9, 1, "!^.*$!sip:third@x!", "")));
	TRY(put(&b, 0, REC(NULL, 2, 1, "!^.*$!sip:higher@x!", "")));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:third@x");
	CHECK_INT(b.a.v[0].order, 9);
	fake_resolver_forget(b.f[0], "third.example");
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:higher@x");
	buf_addc(&b.log, '\0');
	CHECK_INT(b.log.err, 0);
	CHECK(strstr((char *)b.log.p, "back from empty.example: no such "
		     "name\n"));
	CHECK(strstr((char *)b.log.p, "back from mail.example: no record is "
		     "for calls\n"));
	CHECK(strstr((char *)b.log.p, "tree e164.arpa: found (beside a "
		     "non-terminal that led nowhere)\n"));
	/* what is behind a URI is not followed */
	TRY(put(&b, 0, REC("third.example", 9, 1, "!^.*$!sip:third@x!", "")));
	TRY(put(&b, 0, REC(NULL, 1, 0, "!^.*$!sip:first@x!", "")));
	fake_resolver_asked(b.f[0], NULL, 0);
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:first@x");
	CHECK_INT(b.a.n, 1);
out:
	down(&b);
	return err;
}

/* Back to the records of the domain before, not to those of the number. */
static int test_deep(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "", "a.example")));
	TRY(put(&b, 0, REC(NULL, 1, 2, "!^.*$!sip:number@x!", "")));
	TRY(put(&b, 0, REC("a.example", 1, 1, "", "b.example")));
	TRY(put(&b, 0, REC("a.example", 1, 2, "", "c.example")));
	TRY(put(&b, 0, REC("b.example", 1, 1, "", "empty.example")));
	TRY(put(&b, 0, REC("c.example", 1, 1, "!^.*$!sip:c@x!", "")));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:c@x");
	/* an outage on the way is none where another way has the answer */
	TRY(fake_resolver_script(b.f[0], "b.example", 0, DNS_SERVFAIL, 0));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:c@x");
	/* and is one where none has */
	TRY(fake_resolver_script(b.f[0], "c.example", 0, DNS_NXDOMAIN, 0));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:number@x");
	TRY(fake_resolver_script(b.f[0], "a.example", 0, DNS_REFUSED, 0));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:number@x");
out:
	down(&b);
	return err;
}

static int test_outage_counts(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "", "a.example")));
	TRY(put(&b, 0, REC(NULL, 1, 2, "", "b.example")));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	TRY(fake_resolver_script(b.f[0], "a.example", 0, DNS_SERVFAIL, 0));
	TRY(look(&b, &ms));
	CHECK_INT(b.err, EAGAIN);
out:
	down(&b);
	return err;
}

/* At the deadline the URIs beside a chain are better than nothing. */
static int test_deadline(void)
{
	struct bench b;
	uint64_t ms;
	int err = 0;

	TRY(up(&b, 1));
	TRY(put(&b, 0, REC(NULL, 1, 1, "", "a.example")));
	TRY(put(&b, 0, REC("a.example", 1, 1, "", "b.example")));
	TRY(put(&b, 0, REC("a.example", 1, 2, "!^.*$!sip:a@x!", "")));
	TRY(fake_resolver_script(b.f[0], "b.example", 0, FAKE_SILENT, 0));
	TRY(put(&b, 0, REC(NULL, 1, 2, "!^.*$!sip:number@x!", "")));
	TRY(look(&b, &ms));
	CHECK_INT(ms, ENUM_DEADLINE_MS);
	CHECK_STR(str_z(uri(&b)), "sip:a@x");
	CHECK_INT(fake_resolver_waiting(b.f[0]), 0);
out:
	down(&b);
	return err;
}

/* Each domain once, twelve at most, however many records lead there. */
static int test_bounded(void)
{
	struct bench b;
	uint64_t ms;
	char to[20];
	int err = 0;

	TRY(up(&b, 1));
	for (int i = 0; i < 30; i++) {
		snprintf(to, sizeof(to), "n%d.example", i / 2);
		TRY(put(&b, 0, REC(NULL, 1, i, "", to)));
	}
	TRY(look(&b, &ms));
	CHECK_INT(b.err, ENOENT);
	CHECK_INT(fake_resolver_asked(b.f[0], NULL, 0), 12);
	buf_addc(&b.log, '\0');
	CHECK_INT(b.log.err, 0);
	CHECK(strstr((char *)b.log.p, "back from n0.example: loop of "));
	CHECK(strstr((char *)b.log.p, "(too many non-terminals)\n"));
	/* nobody has the number, says the tree at the end of the ways */
	TRY(put(&b, 0, REC(NULL, 9, 1, "!^.*$!sip:last@x!", "")));
	TRY(look(&b, &ms));
	CHECK_STR(str_z(uri(&b)), "sip:last@x");
out:
	down(&b);
	return err;
}

const struct test_suite suite_enum_walk = {
	"enum/enum_walk", (const struct test[]){
		TEST(test_goes_on), TEST(test_deep),
		TEST(test_outage_counts), TEST(test_deadline),
		TEST(test_bounded),
		TEST_END } };
