/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole gateway in one thread on a virtual clock: gateway/app.h with a
 * simulated network, scripted DNS, simulated lines, and scripted UAs around
 * it. In the configuration every address is 192.0.2.x; the gateway is
 * 192.0.2.1, domain "home.test".
 *
 *	const struct world_params p = { .conf = "peers: ...\n" };
 *
 *	TRY(world_new(&w, &p));
 *	TRY(world_ua(&bob, w, "bob", 20));
 *	TRY(sip_ua_call(bob, "sip:201@home.test", w->gateway));
 *	world_run(w, 100);
 *	...
 *	CHECK(world_is_idle(w));
 *	world_free(w);
 */
#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include "base/clk.h"
#include "gateway/app.h"
#include "gateway/call/call_table.h"
#include "gateway/line/line.h"
#include "gateway/line/sim/sim.h"
#include "tests/lib/fake_net.h"
#include "tests/lib/fake_resolver.h"
#include "tests/lib/sip_ua.h"

struct world_params {
	const char *conf;       /* sections: lines, peers, routes ... */
	const char *media, *calls, *sip, *log;  /* further keys of those
						 * sections, "a: 1, b: 2" */
	bool        real;       /* real clock and sockets, 2 workers */
	int         workers;    /* of a real one; 0: 2 */
	int         rtp_ports;  /* pairs of them; 0: 2000 */
};

struct world {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_net      *net;      /* NULL: real */
	struct udp_net       *udp;
	struct fake_resolver *dns;
	struct conf_snapshot *conf;
	struct app           *app;
	struct list           uas;
	int                   cdr_fd, conf_fd;
	char                  gateway[ADDR_TEXT_MAX];   /* "192.0.2.1" */
	char                  net_prefix[16];           /* "192.0.2." */
	char                  cdr[4096];
};

/* Up and running; phones have the password "secret". EINVAL: the
 * configuration (its errors are printed). */
int world_new(struct world **wp, const struct world_params *p) MUST_CHECK;
/* Writes another configuration into the file that app_reload reads. */
int world_set_conf(struct world *w, const struct world_params *p) MUST_CHECK;
/* The same with this text alone. */
int world_set_file(struct world *w, struct str text) MUST_CHECK;
/* app_reload, and waits for its end; out (may be NULL) gets the text. */
int world_reload(struct world *w, bool dry_run, struct buf *out) MUST_CHECK;
/* Hangs up what is left, and frees all. NULL-safe. */
void world_free(struct world *w);
/* Time passes. */
void world_run(struct world *w, uint32_t ms);
/* Time passes until check is true, at most so long: ETIMEDOUT. */
int world_wait(struct world *w, uint32_t ms, bool (*check)(void *arg),
	       void *arg) MUST_CHECK;

/* A UA at 192.0.2.host:5060; the world's. */
int world_ua(struct sip_ua **up, struct world *w, const char *user,
	     unsigned host) MUST_CHECK;
/* The same, registered as a phone with its right password. */
int world_phone(struct sip_ua **up, struct world *w, const char *user,
		unsigned host) MUST_CHECK;

/* A line of the configuration; NULL: none of that name. */
struct line *world_line(const struct world *w, const char *name);
/* Status of its far end, zeroed on an error. */
struct sim_status world_sim(const struct world *w, const char *name);
/* The sine near hz that the far end of a line heard in the last ms. */
int world_sim_fit(struct sine *s, const struct world *w, const char *name,
		  double hz, unsigned ms) MUST_CHECK;

/* The oldest call, NULL: none; how many there are. */
struct call *world_call(const struct world *w);
unsigned world_calls(const struct world *w);

/* The records so far, a JSON object in each line. */
const char *world_cdr(struct world *w);
/* Number of records that hold the text. */
unsigned world_cdr_count(struct world *w, const char *text);

/* No call, session, transaction, RTP port, no line in use. Says on stdout
 * what is left. Runs up to 64 T1 until transactions have ended. */
bool world_is_idle(struct world *w);

#endif
