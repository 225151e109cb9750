/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structured log: "time level module: event key=value ...". The event is a
 * fixed phrase, values follow as keys. Each living object embeds a log_tag,
 * so one call is one grep.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum log_level { LOG_ERR, LOG_WARN, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

struct log_tag {
	const char *module;     /* "call", "line", "sip" */
	char        id[24];     /* "call=7f3a"; empty: none */
};

/* Writes a finished line (without newline) somewhere. */
typedef void log_sink_fn(enum log_level lv, const char *line, void *arg);

/* Process-wide level (default LOG_INFO) and sink (default: stderr). Set at
 * start, before other threads. */
void log_set_level(enum log_level lv);
enum log_level log_get_level(void);
void log_set_sink(log_sink_fn *fn, void *arg);

/* fmt holds "key=%s key=%d"; all conversions of printf but the lengths h,
 * j, t, L, and precisions of strings other than "%.*s". What a string holds
 * cannot end its value: behind "=" it is quoted if it has blanks, quotes or
 * bytes that cannot be printed; within quotes of fmt and of its own, " and
 * \ get a \ before them, and such bytes are shown as \xNN. A line is cut at
 * 1,000 bytes. The same event of a module is written at most 50 times
 * in 10 s below LOG_DEBUG, then counted. [any thread, but it takes a lock:
 * none that carries sound] */
void log_at(const struct log_tag *t, enum log_level lv, const char *event,
	    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Would a line of this level be written? */
static inline bool log_on(enum log_level lv)
{
	return lv <= log_get_level();
}

#define log_err(t, ev, ...)    log_at((t), LOG_ERR, (ev), __VA_ARGS__)
#define log_warn(t, ev, ...)   log_at((t), LOG_WARN, (ev), __VA_ARGS__)
#define log_notice(t, ev, ...) log_at((t), LOG_NOTICE, (ev), __VA_ARGS__)
#define log_info(t, ev, ...) \
	do { if (log_on(LOG_INFO)) \
		log_at((t), LOG_INFO, (ev), __VA_ARGS__); } while (0)
#define log_debug(t, ev, ...) \
	do { if (log_on(LOG_DEBUG)) \
		log_at((t), LOG_DEBUG, (ev), __VA_ARGS__); } while (0)

/* "err", "warn", "notice", "info", "debug". */
const char *log_level_name(enum log_level lv);

#endif
