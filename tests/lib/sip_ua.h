/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted telephone or peer on SIP: calls, answers, refuses, rings for
 * ever, holds; says a tone and digits, keeps what it hears. It notes what
 * happens as words, which tests compare:
 *
 *	invite ack bye          called, answered at once, far end hung up
 *	180 answer bye          its own call
 */
#ifndef TESTS_LIB_SIP_UA_H
#define TESTS_LIB_SIP_UA_H

#include "gateway/sip/locate.h"
#include "gateway/sip/register.h"
#include "gateway/sip/session.h"
#include "gateway/sip/sip.h"
#include "tests/lib/sip_ua_rtp.h"

struct sip_ua {
	struct sip_ua_rtp    rtp;
	struct list_node     node;      /* the world's */
	struct loop         *loop;
	struct addr          addr;
	char                 user[32], password[32];
	struct sip_stack    *stack;
	struct sip_locator  *locator;
	struct sip_sessions *sessions;
	struct sip_session  *s;         /* the last one, until its end */
	struct sip_registration_conf reg_conf;
	struct sip_register *reg;
	struct tmr           tmr;       /* answer_ms */
	/* script */
	uint16_t    does;       /* to a call: 0: nothing; 180, 183 (with
				 * sound): rings; 200: answers; 300..699 */
	uint32_t    answer_ms;  /* after ringing so long; 0: never */
	const char *codecs;     /* formats, the preferred first: "8 0 9" */
	bool        no_events;  /* knows no RFC 4733 */
	bool        late;       /* calls without a description */
	bool        ring_sdp;   /* 180 has one, too */
	const char *headers;    /* further lines of its INVITE */
	uint8_t     max_forwards;       /* it came with; 0: of its own */
	/* what happened */
	char        log[400], last_log[400];
	unsigned    n_invites, n_answers;
	struct sip_end end;     /* of the last session, without views */
	char        called[64], from[128];      /* of the last INVITE */
	char        place[64];          /* Geolocation of the last INVITE */
	bool        has_place;          /* and a document of it came, too */
	char        answered_with[32];          /* "8 101" of their SDP */
};

/* A UA at user@ip:5060 on the net. Link it to nothing. */
int sip_ua_init(struct sip_ua *u, struct loop *l, struct udp_net *net,
		struct resolver *dns, const char *user, const char *ip)
	MUST_CHECK;
void sip_ua_fini(struct sip_ua *u);

/* Calls the URI, which goes to gateway (host:port). */
int sip_ua_call(struct sip_ua *u, const char *uri, const char *gateway)
	MUST_CHECK;
/* Rings or answers the call it has. */
int sip_ua_ring(struct sip_ua *u, uint16_t status) MUST_CHECK;
int sip_ua_answer(struct sip_ua *u) MUST_CHECK;
/* BYE, CANCEL, or the final answer. */
void sip_ua_hangup(struct sip_ua *u, uint16_t status);
/* A re-INVITE with this direction: "sendonly", "sendrecv". */
int sip_ua_reinvite(struct sip_ua *u, const char *dir) MUST_CHECK;
/* A digit by INFO. */
int sip_ua_info(struct sip_ua *u, char digit) MUST_CHECK;

/* Registers user with the password at gateway, and stays registered. */
int sip_ua_register(struct sip_ua *u, const char *gateway,
		    const char *password, uint32_t expires_s) MUST_CHECK;

/* The words since the last time; valid until the next. */
const char *sip_ua_log(struct sip_ua *u);

#endif
