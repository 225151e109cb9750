/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/route/number_csv.h"
#include "tests/lib/test.h"

/* "line:column" of each error, or "good". */
static int judge(char *out, size_t cap, enum number_table_type type,
		 const char *text)
{
	struct number_table *t = NULL;
	struct number_csv_diag d;
	int err = number_csv_parse(&t, type, str_z(text), &d);
	size_t n = 0;

	obj_unref(t);
	snprintf(out, cap, err ? "" : "good");
	if (err != EBADMSG)
		return err;
	for (size_t i = 0; i < d.n && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%u:%u",
				      i ? " " : "", d.v[i].line,
				      d.v[i].column);
	return 0;
}

static int test_errors(void)
{
	static const struct {
		enum number_table_type type;
		const char            *text, *said;
	} t[] = {
		{ NUMBER_TABLE_LIST, "", "good" },
		{ NUMBER_TABLE_LIST, "110\n119\n", "good" },
		{ NUMBER_TABLE_LIST, "110\r\n\r\n119", "good" },
		{ NUMBER_TABLE_LIST, "\xEF\xBB\xBF+8190\n# x\n  #y\n", "good" },
		{ NUMBER_TABLE_LIST, "\"8190\",\"a, \"\"b\"\"\"\n", "good" },
		{ NUMBER_TABLE_LIST, "number;comment\n8190;a,b\n", "good" },
		{ NUMBER_TABLE_LIST, "comment,number\n\"x\" , 8190$\n",
		  "good" },
		{ NUMBER_TABLE_LIST, "8190\n81x\n\n,b\n", "2:1 4:1" },
		{ NUMBER_TABLE_LIST, "1234567890123456\n", "1:1" },
		{ NUMBER_TABLE_LIST, "1,2,3\n", "1:5" },
		{ NUMBER_TABLE_LIST, "1,\"2\n", "1:3" },
		{ NUMBER_TABLE_LIST, "1,\"2\"3\n", "1:6" },
		{ NUMBER_TABLE_LIST, "8190\n+8190\n", "2:1" },
		{ NUMBER_TABLE_LIST, "prefix,prefix\n1,1\n", "1:8" },
		{ NUMBER_TABLE_LIST, "price\n1\n", "1:1 2:2" },
		{ NUMBER_TABLE_LIST, "prefix,nonsense\n1,1\n", "1:8" },
		{ NUMBER_TABLE_RATES, "81,0.25,1\n1,3\n", "good" },
		{ NUMBER_TABLE_RATES, "81\n", "1:3" },
		{ NUMBER_TABLE_RATES, "81,\n82,1.x\n83,-\n84,1e3\n85,.",
		  "1:4 2:4 3:4 4:4 5:4" },
		{ NUMBER_TABLE_RATES, "81,1000000001\n", "1:4" },
		{ NUMBER_TABLE_RATES, "81,0.0000009\n82,0.0000010\n"
		  "83,0.0000000\n84,1.0000009\n85,0,0.00000000000000000001",
		  "1:4 5:6" },
		{ NUMBER_TABLE_RATES, "81,99999999999999999999\n", "1:4" },
		{ NUMBER_TABLE_CARRIERS, "81,peer:a,1\n81,peer:b,1,0,7\n",
		  "good" },
		{ NUMBER_TABLE_CARRIERS, "81,peer:a,-\n", "good" },
		{ NUMBER_TABLE_CARRIERS, "81,a,1\n81,,1\n81,peer:b,1,,70000",
		  "1:4 2:4 3:14" },
		{ NUMBER_TABLE_CARRIERS, "81,peer:a,1\n81,peer:a,2\n", "2:1" },
		{ NUMBER_TABLE_CARRIERS, "prefix,price\n81,1\n",
		  "1:1 2:5" },
		{ NUMBER_TABLE_PORTED, "0312345678,81399990000\n", "good" },
		{ NUMBER_TABLE_PORTED, "0312345678,x\n", "1:12" },
	};
	char said[100];
	int err = 0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		TRY(judge(said, sizeof(said), t[i].type, t[i].text));
		if (strcmp(said, t[i].said)) {
			test_say(__FILE__, __LINE__, "row %zu says %s", i,
				 said);
			return EINVAL;
		}
	}
out:
	return err;
}

