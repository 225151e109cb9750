/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the phones are: bindings of an address of record (a phone's user)
 * to contacts (RFC 3261 section 10.3). A binding keeps the flow on which
 * it was registered, so that phones behind NAT are reached.
 */
#ifndef GATEWAY_SERVICE_LOCATION_H
#define GATEWAY_SERVICE_LOCATION_H

#include "base/list.h"
#include "base/tmr.h"
#include "gateway/service/phone_conf.h"
#include "gateway/sip/transport.h"

struct location;

enum { LOCATION_CONTACT_MAX = 512, LOCATION_CONTACTS = 8 };

struct binding {
	struct list_node        node;
	char                    contact[LOCATION_CONTACT_MAX];  /* URI */
	char                    call_id[128];
	uint32_t                cseq;
	uint16_t                q;              /* thousandths */
	uint64_t                expires_us;     /* loop time */
	struct sip_flow        *flow;           /* a reference */
	struct sip_flow_watch   watch;
	struct location_phone  *phone;
};

/* A phone of the configuration and its bindings, the best first. A reload
 * may take it away: none is kept beyond a turn of the loop. */
struct location_phone {
	const struct phone_conf *conf;
	void                    *owner;         /* of conf: a reference */
	struct location         *loc;
	struct list              bindings;
	unsigned                 n;
	struct tmr               tmr;           /* next expiry */
	struct log_tag           tag;
};

/* phones: struct phone_conf, outlives the table. ENOMEM. */
int location_new(struct location **lp, struct loop *l,
		 const struct conf_list *phones) MUST_CHECK;
/* NULL-safe. */
void location_free(struct location *loc);

/* Another configuration in two steps, of which only the first can fail:
 * phones known by user stay, with their bindings unless the password is
 * another; those that are not in it go. owner: the object (base/mem.h) that
 * phones lies in; references are taken. ENOMEM. */
struct location_next;
int location_prepare(struct location_next **np, struct location *loc,
		     const struct conf_list *phones, void *owner) MUST_CHECK;
/* Puts it in force and frees it. */
void location_commit(struct location *loc, struct location_next *next);
/* Gives it up; NULL-safe. */
void location_discard(struct location_next *next);

/* By user (exact) or by number; NULL: no such phone. */
struct location_phone *location_phone(const struct location *loc,
				      struct str user);
struct location_phone *location_number(const struct location *loc,
				       const char *number);
/* The i-th phone, NULL behind the last. */
struct location_phone *location_at(const struct location *loc, size_t i);

/* The binding to call: highest q, then the latest. NULL: not registered. */
const struct binding *location_best(const struct location_phone *p);
/* The binding of that contact (URIs compared by RFC 3261 19.1.4). */
struct binding *location_find(const struct location_phone *p,
			      struct str contact);

/* What a REGISTER says of one contact. */
struct location_update {
	struct str       contact, call_id;
	uint32_t         cseq, expires_s;
	uint16_t         q;
	struct sip_flow *flow;
};
/* Adds or refreshes a binding; expires_s 0 removes it. ESTALE: an older
 * REGISTER of the same Call-ID; ENOSPC: too many contacts; ENAMETOOLONG,
 * EBADMSG: the contact is unusable; ENOMEM. */
int location_set(struct location_phone *p, const struct location_update *u)
	MUST_CHECK;
/* Where all places of the phone are taken: the binding that would end first
 * goes, but none of this REGISTER. A phone that was restarted leaves bindings
 * that nobody refreshes. */
void location_make_room(struct location_phone *p, struct str call_id,
			uint32_t cseq);
/* Removes all ("*"). ESTALE as above: nothing was removed. */
int location_clear(struct location_phone *p, struct str call_id,
		   uint32_t cseq) MUST_CHECK;

/* Seconds until the binding ends. */
uint32_t binding_left_s(const struct binding *b);

#endif
