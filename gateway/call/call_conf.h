/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `calls:`. */
#ifndef GATEWAY_CALL_CALL_CONF_H
#define GATEWAY_CALL_CALL_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct call_conf {
	int              max_calls;
	uint32_t         answer_ms;             /* of one target */
	uint32_t         response_ms;           /* of a SIP target, */
	uint32_t         failover_ms;           /* of one with others behind */
	uint32_t         first_digit_ms;
	uint32_t         digit_ms;              /* number not complete */
	uint32_t         digit_end_ms;          /* number may be complete */
	uint32_t         busy_tone_ms;
	char             cdr_file[256];
	struct conf_list codecs;                /* char[16]: "PCMA" */
	int              srtp;                  /* enum sdp_srtp */
	char             external_address[72];
	int              ptime_ms;
	char             announcements[256];    /* folder of service:play */
};

extern const struct conf_section call_conf_section;

#endif
