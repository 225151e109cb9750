/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of route/: the name of a caller who comes without one, asked of
 * ENUM (draft-ietf-enum-cnam) while the rules are searched. The first
 * result waits for it, never longer than caller_name_ms from the begin.
 */
#ifndef GATEWAY_ROUTE_CALLER_NAME_H
#define GATEWAY_ROUTE_CALLER_NAME_H

#include "gateway/route/route.h"

/* Asks, if the caller may be shown, has a public number (e164; "": none)
 * and no name. done
 * comes at most once, never before this returns, when j->caller.asking has
 * become false. */
void caller_name_ask(struct route_job *j, const struct route_env *env,
		     const char *e164, void (*done)(struct route_job *j));

/* No done after this. Idempotent. */
void caller_name_cancel(struct route_job *j);

#endif
