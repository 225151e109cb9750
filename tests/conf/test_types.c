/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/types.h"

#include <string.h>

#include "tests/lib/test.h"

static const char *const colors[] = { "red", "green", "blue", NULL };

/* One value: what goes in, what is printed, or part of the complaint. */
struct row {
	struct conf_key key;
	const char     *in, *out, *why;
};

static const struct row rows[] = {
	{ { .type = CONF_BOOL }, "yes", "yes", 0 },
	{ { .type = CONF_BOOL }, "TRUE", "yes", 0 },
	{ { .type = CONF_BOOL }, "off", "no", 0 },
	{ { .type = CONF_BOOL }, "1", 0, "neither yes nor no" },
	{ { .type = CONF_INT }, "-2147483647", "-2147483647", 0 },
	{ { .type = CONF_INT }, "2147483648", 0, "is not in" },
	{ { .type = CONF_INT, .min = 1, .max = 9 }, "9", "9", 0 },
	{ { .type = CONF_INT, .min = 1, .max = 9 }, "10", 0,
	  "10 is not in 1 to 9" },
	{ { .type = CONF_INT, .min = 1, .max = 9 }, "-1", 0, "is not in" },
	{ { .type = CONF_INT }, "12x", 0, "'12x' is not a whole number" },
	{ { .type = CONF_INT }, "--1", 0, "not a whole number" },
	{ { .type = CONF_INT }, "", 0, "not a whole number" },
	{ { .type = CONF_MS }, "800ms", "800ms", 0 },
	{ { .type = CONF_MS, .name = "echo_ms" }, "800", "800ms", 0 },
	{ { .type = CONF_MS, .name = "echo_ms" }, "2s", "2s", 0 },
	{ { .type = CONF_MS, .name = "_ms" }, "8", 0, "not a duration" },
	{ { .type = CONF_MS, .name = "ping" }, "800", 0,
	  "'800' is not a duration; write 800ms" },
	{ { .type = CONF_MS, .name = "ping" }, "0.5", 0, "not a duration" },
	{ { .type = CONF_MS, .name = "ping" }, "0", "0ms", 0 },
	{ { .type = CONF_MS, .name = "ping" }, "0 x", 0, "not a duration" },
	{ { .type = CONF_MS }, "2s", "2s", 0 },
	{ { .type = CONF_MS }, "1.5 s", "1500ms", 0 },
	{ { .type = CONF_MS }, "0.0004s", "0ms", 0 },
	{ { .type = CONF_MS }, "5min", "5min", 0 },
	{ { .type = CONF_MS }, "1.5h", "90min", 0 },
	{ { .type = CONF_MS }, "2d", "48h", 0 },
	{ { .type = CONF_MS }, "1.5ms", 0, "not a duration" },
	{ { .type = CONF_MS }, "1.s", 0, "not a duration" },
	{ { .type = CONF_MS }, "5 parsecs", 0, "not a duration" },
	{ { .type = CONF_MS }, "-5s", 0, "not a duration" },
	{ { .type = CONF_MS }, "99999999999s", 0, "not a duration" },
	{ { .type = CONF_MS }, "50d", 0, "too long" },
	{ { .type = CONF_MS, .min = 10, .max = 1000 }, "2s", 0,
	  "2s is not in 10 to 1000 ms" },
	{ { .type = CONF_DB, .min = -20, .max = 6 }, "-3.5dB", "-3.5dB", 0 },
	{ { .type = CONF_DB }, "+3 dB", "3dB", 0 },
	{ { .type = CONF_DB }, "0", "0dB", 0 },
	{ { .type = CONF_DB, .min = -20, .max = 6 }, "6.1", 0, "is not in" },
	{ { .type = CONF_DB }, "dB", 0, "not a level" },
	{ { .type = CONF_DB }, "nan", 0, "not a level" },
	{ { .type = CONF_DB }, "1-2", 0, "not a level" },
	{ { .type = CONF_STR, .max = 5 }, "hello", "\"hello\"", 0 },
	{ { .type = CONF_STR, .max = 5 }, "a\"\\\n", "\"a\\\"\\\\\\x0a\"", 0 },
	{ { .type = CONF_STR, .max = 5 }, "hello!", 0, "longer than 5" },
	{ { .type = CONF_STR, .min = 2, .max = 5 }, "x", 0, "shorter than 2" },
	{ { .type = CONF_STR, .min = 1, .max = 5 }, "", 0, "empty" },
	{ { .type = CONF_NAME, .names = colors }, "blue", "blue", 0 },
	{ { .type = CONF_NAME, .names = colors }, "gren", 0,
	  "unknown value 'gren', did you mean 'green'?" },
	{ { .type = CONF_NAME, .names = colors }, "violet", 0,
	  "'violet' is none of red, green, blue" },
	{ { .type = CONF_ADDR, .min = 5060 }, "192.0.2.1",
	  "\"192.0.2.1:5060\"", 0 },
	{ { .type = CONF_ADDR }, "[::1]:7", "\"[::1]:7\"", 0 },
	{ { .type = CONF_ADDR }, "example.com", 0, "not an IP address" },
	{ { .type = CONF_CIDR }, "10.0.0.0/8", "\"10.0.0.0/8\"", 0 },
	{ { .type = CONF_CIDR }, "2001:db8::1", "\"2001:db8::1/128\"", 0 },
	{ { .type = CONF_CIDR }, "10.0.0.0/99", 0, "not a network" },
	{ { .type = CONF_E164 }, "+81 3-1234-5678", "\"+81312345678\"", 0 },
	{ { .type = CONF_E164 }, "+1 (555) 010.0100", "\"+15550100100\"", 0 },
	{ { .type = CONF_E164 }, "+123456789012345", "\"+123456789012345\"",
	  0 },
	{ { .type = CONF_E164 }, "+1234567890123456", 0, "not an inter" },
	{ { .type = CONF_E164 }, "0312345678", 0, "not an international" },
	{ { .type = CONF_E164 }, "+0312345678", 0, "not an international" },
	{ { .type = CONF_E164 }, "+81x", 0, "not an international" },
	{ { .type = CONF_E164 }, "", 0, "not an international" },
	{ { .type = CONF_E164 }, "+8", 0, "not an international" },
	{ { .type = CONF_FILE, .max = 30 }, "x/y", "\"/etc/t/x/y\"", 0 },
	{ { .type = CONF_FILE, .max = 30 }, "/x/y", "\"/x/y\"", 0 },
	{ { .type = CONF_FILE, .max = 5 }, "x", 0, "longer than 5" },
	{ { .type = CONF_FILE, .max = 5 }, "", 0, "empty" },
	{ { .type = CONF_FILE, .max = 60, .flags = CONF_READABLE },
	  "/no/such/file", 0, "cannot read /no/such/file" },
	{ { .type = CONF_FILE, .max = 60, .flags = CONF_READABLE },
	  "/dev/zero", 0, "/dev/zero is not a regular file" },
	{ { .type = CONF_LIST }, "x", 0, "not a single value" },
};

