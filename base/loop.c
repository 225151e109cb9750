/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop on epoll. A turn waits, reads the clock once, then runs
 * notes, timers and descriptors. On a virtual clock waiting is skipping.
 */
#include "base/loop.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop_impl.h"
#include "base/mem.h"

enum {
	STALL_US   = 20000,
	MAX_EVENTS = 64,
	MAX_IO     = 1 << 20,
	UNPOLLED   = 3,         /* turns in a row that have enough to do */
};

/* The loop whose turn this thread is in. */
static _Thread_local struct loop *turning;

static const uint32_t NO_SLOT = UINT32_MAX;
/* what epoll returns for the wake-up, no slot */
static const uint64_t WAKE = UINT64_MAX;

int loop_new(struct loop **lp, const struct clk *clk)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = WAKE };
	struct loop *l = mem_alloc(sizeof(*l));
	int err = 0;

	if (!l)
		return ENOMEM;
	l->clk = clk;
	l->free_slot = NO_SLOT;
	l->wakefd = -1;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epfd >= 0)
		l->wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wakefd < 0 ||
	    epoll_ctl(l->epfd, EPOLL_CTL_ADD, l->wakefd, &ev) < 0)
		err = errno;
	if (err)
		loop_free(l);
	else
		*lp = l;
	return err;
}

/* A loop that goes is not to be woken any more. */
static void drop_wake(struct loop *l)
{
	struct loop *me = turning;

	for (unsigned i = 0; me && i < me->n_wakes; i++)
		if (me->wakes[i] == l)
			me->wakes[i--] = me->wakes[--me->n_wakes];
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < l->n_slots; i++)
		if (l->slots[i].io)
			io_stop(l->slots[i].io);
	tmr_drop_all(l);
	drop_wake(l);
	if (l->wakefd >= 0)
		close(l->wakefd);
	if (l->epfd >= 0)
		close(l->epfd);
	mem_free(l->slots);
	mem_free(l);
}

uint64_t loop_now_us(const struct loop *l)
{
	/* between turns nothing is cached: set-up code gets the true time */
	return l->in_turn ? l->now_us : l->clk->now_us(l->clk->arg);
}

const struct clk *loop_clk(const struct loop *l)
{
	return l->clk;
}

uint64_t loop_wall_us(const struct loop *l)
{
	return l->clk->wall_us(l->clk->arg);
}

uint64_t loop_stalls(const struct loop *l)
{
	return l->stalls;
}

static void wake(struct loop *l)
{
	uint64_t one = 1;
	ssize_t n;

	/* it can only fail when the counter is full: then it is awake */
	n = write(l->wakefd, &one, sizeof(one));
	(void)n;
}

void loop_wake_later(struct loop *l)
{
	struct loop *me = turning;

	if (me == l)
		return;                 /* looks before it waits */
	if (!me || me->n_wakes == LOOP_WAKES) {
		wake(l);
		return;
	}
	for (unsigned i = 0; i < me->n_wakes; i++)
		if (me->wakes[i] == l)
			return;
	me->wakes[me->n_wakes++] = l;
}

static void wake_others(struct loop *l)
{
	for (unsigned i = 0; i < l->n_wakes; i++)
		wake(l->wakes[i]);
	l->n_wakes = 0;
}

void loop_stop(struct loop *l)
{
	atomic_store(&l->stop, true);
	wake(l);
}

bool loop_is_stopping(struct loop *l)
{
	return l->running && atomic_load(&l->stop);
}

uint64_t loop_ran(struct loop *l, uint64_t began_us, const char *kind)
{
	static const struct log_tag tag = { .module = "loop" };
	uint64_t now = l->clk->now_us(l->clk->arg);

	if (now - began_us > STALL_US) {
		l->stalls++;
		log_warn(&tag, "callback took too long", "kind=%s ms=%llu",
			 kind, (unsigned long long)(now - began_us) / 1000);
	}
	return now;
}

