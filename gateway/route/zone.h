/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones by name, as many at once as there are rules: TZ is one for the
 * whole process, and no thread may change it while others read the time.
 */
#ifndef GATEWAY_ROUTE_ZONE_H
#define GATEWAY_ROUTE_ZONE_H

#include <stdint.h>
#include <time.h>

#include "base/str.h"

struct zone;            /* NULL: that of the machine, for all below */

enum { ZONE_NAME_MAX = 48 };

/* The zone of that name, "Asia/Tokyo", from /usr/share/zoneinfo; an object.
 * EBADMSG: *why says what is wrong; ENOMEM. */
int zone_open(struct zone **zp, const char *name, const char **why)
	MUST_CHECK;

/* The same from a file's bytes (TZif, RFC 9636, without leap seconds);
 * name, shorter than ZONE_NAME_MAX, is only shown. */
int zone_read(struct zone **zp, const char *name, struct str tzif)
	MUST_CHECK;

/* What it was opened by; "" for that of the machine. */
const char *zone_name(const struct zone *z);

/* The local time of an instant; false: there is none. */
bool zone_local(const struct zone *z, uint64_t wall_us, struct tm *tm);

/* The instant of a local time, in seconds since 1970 UTC, as mktime():
 * members out of range are put in order; before 1970: negative. A time that
 * comes twice is either of them, one that is skipped is an hour on. */
int64_t zone_instant(const struct zone *z, struct tm *tm);

#endif
