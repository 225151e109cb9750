/* SPDX-License-Identifier: Apache-2.0 */
/* A router over a configuration from text, ENUM over scripted DNS. */
#ifndef TESTS_LIB_ROUTE_RIG_H
#define TESTS_LIB_ROUTE_RIG_H

#include "conf/conf.h"
#include "gateway/route/route.h"
#include "gateway/route/route_conf.h"
#include "tests/lib/fake_resolver.h"

struct route_rig {
	struct clk_virtual    clk;
	struct loop          *loop;
	struct fake_resolver *dns;
	struct enum_client   *client;   /* tree e164.arpa */
	struct router        *router;
	struct route_job      job;
	unsigned              answers;
	char                  got[400]; /* "rule: target(number) ..." */
	char                  told[2000];       /* route_step_print */
	bool                  emergency;
	uint32_t              random;   /* what is drawn, modulo */
	const char           *poor;     /* dest of a target; NULL: none is */
};

/* Numbers 201 and 0355550201 are line:fxs1; the plan is Japan's. The rig is
 * zeroed first; route_rig_end() is legal after an error. */
int route_rig_begin(struct route_rig *w, const char *conf_text) MUST_CHECK;
void route_rig_end(struct route_rig *w);

/* A file for a configuration to name; the caller unlinks it. EIO. */
enum { ROUTE_RIG_PATH = 32 };
int route_rig_file(char path[ROUTE_RIG_PATH], const char *text) MUST_CHECK;

/* Another configuration: router_prepare, router_commit. */
int route_rig_reload(struct route_rig *w, const char *conf_text) MUST_CHECK;

/* Searches and waits for the answer: got, answers, emergency, told. */
void route_rig_search(struct route_rig *w, const char *number,
		      enum route_source_kind from);
/* Begins a search for any query; what it answers comes to got. */
void route_rig_start(struct route_rig *w, const struct route_query *q);
/* The same, and waits. */
void route_rig_find(struct route_rig *w, const struct route_query *q);
/* route_next, and waits. */
void route_rig_next(struct route_rig *w);
/* Two seconds go by. */
void route_rig_run(struct route_rig *w);

#endif
