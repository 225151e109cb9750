/* SPDX-License-Identifier: Apache-2.0 */
/* All registrations of the configuration. */
#ifndef GATEWAY_SIP_REGISTRATIONS_H
#define GATEWAY_SIP_REGISTRATIONS_H

#include "gateway/sip/register.h"

struct registrations;

/* conf: struct sip_registration_conf, outlives it. Each starts by itself.
 * ENOMEM, EBADMSG. */
int registrations_new(struct registrations **rp, struct sip_stack *s,
		      struct sip_locator *l, const struct conf_list *conf)
	MUST_CHECK;
/* Takes all bindings back, then calls done once; at once if there are
 * none, but never before it returns. */
void registrations_stop(struct registrations *r, void (*done)(void *arg),
			void *arg);
/* At once; NULL-safe. */
void registrations_free(struct registrations *r);
/* The i-th, in the order of the configuration; NULL behind the last. */
struct sip_register *registrations_at(const struct registrations *r,
				      size_t i);
/* The flow of a registration that stands, for calls by the same way: hop is
 * the first URI they go to, as configured, and has to be that of the
 * registration (its outbound proxy, else the registrar). The registration of
 * that user, if there are several; else the first. NULL: none. No
 * reference. */
struct sip_flow *registrations_flow(const struct registrations *r,
				    struct str hop, struct str user);
/* The provider behind that hop does not know us any more, it seems: its
 * registrations are made anew, once in REGISTRATIONS_DOUBT_MS at most. */
void registrations_doubt(struct registrations *r, struct str hop);
enum { REGISTRATIONS_DOUBT_MS = 60000 };
/* One line each: "registration=isp state=ACTIVE ...". */
void registrations_print(const struct registrations *r, struct buf *out);

#endif
