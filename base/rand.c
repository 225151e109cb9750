/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers from the kernel. A call takes some 20 of them, mostly of a
 * few bytes: each thread fetches a block at a time and hands it out. */
#include "base/rand.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BLOCK = 256 };           /* so much the kernel gives in one go */

/* Bytes of the kernel's that nobody has seen: [0, left). What was handed out
 * is wiped, so that no later look at the memory tells it. */
static _Thread_local struct {
	unsigned char bytes[BLOCK];
	size_t        left;
} block;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool fork_safe;

/* A child must not hand out what its parent does. */
static void in_child(void)
{
	memset(&block, 0, sizeof(block));
}

static void watch_forks(void)
{
	fork_safe = pthread_atfork(NULL, NULL, in_child) == 0;
}

static void from_kernel(void *p, size_t n)
{
	char *q = p;

	while (n) {
		ssize_t got = getrandom(q, n, 0);

		/* only a signal can disturb it */
		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			q += got;
			n -= (size_t)got;
		}
	}
}

void rand_bytes(void *p, size_t n)
{
	pthread_once(&once, watch_forks);
	if (n > BLOCK / 4 || !fork_safe) {
		from_kernel(p, n);
		return;
	}
	if (n > block.left) {
		from_kernel(block.bytes, BLOCK);
		block.left = BLOCK;
	}
	block.left -= n;
	memcpy(p, block.bytes + block.left, n);
	memset(block.bytes + block.left, 0, n);
}

uint32_t rand_u32(void)
{
	uint32_t v;

	rand_bytes(&v, sizeof(v));
	return v;
}

uint64_t rand_u64(void)
{
	uint64_t v;

	rand_bytes(&v, sizeof(v));
	return v;
}

uint32_t rand_below(uint32_t n)
{
	/* 2^32 mod n values at the bottom would come up once too often */
	uint32_t skip = -n % n, v;

	do
		v = rand_u32();
	while (v < skip);
	return v % n;
}

void rand_token(char *out, size_t n)
{
	static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	unsigned char raw[64];
	size_t left = 0;

	while (n > 1) {
		unsigned char c;

		if (!left) {
			left = n - 1 < sizeof(raw) ? n - 1 : sizeof(raw);
			rand_bytes(raw, left);
		}
		c = raw[--left];
		if (c >= 252)           /* 7 * 36: without bias */
			continue;
		*out++ = set[c % 36];
		n--;
	}
	*out = '\0';
}