/* How long this turn may wait, in microseconds. */
static uint64_t wait_us(struct loop *l, uint64_t now, uint64_t max)
{
	struct heap_node *n = heap_min(&l->timers);

	if (mailbox_has(l) || loop_is_stopping(l))
		return 0;
	if (!n || n->key > now + max)
		return max;
	return n->key > now ? n->key - now : 0;
}

/* Rounded up to milliseconds; too early would be a turn for nothing. */
static int poll_coarse(struct loop *l, struct epoll_event *ev, uint64_t us)
{
	return epoll_wait(l->epfd, ev, MAX_EVENTS, (int)((us + 999) / 1000));
}

/* To the microsecond: a worker's ticks would come up to 1 ms late else. */
static int poll_events(struct loop *l, struct epoll_event *ev, uint64_t us)
{
	struct timespec ts = { (time_t)(us / 1000000),
			       (long)(us % 1000000) * 1000 };
	int n = -1;

	if (!l->coarse) {
		n = epoll_pwait2(l->epfd, ev, MAX_EVENTS, &ts, NULL);
		/* since Linux 5.11; sandboxes and valgrind may refuse it */
		l->coarse = n < 0 && errno != EINTR;
	}
	if (l->coarse)
		n = poll_coarse(l, ev, us);
	return n < 0 ? 0 : n;
}

static unsigned ready_of(uint32_t events, unsigned want)
{
	unsigned r = 0;

	if (events & (EPOLLERR | EPOLLHUP))
		return want;
	if (events & (EPOLLIN | EPOLLRDHUP))
		r |= IO_READ;
	if (events & EPOLLOUT)
		r |= IO_WRITE;
	if (events & EPOLLPRI)
		r |= IO_PRI;
	return r & want;
}

static void run_event(struct loop *l, const struct epoll_event *ev)
{
	uint32_t slot = (uint32_t)ev->data.u64;
	uint64_t count;
	struct io *io;
	unsigned ready;

	if (ev->data.u64 == WAKE) {
		if (read(l->wakefd, &count, sizeof(count)) < 0)
			return;         /* another turn took it */
		return;
	}
	io = l->slots[slot].io;
	if (!io || l->slots[slot].gen != (uint32_t)(ev->data.u64 >> 32))
		return;                 /* stopped since it was fetched */
	ready = ready_of(ev->events, io->want);
	if (ready)
		io->fn(ready, io->arg);
}

static void run_events(struct loop *l, const struct epoll_event *ev, int n)
{
	uint64_t t = n ? l->clk->now_us(l->clk->arg) : 0;

	for (int i = 0; i < n && !loop_is_stopping(l); i++) {
		run_event(l, &ev[i]);
		t = loop_ran(l, t, "io");
	}
}

/* A turn that has timers or notes to run need not look at the descriptors as
 * well each time: a call sets several timers of 0 ms. */
static bool skips_poll(struct loop *l, uint64_t wait, uint64_t max_us)
{
	l->unpolled = !wait && max_us && !l->clk->skip_to &&
		      l->unpolled < UNPOLLED ? l->unpolled + 1 : 0;
	return l->unpolled;
}

static void turn(struct loop *l, uint64_t max_us)
{
	struct epoll_event ev[MAX_EVENTS];
	const struct clk *c = l->clk;
	uint64_t now = c->now_us(c->arg);
	uint64_t wait = wait_us(l, now, max_us);
	uint64_t limit = l->timers.seq;
	struct loop *outer = turning;
	int n = 0;

	assert(!l->in_turn);
	if (!skips_poll(l, wait, max_us))
		n = poll_events(l, ev, c->skip_to ? 0 : wait);
	if (c->skip_to && !n && !mailbox_has(l))
		c->skip_to(now + wait, c->arg);
	l->now_us = c->now_us(c->arg);
	l->in_turn = true;
	turning = l;
	mailbox_run(l);
	tmr_run_due(l, limit);
	run_events(l, ev, n);
	wake_others(l);
	turning = outer;
	l->in_turn = false;
}

