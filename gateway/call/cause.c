/* SPDX-License-Identifier: Apache-2.0 */
/* Causes: Q.850 to SIP and back, tones to causes and back. Tables. */
#include "gateway/call/cause.h"

#include <errno.h>
#include <stdio.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 3398 section 7.2.4.1; the text is Q.850's. */
static const struct {
	enum q850_cause cause;
	uint16_t        status;
	const char     *text;
} to_sip[] = {
	{ CAUSE_UNALLOCATED,            404, "unallocated number" },
	{ 2,                            404, "no route to transit network" },
	{ CAUSE_NO_ROUTE,               404, "no route to destination" },
	{ CAUSE_NORMAL,                 480, "normal call clearing" },
	{ CAUSE_USER_BUSY,              486, "user busy" },
	{ CAUSE_NO_USER_RESPONDING,     408, "no user responding" },
	{ CAUSE_NO_ANSWER,              480, "no answer from the user" },
	{ CAUSE_SUBSCRIBER_ABSENT,      480, "subscriber absent" },
	{ CAUSE_REJECTED,               403, "call rejected" },
	{ CAUSE_NUMBER_CHANGED,         410, "number changed" },
	{ CAUSE_REDIRECTION,            410, "redirection to new destination" },
	{ 26,                           404, "non-selected user clearing" },
	{ CAUSE_DEST_OUT_OF_ORDER,      502, "destination out of order" },
	{ CAUSE_INVALID_NUMBER,         484, "address incomplete" },
	{ CAUSE_FACILITY_REJECTED,      501, "facility rejected" },
	{ CAUSE_NORMAL_UNSPECIFIED,     480, "normal, unspecified" },
	{ CAUSE_NO_CIRCUIT,             503, "no circuit available" },
	{ CAUSE_NETWORK_OUT_OF_ORDER,   503, "network out of order" },
	{ CAUSE_TEMPORARY_FAILURE,      503, "temporary failure" },
	{ CAUSE_CONGESTION,             503, "switching equipment congestion" },
	{ CAUSE_CHANNEL_UNAVAILABLE,    503, "requested channel unavailable" },
	{ CAUSE_RESOURCE_UNAVAILABLE,   503, "resource unavailable" },
	{ CAUSE_INCOMING_BARRED,        403, "incoming calls barred" },
	{ CAUSE_BEARER_NOT_AUTHORIZED,  403, "bearer not authorized" },
	{ CAUSE_BEARER_NOT_AVAILABLE,   503, "bearer not available" },
	{ CAUSE_BEARER_NOT_IMPLEMENTED, 488, "bearer not implemented" },
	{ CAUSE_ONLY_RESTRICTED,        488, "only restricted digital" },
	{ CAUSE_NOT_IMPLEMENTED,        501, "service not implemented" },
	{ 87,                           403, "not member of closed group" },
	{ CAUSE_INCOMPATIBLE,           488, "incompatible destination" },
	{ CAUSE_TIMER_EXPIRY,           504, "recovery on timer expiry" },
	{ CAUSE_PROTOCOL_ERROR,         500, "protocol error" },
	{ CAUSE_INTERWORKING,           500, "interworking, unspecified" },
};

/* RFC 3398 section 8.2.6.1, with RFC 4497 table 2 for 488 and 606. */
static const struct {
	uint16_t        status;
	enum q850_cause cause;
} from_sip[] = {
	{ 400, CAUSE_TEMPORARY_FAILURE },
	{ 401, CAUSE_REJECTED },
	{ 402, CAUSE_REJECTED },
	{ 403, CAUSE_REJECTED },
	{ 404, CAUSE_UNALLOCATED },
	{ 405, CAUSE_NOT_IMPLEMENTED },
	{ 406, CAUSE_NOT_IMPLEMENTED },
	{ 407, CAUSE_REJECTED },
	{ 408, CAUSE_TIMER_EXPIRY },
	{ 410, CAUSE_NUMBER_CHANGED },
	{ 413, CAUSE_INTERWORKING },
	{ 414, CAUSE_INTERWORKING },
	{ 415, CAUSE_NOT_IMPLEMENTED },
	{ 416, CAUSE_INTERWORKING },
	{ 420, CAUSE_INTERWORKING },
	{ 421, CAUSE_INTERWORKING },
	{ 423, CAUSE_INTERWORKING },
	{ 480, CAUSE_NO_USER_RESPONDING },
	{ 481, CAUSE_TEMPORARY_FAILURE },
	{ 482, CAUSE_INTERWORKING },
	{ 483, CAUSE_INTERWORKING },
	{ 484, CAUSE_INVALID_NUMBER },
	{ 485, CAUSE_UNALLOCATED },
	{ 486, CAUSE_USER_BUSY },
	{ 487, CAUSE_NORMAL },
	{ 488, CAUSE_BEARER_NOT_IMPLEMENTED },
	{ 500, CAUSE_TEMPORARY_FAILURE },
	{ 501, CAUSE_NOT_IMPLEMENTED },
	{ 502, CAUSE_NETWORK_OUT_OF_ORDER },
	{ 503, CAUSE_TEMPORARY_FAILURE },
	{ 504, CAUSE_TIMER_EXPIRY },
	{ 505, CAUSE_INTERWORKING },
	{ 513, CAUSE_INTERWORKING },
	{ 600, CAUSE_USER_BUSY },
	{ 603, CAUSE_REJECTED },
	{ 604, CAUSE_UNALLOCATED },
	{ 606, CAUSE_BEARER_NOT_IMPLEMENTED },
};

