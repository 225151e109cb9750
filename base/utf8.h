/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629): characters by their length. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* Length of the character at p, 1 to 4 bytes of the left ones (at least 1);
 * 0: malformed, overlong, a surrogate, or cut off. */
size_t utf8_len(const void *p, size_t left);

#endif
