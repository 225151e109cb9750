/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: counted blocks and reference-counted objects. An object lies
 * behind a small header; a block is what malloc gave.
 */
#include "base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct obj_head {
	alignas(16) dtor_fn *dtor;
	unsigned             nrefs;
};

static atomic_size_t live;
static atomic_long fail_in = -1;        /* successful ones until the failure */
static atomic_int failed;

static bool refused(void)
{
	/* the usual case costs one relaxed load */
	if (atomic_load_explicit(&fail_in, memory_order_relaxed) < 0)
		return false;
	if (atomic_fetch_sub(&fail_in, 1) != 0)
		return false;
	atomic_store(&failed, 1);
	return true;
}

static void *counted(void *p)
{
	if (p)
		atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
	return p;
}

void *mem_alloc(size_t size)
{
	assert(size > 0);
	return refused() ? NULL : counted(calloc(1, size));
}

void *mem_alloc_aligned(size_t align, size_t size)
{
	void *p;

	assert(size > 0 && align > 0 && !(align & (align - 1)));
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (refused() || posix_memalign(&p, align, size) != 0)
		return NULL;
	memset(p, 0, size);
	return counted(p);
}

void *mem_realloc(void *p, size_t size)
{
	void *q;

	assert(size > 0);
	if (refused())
		return NULL;
	q = realloc(p, size);
	return p ? q : counted(q);
}

char *mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = mem_alloc(n);

	if (p)
		memcpy(p, s, n);
	return p;
}

void *mem_free(void *p)
{
	if (p)
		atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	free(p);
	return NULL;
}

void *obj_new(size_t size, dtor_fn *dtor)
{
	struct obj_head *h;

	if (size > SIZE_MAX - sizeof(*h))
		return NULL;
	h = mem_alloc(sizeof(*h) + size);
	if (!h)
		return NULL;
	h->dtor = dtor;
	h->nrefs = 1;
	return h + 1;
}

void *obj_ref(void *obj)
{
	struct obj_head *h = obj;

	if (!obj)
		return NULL;
	assert(h[-1].nrefs > 0);
	h[-1].nrefs++;
	return obj;
}

void *obj_unref(void *obj)
{
	struct obj_head *h = obj;

	if (!obj)
		return NULL;
	h--;
	assert(h->nrefs > 0);
	if (h->nrefs > 1) {
		h->nrefs--;
		return NULL;
	}
	/* still one during the destructor: what it calls may ref and unref */
	if (h->dtor)
		h->dtor(obj);
	assert(h->nrefs == 1);
	return mem_free(h);
}

unsigned obj_nrefs(const void *obj)
{
	const struct obj_head *h = obj;

	return h[-1].nrefs;
}

void mem_fail_after(long n)
{
	atomic_store(&failed, 0);
	atomic_store(&fail_in, n);
}

int mem_failed(void)
{
	return atomic_load(&failed);
}

size_t mem_live(void)
{
	return atomic_load_explicit(&live, memory_order_relaxed);
}
