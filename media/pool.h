/* SPDX-License-Identifier: Apache-2.0 */
/* Packet buffers of one worker, all allocated at its start. */
#ifndef MEDIA_POOL_H
#define MEDIA_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { POOL_DATA = 1008 };      /* bytes of one buffer */

struct pool_buf {
	struct pool_buf *next;          /* while it is free */
	uint16_t         len;
	uint8_t          data[POOL_DATA];
};

struct pool {
	struct pool_buf *bufs;
	struct pool_buf *free;          /* given back */
	size_t           n, fresh;      /* bufs[fresh..n-1]: never used */
	size_t           used;
	uint64_t         refused;
};

/* n buffers; those never used cost no memory. ENOMEM. */
int pool_init(struct pool *p, size_t n) MUST_CHECK;

/* All buffers have been given back. Zeroed: no effect. */
void pool_fini(struct pool *p);

/* NULL: none left; counted. */
struct pool_buf *pool_get(struct pool *p);

/* NULL-safe. */
void pool_put(struct pool *p, struct pool_buf *b);

#endif
