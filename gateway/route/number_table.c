/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prefixes as a sorted array of packed digits. A prefix sorts directly
 * before its extensions, so the longest prefix of a number is the entry
 * before the number's place, or an ancestor of that entry: one binary
 * search, then at most a few steps up.
 */
#include "gateway/route/number_table.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/route/number_sort.h"

enum {
	NIBBLES  = 16,
	END      = 15,          /* "$": nothing may follow */
	TOP_BITS = 16,          /* the first four digits find the range */
	TOP_N    = 1 << TOP_BITS,
};

static const uint32_t none = UINT32_MAX;

/* What belongs to a prefix beside its key, which the search reads alone. */
struct link {
	uint32_t parent;        /* the longest prefix within this one */
	uint32_t first;         /* of its rows */
};

struct number_table {
	enum number_table_type type;
	struct number_row     *rows;    /* by prefix, then as number_sort */
	size_t                 n_rows;
	uint64_t              *keys;    /* the different prefixes, sorted */
	struct link           *links;   /* of each; one more at the end */
	size_t                 n;
	struct route_target   *targets;
	unsigned               n_targets;
	uint32_t               top[TOP_N + 1];  /* first key of each range */
};

/* --- keys -------------------------------------------------------------- */

static unsigned nibble_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 1;
	return c == '*' ? 11 : c == '#' ? 12 : 0;
}

/* Packs digits until one is none; how many there were. */
static size_t pack(uint64_t *key, const char *digits, size_t n)
{
	size_t i, max = n < NIBBLES ? n : NIBBLES;

	*key = 0;
	for (i = 0; i < max; i++) {
		unsigned d = nibble_of(digits[i]);

		if (!d)
			break;
		*key |= (uint64_t)d << (60 - 4 * i);
	}
	return i;
}

uint64_t number_key(const char *digits, size_t n)
{
	size_t plus = n && digits[0] == '+', got;
	uint64_t key;

	digits += plus;
	n -= plus;
	got = pack(&key, digits, n);
	if (!got || got > NUMBER_DIGITS_MAX)
		return 0;
	if (got == n)
		return key;
	if (digits[got] != '$' || got + 1 != n)
		return 0;
	return key | (uint64_t)END << (60 - 4 * got);
}

char *number_key_print(char out[NUMBER_DIGITS_MAX + 2], uint64_t key)
{
	static const char digits[] = " 0123456789*#  $";
	size_t n = 0;

	for (; key; key <<= 4)
		out[n++] = digits[key >> 60];
	out[n] = '\0';
	return out;
}

static unsigned key_nibbles(uint64_t key)
{
	return NIBBLES - (unsigned)__builtin_ctzll(key) / 4;
}

/* Does the number begin with the prefix? */
static bool begins(uint64_t number, uint64_t prefix)
{
	uint64_t mask = ~(uint64_t)0 << (__builtin_ctzll(prefix) & ~3);

	return (number & mask) == prefix;
}

/* --- making ------------------------------------------------------------ */

static void table_destroy(void *obj)
{
	struct number_table *t = obj;

	mem_free(t->rows);
	mem_free(t->targets);
	mem_free(t->keys);
	mem_free(t->links);
}

/* Rows first..end of one prefix: is there one too many? */
static bool group_is_good(const struct number_table *t, size_t first,
			  size_t end, uint32_t *line)
{
	size_t n = end - first;
	size_t max = t->type == NUMBER_TABLE_CARRIERS ? NUMBER_CARRIERS_MAX
						      : 1;
	uint64_t seen[(NUMBER_TARGETS_MAX + 63) / 64] = { 0 };

	if (n > max) {
		*line = t->rows[first + max].line;
		return false;
	}
	for (size_t i = first; n > 1 && i < end; i++) {
		uint64_t bit = (uint64_t)1 << (t->rows[i].target & 63);
		uint64_t *word = &seen[t->rows[i].target / 64];

		*line = t->rows[i].line;
		if (*word & bit)
			return false;
		*word |= bit;
	}
	return true;
}

static size_t count_keys(const struct number_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_rows; i++)
		n += !i || t->rows[i].key != t->rows[i - 1].key;
	return n;
}

/* The longest prefix of key among those before index i. */
static uint32_t parent_of(const struct number_table *t, size_t i,
			  uint64_t key)
{
	uint32_t p = i ? (uint32_t)(i - 1) : none;

	while (p != none && !begins(key, t->keys[p]))
		p = t->links[p].parent;
	return p;
}

static int fill(struct number_table *t, uint32_t *line)
{
	size_t k = 0, end;

	for (size_t i = 0; i < t->n_rows; i = end) {
		uint64_t key = t->rows[i].key;

		for (end = i + 1; end < t->n_rows; end++)
			if (t->rows[end].key != key)
				break;
		if (!group_is_good(t, i, end, line))
			return EEXIST;
		t->keys[k] = key;
		t->links[k] = (struct link){ parent_of(t, k, key),
					     (uint32_t)i };
		k++;
	}
	t->links[k].first = (uint32_t)t->n_rows;
	for (size_t i = 0, r = 0; r <= TOP_N; r++) {
		while (i < t->n && t->keys[i] >> (64 - TOP_BITS) < r)
			i++;
		t->top[r] = (uint32_t)i;
	}
	return 0;
}

