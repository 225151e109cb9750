/* SPDX-License-Identifier: Apache-2.0 */
/* Digits in the bodies of INFO requests. (pure) */
#ifndef GATEWAY_CALL_INFO_DIGIT_H
#define GATEWAY_CALL_INFO_DIGIT_H

#include <stdbool.h>

struct sip_msg;

/* The digit of an application/dtmf-relay ("Signal=5", "Duration=160") or of
 * an application/dtmf (one character) body; ms: how long, 0: not said. False:
 * there is none. */
bool info_digit_read(const struct sip_msg *m, char *digit, unsigned *ms);

#endif
