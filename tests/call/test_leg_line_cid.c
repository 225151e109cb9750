/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/call/leg_line.h"
#include "tests/lib/test.h"

static int test_read(void)
{
	struct caller_id cid = { .number = "0312345678", .name = "T\xc3kyo" };
	struct party p;
	int err = 0;

	leg_line_cid_read(&p, &cid);
	CHECK_STR(str_z(p.number), "0312345678");
	CHECK_STR(str_z(p.name), "T?kyo");
	CHECK_INT(p.presentation, PARTY_ALLOWED);
	cid.number_private = true;
	leg_line_cid_read(&p, &cid);
	CHECK_INT(p.presentation, PARTY_RESTRICTED);
	memset(&cid, 0, sizeof(cid));
	leg_line_cid_read(&p, &cid);
	CHECK_INT(p.presentation, PARTY_UNAVAILABLE);
out:
	return err;
}

static int test_write(void)
{
	struct party p = { .number = "+81312345678", .name = "T\xc3kyo" };
	struct caller_id cid;
	int err = 0;

	leg_line_cid_write(&cid, &p);
	CHECK_STR(str_z(cid.number), "81312345678");
	CHECK_STR(str_z(cid.name), "Tkyo");
	CHECK(!cid.number_private && !cid.number_unavailable);
	p.presentation = PARTY_RESTRICTED;
	leg_line_cid_write(&cid, &p);
	CHECK(cid.number_private && cid.name_private && !cid.number[0]);
	p.presentation = PARTY_ALLOWED;
	p.number[0] = '\0';
	leg_line_cid_write(&cid, &p);
	CHECK(cid.number_unavailable);
out:
	return err;
}

const struct test_suite suite_leg_line_cid = {
	"call/leg_line_cid", (const struct test[]){
		TEST(test_read), TEST(test_write), TEST_END } };
