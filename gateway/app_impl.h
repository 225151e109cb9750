/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the composition root: what app.c builds and app_reload.c
 * changes. */
#ifndef GATEWAY_APP_IMPL_H
#define GATEWAY_APP_IMPL_H

#include "gateway/app.h"
#include "gateway/app_enum.h"
#include "gateway/call/call_table.h"
#include "gateway/control/control.h"
#include "gateway/line/line.h"
#include "gateway/route/guard.h"
#include "gateway/route/route_conf.h"
#include "gateway/service/registrar.h"
#include "gateway/sip/limit.h"
#include "gateway/sip/peer.h"
#include "gateway/sip/registrations.h"
#include "gateway/sip/sip.h"

struct app {
	struct conf_snapshot *conf;             /* in force */
	struct conf_snapshot *first;            /* that of the start: what a
						 * reload cannot change lies
						 * there as long as we live */
	char                  path[256];        /* of the file; "": none */
	struct loop          *loop, *own_loop;
	struct app_enum       dns;
	struct media_engine  *engine;
	struct rtp_ports     *ports;
	struct cdr           *cdr;
	struct sip_limit     *limit;
	struct sip_block     *block;
	struct sip_trace     *trace;
	struct sip_stack     *stack;
	struct auth_server   *auth;
	struct location      *location;
	struct registrar      registrar;
	struct peers         *peers;
	struct sip_locator   *locator;
	struct sip_sessions  *sessions;
	struct registrations *registrations;
	struct line_env       lines;
	bool                  lines_open;
	struct router        *router;
	struct guard         *guard;
	struct calls         *calls;
	struct control       *control;
	struct list           reloads;          /* the first is under way */
	struct list           leftovers;        /* of those that are done */
	struct tmr            stop_tmr, cut_tmr;
	bool                  has[SIP_TP_N];
};

/* `ctl reload`: w is told. As the command of control_env. */
int app_reload_by_control(bool dry_run, struct control_wait *w, void *arg);
/* Waits for the thread of a reload, and forgets them all. */
void app_reload_close(struct app *a);

/* Lifetimes of registrations, from now on. */
void app_set_expires(struct app *a, const struct sip_conf *c);

#endif
