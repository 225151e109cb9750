/* SPDX-License-Identifier: Apache-2.0 */
/* Tables from CSV: the first byte is the type, "\n?" parts the file from
 * numbers to look up. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/route/number_csv.h"

static void need(int cond)
{
	if (!cond)
		abort();
}

static void look_up(const struct number_table *t, const char *number)
{
	const struct number_row *row[8];
	unsigned n, digits = 17;
	struct number_match m;
	bool found = number_table_find(t, number, &m);

	for (; found; found = number_table_shorter(t, &m)) {
		need(m.digits && m.digits <= digits && m.n);
		digits = m.digits;
		for (unsigned i = 0; i < m.n; i++)
			need(number_table_row(t, &m, i)->key != 0);
	}
	n = number_table_carriers(t, number, row, 8);
	need(n <= 8);
	for (unsigned i = 1; i < n; i++)
		need(row[i - 1]->price <= row[i]->price);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct number_csv_diag d;
	struct number_table *t;
	struct str all, text, numbers;
	char number[24];
	int err;

	if (!n)
		return 0;
	all = str_pl(p + 1, n - 1);
	str_cut(all, '?', &text, &numbers);
	err = number_csv_parse(&t, (enum number_table_type)(p[0] & 3), text,
			       &d);
	need(d.n <= NUMBER_CSV_ERRORS);
	if (err) {
		need(d.n && d.v[0].text[0]);
		return 0;
	}
	need(!d.n);
	need(number_table_prefixes(t) <= number_table_rows(t));
	str_clip(number, sizeof(number), numbers);
	look_up(t, number);
	obj_unref(t);
	return 0;
}
