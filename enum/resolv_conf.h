/* SPDX-License-Identifier: Apache-2.0 */
/* The name servers of the system, from resolv.conf(5). */
#ifndef ENUM_RESOLV_CONF_H
#define ENUM_RESOLV_CONF_H

#include "base/addr.h"

/* The addresses behind "nameserver" in text, port 53, at most max of them
 * into out. Lines that are no such address are passed over. Returns how
 * many. (pure) */
unsigned resolv_conf_parse(struct addr *out, unsigned max, struct str text);

/* The same from a file; 127.0.0.1 alone if it cannot be read or names no
 * server, as the C library does. max at least 1; never 0. */
unsigned resolv_conf_read(struct addr *out, unsigned max, const char *path);

#endif
