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

#include "base/str.h"
#include "base/utf8.h"

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

/* A line that grows; once something did not fit nothing is added. */
struct line {
	char   p[LINE_MAX_BYTES + 1];
	size_t n;
	bool   full;
};

static void put(struct line *l, const char *p, size_t n)
{
	l->full |= n > LINE_MAX_BYTES - l->n;
	if (l->full)
		return;
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

/* Bytes of the character at p that a terminal or an editor shows as one;
 * 0: one that moves, ends or turns the line, or is none. */
static size_t printable(const char *p, size_t left)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t n = utf8_len(p, left);

	if (n == 1)
		return *u >= 32 && *u != 127;
	if (n == 2 && u[0] == 0xc2 && u[1] < 0xa0)
		return 0;       /* C1 controls */
	if (n == 3 && u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0xa8 &&
	    u[2] <= 0xae)
		return 0;       /* line separators, right to left */
	return n;
}

static void put_clean(struct line *l, struct str s, bool quoted)
{
	for (size_t i = 0, n; i < s.l && !l->full; i += n ? n : 1) {
		char hex[5];

		n = printable(s.p + i, s.l - i);
		if (!n) {
			snprintf(hex, sizeof(hex), "\\x%02x",
				 (unsigned char)s.p[i]);
			put(l, hex, 4);
		} else if (quoted && (s.p[i] == '"' || s.p[i] == '\\')) {
			put(l, (char[]){ '\\', s.p[i] }, 2);
		} else {
			put(l, s.p + i, n);
		}
	}
}

/* May it stand behind "key=" as it is? */
static bool is_plain(struct str s)
{
	for (size_t i = 0, n; i < s.l; i += n) {
		n = printable(s.p + i, s.l - i);
		if (!n || s.p[i] == ' ' || s.p[i] == '"')
			return false;
	}
	return true;
}

/* Where the text before it has come to decides what a value needs. */
static void put_text(struct line *l, struct str s, bool quoted)
{
	bool bare = !quoted && l->n && l->p[l->n - 1] == '=' && !is_plain(s);

	if (bare)
		put(l, "\"", 1);
	put_clean(l, s, quoted || bare);
	if (bare)
		put(l, "\"", 1);
}

/* One conversion that is no string: its own bytes only, then *ap is moved
 * behind it. */
static void put_number(struct line *l, const char *spec, va_list *ap)
{
	char text[64];
	va_list one;
	char c = spec[strlen(spec) - 1];

	va_copy(one, *ap);
	vsnprintf(text, sizeof(text), spec, one);
	va_end(one);
	put(l, text, strlen(text));
	if (strchr("efg", c))
		(void)va_arg(*ap, double);
	else if (c == 'p')
		(void)va_arg(*ap, void *);
	else if (strstr(spec, "ll"))
		(void)va_arg(*ap, unsigned long long);
	else if (strchr(spec, 'z'))
		(void)va_arg(*ap, size_t);
	else if (strchr(spec, 'l'))
		(void)va_arg(*ap, unsigned long);
	else
		(void)va_arg(*ap, unsigned);
}

/* The string of %s or %.*s. */
static struct str take_string(const char *spec, va_list *ap)
{
	int max = strchr(spec, '*') ? va_arg(*ap, int) : LINE_MAX_BYTES;
	const char *p = va_arg(*ap, const char *);

	return str_pl(p, p && max > 0 ? strnlen(p, (size_t)max) : 0);
}

/* printf, but that each string stays within its value. */
static void put_values(struct line *l, const char *fmt, va_list *ap)
{
	bool quoted = false;
	char spec[16];
	size_t n;

	for (; *fmt && !l->full; fmt++) {
		if (*fmt != '%') {
			quoted ^= *fmt == '"';
			put(l, fmt, 1);
			continue;
		}
		n = 1 + strcspn(fmt + 1, "cdefgiopsuxX%");
		str_clip(spec, sizeof(spec), str_pl(fmt, n + 1));
		fmt += strlen(spec) - 1;
		if (*fmt == 's')
			put_text(l, take_string(spec, ap), quoted);
		else if (*fmt == '%')
			put(l, "%", 1);
		else
			put_number(l, spec, ap);
	}
}

static void put_head(struct line *l, const struct log_tag *t,
		     enum log_level lv, const char *event)
{
	char text[128];
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	snprintf(text, sizeof(text), "%02d:%02d:%02d.%03ld %s %s: %s",
		 tm.tm_hour, tm.tm_min, tm.tm_sec, ts.tv_nsec / 1000000,
		 log_level_name(lv), t->module, event);
	put(l, text, strlen(text));
	if (!t->id[0])
		return;
	put(l, " ", 1);
	put_clean(l, str_z(t->id), false);
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
	struct line l = { .n = 0 };
	unsigned missed = 0;
	char text[32];
	size_t head;
	va_list ap;

	if (!log_on(lv))
		return;
	if (!t || !t->module)
		t = &none;
	pthread_mutex_lock(&lock);
	if (lv == LOG_DEBUG || admit(limit_of(t->module, event), &missed)) {
		put_head(&l, t, lv, event);
		head = l.n;
		put(&l, " ", 1);
		va_start(ap, fmt);
		put_values(&l, fmt, &ap);
		va_end(ap);
		if (l.n == head + 1)
			l.n = head;
		if (missed) {
			snprintf(text, sizeof(text), " not_shown=%u", missed);
			put(&l, text, strlen(text));
		}
		l.p[l.n] = '\0';
		emit(lv, l.p);
	}
	pthread_mutex_unlock(&lock);
}
