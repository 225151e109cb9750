/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The composition root: builds every object once, in the order in which
 * they stand on each other, and takes them down in reverse. Clock, network
 * and DNS are handed in, so that a test runs the whole gateway.
 */
#ifndef GATEWAY_APP_H
#define GATEWAY_APP_H

#include "base/udp.h"
#include "conf/conf.h"

struct app;
struct calls;
struct line_env;
struct location;
struct resolver;
struct router;
struct sip_block;
struct sip_stack;

struct app_params {
	struct conf_snapshot *conf;     /* a reference is taken */
	const char           *path;     /* of its file, for app_reload; NULL:
					 * no reload */
	const struct clk     *clk;      /* &clk_real */
	struct udp_net       *net;      /* &udp_os */
	struct resolver      *resolver; /* NULL: c-ares, by `enum:` */
	bool                  tcp;      /* listen on TCP and TLS too */
	struct loop          *loop;     /* NULL: one of its own, on clk; else
					 * the caller's, who frees it */
};

/* Ready to run: sockets are open, lines in service. Errors are logged:
 * EADDRINUSE, ENOMEM and others. */
int app_new(struct app **ap, const struct app_params *p) MUST_CHECK;
/* Runs until app_stop() has ended all calls. */
int app_run(struct app *a) MUST_CHECK;
/* Ends all calls, then app_run; at the latest after 5 s. Legal in any
 * callback. */
void app_stop(struct app *a);
/* Reads the file again and puts it in force while calls run: all of it, or
 * nothing. out (may be NULL) gets what changed, or what is wrong. dry_run:
 * only tells. EINVAL: errors in the file; ENOTSUP: a change that needs a
 * restart, or no file; ENOMEM and what open() says. (app_reload.c) */
int app_reload(struct app *a, bool dry_run, struct buf *out) MUST_CHECK;
/* All calls have ended (app_stop, or the test's own way). NULL-safe. */
void app_free(struct app *a);

/* For tests. */
struct loop *app_loop(struct app *a);
struct calls *app_calls(struct app *a);
struct line_env *app_lines(struct app *a);
struct location *app_location(struct app *a);
struct router *app_router(struct app *a);
struct sip_stack *app_stack(struct app *a);
struct sip_block *app_block(struct app *a);

/* What is in use at this moment. */
struct app_counts {
	unsigned rtp_ports;
	size_t   sessions;
};
void app_counts(struct app_counts *c, struct app *a);

#endif
