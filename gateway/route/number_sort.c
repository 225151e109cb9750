/* SPDX-License-Identifier: Apache-2.0 */
/*
 * American flag sort over the four-bit digits of the keys: in place, so that
 * loading a table takes no second copy of it, and linear, so that no order
 * of a file makes it slow.
 */
#include "gateway/route/number_sort.h"

enum { FEW = 32, GROUP_MAX = 64 };

static bool is_before(const struct number_row *a, const struct number_row *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	if (a->price != b->price)
		return a->price < b->price;
	if (a->weight != b->weight)
		return a->weight > b->weight;
	return a->line < b->line;
}

static void insertion(struct number_row *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct number_row r = v[i];
		size_t k = i;

		for (; k && is_before(&r, &v[k - 1]); k--)
			v[k] = v[k - 1];
		v[k] = r;
	}
}

static void swap(struct number_row *a, struct number_row *b)
{
	struct number_row c = *a;

	*a = *b;
	*b = c;
}

/* Moves each row into the range of its digit at this shift. */
static void scatter(struct number_row *v, size_t n, unsigned shift,
		    size_t end[16])
{
	size_t next[16], at = 0, count[16] = { 0 };

	for (size_t i = 0; i < n; i++)
		count[v[i].key >> shift & 15]++;
	for (unsigned d = 0; d < 16; d++) {
		next[d] = at;
		at += count[d];
		end[d] = at;
	}
	for (unsigned d = 0; d < 16; d++) {
		while (next[d] < end[d]) {
			unsigned to = v[next[d]].key >> shift & 15;

			if (to == d)
				next[d]++;
			else
				swap(&v[next[d]], &v[next[to]++]);
		}
	}
}

static void sort_from(struct number_row *v, size_t n, int shift)
{
	size_t end[16], at = 0;

	if (n <= FEW || shift < 0) {
		if (n <= GROUP_MAX)
			insertion(v, n);
		return;
	}
	scatter(v, n, (unsigned)shift, end);
	for (unsigned d = 0; d < 16; d++) {
		/* no digit here: none behind it either, all keys are equal */
		sort_from(v + at, end[d] - at, d ? shift - 4 : -1);
		at = end[d];
	}
}

void number_sort(struct number_row *rows, size_t n)
{
	bool sorted = true;

	for (size_t i = 1; sorted && i < n; i++)
		sorted = !is_before(&rows[i], &rows[i - 1]);
	if (!sorted)
		sort_from(rows, n, 60);
}
