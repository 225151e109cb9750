/* SPDX-License-Identifier: Apache-2.0 */
/* The message trace: every message in and out, as text, to a function or a
 * file. Passwords are not in it, digests are cut. */
#ifndef GATEWAY_SIP_TRACE_H
#define GATEWAY_SIP_TRACE_H

#include "base/loop.h"
#include "gateway/sip/transport.h"

struct sip_trace;

/* Gets one finished piece of text per message. */
typedef void sip_trace_fn(struct str text, void *arg);

/* Off at first. ENOMEM. */
int sip_trace_new(struct sip_trace **tp, struct loop *l) MUST_CHECK;
void sip_trace_free(struct sip_trace *t);

/* Starts to write to a file (appends), or stops (NULL). At most max_bytes
 * are written, then the trace stops. Errors of open(). */
int sip_trace_file(struct sip_trace *t, const char *path, uint64_t max_bytes)
	MUST_CHECK;
/* Starts to hand each message to fn, or stops (NULL). */
void sip_trace_to(struct sip_trace *t, sip_trace_fn *fn, void *arg);
/* Only messages from and to this address; AF_UNSPEC: all. */
void sip_trace_only(struct sip_trace *t, const struct addr *host);

/* For the transports. t may be NULL. */
void sip_trace_msg(struct sip_trace *t, bool out, const struct sip_flow *f,
		   struct str msg);

#endif
