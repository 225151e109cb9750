/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a number to the name that is asked for: RFC 6116 section 3.2, with
 * a branch for infrastructure ENUM (RFC 5527), and ISN (ITAD subscriber
 * numbers, "1234*256"). (pure)
 */
#ifndef ENUM_ENUM_DOMAIN_H
#define ENUM_ENUM_DOMAIN_H

#include "base/str.h"

enum {
	ENUM_NUMBER_MAX      = 32,      /* "+815012345678", "1234*256"; the
					 * NUL */
	ENUM_ITAD_DIGITS_MAX = 10,
};

/* Where a branch of the tree begins. */
struct enum_branch {
	char     label[32];     /* "i"; "": no branch */
	unsigned position;      /* digits before it; 0: as RFC 5527 says,
				 * enum_domain_position() */
};

/* The domain of a number: "+815012345678" under "e164.arpa" is
 * "8.7.6.5.4.3.2.1.0.5.1.8.e164.arpa", "8.7.6.5.4.3.2.1.0.5.i.1.8.e164.arpa"
 * with the branch "i"; "1234*256" is "4.3.2.1.256.freenum.org". branch may
 * be NULL. EBADMSG: neither form of number; ENAMETOOLONG. */
int enum_domain_of(char *out, size_t cap, const char *number,
		   const char *apex, const struct enum_branch *branch)
	MUST_CHECK;

/* "1234*256": 1 to 15 digits, "*", the number of an ITAD (RFC 3219): 1 to
 * 10 digits, the first not 0. */
bool enum_domain_is_isn(struct str s);

/* The digits of an E.164 number ("+81...") that stand before a branch (RFC
 * 5527, 5): those of the country code, with the identification code of what
 * is no country, 1 to 7. */
unsigned enum_domain_position(const char *e164);

#endif
