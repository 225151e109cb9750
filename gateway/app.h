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
/* How a reload ended, and what changed or is wrong. EINVAL: errors in the
 * file; ENOTSUP: a change that needs a restart; ENOMEM and what open() says:
 * then nothing has changed. */
typedef void app_reload_fn(int err, struct str text, void *arg);
/* Reads the file again, on a thread of its own, and puts it in force while
 * calls run: all of it, or nothing. dry_run: only tells. fn (may be NULL) is
 * called at the end, never before this returns; not by app_free(). One comes
 * after the other; each reads the file when its turn comes. ENOTSUP: there
 * is no file; EBUSY: 16 are waiting; ENOMEM. (app_reload.c) */
int app_reload(struct app *a, bool dry_run, app_reload_fn *fn, void *arg)
	MUST_CHECK;
/* Who asked with this arg is not told any more; his reloads go on. */
void app_reload_forget(struct app *a, const void *arg);
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