/* So many are told; the others are counted. */
static int test_many_errors(void)
{
	struct number_csv_diag d;
	struct number_table *t = NULL;
	char text[200] = "";
	int err;

	for (int i = 0; i < NUMBER_CSV_ERRORS + 5; i++)
		strcat(text, "?\n");
	err = number_csv_parse(&t, NUMBER_TABLE_LIST, str_z(text), &d);
	if (err != EBADMSG)
		return err ? err : EINVAL;
	err = 0;
	CHECK_INT(d.n, NUMBER_CSV_ERRORS);
	CHECK_INT(d.more, 5);
out:
	return err;
}

static int test_values(void)
{
	static const char text[] =
		"carrier,price-per-minute,setup,weight,prefix\n"
		"peer:a,0.012,0.5,10,+81\n"
		"group:b,12.3456789,,,+8190\n";
	struct number_csv_diag d;
	struct number_table *t = NULL;
	const struct number_row *r;
	struct number_match m;
	int err;

	TRY(number_csv_parse(&t, NUMBER_TABLE_CARRIERS, str_z(text), &d));
	CHECK_INT(number_table_type(t), NUMBER_TABLE_CARRIERS);
	CHECK_INT(number_table_rows(t), 2);
	CHECK(number_table_find(t, "+815012345678", &m));
	r = number_table_row(t, &m, 0);
	CHECK_INT(r->price, 12000);
	CHECK_INT(r->setup, 500000);
	CHECK_INT(r->weight, 10);
	CHECK_INT(r->line, 2);
	CHECK_STR(str_z(number_table_target(t, r->target)->dest), "a");
	CHECK(number_table_find(t, "+819012345678", &m));
	r = number_table_row(t, &m, 0);
	CHECK_INT(r->price, 12345678);          /* the rest is cut off */
	CHECK_INT(r->weight, 1);
	CHECK_INT(number_table_target(t, r->target)->kind, ROUTE_GROUP);
	CHECK(!number_table_target(t, 2));
out:
	obj_unref(t);
	return err;
}

/* Longer than a chunk, the last line without its end; and no file. */
static int test_file(void)
{
	char path[] = "/tmp/tipring-test-XXXXXX";
	struct number_csv_diag d;
	struct number_table *t = NULL;
	struct number_match m;
	int fd = mkstemp(path), err = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		return EIO;
	for (int i = 1; i < 20000; i++)
		fprintf(f, "%d,0.%04d\n", i, i % 10000);
	fputs("20000,7", f);
	fclose(f);
	TRY(number_csv_load(&t, NUMBER_TABLE_RATES, path, &d));
	CHECK_INT(number_table_prefixes(t), 20000);
	CHECK(number_table_find(t, "20000", &m));
	CHECK_INT(number_table_row(t, &m, 0)->price, 7000000);
	CHECK(number_table_find(t, "1234999", &m));
	CHECK_INT(m.digits, 5);
	unlink(path);
	t = obj_unref(t);
	err = number_csv_load(&t, NUMBER_TABLE_RATES, path, &d);
	CHECK(err == ENOENT || err == ENOMEM);
	err = err == ENOENT ? 0 : err;
out:
	unlink(path);
	obj_unref(t);
	return err;
}

/* No line may be as long as it likes. */
static int test_long_line(void)
{
	enum { N = 200000 };
	char path[] = "/tmp/tipring-test-XXXXXX", *text = mem_alloc(N);
	struct number_csv_diag d = { .n = 0 };
	struct number_table *t = NULL;
	int fd = mkstemp(path), err = text && fd >= 0 ? 0 : ENOMEM;

	if (err)
		goto out;
	memset(text, '1', N);
	err = number_csv_parse(&t, NUMBER_TABLE_LIST, str_pl(text, N), &d);
	if (err == ENOMEM)
		goto out;
	CHECK_INT(err, EBADMSG);
	CHECK(write(fd, text, N) == N);
	err = number_csv_load(&t, NUMBER_TABLE_LIST, path, &d);
	if (err == ENOMEM)
		goto out;
	CHECK_INT(err, EBADMSG);
	CHECK_INT(d.n, 1);
	err = 0;
out:
	if (fd >= 0)
		close(fd);
	unlink(path);
	mem_free(text);
	return err;
}

const struct test_suite suite_number_csv = {
	"route/number_csv", (const struct test[]){
		TEST(test_errors), TEST(test_many_errors), TEST(test_values),
		TEST_WITH(test_file, TEST_REAL),
		TEST_WITH(test_long_line, TEST_REAL), TEST_END } };
