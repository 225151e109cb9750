/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "enum/enum_profile.h"
#include "tests/lib/test.h"

static int test_none(void)
{
	static struct enum_tree_conf c = { .apex = "e164.arpa", .rank = 3 };
	static struct enum_tree t;
	int err = 0;

	TRY(enum_profile_tree(&t, &c));
	CHECK_STR(str_z(t.apex), "e164.arpa");
	CHECK_INT(t.rank, 3);
	CHECK_INT(t.services, NAPTR_ALL);
	CHECK_INT(t.policy.tel, ENUM_TEL_SAME);
	CHECK_INT(t.policy.dnssec, ENUM_DNSSEC_IGNORED);
	CHECK(!t.policy.vacant_goes_on && !t.policy.n_sites && !t.isn);
out:
	return err;
}

static int test_gsma(void)
{
	static struct enum_tree_conf c = { .profile = ENUM_PROFILE_GSMA };
	static char site[1][ENUM_SITE_TEXT] = { "carrier.example" };
	static int services[] = { 0, 3 };
	static struct enum_tree t;
	int err = 0;

	TRY(enum_profile_tree(&t, &c));
	CHECK_STR(str_z(t.apex), "e164enum.net");
	CHECK_INT(t.services, NAPTR_SIP | NAPTR_PSTN);
	CHECK_INT(t.policy.tel, ENUM_TEL_PORTED);
	CHECK_INT(t.policy.n_sites, 2);
	CHECK_STR(str_z(t.policy.sites[0].domain), "3gppnetwork.org");
	/* keys go before the profile */
	c.domains = (struct conf_list){ site, 1 };
	c.services = (struct conf_list){ services, 2 };
	c.tel = 4;
	c.dnssec = 3;
	c.unallocated = 2;
	TRY(enum_profile_tree(&t, &c));
	CHECK_INT(t.policy.n_sites, 1);
	CHECK_STR(str_z(t.policy.sites[0].domain), "carrier.example");
	CHECK_INT(t.services, NAPTR_SIP | NAPTR_CNAM);
	CHECK_INT(t.policy.tel, ENUM_TEL_ANY);
	CHECK_INT(t.policy.dnssec, ENUM_DNSSEC_REQUIRED);
	CHECK(t.policy.vacant_goes_on);
out:
	return err;
}

static int test_ttc(void)
{
	static struct enum_tree_conf c = { .profile = ENUM_PROFILE_TTC };
	static struct enum_tree t;
	const char *what;
	int err = 0;

	CHECK_STR(str_z(enum_profile_check(&c, &what)), "apex");
	CHECK_STR(str_z(what), "apex has to be given, or a profile");
	strcpy(c.apex, "enum.carrier.example");
	TRY(enum_profile_tree(&t, &c));
	CHECK_INT(t.services, NAPTR_SIP);
	CHECK_INT(t.policy.tel, ENUM_TEL_NEVER);
out:
	return err;
}

/* RFC 6116, 2 and 3.7: other numbers stand under another apex. */
static int test_isn(void)
{
	static struct enum_tree_conf c = { .apex = "E164.ARPA.", .kind = 1 };
	const char *what;
	int err = 0;

	CHECK_STR(str_z(enum_profile_check(&c, &what)), "apex");
	CHECK_STR(str_z(what), "e164.arpa is for E.164 numbers only");
	c.kind = 0;
	CHECK(!enum_profile_check(&c, &what));
	c.kind = 1;
	strcpy(c.apex, "freenum.org");
	CHECK(!enum_profile_check(&c, &what));
out:
	return err;
}

static int test_branch(void)
{
	static struct enum_tree_conf c = { .apex = "e164.arpa",
		.branch = "i", .branch_position = 5 };
	static struct enum_tree t;
	const char *what;
	int err = 0;

	TRY(enum_profile_tree(&t, &c));
	CHECK_STR(str_z(t.branch.label), "i");
	CHECK_INT(t.branch.position, 5);
	strcpy(c.branch, "a.b");
	CHECK_STR(str_z(enum_profile_check(&c, &what)), "branch");
	c.branch[0] = '\0';
	CHECK_STR(str_z(enum_profile_check(&c, &what)), "branch_position");
	CHECK_INT(enum_profile_tree(&t, &c), EINVAL);
out:
	return err;
}

static int test_zones(void)
{
	static char text[2][ENUM_SITE_TEXT] = { "b.example", "a.B.example" };
	static struct addr server;
	static struct enum_tree_conf c = { .apex = "e164.arpa",
		.zones = { text, 2 } };
	static struct enum_zones z;
	const char *what;
	int err = 0;

	CHECK_STR(str_z(enum_profile_check(&c, &what)), "zones");
	CHECK_STR(str_z(what), "has a meaning only with servers");
	c.servers = (struct conf_list){ &server, 1 };
	CHECK(!enum_profile_check(&c, &what));
	enum_profile_zones(&z, &c);
	CHECK_INT(enum_profile_zone(&z, "b.example"), 9);
	CHECK_INT(enum_profile_zone(&z, "_sip._udp.x.b.example"), 9);
	CHECK_INT(enum_profile_zone(&z, "x.a.b.EXAMPLE"), 11);
	CHECK_INT(enum_profile_zone(&z, "xb.example"), 0);
	CHECK_INT(enum_profile_zone(&z, "example"), 0);
	strcpy(text[1], "b..example");
	CHECK_STR(str_z(enum_profile_check(&c, &what)), "zones");
	/* those of the profile, if the tree has servers of its own */
	c = (struct enum_tree_conf){ .profile = ENUM_PROFILE_GSMA };
	enum_profile_zones(&z, &c);
	CHECK_INT(z.n, 0);
	c.servers = (struct conf_list){ &server, 1 };
	enum_profile_zones(&z, &c);
	CHECK(enum_profile_zone(&z, "ims.mnc001.mcc234.3gppnetwork.org"));
	CHECK(enum_profile_zone(&z, "carrier.ipxsp.org"));
	c.zones = (struct conf_list){ text, 1 };
	enum_profile_zones(&z, &c);
	CHECK(!enum_profile_zone(&z, "carrier.ipxsp.org"));
out:
	return err;
}

const struct test_suite suite_enum_profile = {
	"enum/enum_profile", (const struct test[]){
		TEST(test_none), TEST(test_gsma), TEST(test_ttc),
		TEST(test_isn), TEST(test_branch),
		TEST(test_zones), TEST_END } };
