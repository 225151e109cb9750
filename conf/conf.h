/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in, checked constants out. conf/ knows no module: each module writes
 * a table of keys and a plain struct; the engine fills the struct, finds all
 * errors of a file at once and hands out an immutable snapshot.
 *
 *	struct door_conf { struct addr listen; uint32_t answer_ms; bool bell;
 *			   struct conf_list allow; };
 *
 *	static const struct conf_key keys[] = {
 *		{ CONF_FIELD(struct door_conf, listen), .type = CONF_ADDR,
 *		  .min = 5060, .dflt = "0.0.0.0", .doc = "..." },
 *		{ CONF_FIELD(struct door_conf, answer_ms), .type = CONF_MS,
 *		  .min = 100, .max = 60000, .dflt = "2s", .doc = "..." },
 *		{ CONF_FIELD(struct door_conf, bell), .type = CONF_BOOL,
 *		  .dflt = "yes", .flags = CONF_RELOAD, .doc = "..." },
 *		{ CONF_FIELD(struct door_conf, allow), .type = CONF_LIST,
 *		  .item = &(const struct conf_key){ .type = CONF_CIDR },
 *		  .dflt = "[]", .doc = "..." },
 *		{ 0 } };
 *	const struct conf_section door_section = {
 *		.name = "door", .size = sizeof(struct door_conf),
 *		.keys = keys, .doc = "..." };
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stddef.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/str.h"

struct conf_diag;
struct conf_snapshot;

/*                C type of the member        in the file
 * CONF_BOOL      bool                        yes no true false on off
 * CONF_INT       int                         decimal
 * CONF_MS        uint32_t, milliseconds      800ms 2s 1.5s 5min 1h; 5 for _ms
 * CONF_DB        float, decibels             -3 -3.5dB "-3.5 dB"
 * CONF_STR       char[max + 1]               min, max: length
 * CONF_NAME      int (an enum)               one of names[]; its index
 * CONF_ADDR      struct addr                 address[:port]; min: default port
 * CONF_CIDR      struct cidr                 network/bits or address
 * CONF_E164      char[CONF_E164_SIZE]        +81312345678; stored without
 *                                            blanks, hyphens, brackets
 * CONF_FILE      char[], as CONF_STR         relative paths count from the
 *                                            directory of the file
 * CONF_SECRET    char[], as CONF_STR         {file: PATH} or {env: NAME};
 *                                            its first line is stored
 * CONF_LIST      struct conf_list            min, max: how many; of sections
 *                                            (sub) or scalars (item)
 * CONF_MAP       the struct of sub           a nested section
 */
enum conf_type {
	CONF_NONE, CONF_BOOL, CONF_INT, CONF_MS, CONF_DB, CONF_STR, CONF_NAME,
	CONF_ADDR, CONF_CIDR, CONF_E164, CONF_FILE, CONF_SECRET, CONF_LIST,
	CONF_MAP,
};

enum {
	CONF_RELOAD   = 1,      /* may change while running, with all that is
				 * below it */
	CONF_UNIQUE   = 2,      /* no two sections of a list have the same */
	CONF_READABLE = 4,      /* CONF_FILE: must be a file one can read */
};

enum {
	CONF_E164_SIZE = 17,    /* "+", 15 digits, NUL */
	CONF_LIST_MAX  = 1000,  /* elements, where a key names no max */
};

/* n elements of sub->size (sections) or of the item's C type, in the order
 * of the file: ((const struct x_conf *)l->v)[i]. A CONF_STR element is
 * char[max + 1] of its item. */
struct conf_list {
	void  *v;
	size_t n;
};

struct conf_section;

struct conf_key {
	const char                *name;
	enum conf_type             type;
	size_t                     offset, size;  /* by CONF_FIELD */
	long                       min, max;      /* both 0: the type's own */
	const char                *dflt;  /* as in the file; NULL: the key is
					   * required; "": zeroed (no address,
					   * empty text). LIST, MAP: "[]" "{}"
					   * or "[a, b]" for scalars */
	unsigned                   flags;
	const char                *doc;   /* one sentence, with the unit */
	const struct conf_section *sub;   /* LIST of sections, MAP */
	const struct conf_key     *item;  /* LIST of scalars */
	const char *const         *names; /* NAME; ends with NULL */
};

struct conf_section {
	const char            *name;    /* at top level: the key in the file */
	size_t                 size;
	const struct conf_key *keys;    /* ends with name == NULL */
	/* Rules for the keys of one section (of each element, if in a list);
	 * says what is wrong by conf_diag_at. A key that was refused is zero,
	 * see conf_diag_doubts. May be NULL. */
	void (*check)(const void *sec, struct conf_diag *d);
	const char            *doc;
	bool                   list;    /* top level: a list of sections;
					 * conf_get returns a conf_list */
	unsigned               flags;   /* CONF_RELOAD: all of it; elements of
					 * a list may come and go, too */
};

