/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two bridges on a virtual clock and a simulated network, each with a line
 * of the test's own on side A and an RTP port on side B:
 *
 *	line 0 -- bridge 0 -- RTP ~ network ~ RTP -- bridge 1 -- line 1
 */
#ifndef TESTS_LIB_MEDIA_RIG_H
#define TESTS_LIB_MEDIA_RIG_H

#include "base/clk.h"
#include "media/bridge.h"
#include "tests/lib/fake_net.h"

enum { RIG_HEARD = 8000 * 120, RIG_EVENTS = 200 };

/* A port that says what the test gives it and keeps what it hears. */
struct rig_line {
	struct port    port;
	int16_t       *heard;           /* at most RIG_HEARD samples */
	size_t         n;
	const int16_t *say;             /* NULL: the sine below */
	size_t         say_n, at;
	double         hz, dbm0;        /* hz 0: silence */
	double         echo;            /* factor of what it heard in the
					 * tick before that comes back */
	int16_t        far[FRAME_MAX];
	unsigned       freed, bound;
	int            bind_err;
};

struct rig_event {
	unsigned            bridge;
	struct bridge_event e;
	char                digits[8];  /* DIGIT as text: "+5", "-5" */
	uint64_t            at_us;
};

struct rig {
	struct clk_virtual   clk;
	struct loop         *loop;
	struct fake_net     *net;
	struct media_conf    conf;
	struct media_engine *engine;
	struct rtp_ports    *ports;
	struct bridge       *bridge[2];
	struct rig_line      line[2];
	struct port         *rtp[2];
	struct rtp_params    prm[2];
	struct bridge_stats  stats[2];  /* the last that were told */
	unsigned             closed[2];
	struct rig_event     ev[RIG_EVENTS];
	unsigned             n_ev;
	struct port         *taken;     /* by bridge_take */
};

/* The rig with nothing attached. Everything is G.711 A-law at 20 ms with
 * telephone-event 101, until rig_attach. */
int rig_new(struct rig **rp) MUST_CHECK;
/* Attaches lines and RTP ports; prm are in force. */
int rig_attach(struct rig *r) MUST_CHECK;
/* Closes all; NULL-safe. */
void rig_free(struct rig *r);

/* Time passes. */
void rig_run_ms(struct rig *r, unsigned ms);

/* What line heard during the last ms milliseconds. */
const int16_t *rig_last(const struct rig *r, unsigned line, unsigned ms,
			size_t *n);
/* All digits told by a bridge, as "+5 -5 +6 -6 "; out holds 200 bytes. */
void rig_digits(const struct rig *r, unsigned bridge, char *out);
/* How many such events came from a bridge. */
unsigned rig_count(const struct rig *r, unsigned bridge, enum bridge_ev ev);
/* Asks for figures and waits: they are in r->stats. */
int rig_stats(struct rig *r) MUST_CHECK;

/* A line port of the test's own, not attached. */
void rig_line_init(struct rig_line *l, unsigned hz);

#endif