static int build_index(struct number_table *t, uint32_t *line)
{
	number_sort(t->rows, t->n_rows);
	t->n = count_keys(t);
	t->keys = mem_alloc((t->n + 1) * sizeof(*t->keys));
	t->links = mem_alloc((t->n + 1) * sizeof(*t->links));
	if (!t->keys || !t->links)
		return ENOMEM;
	return fill(t, line);
}

int number_table_new(struct number_table **tp, const struct number_rows *rows,
		     uint32_t *line)
{
	struct number_table *t = obj_new(sizeof(*t), table_destroy);
	int err;

	if (!t) {
		mem_free(rows->v);
		mem_free(rows->targets);
		return ENOMEM;
	}
	t->type = rows->type;
	t->rows = rows->v;
	t->n_rows = rows->n;
	t->targets = rows->targets;
	t->n_targets = rows->n_targets;
	err = build_index(t, line);
	if (err)
		obj_unref(t);
	else
		*tp = t;
	return err;
}

/* --- reading ----------------------------------------------------------- */

enum number_table_type number_table_type(const struct number_table *t)
{
	return t->type;
}

size_t number_table_rows(const struct number_table *t)
{
	return t->n_rows;
}

size_t number_table_prefixes(const struct number_table *t)
{
	return t->n;
}

/* The last index whose key is not above the number's. */
static uint32_t place_of(const struct number_table *t, uint64_t number)
{
	size_t range = number >> (64 - TOP_BITS);
	uint32_t lo = t->top[range], hi = t->top[range + 1];

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (t->keys[mid] <= number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? lo - 1 : none;
}

static bool set_match(const struct number_table *t, uint32_t i,
		      struct number_match *m)
{
	unsigned nibbles;

	if (i == none)
		return false;
	nibbles = key_nibbles(t->keys[i]);
	m->index = i;
	m->digits = nibbles - ((t->keys[i] >> (64 - 4 * nibbles) & 15) ==
			       END);
	m->n = t->links[i + 1].first - t->links[i].first;
	return true;
}

static uint32_t longest(const struct number_table *t, const char *number)
{
	const char *digits = number + (number[0] == '+');
	uint64_t key;
	size_t n = pack(&key, digits, NIBBLES);
	uint32_t i;

	if (!n)
		return none;
	if (n < NIBBLES && !digits[n])
		key |= (uint64_t)END << (60 - 4 * n);
	i = place_of(t, key);
	while (i != none && !begins(key, t->keys[i]))
		i = t->links[i].parent;
	return i;
}

bool number_table_find(const struct number_table *t, const char *number,
		       struct number_match *m)
{
	return set_match(t, longest(t, number), m);
}

bool number_table_shorter(const struct number_table *t,
			  struct number_match *m)
{
	return set_match(t, t->links[m->index].parent, m);
}

const struct number_row *number_table_row(const struct number_table *t,
					  const struct number_match *m,
					  unsigned i)
{
	return &t->rows[t->links[m->index].first + i];
}

const struct route_target *number_table_target(const struct number_table *t,
					       unsigned i)
{
	return i < t->n_targets ? &t->targets[i] : NULL;
}

uint32_t number_table_target_line(const struct number_table *t, unsigned i)
{
	uint32_t line = UINT32_MAX;

	for (size_t k = 0; k < t->n_rows; k++)
		if (t->rows[k].target == i && t->rows[k].line < line)
			line = t->rows[k].line;
	return line;
}

/* Puts row into out[0..n), which is sorted; the last may fall out. */
static unsigned insert(const struct number_row **out, unsigned n,
		       unsigned max, const struct number_row *row)
{
	unsigned i = n;

	/* equal prices: what came first has the longer prefix */
	while (i && out[i - 1]->price > row->price)
		i--;
	if (i == max)
		return n;
	if (n == max)
		n--;
	memmove(&out[i + 1], &out[i], (n - i) * sizeof(*out));
	out[i] = row;
	return n + 1;
}

unsigned number_table_carriers(const struct number_table *t,
			       const char *number,
			       const struct number_row **out, unsigned max)
{
	uint64_t seen[(NUMBER_TARGETS_MAX + 63) / 64] = { 0 };
	uint32_t i = longest(t, number);
	unsigned n = 0;

	for (; i != none; i = t->links[i].parent) {
		const struct number_row *r = &t->rows[t->links[i].first];
		const struct number_row *end =
			&t->rows[t->links[i + 1].first];

		for (; r < end; r++) {
			uint64_t bit = (uint64_t)1 << (r->target & 63);

			if (seen[r->target / 64] & bit)
				continue;
			seen[r->target / 64] |= bit;
			if (r->price != NUMBER_NOT_SERVED)
				n = insert(out, n, max, r);
		}
	}
	return n;
}
