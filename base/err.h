/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error conventions: a function that can fail returns int, 0 or a positive
 * errno; its out-parameter comes first and is written only on success.
 * EBADMSG: malformed input. ENOMEM: refuse the work, never abort.
 * A broken caller is caught by assert(), not by an error code.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <errno.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
