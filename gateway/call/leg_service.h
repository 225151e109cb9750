/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in ends for installers: "echo", "milliwatt" (1,004 Hz, 0 dBm0),
 * "play:FILE" (a WAV in the folder of announcements, once). */
#ifndef GATEWAY_CALL_LEG_SERVICE_H
#define GATEWAY_CALL_LEG_SERVICE_H

#include "gateway/call/call_table.h"

/* ENOMEM. */
int leg_service_new(struct leg **gp, struct calls *cs) MUST_CHECK;

/* The announcement of that name in that folder ("": there is none): a plain
 * name only, it never leaves its folder. ENOENT, ENAMETOOLONG. */
enum { LEG_SERVICE_FILE = 512 };
int leg_service_file(char out[LEG_SERVICE_FILE], const char *folder,
		     const char *name) MUST_CHECK;

#endif
