/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that nobody can guess: the kernel's (getrandom), fetched in
 * blocks, each byte handed out once. [any thread; safe across fork()] */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

/* Fills n bytes; waits for the kernel's pool at boot, never fails. */
void rand_bytes(void *p, size_t n);
uint32_t rand_u32(void);
uint64_t rand_u64(void);
/* 0 .. n-1, n > 0, without bias. */
uint32_t rand_below(uint32_t n);
/* n - 1 characters of [0-9a-z] and the NUL: tags, branches, Call-IDs. */
void rand_token(char *out, size_t n);

#endif
