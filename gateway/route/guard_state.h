/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the guard: the countries that sources know, in a file. A line
 * for each source, with codes and how many calls went there, or "ok":
 *
 *	phone:alice 81:2 44:ok
 */
#ifndef GATEWAY_ROUTE_GUARD_STATE_H
#define GATEWAY_ROUTE_GUARD_STATE_H

#include "base/buf.h"
#include "gateway/route/guard_account.h"

enum { GUARD_ACCOUNTS_MAX = 4096, GUARD_STATE_BYTES = 1 << 20 };

/* The account of that name in the list, or NULL. */
struct guard_account *guard_state_find(const struct list *accounts,
				       const char *name);
/* Adds an account. NULL: no memory, or GUARD_ACCOUNTS_MAX. */
struct guard_account *guard_state_add(struct list *accounts,
				      const struct route_source *s,
				      const char *name);

/* Adds what the text says to the accounts. EBADMSG: a line that is none
 * (*line tells which; those before it count); ENOMEM. */
int guard_state_read(struct list *accounts, struct str text,
		     unsigned *line) MUST_CHECK;
void guard_state_print(struct buf *out, const struct list *accounts);

/* The same with a file; it is replaced as a whole. ENOENT and what open()
 * says. */
int guard_state_load(struct list *accounts, const char *path,
		     unsigned *line) MUST_CHECK;
int guard_state_save(const struct list *accounts, const char *path)
	MUST_CHECK;

#endif
