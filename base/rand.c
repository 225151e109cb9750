/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers from the kernel. */
#include "base/rand.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void rand_bytes(void *p, size_t n)
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
			left = sizeof(raw);
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
