/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct str: a view of bytes, not terminated, not owned. All parsers hand
 * out views into the message they read.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct str {
	const char *p;
	size_t      l;
};

#define STR_NULL ((struct str){ NULL, 0 })
#define STR_LIT(z) ((struct str){ (z), sizeof(z) - 1 })
/* printf("%.*s", STR_FMT(s)) */
#define STR_FMT(s) (int)(s).l, (s).p ? (s).p : ""

/* A view of a terminated string; z may be NULL: the empty view. */
struct str str_z(const char *z);

/* A view of n bytes at p. */
static inline struct str str_pl(const void *p, size_t n)
{
	return (struct str){ p, n };
}

/* No bytes. */
static inline bool str_is_empty(struct str s)
{
	return s.l == 0;
}

/* Equal to the byte. */
bool str_eq(struct str a, struct str b);
/* Equal but for the case of ASCII letters. */
bool str_ieq(struct str a, struct str b);
/* The same against a terminated string. */
bool str_eqz(struct str a, const char *z);
bool str_ieqz(struct str a, const char *z);
/* a begins with the prefix (the i form: ASCII case does not count). */
bool str_starts(struct str a, const char *prefix);
bool str_istarts(struct str a, const char *prefix);

/* Index of the first c, or -1. */
ptrdiff_t str_chr(struct str s, char c);

/* s without blanks (SP, HT, CR, LF) at both ends. */
struct str str_trim(struct str s);

/* The part from index from (clamped to the length), at most n bytes. */
struct str str_sub(struct str s, size_t from, size_t n);

/* Cuts s at the first c: *head before it, *tail behind it. False: no c in
 * s, *head is s and *tail is empty. */
bool str_cut(struct str s, char c, struct str *head, struct str *tail);

/* Copies s into out and terminates it. ENAMETOOLONG: out (cap bytes) is too
 * small, out is then the empty string. EBADMSG: s holds a NUL. */
int str_copy(char *out, size_t cap, struct str s) MUST_CHECK;

/* Copies what fits of s into out and terminates it (log texts, not data). */
void str_clip(char *out, size_t cap, struct str s);

/* A terminated copy, freed with mem_free; NULL: no memory. */
char *str_dup(struct str s);

/* Decimal digits only, the whole of s, at most max. EBADMSG, ERANGE. */
int str_u32(uint32_t *out, struct str s, uint32_t max) MUST_CHECK;
int str_u64(uint64_t *out, struct str s, uint64_t max) MUST_CHECK;

/* Edit distance, for "did you mean": 0 equal; stops counting at limit. */
unsigned str_distance(const char *a, const char *b, unsigned limit);

/* What a hexadecimal digit stands for, or -1. */
int str_hex(char c);
/* Bytes without %HH; out is not terminated, *np its length. EBADMSG: no two
 * digits behind a '%'; ENAMETOOLONG: more than cap. */
int str_unescape(char *out, size_t cap, size_t *np, struct str s) MUST_CHECK;

/* ASCII lower case of one byte, whatever the locale. */
static inline char str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

#endif
