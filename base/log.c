/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structured log. One line per event, limited per (module, event), so that
 * a flood of foreign input cannot become a flood of lines.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	LINE_MAX_BYTES = 1000,
	LIMIT_SLOTS    = 256,
	LIMIT_BURST    = 50,
	LIMIT_WINDOW_S = 10,
};

/* One (module, event); two that share a slot share the limit too. */
struct limit {
	time_t   since;
	unsigned n, dropped;
};

static _Atomic int level = LOG_INFO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static log_sink_fn *sink;
static void *sink_arg;
static struct limit limits[LIMIT_SLOTS];

void log_set_level(enum log_level lv)
{
	atomic_store_explicit(&level, (int)lv, memory_order_relaxed);
}

enum log_level log_get_level(void)
{
	return (enum log_level)atomic_load_explicit(&level,
						    memory_order_relaxed);
}

void log_set_sink(log_sink_fn *fn, void *arg)
{
	pthread_mutex_lock(&lock);
	sink = fn;
	sink_arg = arg;
	memset(limits, 0, sizeof(limits));
	pthread_mutex_unlock(&lock);
}

const char *log_level_name(enum log_level lv)
{
	static const char *const names[] = {
		"err", "warn", "notice", "info", "debug" };

	return names[lv];
}

static struct limit *limit_of(const char *module, const char *event)
{
	uint32_t h = 2166136261u;       /* FNV-1a: both texts are ours */

	for (const char *p = module; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	for (const char *p = event; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	return &limits[h % LIMIT_SLOTS];
}

/* May this one be written? *missed: how many were not, in the last window. */
static bool admit(struct limit *l, unsigned *missed)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	*missed = 0;
	if (l->n == 0 || ts.tv_sec - l->since >= LIMIT_WINDOW_S) {
		*missed = l->dropped;
		*l = (struct limit){ .since = ts.tv_sec };
	}
	if (l->n >= LIMIT_BURST) {
		l->dropped++;
		return false;
	}
	l->n++;
	return true;
}

/* Control bytes would let a message forge lines. Returns the new length. */
static size_t put_clean(char *out, size_t len, const char *p)
{
	for (; *p && len < LINE_MAX_BYTES; p++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 32 && c != 127) {
			out[len++] = (char)c;
			continue;
		}
		if (len + 4 > LINE_MAX_BYTES)
			break;
		snprintf(out + len, 5, "\\x%02x", c);
		len += 4;
	}
	out[len] = '\0';
	return len;
}

static size_t put_head(char *out, const struct log_tag *t, enum log_level lv,
		       const char *event)
{
	struct timespec ts;
	struct tm tm;
	int n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = snprintf(out, LINE_MAX_BYTES, "%02d:%02d:%02d.%03ld %s %s: %s",
		     tm.tm_hour, tm.tm_min, tm.tm_sec, ts.tv_nsec / 1000000,
		     log_level_name(lv), t->module, event);
	if (n >= LINE_MAX_BYTES)
		n = LINE_MAX_BYTES - 1;
	if (!t->id[0])
		return (size_t)n;
	return put_clean(out, put_clean(out, (size_t)n, " "), t->id);
}

static void emit(enum log_level lv, const char *line)
{
	if (sink)
		sink(lv, line, sink_arg);
	else
		fprintf(stderr, "%s\n", line);
}

void log_at(const struct log_tag *t, enum log_level lv, const char *event,
	    const char *fmt, ...)
{
	static const struct log_tag none = { .module = "tipring" };
	char line[LINE_MAX_BYTES + 1], text[LINE_MAX_BYTES + 1];
	unsigned missed = 0;
	va_list ap;
	size_t n;

	if (!log_on(lv))
		return;
	if (!t || !t->module)
		t = &none;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&lock);
	if (lv == LOG_DEBUG || admit(limit_of(t->module, event), &missed)) {
		n = put_head(line, t, lv, event);
		if (text[0])
			n = put_clean(line, n, " ");
		n = put_clean(line, n, text);
		if (missed) {
			snprintf(text, sizeof(text), " not_shown=%u", missed);
			put_clean(line, n, text);
		}
		emit(lv, line);
	}
	pthread_mutex_unlock(&lock);
}
