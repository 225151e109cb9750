/* SPDX-License-Identifier: Apache-2.0 */
/* Resolvers and ENUM client, as the configuration wants them. */
#ifndef GATEWAY_APP_ENUM_H
#define GATEWAY_APP_ENUM_H

#include "enum/dial_plan.h"
#include "enum/enum_setup.h"
#include "gateway/sip/sip_conf.h"

struct app_enum {
	struct enum_setup  *setup;
	struct resolver    *resolver;           /* common servers, cached */
	struct enum_client *client;
};

/* By the section `enum` of conf, of which references are kept. resolver:
 * takes the place of all servers, behind the cache (tests); NULL: c-ares. */
int app_enum_open(struct app_enum *a, struct loop *l,
		  const struct conf_snapshot *conf, struct resolver *resolver)
	MUST_CHECK;
/* Does sip:user@host lead back here? By our domain, the addresses we listen
 * on or are seen under, and those of this machine, at a port of ours. */
bool app_enum_is_self(const struct sip_conf *c, struct str host,
		      uint16_t port);
/* What ENUM is asked for a number as dialled: its E.164 form under the plan,
 * or an ITAD subscriber number. EBADMSG, EDOM: neither. */
int app_enum_number(char out[ENUM_NUMBER_MAX], const char *dialled,
		    const struct dial_plan *plan) MUST_CHECK;
/* Idempotent. */
void app_enum_close(struct app_enum *a);

#endif
