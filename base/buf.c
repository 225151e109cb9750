/* SPDX-License-Identifier: Apache-2.0 */
/* A growable byte buffer with a sticky error. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_fini(struct buf *b)
{
	b->p = mem_free(b->p);
	b->len = b->cap = 0;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = 0;
}

/* Room for n more bytes and a NUL behind them. */
static bool reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	uint8_t *p;

	if (b->err)
		return false;
	if (n > b->max - b->len) {
		b->err = ENOBUFS;
		return false;
	}
	if (b->len + n < b->cap)
		return true;
	while (cap <= b->len + n)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	p = mem_realloc(b->p, cap);
	if (!p) {
		b->err = ENOMEM;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!n || !reserve(b, n))
		return;
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_adds(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.l);
}

void buf_addz(struct buf *b, const char *z)
{
	buf_add(b, z, strlen(z));
}

void buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (b->err)
		return;
	va_copy(again, ap);
	n = vsnprintf(b->p ? (char *)b->p + b->len : NULL, b->cap - b->len,
		      fmt, ap);
	if (n < 0)
		b->err = EINVAL;
	else if ((size_t)n > b->max - b->len)
		b->err = ENOBUFS;
	else if ((size_t)n < b->cap - b->len)
		b->len += (size_t)n;
	else if (reserve(b, (size_t)n)) {
		vsnprintf((char *)b->p + b->len, b->cap - b->len, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_addv(b, fmt, ap);
	va_end(ap);
}

void buf_add_u8(struct buf *b, uint8_t v)
{
	buf_add(b, &v, 1);
}

void buf_add_u16(struct buf *b, uint16_t v)
{
	buf_add(b, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

void buf_add_u32(struct buf *b, uint32_t v)
{
	buf_add_u16(b, (uint16_t)(v >> 16));
	buf_add_u16(b, (uint16_t)v);
}

void buf_consume(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (!n)
		return;
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
}
