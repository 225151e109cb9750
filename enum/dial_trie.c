/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of digits in a tree. (pure) */
#include "enum/dial_trie.h"

#include <string.h>

#include "base/mem.h"

/* One place of a pattern: the symbols that may stand there, a bit each. */
struct place {
	uint16_t may;
};

struct adding {
	struct dial_trie *t;
	const struct place *place;
	size_t            n;
	uint16_t          entry, mark;
};

static int symbol(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c == '*' ? 10 : c == '#' ? 11 : -1;
}

/* "2-9]" or "135]" behind the bracket; returns what is behind it, NULL: no
 * set. */
static const char *read_set(uint16_t *may, const char *s)
{
	*may = 0;
	while (*s && *s != ']') {
		int from = symbol(s[0]), to = from;

		if (s[1] == '-') {
			to = symbol(s[2]);
			s += 2;
		}
		if (from < 0 || to < from || to > 9)
			return NULL;
		for (int i = from; i <= to; i++)
			*may |= (uint16_t)(1u << i);
		s++;
	}
	return *s && *may ? s + 1 : NULL;
}

/* How many places; -1: no pattern. */
static int read_pattern(struct place out[DIAL_PATTERN_MAX], const char *s)
{
	int n = 0;

	if (strlen(s) >= DIAL_PATTERN_MAX)
		return -1;
	while (*s) {
		struct place *p = &out[n++];
		int sym = symbol(*s);

		if (*s == '[') {
			s = read_set(&p->may, s + 1);
			if (!s)
				return -1;
			continue;
		}
		if (*s != 'x' && sym < 0)
			return -1;
		p->may = (uint16_t)(*s == 'x' ? 0x3ff : 1u << sym);
		s++;
	}
	return n;
}

bool dial_pattern_is_valid(const char *pattern)
{
	struct place place[DIAL_PATTERN_MAX];

	return read_pattern(place, pattern) >= 0;
}

static int new_node(struct dial_trie *t, uint16_t *out)
{
	if (t->n == DIAL_NODES_MAX)
		return EFBIG;
	if (t->n == t->cap) {
		unsigned cap = t->cap ? t->cap * 2 : 64;
		struct dial_node *v = mem_realloc(t->v, cap * sizeof(*v));

		if (!v)
			return ENOMEM;
		t->v = v;
		t->cap = cap;
	}
	memset(&t->v[t->n], 0, sizeof(t->v[0]));
	*out = (uint16_t)t->n++;
	return 0;
}

/* Recursive over the places, so at most DIAL_PATTERN_MAX deep. */
static int add(const struct adding *a, unsigned node, size_t i)
{
	if (i == a->n) {
		if (!a->t->v[node].entry)
			a->t->v[node].entry = a->entry;
		return 0;
	}
	a->t->v[node].below |= a->mark;
	for (unsigned sym = 0; sym < DIAL_SYMBOLS; sym++) {
		uint16_t next = a->t->v[node].child[sym];
		int err = 0;

		if (!(a->place[i].may >> sym & 1))
			continue;
		if (!next)
			err = new_node(a->t, &next);
		if (err)
			return err;
		a->t->v[node].child[sym] = next;
		err = add(a, next, i + 1);
		if (err)
			return err;
	}
	return 0;
}

int dial_trie_add(struct dial_trie *t, const char *pattern, uint16_t entry,
		  uint16_t mark)
{
	struct place place[DIAL_PATTERN_MAX];
	struct adding a = { .t = t, .place = place, .entry = entry,
			    .mark = mark };
	int n = read_pattern(place, pattern);
	uint16_t root;
	int err = 0;

	if (n < 0)
		return EBADMSG;
	a.n = (size_t)n;
	if (!t->n)
		err = new_node(t, &root);
	return err ? err : add(&a, 0, 0);
}

void dial_trie_fini(struct dial_trie *t)
{
	t->v = mem_free(t->v);
	t->n = t->cap = 0;
}

unsigned dial_trie_step(const struct dial_trie *t, unsigned node, char c)
{
	int sym = symbol(c);

	return sym < 0 || !t->n ? 0 : t->v[node].child[sym];
}
