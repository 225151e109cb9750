/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parameters of a telephone number say of number portability
 * (RFC 4694: npdi, rn, cic) and of ENUM (RFC 4759: enumdi). They stand
 * behind the number of a tel: URI, and behind that of the user part of a
 * sip: URI. (pure)
 */
#ifndef ENUM_TEL_PORT_H
#define ENUM_TEL_PORT_H

#include "base/buf.h"
#include "base/str.h"

enum {
	TEL_PORT_DIGITS  = 25,  /* of rn and cic, with "+" and the NUL */
	TEL_PORT_CONTEXT = 64,
	TEL_PORT_RULE    = TEL_PORT_DIGITS + TEL_PORT_CONTEXT,
};

/* Without visual separators; "" or false: not there. A number that is not
 * global (no "+") always has its context. */
struct tel_port {
	char rn[TEL_PORT_DIGITS], rn_context[TEL_PORT_CONTEXT];
	char cic[TEL_PORT_DIGITS], cic_context[TEL_PORT_CONTEXT];
	bool npdi;      /* a portability database was asked */
	bool enumdi;    /* ENUM was asked */
};

/* Reads "npdi;rn=+1-215-555-0199": the parameters without the first ";".
 * Malformed ones are as if they were not there, and of two with one name
 * the first counts (RFC 4694, 4: each at most once). True: any was there. */
bool tel_port_read(struct tel_port *p, struct str params);

/* Adds them with a ";" before each, in the order of RFC 4694's examples. */
void tel_port_print(struct buf *out, const struct tel_port *p);

/* The routing number as rules match it: "+12155550199"; that of a number
 * space with the digits of its context in front: "+7d2701"; "" without rn,
 * or when the context is a name. Returns out. */
const char *tel_port_rule(char out[TEL_PORT_RULE], const struct tel_port *p);

#endif
