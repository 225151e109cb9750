/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: a Unix socket on which operators give commands. A
 * client sends one line and gets "ok" and then the text, "no" and then the
 * text (it was done, and came to nothing), or "error: TEXT", then the end of
 * the connection. Who may open the socket (mode 0600) may do
 * everything. Signalling thread.
 */
#ifndef GATEWAY_CONTROL_CONTROL_H
#define GATEWAY_CONTROL_CONTROL_H

#include "base/buf.h"
#include "base/loop.h"
#include "enum/enum.h"

struct calls;
struct guard;
struct conf_snapshot;
struct line_env;
struct location;
struct media_engine;
struct route_ask;
struct route_door;
struct route_job;
struct route_query;
struct route_target;
struct router;
struct sip_block;
struct control_wait;

/* What the commands work on; all outlives the socket. */
struct control_env {
	struct loop          *loop;
	struct calls         *calls;
	struct line_env      *lines;
	struct location      *location;
	struct media_engine  *engine;
	struct router        *router;
	struct guard         *guard;
	struct sip_block     *block;
	const struct conf_snapshot *conf;
	/* Adds text about what only the program knows: peers, registrations,
	 * version. */
	void                (*more_status)(struct buf *out, void *arg);
	/* All SIP messages to a file, NULL: no more. May be NULL. */
	int                 (*trace)(const char *path, void *arg);
	/* The file again: what changed or is wrong comes to w, as of a
	 * command that cannot answer at once. ENOTSUP: there is no file;
	 * EBUSY, ENOMEM. May be NULL. */
	int                 (*reload)(bool dry_run, struct control_wait *w,
				      void *arg);
	/* Begins the lookup of a number as dialled; as enum_lookup(), and
	 * ENOENT: no trees. May be NULL. */
	int                 (*enum_lookup)(struct enum_query *q,
					   const char *number, enum_fn *fn,
					   void *fn_arg, void *arg);
	/* The call a search is asked about; EINVAL: *why says what is wrong
	 * with the question. May be NULL. */
	int                 (*route_query)(struct route_query *q,
					   const struct route_ask *ask,
					   const char **why, void *arg);
	/* As route_door_fn. May be NULL. */
	void                (*route_door)(struct route_door *d,
					  const struct route_job *j,
					  const struct route_target *t,
					  void *arg);
	/* Adds text about the servers and caches behind it. May be NULL. */
	void                (*enum_status)(struct buf *out, void *arg);
	void                (*stop)(void *arg);
	void                 *arg;
};

struct control;

/* Listens on path; a socket file left behind by a dead gateway is taken
 * over, that of a living one is not: EADDRINUSE. */
int control_open(struct control **cp, const struct control_env *env,
		 const char *path) MUST_CHECK;
/* Another configuration is in force. */
void control_set_conf(struct control *c, const struct conf_snapshot *conf);
/* Ends all sessions and removes the file; NULL-safe. */
void control_close(struct control *c);

/*
 * A command that cannot answer at once returns EINPROGRESS: it has set job
 * and cancel, writes to out as it goes, and at its end sets job to NULL and
 * calls done, as its last act. cancel ends it without done.
 */
enum control_end {
	CONTROL_OK,
	CONTROL_NO,             /* out holds the answer, and it is no */
	CONTROL_ERROR,          /* out holds what was wrong */
};
struct control_wait {
	struct buf *out;
	void      (*done)(struct control_wait *w, enum control_end end);
	void      (*cancel)(struct control_wait *w);
	void       *job;        /* the command's; NULL: nothing under way */
};

/* The beginning of what is said to wrong usage: `tipring ctl` exits with 2. */
#define COMMAND_USAGE "usage: tipring ctl "

/* Runs one command line; out gets the text. 0, or an errno: out then holds
 * what was wrong. w (may be NULL: then no command can wait) has out and
 * done set: EINPROGRESS: done comes, never before this returns.
 * (commands.c) */
int control_run(const struct control_env *env, const char *line,
		struct buf *out, struct control_wait *w) MUST_CHECK;

/* `tipring ctl`: sends the words as one line, prints the answer. The exit
 * code: 0; 1: refused; 2: wrong usage; 3: no gateway there. (ctl.c) */
int control_client(const char *path, int argc, char **argv);

/* One line of help per command, for `tipring ctl --help`. */
void control_help(struct buf *out);

#endif
