/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `phones:`: who may register here. */
#ifndef GATEWAY_SERVICE_PHONE_CONF_H
#define GATEWAY_SERVICE_PHONE_CONF_H

#include "conf/conf.h"
#include "gateway/party_conf.h"

struct phone_conf {
	char user[48];          /* of its SIP URI and of its credentials */
	char number[64];        /* it is called by */
	struct conf_list may_show;      /* char[PARTY_SHOWN_MAX] */
	char display[64];
	char password[128];
	int  digest;            /* challenges: index of digest_names */
	int  srtp;              /* 0: as in `calls:`; else 1 + enum sdp_srtp */
};

extern const struct conf_section phone_conf_section;    /* a list */

#endif
