/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded reader, text and binary, with sticky failure. */
#include "base/scan.h"

#include <string.h>

bool scan_fail(struct scan *s)
{
	s->failed = true;
	return false;
}

struct str scan_rest(const struct scan *s)
{
	return str_pl(s->p, scan_left(s));
}

bool scan_char(struct scan *s, char c)
{
	if (scan_eof(s) || *s->p != c)
		return scan_fail(s);
	s->p++;
	return true;
}

bool scan_lit(struct scan *s, const char *z)
{
	if (s->failed || !str_starts(scan_rest(s), z))
		return scan_fail(s);
	s->p += strlen(z);
	return true;
}

bool scan_ilit(struct scan *s, const char *z)
{
	if (s->failed || !str_istarts(scan_rest(s), z))
		return scan_fail(s);
	s->p += strlen(z);
	return true;
}

bool scan_run(struct scan *s, const bool set[256], size_t min,
	      struct str *out)
{
	const char *from = s->p;
	size_t n;

	if (s->failed)
		return false;
	while (s->p < s->end && set[(unsigned char)*s->p])
		s->p++;
	n = (size_t)(s->p - from);
	if (n < min)
		return scan_fail(s);
	*out = str_pl(from, n);
	return true;
}

bool scan_until(struct scan *s, char stop, struct str *out)
{
	ptrdiff_t i = s->failed ? -1 : str_chr(scan_rest(s), stop);

	if (i < 0)
		return scan_fail(s);
	*out = str_pl(s->p, (size_t)i);
	s->p += i;
	return true;
}

bool scan_u32(struct scan *s, uint32_t max, uint32_t *out)
{
	const char *from = s->p;
	uint32_t v = 0;

	if (s->failed)
		return false;
	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
		uint32_t d = (uint32_t)(*s->p - '0');

		if (v > max / 10 || d > max - v * 10)
			return scan_fail(s);
		v = v * 10 + d;
	}
	if (s->p == from)
		return scan_fail(s);
	*out = v;
	return true;
}

bool scan_opt(struct scan *s, char c)
{
	if (scan_eof(s) || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

size_t scan_blanks(struct scan *s)
{
	const char *from = s->p;

	while (!scan_eof(s) && is_blank(*s->p))
		s->p++;
	return (size_t)(s->p - from);
}

/* A line end counts only if a blank follows: then the line is folded. */
static size_t fold_len(const struct scan *s)
{
	size_t n = scan_left(s), i = 0;

	if (i < n && s->p[i] == '\r')
		i++;
	if (i < n && s->p[i] == '\n' && i + 1 < n && is_blank(s->p[i + 1]))
		return i + 2;
	return 0;
}

size_t scan_lws(struct scan *s)
{
	const char *from = s->p;
	size_t n;

	do {
		scan_blanks(s);
		n = fold_len(s);
		s->p += n;
	} while (n);
	return (size_t)(s->p - from);
}

bool scan_line(struct scan *s, struct str *out)
{
	struct str rest = scan_rest(s);
	ptrdiff_t i;

	if (scan_eof(s))
		return scan_fail(s);
	i = str_chr(rest, '\n');
	if (i >= 0) {
		s->p += i + 1;
		rest.l = (size_t)i;
	} else {
		s->p = s->end;
	}
	if (rest.l && rest.p[rest.l - 1] == '\r')
		rest.l--;
	*out = rest;
	return true;
}

bool scan_bytes(struct scan *s, size_t n, struct str *out)
{
	if (s->failed || n > scan_left(s))
		return scan_fail(s);
	*out = str_pl(s->p, n);
	/* an empty reader may have no memory at all */
	if (n)
		s->p += n;
	return true;
}

bool scan_skip(struct scan *s, size_t n)
{
	struct str unused;

	return scan_bytes(s, n, &unused);
}

bool scan_b8(struct scan *s, uint8_t *out)
{
	struct str b;

	if (!scan_bytes(s, 1, &b))
		return false;
	*out = (uint8_t)b.p[0];
	return true;
}

bool scan_b16(struct scan *s, uint16_t *out)
{
	struct str b;

	if (!scan_bytes(s, 2, &b))
		return false;
	*out = (uint16_t)((uint8_t)b.p[0] << 8 | (uint8_t)b.p[1]);
	return true;
}

bool scan_b32(struct scan *s, uint32_t *out)
{
	struct str b;

	if (!scan_bytes(s, 4, &b))
		return false;
	*out = (uint32_t)(uint8_t)b.p[0] << 24 |
	       (uint32_t)(uint8_t)b.p[1] << 16 |
	       (uint32_t)(uint8_t)b.p[2] << 8 | (uint8_t)b.p[3];
	return true;
}

struct parse_pos scan_pos(const struct scan *s, const char *what)
{
	struct parse_pos pos = { 1, 1, what };

	for (const char *p = s->begin; p != s->p; p++) {
		pos.column++;
		if (*p == '\n') {
			pos.line++;
			pos.column = 1;
		}
	}
	return pos;
}
