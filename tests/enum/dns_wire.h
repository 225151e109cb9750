/* SPDX-License-Identifier: Apache-2.0 */
/* Builds DNS answers byte by byte, also wrong ones, for tests. */
#ifndef TESTS_ENUM_DNS_WIRE_H
#define TESTS_ENUM_DNS_WIRE_H

#include <string.h>

#include "base/str.h"

struct wire {
	uint8_t p[65535];
	size_t  n;
};

static inline void wire_u8(struct wire *w, unsigned v)
{
	w->p[w->n++] = (uint8_t)v;
}

static inline void wire_u16(struct wire *w, unsigned v)
{
	wire_u8(w, v >> 8);
	wire_u8(w, v & 255);
}

static inline void wire_u32(struct wire *w, uint32_t v)
{
	wire_u16(w, v >> 16);
	wire_u16(w, v & 0xffff);
}

static inline void wire_name(struct wire *w, const char *name)
{
	while (*name) {
		size_t l = strcspn(name, ".");

		wire_u8(w, (unsigned)l);
		memcpy(w->p + w->n, name, l);
		w->n += l;
		name += l + (name[l] == '.');
	}
	wire_u8(w, 0);
}

static inline void wire_str(struct wire *w, const char *s)
{
	wire_u8(w, (unsigned)strlen(s));
	memcpy(w->p + w->n, s, strlen(s));
	w->n += strlen(s);
}

/* Header of an answer and the question; flags 0x8180 is a plain one. */
static inline void wire_begin(struct wire *w, unsigned id, unsigned flags,
			      const char *name, unsigned type)
{
	w->n = 0;
	wire_u16(w, id);
	wire_u16(w, flags);
	wire_u16(w, 1);
	wire_u16(w, 0);
	wire_u16(w, 0);
	wire_u16(w, 0);
	wire_name(w, name);
	wire_u16(w, type);
	wire_u16(w, 1);
}

/* Counts one more record in section 1 (answer), 2, 3. */
static inline void wire_count(struct wire *w, unsigned section)
{
	uint8_t *c = w->p + 4 + 2 * section;
	unsigned v = (unsigned)(c[0] << 8 | c[1]) + 1;

	c[0] = (uint8_t)(v >> 8);
	c[1] = (uint8_t)v;
}

/* A record up to its RDLENGTH; returns where that stands. */
static inline size_t wire_rr(struct wire *w, unsigned section,
			     const char *owner, unsigned type, uint32_t ttl)
{
	wire_count(w, section);
	wire_name(w, owner);
	wire_u16(w, type);
	wire_u16(w, 1);
	wire_u32(w, ttl);
	wire_u16(w, 0);
	return w->n - 2;
}

/* Sets the RDLENGTH at to what was written since. */
static inline void wire_end(struct wire *w, size_t at)
{
	size_t l = w->n - at - 2;

	w->p[at] = (uint8_t)(l >> 8);
	w->p[at + 1] = (uint8_t)l;
}

static inline void wire_a(struct wire *w, const char *owner, uint32_t ttl,
			  uint32_t ip)
{
	size_t at = wire_rr(w, 1, owner, 1, ttl);

	wire_u32(w, ip);
	wire_end(w, at);
}

static inline void wire_cname(struct wire *w, const char *owner,
			      uint32_t ttl, const char *target)
{
	size_t at = wire_rr(w, 1, owner, 5, ttl);

	wire_name(w, target);
	wire_end(w, at);
}

static inline void wire_naptr(struct wire *w, const char *owner,
			      unsigned order, unsigned preference,
			      const char *regexp)
{
	size_t at = wire_rr(w, 1, owner, 35, 300);

	wire_u16(w, order);
	wire_u16(w, preference);
	wire_str(w, "u");
	wire_str(w, "E2U+sip");
	wire_str(w, regexp);
	wire_name(w, "");
	wire_end(w, at);
}

static inline void wire_soa(struct wire *w, const char *owner, uint32_t ttl,
			    uint32_t minimum)
{
	size_t at = wire_rr(w, 2, owner, 6, ttl);

	wire_name(w, "ns");
	wire_name(w, "root");
	for (int i = 0; i < 4; i++)
		wire_u32(w, 1);
	wire_u32(w, minimum);
	wire_end(w, at);
}

static inline void wire_opt(struct wire *w, unsigned extended_rcode)
{
	size_t at = wire_rr(w, 3, "", 41, extended_rcode << 24);

	w->p[at - 6] = 4;       /* class: 1232 */
	w->p[at - 5] = 0xd0;
	wire_end(w, at);
}

#endif
