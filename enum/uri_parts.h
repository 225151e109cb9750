/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of a sip:, sips: or tel: URI as ENUM must know to judge it: where
 * it points, and which number it names. Strict: what this reader and that
 * of the SIP room might understand differently is refused. (pure)
 */
#ifndef ENUM_URI_PARTS_H
#define ENUM_URI_PARTS_H

#include "enum/e164.h"
#include "enum/tel_port.h"

/* Views into the text. */
struct uri_parts {
	bool       tel;
	struct str host;        /* sip: name or address, no brackets */
	struct str maddr;       /* sip: the parameter, or empty */
	uint16_t   port;        /* 0: not given */
	char       number[E164_MAX];    /* "+...", or "": none */
	struct tel_port ported; /* of the number */
	bool       strange;     /* tel: with a parameter that has to be
				 * understood ("m-...") and is not */
};

/* EBADMSG: another scheme, or not well formed. number is that of tel:, or
 * of the user part of sip: if it is a global number. */
int uri_parts_read(struct uri_parts *u, const char *uri) MUST_CHECK;

#endif