/* ITU-T E.180: what the exchange tells by ear. */
static const struct {
	enum tone       tone;
	enum q850_cause cause;
} from_tone[] = {
	{ TONE_BUSY,       CAUSE_USER_BUSY },
	{ TONE_CONGESTION, CAUSE_NO_CIRCUIT },
	{ TONE_SIT,        CAUSE_UNALLOCATED },
	{ TONE_DIAL,       CAUSE_NORMAL },      /* the far end hung up */
};

uint16_t cause_to_sip(enum q850_cause c)
{
	for (size_t i = 0; i < N(to_sip); i++)
		if (to_sip[i].cause == c)
			return to_sip[i].status;
	return 500;
}

enum q850_cause cause_from_sip(uint16_t status)
{
	for (size_t i = 0; i < N(from_sip); i++)
		if (from_sip[i].status == status)
			return from_sip[i].cause;
	if (status < 400)
		return CAUSE_REDIRECTION;
	if (status >= 500 && status < 600)
		return CAUSE_TEMPORARY_FAILURE;
	return CAUSE_INTERWORKING;
}

enum q850_cause cause_from_tone(enum tone t)
{
	for (size_t i = 0; i < N(from_tone); i++)
		if (from_tone[i].tone == t)
			return from_tone[i].cause;
	return CAUSE_NONE;
}

enum tone cause_to_tone(enum q850_cause c)
{
	switch (c) {
	case CAUSE_NONE:
		return TONE_NONE;
	case CAUSE_UNALLOCATED:
	case CAUSE_NO_ROUTE:
	case CAUSE_INVALID_NUMBER:
	case CAUSE_NUMBER_CHANGED:
		return TONE_SIT;
	case CAUSE_NORMAL:
	case CAUSE_USER_BUSY:
	case CAUSE_NO_ANSWER:
	case CAUSE_NO_USER_RESPONDING:
	case CAUSE_REJECTED:
		return TONE_BUSY;
	default:
		return TONE_CONGESTION;
	}
}

enum q850_cause cause_from_errno(int err)
{
	switch (err) {
	case ENOENT:
		return CAUSE_SUBSCRIBER_ABSENT;
	case EISCONN:
		return CAUSE_USER_BUSY;
	case EBUSY:
	case EDQUOT:
		return CAUSE_NO_CIRCUIT;
	case ENODEV:
		return CAUSE_DEST_OUT_OF_ORDER;
	case EINVAL:
	case EBADMSG:
		return CAUSE_INVALID_NUMBER;
	default:
		return CAUSE_RESOURCE_UNAVAILABLE;
	}
}

bool cause_try_next(const struct leg_end *e)
{
	switch (e->status) {
	case 600:
	case 603:
	case 604:
		return false;
	case 0:
		return true;
	default:
		return e->status >= 300;
	}
}

const char *cause_text(enum q850_cause c)
{
	for (size_t i = 0; i < N(to_sip); i++)
		if (to_sip[i].cause == c)
			return to_sip[i].text;
	return c == CAUSE_NONE ? "none" : "unspecified";
}

const char *cause_reason(char out[CAUSE_REASON_MAX], enum q850_cause c)
{
	snprintf(out, CAUSE_REASON_MAX, "Q.850;cause=%d;text=\"%s\"", (int)c,
		 cause_text(c));
	return out;
}
