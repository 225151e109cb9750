/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded reader, text and binary. It never reads outside its bytes;
 * every parser of foreign input is written with it. Sticky failure: after
 * the first step that does not match, all further steps fail too, and
 * scan_pos() tells where.
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include "base/str.h"

struct scan {
	const char *begin, *p, *end;
	bool        failed;
};

/* Where something stands in a text, counted from 1. */
struct parse_pos {
	unsigned    line, column;
	const char *what;       /* constant text: what is wrong, or NULL */
};

/* A reader at the begin of s. */
static inline struct scan scan_of(struct str s)
{
	/* the empty view may have no memory: no arithmetic on NULL */
	return (struct scan){ s.p, s.p, s.l ? s.p + s.l : s.p, false };
}

/* Nothing left, or failed. */
static inline bool scan_eof(const struct scan *s)
{
	return s->failed || s->p == s->end;
}

/* Bytes left; 0 after a failure. */
static inline size_t scan_left(const struct scan *s)
{
	return s->failed ? 0 : (size_t)(s->end - s->p);
}

/* The next byte as unsigned char, or -1 at the end; not consumed. */
static inline int scan_peek(const struct scan *s)
{
	return scan_eof(s) ? -1 : (unsigned char)*s->p;
}

/* What has not been read yet. */
struct str scan_rest(const struct scan *s);

/* Text. Each returns success. */
bool scan_char(struct scan *s, char c);             /* exactly c */
bool scan_lit(struct scan *s, const char *z);       /* exactly z */
bool scan_ilit(struct scan *s, const char *z);      /* any ASCII case */
/* Consumes the longest run of bytes of the set; at least min of them. */
bool scan_run(struct scan *s, const bool set[256], size_t min,
	      struct str *out);
/* Up to (not including) the first stop byte, which must be there. */
bool scan_until(struct scan *s, char stop, struct str *out);
/* Decimal digits, value at most max. */
bool scan_u32(struct scan *s, uint32_t max, uint32_t *out);
/* Exactly c if it is next; no failure when it is not. */
bool scan_opt(struct scan *s, char c);
/* Skips SP and HT; returns how many. */
size_t scan_blanks(struct scan *s);
/* Skips linear white space of RFC 3261: SP, HT and folded line ends. */
size_t scan_lws(struct scan *s);
/* One line without its CRLF or LF; the last one may lack the end. */
bool scan_line(struct scan *s, struct str *out);

/* Binary, network byte order. */
bool scan_b8(struct scan *s, uint8_t *out);
bool scan_b16(struct scan *s, uint16_t *out);
bool scan_b32(struct scan *s, uint32_t *out);
bool scan_bytes(struct scan *s, size_t n, struct str *out);
bool scan_skip(struct scan *s, size_t n);

/* Marks the reader as failed; returns false. */
bool scan_fail(struct scan *s);

/* Line and column of the read position. */
struct parse_pos scan_pos(const struct scan *s, const char *what);

#endif
