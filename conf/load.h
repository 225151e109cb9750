/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of conf/: what load, diag, diff and dump share. */
#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include <stdarg.h>

#include "conf/conf.h"
#include "conf/yaml.h"

/* Where the struct of a section stands in the file. */
struct conf_place {
	const void             *sec;
	const struct yaml_node *node;           /* NULL: not given */
	unsigned                line, column;   /* or of what is around it */
	bool                    doubt;          /* something was refused */
};

struct conf_load {
	struct conf_snapshot *snap;
	struct conf_diag     *diag;
	char                  dir[256];         /* of the file */
	struct conf_place    *places;
	size_t                n_places, cap_places;
	int                   err;              /* ENOMEM */
};

/* Where a value stands in the file, by its address in the snapshot. */
struct conf_line {
	const void *at;
	unsigned    line;
};

/* Memory of a snapshot besides its sections. */
struct conf_block {
	struct conf_block *next;
	_Alignas(16) char  data[];
};

struct conf_snapshot {
	const struct conf_section *const *all;
	void             **secs;        /* as all */
	void             **kept;        /* as all; objects */
	struct conf_block *blocks;
	struct conf_line  *lines;       /* in the order of loading */
	size_t             n_lines, cap_lines;
};

/* The line of a value that the file gives, 0: it does not. */
unsigned conf_line_of(const struct conf_snapshot *s, const void *at);

/* Notes an error at a place of the file. */
void conf_diag_add(struct conf_diag *d, unsigned line, unsigned column,
		   const char *fmt, ...) PRINTF_LIKE(4, 5);
void conf_diag_addv(struct conf_diag *d, unsigned line, unsigned column,
		    const char *fmt, va_list ap) PRINTF_LIKE(4, 0);

#endif
