/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of local RTP ports: even numbers in a range, each with the odd
 * one above it for RTCP. Numbers are taken in turn, so that a freed one
 * rests as long as possible before it is used again.
 */
#ifndef MEDIA_RTP_PORTS_H
#define MEDIA_RTP_PORTS_H

#include "base/udp.h"

struct rtp_ports;

/* Ports min..max (even..odd; at least two) on net. EINVAL, ENOMEM. */
int rtp_ports_new(struct rtp_ports **pp, struct udp_net *net, uint16_t min,
		  uint16_t max) MUST_CHECK;

/* All pairs have been given back. NULL-safe. */
void rtp_ports_free(struct rtp_ports *p);

/* Opens the next free pair on the local address ip (its port does not
 * count). EADDRNOTAVAIL: no pair left; EMFILE, ENOMEM and others. */
int rtp_ports_open(struct rtp_ports *p, const struct addr *ip,
		   struct udp **rtp, struct udp **rtcp) MUST_CHECK;

/* Closes a pair of rtp_ports_open. */
void rtp_ports_close(struct rtp_ports *p, struct udp *rtp,
		     struct udp *rtcp);

/* Pairs in use now. */
unsigned rtp_ports_used(const struct rtp_ports *p);

#endif
