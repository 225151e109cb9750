/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where callers are, for emergency calls: the list `emergency.places`. What
 * a SIP target is told of it is written by call/geolocation.h.
 */
#ifndef GATEWAY_ROUTE_PLACE_H
#define GATEWAY_ROUTE_PLACE_H

#include "conf/conf.h"
#include "gateway/route/route.h"

/* One place, by exactly one of uri, point, country (RFC 5139 names). */
struct place_conf {
	struct conf_list from;          /* char[ROUTE_NAME_MAX]; none: all */
	char             uri[256];      /* of a location server */
	char             point[48];     /* "35.681236 139.767125" */
	int              radius_m;      /* 0: a point */
	char             country[3];    /* "JP" */
	char             a1[64], a2[64], a3[64], a4[64];
	char             road[64], house_number[16];
	char             building[64], floor[16], room[32];
	char             postal_code[16], name[64];
};

extern const struct conf_section place_section;

/* The first place of the list (struct place_conf) that is the source's, or
 * NULL. */
const struct place_conf *place_find(const struct conf_list *places,
				    const struct route_source *s);

/* "35.681236 139.767125": degrees north and east, WGS 84. */
bool place_point_is_valid(const char *point);

#endif
