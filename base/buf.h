/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growable byte buffer with a sticky error: add everything, look at err
 * once. After an error nothing more is added.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
	uint8_t *p;
	size_t   len, cap;
	size_t   max;   /* upper bound of len; ENOBUFS beyond it */
	int      err;
};

/* Empty, grows up to max bytes. Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);
/* Frees the memory; b may be used again after buf_init. Idempotent. */
void buf_fini(struct buf *b);
/* Empty again, memory kept, error cleared. */
void buf_reset(struct buf *b);

/* Each adds at the end; does nothing once err is set. */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, struct str s);
void buf_addz(struct buf *b, const char *z);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_addv(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
/* Network byte order. */
void buf_add_u8(struct buf *b, uint8_t v);
void buf_add_u16(struct buf *b, uint16_t v);
void buf_add_u32(struct buf *b, uint32_t v);

/* Removes n bytes (at most len) from the front. */
void buf_consume(struct buf *b, size_t n);

/* What it holds; valid until the next change. */
static inline struct str buf_str(const struct buf *b)
{
	return str_pl(b->p, b->len);
}

#endif
