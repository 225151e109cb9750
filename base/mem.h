/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: reference-counted objects and plain blocks, all counted, all
 * failing on demand (tests run again with the n-th allocation failing).
 * Every allocation of the product comes from here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

/* Frees what the object owns, not the object itself. */
typedef void dtor_fn(void *obj);

/* A zeroed object with one reference, aligned to 16 bytes; NULL: no memory.
 * dtor may be NULL. The count is not atomic: one thread owns the object. */
void *obj_new(size_t size, dtor_fn *dtor);

/* Takes a reference; NULL-safe; returns obj. */
void *obj_ref(void *obj);

/* Gives a reference back; the last one runs the destructor and frees.
 * NULL-safe; always returns NULL: p = obj_unref(p). */
void *obj_unref(void *obj);

/* References held on obj, at least 1. For tests and assertions. */
unsigned obj_nrefs(const void *obj);

/* A zeroed block of size bytes (size > 0); NULL: no memory. One owner. */
void *mem_alloc(size_t size);

/* A zeroed block aligned to align, a power of two; NULL: no memory. */
void *mem_alloc_aligned(size_t align, size_t size);

/* Resizes a block of mem_alloc (p may be NULL); new bytes are not zeroed.
 * NULL: no memory, and p is as it was. Not for aligned blocks. */
void *mem_realloc(void *p, size_t size);

/* A copy of the string; NULL: no memory. Freed with mem_free. */
char *mem_strdup(const char *s);

/* Frees a block of any mem_ function; NULL-safe; always returns NULL. */
void *mem_free(void *p);

/* Tests: the allocation that follows n successful ones fails, and only that
 * one; n < 0 switches off. Process-wide. */
void mem_fail_after(long n);

/* Tests: did the injected failure happen since mem_fail_after()? */
int mem_failed(void);

/* Objects and blocks alive in the process. */
size_t mem_live(void);

#endif
