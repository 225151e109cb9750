/* SPDX-License-Identifier: Apache-2.0 */
/* Packet buffers. A free list, and a mark up to which buffers were ever
 * used, so that the kernel gives memory only for what is needed. */
#include "media/pool.h"

#include "base/mem.h"

int pool_init(struct pool *p, size_t n)
{
	struct pool_buf *bufs = mem_alloc(n * sizeof(*bufs));

	if (!bufs)
		return ENOMEM;
	*p = (struct pool){ .bufs = bufs, .n = n };
	return 0;
}

void pool_fini(struct pool *p)
{
	p->bufs = mem_free(p->bufs);
	p->free = NULL;
	p->n = p->fresh = 0;
}

struct pool_buf *pool_get(struct pool *p)
{
	struct pool_buf *b = p->free;

	if (b) {
		p->free = b->next;
	} else if (p->fresh < p->n) {
		b = &p->bufs[p->fresh++];
	} else {
		p->refused++;
		return NULL;
	}
	p->used++;
	b->len = 0;
	return b;
}

void pool_put(struct pool *p, struct pool_buf *b)
{
	if (!b)
		return;
	b->next = p->free;
	p->free = b;
	p->used--;
}
