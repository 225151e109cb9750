/* SPDX-License-Identifier: Apache-2.0 */
/* Views of bytes: compare, cut, copy, numbers. */
#include "base/str.h"

#include <string.h>

#include "base/mem.h"

struct str str_z(const char *z)
{
	return z ? (struct str){ z, strlen(z) } : STR_NULL;
}

bool str_eq(struct str a, struct str b)
{
	return a.l == b.l && (a.l == 0 || !memcmp(a.p, b.p, a.l));
}

bool str_ieq(struct str a, struct str b)
{
	if (a.l != b.l)
		return false;
	for (size_t i = 0; i < a.l; i++)
		if (str_lower(a.p[i]) != str_lower(b.p[i]))
			return false;
	return true;
}

bool str_eqz(struct str a, const char *z)
{
	return str_eq(a, str_z(z));
}

bool str_ieqz(struct str a, const char *z)
{
	return str_ieq(a, str_z(z));
}

bool str_starts(struct str a, const char *prefix)
{
	struct str p = str_z(prefix);

	return a.l >= p.l && str_eq(str_pl(a.p, p.l), p);
}

bool str_istarts(struct str a, const char *prefix)
{
	struct str p = str_z(prefix);

	return a.l >= p.l && str_ieq(str_pl(a.p, p.l), p);
}

ptrdiff_t str_chr(struct str s, char c)
{
	const char *q = s.l ? memchr(s.p, c, s.l) : NULL;

	return q ? q - s.p : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.l && is_blank(s.p[0])) {
		s.p++;
		s.l--;
	}
	while (s.l && is_blank(s.p[s.l - 1]))
		s.l--;
	return s;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
	if (from > s.l)
		from = s.l;
	if (n > s.l - from)
		n = s.l - from;
	/* no arithmetic on a null pointer */
	return str_pl(s.p ? s.p + from : NULL, n);
}

bool str_cut(struct str s, char c, struct str *head, struct str *tail)
{
	ptrdiff_t i = str_chr(s, c);

	if (i < 0) {
		*head = s;
		*tail = str_sub(s, s.l, 0);
		return false;
	}
	*head = str_sub(s, 0, (size_t)i);
	*tail = str_sub(s, (size_t)i + 1, s.l);
	return true;
}

int str_copy(char *out, size_t cap, struct str s)
{
	out[0] = '\0';
	if (s.l >= cap)
		return ENAMETOOLONG;
	if (str_chr(s, '\0') >= 0)
		return EBADMSG;
	if (s.l)
		memcpy(out, s.p, s.l);
	out[s.l] = '\0';
	return 0;
}

void str_clip(char *out, size_t cap, struct str s)
{
	size_t n = s.l < cap ? s.l : cap - 1;

	if (n)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

char *str_dup(struct str s)
{
	char *p = mem_alloc(s.l + 1);

	if (p && s.l)
		memcpy(p, s.p, s.l);
	return p;
}

int str_u64(uint64_t *out, struct str s, uint64_t max)
{
	uint64_t v = 0;

	if (s.l == 0)
		return EBADMSG;
	for (size_t i = 0; i < s.l; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return EBADMSG;
	for (size_t i = 0; i < s.l; i++) {
		unsigned d = (unsigned)(s.p[i] - '0');

		if (v > max / 10 || d > max - v * 10)
			return ERANGE;
		v = v * 10 + d;
	}
	*out = v;
	return 0;
}

int str_u32(uint32_t *out, struct str s, uint32_t max)
{
	uint64_t v;
	int err = str_u64(&v, s, max);

	if (!err)
		*out = (uint32_t)v;
	return err;
}

unsigned str_distance(const char *a, const char *b, unsigned limit)
{
	enum { MAX = 63 };
	size_t la = strlen(a), lb = strlen(b);
	unsigned row[MAX + 1];

	if (la > MAX || lb > MAX)
		return strcmp(a, b) ? limit : 0;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned diag = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = diag + (a[i - 1] != b[j - 1]);

			diag = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb] < limit ? row[lb] : limit;
}

int str_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int str_unescape(char *out, size_t cap, size_t *np, struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.l; i++) {
		char c = s.p[i];

		if (c == '%') {
			if (s.l - i < 3 || str_hex(s.p[i + 1]) < 0 ||
			    str_hex(s.p[i + 2]) < 0)
				return EBADMSG;
			c = (char)(str_hex(s.p[i + 1]) << 4 |
				   str_hex(s.p[i + 2]));
			i += 2;
		}
		if (n == cap)
			return ENAMETOOLONG;
		out[n++] = c;
	}
	*np = n;
	return 0;
}