union value {
	char        text[200];
	struct cidr net;
	long        align;
};

static int check_row(const struct row *r)
{
	char why[CONF_WHY_SIZE] = "";
	union value v = { "" };
	struct buf b;
	int err = 0;

	buf_init(&b, 1000);
	if (r->why) {
		CHECK_INT(conf_scalar_parse(&r->key, &v, str_z(r->in),
					    "/etc/t", why), EBADMSG);
		CHECK(strstr(why, r->why));
		goto out;
	}
	TRY(conf_scalar_parse(&r->key, &v, str_z(r->in), "/etc/t", why));
	conf_scalar_print(&r->key, &v, &b);
	TRY(b.err);
	CHECK_STR(buf_str(&b), r->out);
	CHECK(conf_scalar_eq(&r->key, &v, &v));
out:
	if (err && !test_oom)
		printf("in: %s why: %s\n", r->in, why);
	buf_fini(&b);
	return err;
}

static int test_rows(void)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		err = check_row(&rows[i]);
	return err;
}

static int test_long_text(void)
{
	char why[CONF_WHY_SIZE], big[500];
	int out, err = 0;

	memset(big, 'x', sizeof(big));
	for (int t = CONF_BOOL; t < CONF_MAP; t++) {
		struct conf_key k = { .type = (enum conf_type)t,
				      .names = colors, .max = 10 };

		CHECK_INT(conf_scalar_parse(&k, &out, str_pl(big, sizeof(big)),
					    "", why), EBADMSG);
		CHECK(strlen(why) < 120);
		CHECK(strlen(conf_type_name(k.type)) > 1);
	}
out:
	return err;
}

static int test_equal_and_unset(void)
{
	struct conf_key addr = { .type = CONF_ADDR }, str = {
		.type = CONF_STR }, net = { .type = CONF_CIDR }, num = {
		.type = CONF_INT }, secret = { .type = CONF_SECRET };
	struct addr a = { 0 }, b = { 0 };
	struct cidr x = { 0 }, y = { 0 };
	struct buf out;
	int one = 1, two = 2, zero = 0, err = 0;

	buf_init(&out, 100);
	CHECK(conf_scalar_is_unset(&addr, &a));
	CHECK(conf_scalar_is_unset(&net, &x));
	CHECK(conf_scalar_is_unset(&str, ""));
	CHECK(conf_scalar_is_unset(&num, &zero));
	CHECK(!conf_scalar_is_unset(&num, &one));
	TRY(addr_parse(&a, STR_LIT("192.0.2.1"), 1));
	TRY(addr_parse(&b, STR_LIT("192.0.2.1"), 2));
	TRY(cidr_parse(&x, STR_LIT("10.0.0.0/8")));
	TRY(cidr_parse(&y, STR_LIT("10.0.0.0/9")));
	CHECK(!conf_scalar_is_unset(&addr, &a));
	CHECK(!conf_scalar_eq(&addr, &a, &b));
	CHECK(!conf_scalar_eq(&net, &x, &y));
	CHECK(!conf_scalar_eq(&str, "a", "b"));
	CHECK(!conf_scalar_eq(&num, &one, &two));
	conf_scalar_print(&secret, "hunter2", &out);
	TRY(out.err);
	CHECK_STR(buf_str(&out), "\"***\"");
out:
	buf_fini(&out);
	return err;
}

const struct test_suite suite_types = {
	"conf/types", (const struct test[]){
		TEST(test_rows),
		TEST(test_long_text),
		TEST(test_equal_and_unset),
		TEST_END } };
