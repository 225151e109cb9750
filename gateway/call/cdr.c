/* SPDX-License-Identifier: Apache-2.0 */
/* Call detail records as JSON lines (RFC 8259, RFC 7464's plain cousin). */
#include "gateway/call/cdr.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"

enum { RECORD_MAX = 4096 };

struct cdr {
	int  fd;
	bool torn;              /* the last line is half a record */
	char path[];
};

static METRIC_COUNT(m_written, "tipring_cdr_written_total",
		    "Call detail records written");
static METRIC_COUNT(m_lost, "tipring_cdr_lost_total",
		    "Call detail records that could not be written");
static const struct log_tag tag = { .module = "cdr" };

static void cdr_destroy(void *obj)
{
	struct cdr *c = obj;

	if (c->fd >= 0)
		close(c->fd);
}

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

int cdr_open(struct cdr **cp, const char *path)
{
	size_t n = strlen(path) + 1;
	struct cdr *c = obj_new(sizeof(*c) + n, cdr_destroy);

	if (!c)
		return ENOMEM;
	memcpy(c->path, path, n);
	c->fd = *path ? open_file(path) : -1;
	if (*path && c->fd < 0) {
		int err = errno;

		obj_unref(c);
		return err;
	}
	*cp = c;
	return 0;
}

void cdr_close(struct cdr *c)
{
	obj_unref(c);
}

int cdr_reopen(struct cdr *c)
{
	int fd;

	if (!c->path[0])
		return 0;
	fd = open_file(c->path);
	if (fd < 0)
		return errno;
	close(c->fd);
	c->fd = fd;
	c->torn = false;
	return 0;
}

/* Bytes of the UTF-8 character at z (RFC 3629 section 4); 0: none is. */
static size_t utf8_len(const char *z)
{
	const unsigned char *u = (const unsigned char *)z;
	size_t n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2
		   : u[0] < 0xf0 ? 3 : u[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return n;
}

/* A JSON string; bytes below 32 and the two specials are escaped. What a
 * peer escaped into its URI need not be UTF-8: U+FFFD stands for it. */
static void add_string(struct buf *b, const char *z)
{
	buf_addc(b, '"');
	for (; *z; z++) {
		unsigned char ch = (unsigned char)*z;
		size_t n = utf8_len(z);

		if (n > 1) {
			buf_add(b, z, n);
			z += n - 1;
		} else if (!n) {
			buf_addz(b, "\\ufffd");
		} else if (ch == '"' || ch == '\\') {
			buf_addf(b, "\\%c", ch);
		} else if (ch < 32 || ch == 127) {
			buf_addf(b, "\\u%04x", ch);
		} else {
			buf_addc(b, (char)ch);
		}
	}
	buf_addc(b, '"');
}

static void add_field(struct buf *b, const char *name, const char *z)
{
	buf_addf(b, ",\"%s\":", name);
	add_string(b, z);
}

/* ISO 8601 in UTC, milliseconds; null for "not". */
static void add_time(struct buf *b, const char *name, uint64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;
	char text[32];

	buf_addf(b, ",\"%s\":", name);
	if (!us || !gmtime_r(&t, &tm)) {
		buf_addz(b, "null");
		return;
	}
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_addf(b, "\"%s.%03uZ\"", text, (unsigned)(us / 1000 % 1000));
}

static void add_number(struct buf *b, const char *name, double v)
{
	if (v < 0)
		buf_addf(b, ",\"%s\":null", name);
	else
		buf_addf(b, ",\"%s\":%.2f", name, v);
}

static void add_media(struct buf *b, const char *name,
		      const struct cdr_media *m)
{
	if (!m->codec[0])
		return;
	buf_addf(b, ",\"%s\":{\"codec\":", name);
	add_string(b, m->codec);
	buf_addf(b, ",\"packets_in\":%lld,\"packets_out\":%lld",
		 (long long)m->packets_in, (long long)m->packets_out);
	add_number(b, "loss_percent", m->loss_percent);
	add_number(b, "jitter_ms", m->jitter_ms);
	add_number(b, "erl_db", m->erl_db);
	add_number(b, "erle_db", m->erle_db);
	buf_addc(b, '}');
}

static void add_record(struct buf *b, const struct cdr_record *r)
{
	uint64_t talk = r->answer_us && r->end_us > r->answer_us
				? r->end_us - r->answer_us : 0;

	buf_addz(b, "{\"id\":");
	add_string(b, r->id);
	add_time(b, "start", r->start_us);
	add_time(b, "ringing", r->ringing_us);
	add_time(b, "answer", r->answer_us);
	add_time(b, "end", r->end_us);
	buf_addf(b, ",\"talk_s\":%.3f", (double)talk / 1e6);
	add_field(b, "source", r->source);
	add_field(b, "calling", r->calling.presentation == PARTY_RESTRICTED
					? "" : r->calling.number);
	add_field(b, "called", r->called.number);
	add_field(b, "route", r->route);
	add_field(b, "why", r->why);
	add_field(b, "target", r->target);
	add_field(b, "line", r->line);
	add_number(b, "setup_ms", r->setup_ms);
	buf_addf(b, ",\"tried\":%u,\"emergency\":%s", r->tried,
		 r->emergency ? "true" : "false");
	buf_addf(b, ",\"cause\":%d,\"status\":%u", (int)r->cause, r->status);
	add_field(b, "ended_by", r->ended_by);
	add_media(b, "media_caller", &r->media[0]);
	add_media(b, "media_called", &r->media[1]);
	buf_addc(b, '}');
}

size_t cdr_print(char *out, size_t cap, const struct cdr_record *r)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, RECORD_MAX);
	add_record(&b, r);
	if (!b.err && b.len < cap) {
		memcpy(out, b.p, b.len);
		out[b.len] = '\0';
		n = b.len;
	}
	buf_fini(&b);
	return n;
}

void cdr_write(struct cdr *c, const struct cdr_record *r)
{
	char line[RECORD_MAX + 2];
	size_t n;
	ssize_t w;

	if (c->fd < 0)
		return;
	n = cdr_print(line, sizeof(line) - 1, r);
	line[n++] = '\n';
	/* a full disk took half of the last: that half ends here */
	if (c->torn && write(c->fd, "\n", 1) == 1)
		c->torn = false;
	w = n > 1 && !c->torn ? write(c->fd, line, n) : 0;
	if (w == (ssize_t)n) {
		metric_add(&m_written, 1);
		return;
	}
	c->torn |= w > 0;
	metric_add(&m_lost, 1);
	log_err(&tag, "record lost", "call=%s error=%s", r->id,
		w < 0 ? strerror(errno) : "short write");
}
