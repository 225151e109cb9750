/* SPDX-License-Identifier: Apache-2.0 */
/* The plans that we ship, with numbers as people dial them. */
#include "enum/dial_plan.h"

#include <string.h>

#include "tests/enum/dial_rows.h"
#include "tests/lib/test.h"

/* One letter per kind and state, to keep the tables narrow. */
static const struct { char c; enum dial_kind kind; } kinds[] = {
	{ '-', DIAL_UNKNOWN }, { 'g', DIAL_GEOGRAPHIC },
	{ 'm', DIAL_MOBILE }, { 'i', DIAL_IP }, { 'p', DIAL_PERSONAL },
	{ 'b', DIAL_PAGER }, { 'f', DIAL_FREEPHONE }, { 's', DIAL_SHARED },
	{ '$', DIAL_PREMIUM }, { 'v', DIAL_SERVICE }, { 'h', DIAL_SHORT },
	{ 'E', DIAL_EMERGENCY }, { 'w', DIAL_INTERNATIONAL },
};

static char letter(enum dial_kind k)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == k)
			return kinds[i].c;
	return '?';
}

static const char states[] = "0.?!";    /* none, more, maybe, complete */

static int load(struct dial_plan **pp, const char *name,
		const struct dial_keys *keys)
{
	struct conf_diag d;
	struct buf text;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "conf/plans/%s.yaml", name);
	conf_diag_init(&d);
	err = dial_plan_load(pp, path, keys, &d);
	if (err && err != ENOMEM) {
		buf_init(&text, 8000);
		conf_diag_print(&d, &text);
		test_say(__FILE__, __LINE__, "%.*s", STR_FMT(buf_str(&text)));
		buf_fini(&text);
	}
	conf_diag_fini(&d);
	return err;
}

static int check_row(const struct dial_plan *p, const char *plan,
		     const struct row *r)
{
	struct dial_number n;

	dial_plan_look(p, r->dialled, &n);
	if (states[n.state] == r->state && letter(n.kind) == r->kind &&
	    !strcmp(n.e164, r->e164))
		return 0;
	test_say(__FILE__, __LINE__, "%s: \"%s\" is '%c' %s \"%s\"", plan,
		 r->dialled, states[n.state], dial_kind_name(n.kind),
		 n.e164);
	return EINVAL;
}

static int test_numbers(void)
{
	struct dial_plan *p = NULL;
	int err = 0, bad = 0;

	for (int i = 0; i < N_PLANS; i++) {
		TRY(load(&p, plans[i].name, NULL));
		for (size_t k = 0; k < plans[i].n; k++)
			bad |= check_row(p, plans[i].name, &plans[i].rows[k]);
		p = obj_unref(p);
	}
	err = bad;
out:
	return err;
}

/* While a number is being dialled it is never taken for complete, and never
 * refused, before its end; and to the end there is always a way on. */
static int test_digit_by_digit(void)
{
	struct dial_plan *p = NULL;
	struct dial_number n;
	int err = 0;

	for (int i = 0; i < N_PLANS; i++) {
		TRY(load(&p, plans[i].name, NULL));
		for (size_t k = 0; k < plans[i].n; k++) {
			const struct row *r = &plans[i].rows[k];
			char so_far[32] = "";

			if (r->state != '!')
				continue;
			for (size_t c = 0; c + 1 < strlen(r->dialled); c++) {
				so_far[c] = r->dialled[c];
				so_far[c + 1] = '\0';
				dial_plan_look(p, so_far, &n);
				if (n.state == DIAL_MORE ||
				    n.state == DIAL_MAYBE)
					continue;
				test_say(__FILE__, __LINE__, "%s: %s of %s",
					 plans[i].name, so_far, r->dialled);
				err = EINVAL;
				goto out;
			}
		}
		p = obj_unref(p);
	}
out:
	obj_unref(p);
	return err;
}

