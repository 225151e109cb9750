/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where three vocabularies meet: Q.850 causes, SIP status codes, and the
 * tones and loop states of an analog line. RFC 3398 section 7 and 8, RFC
 * 4497 section 8.4.
 */
#ifndef GATEWAY_CALL_CAUSE_H
#define GATEWAY_CALL_CAUSE_H

#include <stdint.h>

#include "dsp/tone_plan.h"
#include "gateway/party.h"

/* Why one side of a call ended. */
struct leg_end {
	enum q850_cause cause;
	uint16_t        status;         /* SIP final status, or 0 */
};

/* The SIP status that tells a caller of the cause (300..699); 500 for
 * causes without a row. RFC 3398 section 7.2.4.1. */
uint16_t cause_to_sip(enum q850_cause c);

/* The cause of a SIP final status (300..699). RFC 3398 section 8.2.6.1. */
enum q850_cause cause_from_sip(uint16_t status);

/* What a tone heard on an FXO line, after dialling, says of the call;
 * CAUSE_NONE: nothing (ringback). */
enum q850_cause cause_from_tone(enum tone t);

/* What a telephone hears when its call ended so; TONE_NONE: silence. */
enum tone cause_to_tone(enum q850_cause c);

/* What the errno of a leg's start says. */
enum q850_cause cause_from_errno(int err);

/* Is another target worth trying after this end? Not after 600, 603 and
 * 604, and not when the caller was told by the called person. */
bool cause_try_next(const struct leg_end *e);

/* "user busy"; never NULL. */
const char *cause_text(enum q850_cause c);

/* The value of a Reason header (RFC 3326): Q.850;cause=17;text="...".
 * Returns out. */
enum { CAUSE_REASON_MAX = 80 };
const char *cause_reason(char out[CAUSE_REASON_MAX], enum q850_cause c);

#endif
