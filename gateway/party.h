/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that all rooms of the gateway share: a party of a call (number,
 * name, presentation) and the cause of a release (ITU-T Q.850).
 */
#ifndef GATEWAY_PARTY_H
#define GATEWAY_PARTY_H

#include <stdbool.h>

enum party_type {
	PARTY_UNKNOWN,          /* as dialled, by the local dial plan */
	PARTY_E164,             /* international: "+815012345678" */
	PARTY_LOCAL,            /* an extension or service of the house */
};

/* May the number be shown to the called side? */
enum party_presentation {
	PARTY_ALLOWED,
	PARTY_RESTRICTED,       /* withheld by the caller */
	PARTY_UNAVAILABLE,      /* not known */
};

enum { PARTY_NUMBER_MAX = 64, PARTY_NAME_MAX = 64 };

/* Terminated strings; empty: not known. number holds [+0-9*#A-D] or, for
 * PARTY_LOCAL, the user part of a SIP URI. */
struct party {
	char                    number[PARTY_NUMBER_MAX];
	char                    name[PARTY_NAME_MAX];   /* UTF-8 */
	enum party_type         type;
	enum party_presentation presentation;
};

/* ITU-T Q.850 cause values (table 1). */
enum q850_cause {
	CAUSE_NONE                   = 0,       /* not released */
	CAUSE_UNALLOCATED            = 1,
	CAUSE_NO_ROUTE               = 3,
	CAUSE_PREEMPTION             = 8,
	CAUSE_NORMAL                 = 16,
	CAUSE_USER_BUSY              = 17,
	CAUSE_NO_USER_RESPONDING     = 18,
	CAUSE_NO_ANSWER              = 19,
	CAUSE_SUBSCRIBER_ABSENT      = 20,
	CAUSE_REJECTED               = 21,
	CAUSE_NUMBER_CHANGED         = 22,
	CAUSE_REDIRECTION            = 23,
	CAUSE_DEST_OUT_OF_ORDER      = 27,
	CAUSE_INVALID_NUMBER         = 28,
	CAUSE_FACILITY_REJECTED      = 29,
	CAUSE_NORMAL_UNSPECIFIED     = 31,
	CAUSE_NO_CIRCUIT             = 34,
	CAUSE_NETWORK_OUT_OF_ORDER   = 38,
	CAUSE_TEMPORARY_FAILURE      = 41,
	CAUSE_CONGESTION             = 42,
	CAUSE_CHANNEL_UNAVAILABLE    = 44,
	CAUSE_RESOURCE_UNAVAILABLE   = 47,
	CAUSE_INCOMING_BARRED        = 55,
	CAUSE_BEARER_NOT_AUTHORIZED  = 57,
	CAUSE_BEARER_NOT_AVAILABLE   = 58,
	CAUSE_BEARER_NOT_IMPLEMENTED = 65,
	CAUSE_ONLY_RESTRICTED        = 70,
	CAUSE_NOT_IMPLEMENTED        = 79,
	CAUSE_INCOMPATIBLE           = 88,
	CAUSE_TIMER_EXPIRY           = 102,
	CAUSE_PROTOCOL_ERROR         = 111,
	CAUSE_INTERWORKING           = 127,
};

#endif
