/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two SIP ends of ours on a simulated network and a virtual clock, and a
 * bare socket that says what a test writes. Each end notes its upcalls as
 * words in a text, which tests compare.
 *
 *	sip_pair_init(&p);              // p.a at 192.0.2.1, p.b at 192.0.2.2
 *	sip_pair_call(&p, "sip:b@192.0.2.2", "offer");
 *	sip_pair_run(&p, 100);          // ms
 *	CHECK_STR(sip_pair_log(&p.b), "invite[offer]");
 */
#ifndef TESTS_LIB_SIP_PAIR_H
#define TESTS_LIB_SIP_PAIR_H

#include "base/clk.h"
#include "base/loop.h"
#include "gateway/sip/locate.h"
#include "gateway/sip/session.h"
#include "gateway/sip/sip.h"
#include "tests/lib/fake_net.h"
#include "tests/lib/fake_resolver.h"

struct sip_end_point {
	struct addr          addr;
	struct sip_stack    *stack;
	struct sip_locator  *locator;
	struct sip_sessions *sessions;
	struct sip_session  *s;         /* the last one made, until its end */
	struct buf           log;
	struct sip_end       end;       /* of on_end, without views */
	bool                 refuse;    /* incoming calls get 603 */
	bool                 make_offer; /* on_target writes "made" */
	const char          *answer;    /* incoming: 200 at once with it */
	const char          *ack;       /* late offer: ACK with it */
	const char          *re_answer; /* re-INVITE: 200 at once with it */
};

struct sip_pair {
	struct clk_virtual   clk;
	struct loop         *loop;
	struct fake_net     *net;
	struct fake_resolver *dns;      /* of both */
	struct sip_end_point a, b;
	struct udp          *raw;       /* 192.0.2.9:5060 */
	struct sip_msg      *got;       /* what raw received last */
	unsigned             n_raw;     /* and how many */
};

/* Everything up and listening. */
int sip_pair_init(struct sip_pair *p) MUST_CHECK;
void sip_pair_fini(struct sip_pair *p);
/* Lets ms pass. */
void sip_pair_run(struct sip_pair *p, uint32_t ms);

/* a calls uri with the body ("" for none). */
int sip_pair_call(struct sip_pair *p, const char *uri, const char *body)
	MUST_CHECK;
/* a calls b with "offer", b rings and answers "answer", both confirmed. */
int sip_pair_connect(struct sip_pair *p) MUST_CHECK;

/* The upcalls of an end so far, and forgets them. */
struct str sip_pair_log(struct sip_end_point *e);

/* raw answers what it got last; tag may be NULL, headers "" */
int sip_pair_raw_reply(struct sip_pair *p, uint16_t status, const char *tag,
		       const char *headers, const char *body) MUST_CHECK;
/* raw sends a text to an end. */
int sip_pair_raw_send(struct sip_pair *p, const struct sip_end_point *to,
		      const char *fmt, ...) PRINTF_LIKE(3, 4) MUST_CHECK;
/* "METHOD" of the request, or "200" of the response that raw got last. */
const char *sip_pair_raw_got(const struct sip_pair *p);

#endif