/* A number as it is dialled, shown in any form, means the same number. */
static int test_there_and_back(void)
{
	struct dial_plan *p = NULL;
	int err = 0;

	for (int i = 0; i < N_PLANS; i++) {
		TRY(load(&p, plans[i].name, NULL));
		for (size_t k = 0; k < plans[i].n; k++) {
			const char *e164 = plans[i].rows[k].e164;

			if (!*e164 || plans[i].rows[k].state < '?' ||
			    plans[i].rows[k].dialled[0] == '+')
				continue;
			for (int f = DIAL_FORM_DIALLED; f <= DIAL_FORM_PLAIN;
			     f++) {
				enum dial_form form = (enum dial_form)f;
				char out[DIAL_DIGITS_MAX], back[E164_MAX];

				CHECK(dial_plan_present(p, form, e164, out));
				TRY(dial_plan_read(p, form, out, back));
				CHECK_STR(str_z(back), e164);
			}
		}
		p = obj_unref(p);
	}
out:
	obj_unref(p);
	return err;
}

static uint32_t next(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

/* The same for numbers drawn at random. */
static int test_random_numbers(void)
{
	struct dial_plan *p = NULL;
	unsigned seen = 0;
	int err = 0;

	for (int i = 0; i < N_PLANS; i++) {
		uint32_t x = (uint32_t)i;

		TRY(load(&p, plans[i].name, NULL));
		for (int k = 0; k < 20000; k++) {
			char s[20], out[DIAL_DIGITS_MAX], back[E164_MAX];
			struct dial_number n;
			size_t len = 3 + next(&x) % 13;

			for (size_t c = 0; c < len; c++)
				s[c] = (char)('0' + next(&x) % 10);
			s[len] = '\0';
			if (k & 1)      /* most begin so */
				s[0] = '0';
			dial_plan_look(p, s, &n);
			if (!n.e164[0])
				continue;
			seen++;
			for (int f = DIAL_FORM_DIALLED; f <= DIAL_FORM_PLAIN;
			     f++) {
				enum dial_form form = (enum dial_form)f;

				CHECK(dial_plan_present(p, form, n.e164,
							out));
				TRY(dial_plan_read(p, form, out, back));
				CHECK_STR(str_z(back), n.e164);
			}
		}
		p = obj_unref(p);
	}
	CHECK(seen > 5000);
out:
	obj_unref(p);
	return err;
}

static int test_forms(void)
{
	static const struct {
		const char    *plan;
		enum dial_form form;
		const char    *number, *out;
	} t[] = {
		{ "jp", DIAL_FORM_DIALLED, "+81312345678", "0312345678" },
		{ "jp", DIAL_FORM_DIALLED, "+442079460148",
		  "010442079460148" },
		{ "jp", DIAL_FORM_DIALLED, "00330312345678",
		  "00330312345678" },
		{ "jp", DIAL_FORM_NATIONAL, "00330312345678", "0312345678" },
		{ "jp", DIAL_FORM_BARE, "0312345678", "312345678" },
		{ "jp", DIAL_FORM_INTERNATIONAL, "0312345678",
		  "01081312345678" },
		{ "jp", DIAL_FORM_E164, "0312345678", "+81312345678" },
		{ "jp", DIAL_FORM_PLAIN, "0312345678", "81312345678" },
		{ "jp", DIAL_FORM_PLAIN, "110", "110" },
		{ "jp", DIAL_FORM_E164, "101", "101" },
		{ "jp", DIAL_FORM_AS_IS, "0312345678", "0312345678" },
		{ "us", DIAL_FORM_NATIONAL, "+12125550100", "12125550100" },
		{ "us", DIAL_FORM_BARE, "12125550100", "2125550100" },
		{ "us", DIAL_FORM_DIALLED, "+81312345678",
		  "01181312345678" },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char out[DIAL_DIGITS_MAX];

		TRY(load(&p, t[i].plan, NULL));
		(void)dial_plan_present(p, t[i].form, t[i].number, out);
		CHECK_STR(str_z(out), t[i].out);
		p = obj_unref(p);
	}
out:
	obj_unref(p);
	return err;
}

/* Plain and bare numbers can be told from dialled ones by the form only. */
static int test_read(void)
{
	struct dial_plan *p = NULL;
	char out[E164_MAX];
	int err = 0;

	TRY(load(&p, "jp", NULL));
	TRY(dial_plan_read(p, DIAL_FORM_PLAIN, "81312345678", out));
	CHECK_STR(str_z(out), "+81312345678");
	TRY(dial_plan_read(p, DIAL_FORM_PLAIN, "+81312345678", out));
	CHECK_STR(str_z(out), "+81312345678");
	TRY(dial_plan_read(p, DIAL_FORM_BARE, "312345678", out));
	CHECK_STR(str_z(out), "+81312345678");
	TRY(dial_plan_read(p, DIAL_FORM_NATIONAL, "0312345678", out));
	CHECK_STR(str_z(out), "+81312345678");
	TRY(dial_plan_read(p, DIAL_FORM_BARE, "01012125550100", out));
	CHECK_STR(str_z(out), "+12125550100");
	CHECK_INT(dial_plan_read(p, DIAL_FORM_PLAIN, "0312345678", out),
		  EDOM);
	CHECK_INT(dial_plan_read(p, DIAL_FORM_PLAIN, "1234567890123456",
				 out), EDOM);
	CHECK_INT(dial_plan_read(p, DIAL_FORM_BARE, "110", out), EDOM);
	CHECK_INT(dial_plan_read(p, DIAL_FORM_PLAIN, "alice", out), EBADMSG);
out:
	obj_unref(p);
	return err;
}

static int test_area(void)
{
	static const struct row rows[] = {
		{ "12345678", '0', '-', "" },
		{ "2345678", '.', '-', "" },
		{ "23456789", '!', 'g', "+81323456789" },
		{ "0612345678", '!', 'g', "+81612345678" },
		{ "110", '!', 'E', "" },
		{ "117", '!', 'h', "" },
	}, seven[] = {
		{ "5550100", '?', 'g', "+12125550100" },
		{ "2125550100", '!', 'g', "+12125550100" },
		{ "911", '!', 'E', "" },
		{ "411", '!', 's', "" },
	};
	const struct dial_keys tokyo = { .area = "3" },
			       new_york = { .area = "212" };
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp", &tokyo));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TRY(check_row(p, "jp", &rows[i]));
	p = obj_unref(p);
	TRY(load(&p, "us", &new_york));
	for (size_t i = 0; i < sizeof(seven) / sizeof(seven[0]); i++)
		TRY(check_row(p, "us", &seven[i]));
out:
	obj_unref(p);
	return err;
}

/* What the user says counts more than the file. */
static int test_keys(void)
{
	static const struct row rows[] = {
		{ "0312345678", '0', '-', "" },
		{ "90312345678", '0', '-', "" },
		{ "9312345678", '!', 'g', "+82312345678" },
		{ "00112125550100", '?', 'w', "+12125550100" },
		{ "010121255501000", '0', '-', "" },
		{ "9199", '.', '-', "" },
		{ "9100123", '!', '-', "+82100123" },
		{ "110", '!', 'E', "" },
	};
	const struct dial_keys keys = {
		.country = "82", .national = "9", .international = "001",
		.min_digits = 5, .max_digits = 6,
	};
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp", &keys));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TRY(check_row(p, "keys", &rows[i]));
out:
	obj_unref(p);
	return err;
}

static int test_privacy(void)
{
	static const struct {
		const char *plan, *dialled;
		enum dial_privacy privacy;
		unsigned code;
		bool begins;
	} t[] = {
		{ "jp", "184", DIAL_WITHHOLD, 3, false },
		{ "jp", "18", DIAL_AS_USUAL, 0, true },
		{ "jp", "1840312345678", DIAL_WITHHOLD, 3, false },
		{ "jp", "1860312345678", DIAL_SHOW, 3, false },
		{ "jp", "0312345678", DIAL_AS_USUAL, 0, false },
		{ "jp", "184184", DIAL_WITHHOLD, 3, false },
		{ "gb", "141", DIAL_WITHHOLD, 3, false },
		{ "gb", "147", DIAL_AS_USUAL, 0, true },
		{ "gb", "1470", DIAL_SHOW, 4, false },
		{ "us", "*67411", DIAL_WITHHOLD, 3, false },
		{ "us", "*82", DIAL_SHOW, 3, false },
		{ "de", "*31#110", DIAL_WITHHOLD, 4, false },
		{ "fr", "#31#15", DIAL_WITHHOLD, 4, false },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct dial_number n;

		TRY(load(&p, t[i].plan, NULL));
		dial_plan_look(p, t[i].dialled, &n);
		CHECK_INT(n.privacy, t[i].privacy);
		CHECK_INT(n.code, t[i].code);
		CHECK_INT(n.begins_code, t[i].begins);
		p = obj_unref(p);
	}
	TRY(load(&p, "de", NULL));
	CHECK_STR(str_z(dial_plan_withhold(p)), "*31#");
	CHECK(dial_plan_takes_hash(p, ""));
	CHECK(dial_plan_takes_hash(p, "*31"));
	CHECK(!dial_plan_takes_hash(p, "*3"));
	CHECK(!dial_plan_takes_hash(p, "030123456"));
	CHECK(!dial_plan_is_bare(p));
out:
	obj_unref(p);
	return err;
}

static int add_world(struct dial_plan *p)
{
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = dial_plan_load_world(p, "conf/plans/world.yaml", &d);
	conf_diag_fini(&d);
	return err;
}

/* Calls abroad go out with the last digit, too, where it is known. */
static int test_abroad(void)
{
	static const struct row rows[] = {
		{ "01012125550100", '!', 'w', "+12125550100" },
		{ "0101212555010", '.', '-', "" },
		{ "010442079460148", '!', 'w', "+442079460148" },
		{ "010441204123456", '!', 'w', "+441204123456" },
		{ "01044120412345", '?', 'w', "+44120412345" },
		{ "0104930123456", '?', 'w', "+4930123456" },
		{ "0104915112345678", '!', 'w', "+4915112345678" },
		{ "01033123456789", '!', 'w', "+33123456789" },
		{ "0108613812345678", '!', 'w', "+8613812345678" },
		{ "0103581234567", '?', 'w', "+3581234567" },
		{ "010979123456789", '!', '$', "+979123456789" },
		{ "01019005550100", '!', '$', "+19005550100" },
		{ "01033899123456", '!', '$', "+33899123456" },
		{ "0109721800123456", '!', 'w', "+9721800123456" },
		{ "010852800123456", '!', 'w', "+852800123456" },
		{ "01081312345678", '!', 'g', "+81312345678" },
		{ "0104", '.', '-', "" },
		{ "010121255501000", '0', '-', "" },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp", NULL));
	TRY(add_world(p));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TRY(check_row(p, "world", &rows[i]));
out:
	obj_unref(p);
	return err;
}

/* What a plan says of its own country, the world says of it, too. */
static int test_world_agrees(void)
{
	static const char *const other[] = { "de", "gb", "jp", "us", "gb" };
	struct dial_plan *world = NULL;
	int err = 0;

	for (int i = 0; i < N_PLANS; i++) {
		TRY(load(&world, other[i], NULL));
		TRY(add_world(world));
		for (size_t k = 0; k < plans[i].n; k++) {
			const struct row *r = &plans[i].rows[k];
			struct dial_number n;

			if (r->state != '!' || !r->e164[0] ||
			    r->dialled[0] == '+')
				continue;
			dial_plan_look(world, r->e164, &n);
			if (n.state >= DIAL_MAYBE)
				continue;
			test_say(__FILE__, __LINE__, "%s is %c", r->e164,
				 states[n.state]);
			err = EINVAL;
			goto out;
		}
		world = obj_unref(world);
	}
out:
	obj_unref(world);
	return err;
}

/* What costs the callers of other countries dearly costs ours more. */
static bool is_all_premium(const struct dial_plan *p)
{
	static const char *const numbers[] = {
		"+19005550100", "+12129765550", "+449012345678",
		"+499001234567", "+33899123456", "+34803123456",
		"+39899123456", "+41900123456", "+43900123456", "+31906123456",
		"+3290123456", "+46900123456", "+4782012345",
	 "+4590123456", "+48701234567", "+78091234567",
		"+611900123456", "+64900123456", "+6519001234567",
		"+82602345678",
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (dial_plan_kind(p, numbers[i]) != DIAL_PREMIUM) {
			test_say(__FILE__, __LINE__, "%s", numbers[i]);
			return false;
		}
	}
	return true;
}

static int test_kind(void)
{
	const struct conf_list *sos;
	struct dial_plan *p = NULL;
	int err = 0;

	TRY(load(&p, "jp", NULL));
	CHECK_INT(dial_plan_kind(p, "+81990123456"), DIAL_PREMIUM);
	CHECK_INT(dial_plan_kind(p, "+819012345678"), DIAL_MOBILE);
	CHECK_INT(dial_plan_kind(p, "+19005550100"), DIAL_INTERNATIONAL);
	CHECK_INT(dial_plan_kind(p, "+979123456789"), DIAL_INTERNATIONAL);
	TRY(add_world(p));
	CHECK_INT(dial_plan_kind(p, "+12125550100"), DIAL_INTERNATIONAL);
	CHECK(is_all_premium(p));
	CHECK_INT(dial_plan_kind(p, "+80012345678"), DIAL_FREEPHONE);
	CHECK_INT(dial_plan_kind(p, "+979123456789"), DIAL_PREMIUM);
	CHECK_INT(dial_plan_kind(p, "+881612345678"), DIAL_PREMIUM);
	CHECK_INT(dial_plan_kind(p, "+81990123456"), DIAL_PREMIUM);
	CHECK_INT(dial_plan_kind(p, "110"), DIAL_UNKNOWN);
	sos = dial_plan_emergency(p);
	CHECK_INT(sos->n, 3);
	CHECK_STR(str_z(((const char (*)[DIAL_SHORT_MAX])sos->v)[1]), "118");
out:
	obj_unref(p);
	return err;
}

/* What a URN asks for; its further parts only make it narrower. */
static int test_sos(void)
{
	static const struct { const char *plan, *urn, *number; } t[] = {
		{ "jp", "urn:service:sos.fire", "119" },
		{ "jp", "URN:Service:SOS.Police.municipal", "110" },
		{ "jp", "urn:service:sos.fires", NULL },
		{ "jp", "urn:service:sos.", NULL },
		{ "jp", "urn:service:sos", NULL },
		{ "jp", "urn:service:counseling.fire", NULL },
		{ "fr", "urn:service:sos.ambulance", "15" },
		{ "gb", "urn:service:sos.fire", NULL },
	};
	struct dial_plan *p = NULL;
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *n;

		TRY(load(&p, t[i].plan, NULL));
		n = dial_plan_sos(p, t[i].urn);
		CHECK(!n == !t[i].number && (!n || !strcmp(n, t[i].number)));
		p = obj_unref(p);
	}
out:
	obj_unref(p);
	return err;
}

/* No number is too long to be looked at. */
static int test_long(void)
{
	char digits[200];
	struct dial_plan *p = NULL;
	struct dial_number n;
	int err = 0;

	TRY(load(&p, "de", NULL));
	for (size_t i = 0; i < sizeof(digits) - 1; i++) {
		memset(digits, '3', sizeof(digits));
		digits[0] = '0';
		digits[i] = '\0';
		dial_plan_look(p, digits, &n);
		CHECK(n.state != DIAL_COMPLETE || i == 14);
	}
out:
	obj_unref(p);
	return err;
}

const struct test_suite suite_dial_plan = {
	"enum/dial_plan", (const struct test[]){
		TEST_WITH(test_numbers, TEST_NO_OOM),
		TEST_WITH(test_digit_by_digit, TEST_NO_OOM),
		TEST_WITH(test_there_and_back, TEST_NO_OOM),
		TEST_WITH(test_random_numbers, TEST_NO_OOM),
		TEST_WITH(test_forms, TEST_NO_OOM),
		TEST_WITH(test_read, TEST_NO_OOM),
		TEST_WITH(test_area, TEST_NO_OOM),
		TEST_WITH(test_keys, TEST_NO_OOM),
		TEST_WITH(test_privacy, TEST_NO_OOM),
		TEST_WITH(test_abroad, TEST_NO_OOM),
		TEST_WITH(test_world_agrees, TEST_NO_OOM),
		TEST_WITH(test_kind, TEST_NO_OOM),
		TEST_WITH(test_long, TEST_NO_OOM),
		TEST_WITH(test_sos, TEST_NO_OOM),
		TEST_END } };
