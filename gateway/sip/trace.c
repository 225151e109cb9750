/* SPDX-License-Identifier: Apache-2.0 */
/* The message trace. */
#include "gateway/sip/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/scan.h"
#include "base/udp.h"
#include "gateway/sip/hdr.h"

struct sip_trace {
	struct loop  *loop;
	int           fd;               /* -1: none */
	uint64_t      left;
	sip_trace_fn *fn;
	void         *arg;
	struct addr   only;
};

int sip_trace_new(struct sip_trace **tp, struct loop *l)
{
	struct sip_trace *t = mem_alloc(sizeof(*t));

	if (!t)
		return ENOMEM;
	t->loop = l;
	t->fd = -1;
	*tp = t;
	return 0;
}

void sip_trace_free(struct sip_trace *t)
{
	if (t && t->fd >= 0)
		close(t->fd);
	mem_free(t);
}

int sip_trace_file(struct sip_trace *t, const char *path, uint64_t max_bytes)
{
	int fd = -1;

	if (path) {
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			  0600);
		if (fd < 0)
			return errno;
	}
	if (t->fd >= 0)
		close(t->fd);
	t->fd = fd;
	t->left = max_bytes;
	return 0;
}

void sip_trace_to(struct sip_trace *t, sip_trace_fn *fn, void *arg)
{
	t->fn = fn;
	t->arg = arg;
}

void sip_trace_only(struct sip_trace *t, const struct addr *host)
{
	t->only = *host;
}

/* A digest lets its reader try passwords at leisure. */
static void add_masked(struct buf *b, struct str msg)
{
	struct scan s = scan_of(msg);
	struct str line;

	while (!scan_eof(&s) && scan_line(&s, &line)) {
		struct str name, rest;
		enum sip_hid id;

		(void)str_cut(line, ':', &name, &rest);
		id = sip_hdr_id(str_trim(name));
		if (id == SIP_HDR_AUTHORIZATION ||
		    id == SIP_HDR_PROXY_AUTHORIZATION)
			buf_addf(b, "%.*s: (not shown)\n", STR_FMT(name));
		else
			buf_addf(b, "%.*s\n", STR_FMT(line));
	}
}

static void emit(struct sip_trace *t, struct str text)
{
	if (t->fd >= 0) {
		ssize_t n = text.l <= t->left ?
			write(t->fd, text.p, text.l) : -1;

		/* a full disk ends the trace, not the calls */
		if (n < 0) {
			close(t->fd);
			t->fd = -1;
		} else {
			t->left -= (uint64_t)n;
		}
	}
	if (t->fn)
		t->fn(text, t->arg);
}

void sip_trace_msg(struct sip_trace *t, bool out, const struct sip_flow *f,
		   struct str msg)
{
	char local[ADDR_TEXT_MAX], remote[ADDR_TEXT_MAX];
	uint64_t wall;
	struct buf b;

	if (!t || (t->fd < 0 && !t->fn) ||
	    (t->only.family != AF_UNSPEC &&
	     !addr_eq_ip(&t->only, &f->remote)))
		return;
	wall = loop_wall_us(t->loop);
	buf_init(&b, 2 * UDP_MAX);
	buf_addf(&b, "-- %llu.%06u %s %s %s %s\n",
		 (unsigned long long)(wall / 1000000),
		 (unsigned)(wall % 1000000), f->tp->ops->name,
		 addr_print(local, &f->local), out ? "->" : "<-",
		 addr_print(remote, &f->remote));
	add_masked(&b, msg);
	buf_addz(&b, "\n");
	if (!b.err)
		emit(t, buf_str(&b));
	buf_fini(&b);
}