void loop_turn(struct loop *l, uint32_t max_wait_ms)
{
	turn(l, (uint64_t)max_wait_ms * 1000);
}

int loop_run(struct loop *l)
{
	const uint64_t max_us = 10000000;       /* epoll_wait takes an int */

	l->running = true;
	while (!atomic_load(&l->stop))
		turn(l, max_us);
	l->running = false;
	atomic_store(&l->stop, false);
	return 0;
}

static bool is_due(struct loop *l, uint64_t now)
{
	struct heap_node *n = heap_min(&l->timers);

	return mailbox_has(l) || (n && n->key <= now);
}

void loop_run_until(struct loop *l, uint64_t t_us)
{
	const uint64_t max_us = 10000000;
	uint64_t now = loop_now_us(l);

	do {
		uint64_t left = t_us > now ? t_us - now : 0;

		turn(l, left < max_us ? left : max_us);
		now = loop_now_us(l);
	} while (now < t_us || (l->clk->skip_to && is_due(l, now)));
}

static int slot_get(struct loop *l, uint32_t *slot)
{
	struct loop_slot *s;
	uint32_t n = l->n_slots;

	if (l->free_slot == NO_SLOT) {
		uint32_t m = n ? n * 2 : 16;

		if (m > MAX_IO)
			return ENOMEM;
		s = mem_realloc(l->slots, m * sizeof(*s));
		if (!s)
			return ENOMEM;
		memset(s + n, 0, (m - n) * sizeof(*s));
		l->slots = s;
		l->n_slots = m;
		for (; m > n; m--) {
			s[m - 1].next_free = l->free_slot;
			l->free_slot = m - 1;
		}
	}
	*slot = l->free_slot;
	l->free_slot = l->slots[*slot].next_free;
	return 0;
}

static void slot_put(struct loop *l, uint32_t slot)
{
	l->slots[slot].io = NULL;
	l->slots[slot].gen++;
	l->slots[slot].next_free = l->free_slot;
	l->free_slot = slot;
}

static int control(struct loop *l, int op, int fd, unsigned want,
		   uint32_t slot)
{
	struct epoll_event ev = { 0 };

	if (want & IO_READ)
		ev.events |= EPOLLIN | EPOLLRDHUP;
	if (want & IO_WRITE)
		ev.events |= EPOLLOUT;
	if (want & IO_PRI)
		ev.events |= EPOLLPRI;
	ev.data.u64 = (uint64_t)l->slots[slot].gen << 32 | slot;
	return epoll_ctl(l->epfd, op, fd, &ev) < 0 ? errno : 0;
}

int io_start(struct loop *l, struct io *io, int fd, unsigned want, io_fn *fn,
	     void *arg)
{
	uint32_t slot;
	int err;

	if (io->loop && io->loop == l && io->fd == fd) {
		io->fn = fn;
		io->arg = arg;
		return io_want(io, want);
	}
	io_stop(io);
	err = slot_get(l, &slot);
	if (err)
		return err;
	err = control(l, EPOLL_CTL_ADD, fd, want, slot);
	if (err) {
		slot_put(l, slot);
		return err;
	}
	*io = (struct io){ fd, want, fn, arg, l, slot };
	l->slots[slot].io = io;
	return 0;
}

int io_want(struct io *io, unsigned want)
{
	int err;

	if (io->want == want)
		return 0;
	err = control(io->loop, EPOLL_CTL_MOD, io->fd, want, io->slot);
	if (!err)
		io->want = want;
	return err;
}

void io_stop(struct io *io)
{
	struct loop *l = io->loop;

	if (!l)
		return;
	/* fails only if the fd was closed before: then it is gone anyway */
	(void)epoll_ctl(l->epfd, EPOLL_CTL_DEL, io->fd, NULL);
	slot_put(l, io->slot);
	io->loop = NULL;
}
