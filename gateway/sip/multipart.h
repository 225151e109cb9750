/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of several parts (RFC 2046 section 5.1, RFC 5621): an emergency
 * call brings its place beside its session description. */
#ifndef GATEWAY_SIP_MULTIPART_H
#define GATEWAY_SIP_MULTIPART_H

#include "base/str.h"

enum { MULTIPART_MAX_PARTS = 16 };

/* The body if content_type is the wanted type, or the first part of that
 * type in a multipart body (not nested, no transfer encoding); a view.
 * Empty: none. type: "application/sdp". */
struct str multipart_find(struct str content_type, struct str body,
			  const char *type);

#endif
