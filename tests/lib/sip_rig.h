/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SIP stack (192.0.2.1:5060) on the virtual clock and the simulated
 * network, and one far end (192.0.2.2:5060) that is plain text: what it
 * gets is kept, what it sends is written by the test.
 */
#ifndef TESTS_LIB_SIP_RIG_H
#define TESTS_LIB_SIP_RIG_H

#include "gateway/sip/sip.h"
#include "tests/lib/fake_net.h"

enum { SIP_RIG_MAX = 128 };

struct sip_rig {
	struct clk_virtual clk;
	struct loop       *loop;
	struct fake_net   *net;
	struct sip_stack  *stack;
	struct addr        addr, peer_addr;
	struct udp        *peer;
	struct sip_msg    *got[SIP_RIG_MAX];    /* what the far end got */
	uint64_t           at_us[SIP_RIG_MAX];
	unsigned           n_got;
	/* of the client transactions of sip_rig_request() */
	unsigned           n_responses, n_ends;
	uint16_t           status;              /* last response */
	enum txn_end       why;
};

/* p may be NULL; loop and net are filled in. */
int sip_rig_open(struct sip_rig *r, const struct sip_stack_params *p)
	MUST_CHECK;
/* Closes what was opened, also after sip_rig_open() failed. */
void sip_rig_close(struct sip_rig *r);

/* Lets the virtual time pass. */
void sip_rig_run(struct sip_rig *r, uint32_t ms);
/* Forgets what the far end got so far. */
void sip_rig_clear(struct sip_rig *r);
/* The last message it got, or NULL. */
struct sip_msg *sip_rig_last(const struct sip_rig *r);

/* The far end sends. In text, each "\n" goes out as CRLF. */
int sip_rig_send(struct sip_rig *r, const char *text) MUST_CHECK;
/* The same as it is. */
int sip_rig_send_raw(struct sip_rig *r, const void *p, size_t n) MUST_CHECK;
/* The far end answers req (what it got from the stack). */
int sip_rig_answer(struct sip_rig *r, const struct sip_msg *req,
		   uint16_t status, const char *lines) MUST_CHECK;

/* The stack sends a request to the far end; responses are counted. */
int sip_rig_request(struct txn_client **tp, struct sip_rig *r,
		    const char *method, const char *body) MUST_CHECK;

#endif
