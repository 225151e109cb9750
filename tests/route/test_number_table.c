/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/route/number_csv.h"
#include "tests/lib/test.h"

static int table(struct number_table **tp, enum number_table_type type,
		 const char *text)
{
	struct number_csv_diag d;

	return number_csv_parse(tp, type, str_z(text), &d);
}

static int test_keys(void)
{
	char text[NUMBER_DIGITS_MAX + 2];
	int err = 0;

	CHECK(number_key("123", 3) == number_key("+123", 4));
	CHECK(number_key("12", 2) < number_key("120", 3));
	CHECK(number_key("120", 3) < number_key("13", 2));
	CHECK(!number_key("", 0));
	CHECK(!number_key("+", 1));
	CHECK(!number_key("$", 1));
	CHECK(!number_key("1$2", 3));
	CHECK(!number_key("1 2", 3));
	CHECK(!number_key("1234567890123456", 16));
	CHECK_STR(str_z(number_key_print(text,
					 number_key("123456789012345$", 16))),
		  "123456789012345$");
	CHECK_STR(str_z(number_key_print(text, number_key("*21#", 4))),
		  "*21#");
out:
	return err;
}

static int test_longest(void)
{
	static const struct { const char *number; unsigned line; } t[] = {
		{ "+81", 1 }, { "+8", 0 }, { "+810", 1 }, { "+8190", 2 },
		{ "+819012345678", 2 }, { "819112345678", 4 }, { "+819", 1 },
		{ "+8191", 3 }, { "+82", 0 }, { "7", 0 }, { "", 0 },
		{ "+", 0 }, { "x", 0 }, { "+8199", 5 }, { "+81990", 1 },
		{ "+8199x", 1 }, { "9999999999999999999", 6 },
		{ "*215", 7 },
	};
	struct number_table *tab = NULL;
	int err;

	TRY(table(&tab, NUMBER_TABLE_LIST, "81\n8190\n8191\n8191123\n8199$\n"
		  "999999999999999\n*21\n"));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct number_match m;
		unsigned line = 0;

		if (number_table_find(tab, t[i].number, &m))
			line = number_table_row(tab, &m, 0)->line;
		if (line != t[i].line) {
			test_say(__FILE__, __LINE__, "%s: line %u",
				 t[i].number, line);
			err = EINVAL;
			goto out;
		}
	}
out:
	obj_unref(tab);
	return err;
}

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Against looking at each prefix in turn. */
static int test_against_simple(void)
{
	char text[4000] = "", have[300][8];
	struct number_table *t = NULL;
	unsigned n_have = 0;
	uint32_t state = 5;
	int err;

	while (n_have < 300) {
		char p[8];
		unsigned k = 0;

		/* of three digits, so that many lie in others */
		for (unsigned n = 1 + next(&state) % 6; k < n; k++)
			p[k] = (char)('1' + next(&state) % 3);
		p[k] = '\0';
		for (k = 0; k < n_have && strcmp(have[k], p); k++)
			;
		if (k < n_have)
			continue;
		strcpy(have[n_have++], p);
		strcat(strcat(text, p), "\n");
	}
	TRY(table(&t, NUMBER_TABLE_LIST, text));
	for (int i = 0; i < 3000; i++) {
		char number[16];
		unsigned best = 0;
		struct number_match m = { .digits = 0 };

		snprintf(number, sizeof(number), "%u%u", next(&state) % 3 + 1,
			 next(&state) % 50000);
		for (unsigned k = 0; k < n_have; k++)
			if (str_starts(str_z(number), have[k]) &&
			    strlen(have[k]) > best)
				best = (unsigned)strlen(have[k]);
		CHECK(number_table_find(t, number, &m) == (best > 0));
		CHECK_INT(m.digits, best);
	}
out:
	obj_unref(t);
	return err;
}

/* Each carrier by its own longest prefix; "-" takes one out. */
static int test_carriers(void)
{
	static const char text[] =
		"81,peer:a,0.05\n"
		"81,peer:b,0.03\n"
		"8190,peer:a,0.02\n"
		"8190,peer:c,0.04\n"
		"81901,peer:b,-\n"
		"81,peer:d,0.04\n";
	static const struct { const char *number, *order; } t[] = {
		{ "+8131", "bda" }, { "+81905", "abcd" }, { "+81901", "acd" },
		{ "+1", "" },
	};
	const struct number_row *row[4];
	struct number_table *tab = NULL;
	int err;

	TRY(table(&tab, NUMBER_TABLE_CARRIERS, text));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char got[8] = "";
		unsigned n = number_table_carriers(tab, t[i].number, row, 4);

		for (unsigned k = 0; k < n; k++)
			got[k] = number_table_target(tab,
						     row[k]->target)->dest[0];
		CHECK_STR(str_z(got), t[i].order);
	}
	/* sorted otherwise than in the file */
	CHECK_INT(number_table_target_line(tab, 2), 4);
	CHECK_STR(str_z(number_table_target(tab, 2)->dest), "c");
	/* no more than asked for: the cheapest */
	CHECK_INT(number_table_carriers(tab, "+81905", row, 1), 1);
	CHECK_INT(row[0]->price, 20000);
out:
	obj_unref(tab);
	return err;
}

static int test_too_many(void)
{
	char text[1000] = "";
	struct number_table *t = NULL;
	int err = 0;

	for (int i = 0; i < NUMBER_CARRIERS_MAX; i++)
		sprintf(text + strlen(text), "81,peer:p%d,1\n", i);
	TRY(table(&t, NUMBER_TABLE_CARRIERS, text));
	t = obj_unref(t);
	strcat(text, "81,peer:x,1\n");
	err = table(&t, NUMBER_TABLE_CARRIERS, text);
	if (err == ENOMEM)
		goto out;
	CHECK_INT(err, EBADMSG);
	err = 0;
out:
	obj_unref(t);
	return err;
}

const struct test_suite suite_number_table = {
	"route/number_table", (const struct test[]){
		TEST(test_keys), TEST(test_longest),
		TEST(test_against_simple), TEST(test_carriers),
		TEST(test_too_many), TEST_END } };
