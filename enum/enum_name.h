/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of who has a number, out of the URI of an E2U+pstndata:cnam
 * record. Zones hold several forms: the drafts changed them.
 *
 *	pstndata:cnam/Harold%20Smith
 *	pstndata:cnam/;charset=utf-8,Harold%20Smith
 *	data:,Harold%20Smith                    (RFC 2397)
 *	data:text/plain;charset=utf-8;base64,SGFyb2xk
 */
#ifndef ENUM_ENUM_NAME_H
#define ENUM_ENUM_NAME_H

#include "enum/enum.h"

/* The name: printable UTF-8, no blanks at its ends, cut at a character if
 * it is too long. EBADMSG: another scheme, a charset other than US-ASCII
 * and UTF-8, a bad escape, control characters, or no name at all. (pure) */
int enum_name_read(char out[ENUM_NAME_MAX], const char *uri) MUST_CHECK;

#endif
