/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `calls:`. */
#ifndef GATEWAY_CALL_CALL_CONF_H
#define GATEWAY_CALL_CALL_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct call_conf {
	long             max_calls;
	long             answer_ms;             /* of one target */
	long             first_digit_ms;
	long             digit_ms;              /* number not complete */
	long             digit_end_ms;          /* number may be complete */
	long             busy_tone_ms;
	char             cdr_file[256];
	struct conf_list codecs;                /* char[16]: "PCMA" */
	char             tone_plan[4];          /* "jp" */
	long             srtp;                  /* enum sdp_srtp */
	char             external_address[72];
	long             ptime_ms;
	char             announcements[256];    /* folder of service:play */
};

extern const struct conf_section call_conf_section;

#endif
