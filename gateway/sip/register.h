/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registration of this gateway at a provider (RFC 3261 section 10.2), as a
 * home behind NAT needs it: the public address is learned and told, the
 * binding is kept open and refreshed in time, failures are retried with
 * growing pauses, and no state lasts without a timer.
 */
#ifndef GATEWAY_SIP_REGISTER_H
#define GATEWAY_SIP_REGISTER_H

#include "base/fsm.h"
#include "gateway/sip/sip.h"
#include "gateway/sip/sip_conf.h"

struct sip_locator;
struct sip_register;

enum sip_register_state {
	REGISTER_IDLE,          /* waits for its random start */
	REGISTER_LOCATING,      /* asks DNS */
	REGISTER_TRYING,        /* a request is under way */
	REGISTER_ACTIVE,        /* registered */
	REGISTER_WAITING,       /* failed; tries again later */
	REGISTER_REMOVING,      /* takes its binding back */
	REGISTER_STOPPED,
	REGISTER_STATES,
};

struct sip_register_info {
	enum sip_register_state state;
	const char *name, *state_name;
	bool        registered;         /* a binding stands, also while it is
					 * refreshed */
	uint32_t    left_s;             /* until it ends */
	uint32_t    next_s;             /* until the next step */
	uint16_t    status;             /* last answer; 0: none */
	unsigned    failures;           /* in a row */
	char        contact[300];       /* as registered */
	struct addr server;
};

/* The registration, or its info, changed. Last of all comes
 * REGISTER_STOPPED, after sip_register_stop(). */
typedef void sip_register_fn(struct sip_register *r, void *arg);

struct sip_register_params {
	struct sip_stack                   *stack;
	struct sip_locator                 *locator;
	const struct sip_registration_conf *conf;       /* outlives it */
	sip_register_fn                    *on_change;  /* may be NULL */
	void                               *arg;
};

/* Starts by itself within REGISTER_JITTER_MS. ENOMEM; EBADMSG: a URI of the
 * configuration. */
int sip_register_new(struct sip_register **rp,
		     const struct sip_register_params *p) MUST_CHECK;
/* Takes the binding back (if there is one), then REGISTER_STOPPED. */
void sip_register_stop(struct sip_register *r);
/* At once and without upcall; NULL-safe. The binding is left to expire. */
void sip_register_free(struct sip_register *r);
/* Tries now, whatever pause there is (the network is back). */
void sip_register_now(struct sip_register *r);

/* How it stands, for operators. */
void sip_register_info(const struct sip_register *r,
		       struct sip_register_info *info);
/* The flow of the registration (for calls to this provider), or NULL. No
 * reference. */
struct sip_flow *sip_register_flow(const struct sip_register *r);

enum { REGISTER_JITTER_MS = 3000 };

extern const struct fsm_table sip_register_fsm;

#endif