/* A key of the struct: its name, place and size. */
#define CONF_FIELD(st, member) .name = #member, \
	.offset = offsetof(st, member), .size = sizeof(((st *)0)->member)
/* The same with another name in the file. */
#define CONF_FIELD_AS(st, member, key) .name = key, \
	.offset = offsetof(st, member), .size = sizeof(((st *)0)->member)

/* Rules across sections: s is filled as far as it could be; a key that was
 * refused is zero. What the files hold that the sections name is read here,
 * once, and kept. ENOMEM, or 0: what is wrong is in d. May be NULL where it
 * is a parameter. */
typedef int conf_cross_fn(struct conf_snapshot *s, struct conf_diag *d);

/* Reads and checks the file against the sections (NULL at the end). d gets
 * all errors; then EINVAL. Also ENOMEM, and what open() says (in d too).
 * The snapshot is an object: obj_ref, obj_unref. */
int conf_load(struct conf_snapshot **sp, const char *path,
	      const struct conf_section *const *all, conf_cross_fn *cross,
	      struct conf_diag *d) MUST_CHECK;
/* The same from memory; path is only shown, and its directory used. */
int conf_load_text(struct conf_snapshot **sp, const char *path,
		   struct str text, const struct conf_section *const *all,
		   conf_cross_fn *cross, struct conf_diag *d) MUST_CHECK;

/* The struct of a top-level section (a struct conf_list if which->list).
 * It lives as long as the snapshot. */
const void *conf_get(const struct conf_snapshot *s,
		     const struct conf_section *which);

/* Gives an object that belongs to a section to the snapshot, in place of
 * the one before; the reference goes over. NULL: none from now on. */
void conf_keep(struct conf_snapshot *s, const struct conf_section *which,
	       void *obj);
/* That object, or NULL; it stays the snapshot's. */
void *conf_kept(const struct conf_snapshot *s,
		const struct conf_section *which);

enum conf_change_kind {
	CONF_CHANGED, CONF_ADDED, CONF_REMOVED,
	CONF_MOVED,             /* a list: the same elements, other order */
};

/* One key that differs between two snapshots of the same sections. Elements
 * of a list go by their first CONF_UNIQUE key, else by their index. */
struct conf_change {
	const struct conf_section *section;     /* top level */
	enum conf_change_kind      kind;
	char                       path[96];    /* "peers[isp].ping" */
	bool                       reload;      /* may change while running */
	unsigned                   line_a, line_b;      /* in the files; 0: not
							 * given there */
	char                       from[48], to[48];    /* scalars, clipped;
							 * secrets masked */
};
/* Fills out with at most max changes; returns how many there are. */
size_t conf_diff(const struct conf_snapshot *a, const struct conf_snapshot *b,
		 struct conf_change *out, size_t max);
/* "peers[isp].ping: 30s -> 1min (line 7, was line 5)" and a line end. */
void conf_change_print(struct buf *out, const struct conf_change *c);

/* The effective configuration as YAML, secrets masked. (dump.c) */
void conf_dump(struct buf *out, const struct conf_snapshot *s);
/* All keys as Markdown: docs/config.md. (dump.c) */
void conf_doc(struct buf *out, const struct conf_section *const *all);

/* What was found wrong, in the order of the file. (diag.c) */
struct conf_error {
	unsigned line, column;          /* from 1; 0: the file as a whole */
	char     text[200];
};
struct conf_diag {
	char               file[256];
	struct conf_error *v;
	size_t             n, more;     /* more: not kept, beyond 200 */
	struct conf_load  *load;        /* while loading */
};
void conf_diag_init(struct conf_diag *d);
void conf_diag_fini(struct conf_diag *d);
/* Notes an error at a key of a section (key NULL: at the section; a key
 * that the file does not give: too). sec is the struct being checked.
 * Meant for check and cross functions. Where something of the section was
 * refused, only what is wrong with other keys that the file gives is noted:
 * the rest would follow from it. */
void conf_diag_at(struct conf_diag *d, const void *sec, const char *key,
		  const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Was something of the section refused? Then it is too early to say that a
 * key lacks another one. */
bool conf_diag_doubts(const struct conf_diag *d, const void *sec);
/* "FILE:LINE:COL: text", a line each. */
void conf_diag_print(const struct conf_diag *d, struct buf *out);

#endif
