/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the guard: the file of its state. The text is made on the loop,
 * and written off it: a slow disk holds up no call. */
#ifndef GATEWAY_ROUTE_GUARD_FILE_H
#define GATEWAY_ROUTE_GUARD_FILE_H

#include "base/tmr.h"
#include "base/work.h"
#include "gateway/route/guard_state.h"

enum { GUARD_PATH_MAX = 256 };

struct guard_file {
	struct loop        *loop;
	struct guard_state *state;
	const char         *path;       /* ""; or the owner's, which may
					 * change it */
	struct tmr          tmr, part;  /* of the next text, of this one */
	struct work         work;
	struct buf          text;       /* being written, to that path */
	char                to[GUARD_PATH_MAX];
	int                 err;
};

/* path: nowhere if it is "". l and state outlive f. */
void guard_file_init(struct guard_file *f, struct loop *l,
		     struct guard_state *state, const char *path);
/* Reads the state if there is a file; what is wrong with it is told. ENOMEM
 * only. */
int guard_file_load(struct guard_file *f) MUST_CHECK;
/* Writes the state by then, and again later when that fails, which is
 * told. */
void guard_file_save_in(struct guard_file *f, uint32_t ms);
/* Nothing more is written; what was to be is written now, and waited for. */
void guard_file_close(struct guard_file *f);

/* Replaces a file of ours, or makes it: all or nothing, and it lasts. EEXIST:
 * that is somebody else's file; what the kernel says. [any thread] */
int guard_file_store(const char *path, struct str text) MUST_CHECK;

#endif
