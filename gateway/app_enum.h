/* SPDX-License-Identifier: Apache-2.0 */
/* Resolvers and ENUM client, as the configuration wants them. */
#ifndef GATEWAY_APP_ENUM_H
#define GATEWAY_APP_ENUM_H

#include "enum/enum.h"
#include "enum/enum_conf.h"

struct app_enum {
	struct resolver    *resolver;           /* common servers */
	bool                own;                /* made here */
	struct resolver    *tree[ENUM_TREES_MAX];       /* NULL: common */
	struct enum_client *client;             /* NULL: no trees */
};

/* resolver: takes the place of all servers (tests); NULL: c-ares. */
int app_enum_open(struct app_enum *a, struct loop *l,
		  const struct enum_conf *conf, struct resolver *resolver)
	MUST_CHECK;
/* Idempotent. */
void app_enum_close(struct app_enum *a);

#endif
