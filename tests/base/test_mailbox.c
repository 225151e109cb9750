/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/loop_impl.h"
#include "base/tmr.h"
#include "tests/lib/test.h"

struct bed {
	struct clk_virtual clk;
	struct loop       *loop;
	struct note        note[4];
	char               trace[16];
	size_t             n;
};

static int bed_open(struct bed *d)
{
	memset(d, 0, sizeof(*d));
	clk_virtual_init(&d->clk);
	return loop_new(&d->loop, &d->clk.clk);
}

static void on_note(struct note *n, void *arg)
{
	struct bed *d = arg;

	d->trace[d->n++] = (char)('0' + (n - d->note));
}

static void on_repost(struct note *n, void *arg)
{
	struct bed *d = arg;

	on_note(n, arg);
	loop_post(d->loop, n, on_note, d);
}

static int test_order(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	loop_post(d.loop, &d.note[2], on_note, &d);
	loop_post(d.loop, &d.note[0], on_repost, &d);
	loop_post(d.loop, &d.note[1], on_note, &d);
	loop_turn(d.loop, 1000);
	CHECK_STR(str_z(d.trace), "201");
	loop_turn(d.loop, 1000);
	CHECK_STR(str_z(d.trace), "2010");
	/* with a note to run no time passed */
	CHECK_INT(loop_now_us(d.loop), 1000000);
out:
	loop_free(d.loop);
	return err;
}

static int test_unpost(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	for (int gone = 0; gone < 4; gone++) {
		for (int i = 0; i < 4; i++)
			loop_post(d.loop, &d.note[i], on_note, &d);
		loop_unpost(d.loop, &d.note[gone]);
		loop_unpost(d.loop, &d.note[gone]);
		loop_turn(d.loop, 0);
	}
	CHECK_STR(str_z(d.trace), "123023013012");
out:
	loop_free(d.loop);
	return err;
}

static void on_stop(struct note *n, void *arg)
{
	struct bed *d = arg;

	on_note(n, arg);
	loop_stop(d->loop);
}

static int test_stop_between(void)
{
	struct bed d;
	int err = bed_open(&d);

	if (err)
		return err;
	loop_post(d.loop, &d.note[0], on_stop, &d);
	loop_post(d.loop, &d.note[1], on_note, &d);
	TRY(loop_run(d.loop));
	CHECK_STR(str_z(d.trace), "0");
	loop_post(d.loop, &d.note[2], on_stop, &d);
	TRY(loop_run(d.loop));
	CHECK_STR(str_z(d.trace), "012");
out:
	loop_free(d.loop);
	return err;
}

/* Two threads throw numbered balls; the loop's thread throws them back. */
enum { BALLS = 64, ROUNDS = 200, SENDERS = 2 };

struct sender;

struct ball {
	struct note    note;
	struct sender *of;
	unsigned       seq;
};

struct court;

struct sender {
	struct loop  *loop;
	struct court *court;
	struct ball   balls[BALLS];
	unsigned      next_seq, back, expected;
	bool          in_order;
};

struct court {
	struct loop  *loop;
	struct sender s[SENDERS];
	unsigned      finished;
};

static void on_back(struct note *n, void *arg);

static void on_ball(struct note *n, void *arg)
{
	struct ball *b = arg;

	if (b->seq != b->of->expected++)
		b->of->in_order = false;
	loop_post(b->of->loop, n, on_back, b);
}

static void on_finished(struct note *n, void *arg)
{
	struct court *c = arg;

	(void)n;
	if (++c->finished == SENDERS)
		loop_stop(c->loop);
}

static void on_back(struct note *n, void *arg)
{
	struct ball *b = arg;
	struct sender *s = b->of;

	if (++s->back == BALLS * ROUNDS) {
		loop_post(s->court->loop, n, on_finished, s->court);
		loop_stop(s->loop);
		return;
	}
	if (s->next_seq == BALLS * ROUNDS)
		return;
	b->seq = s->next_seq++;
	loop_post(s->court->loop, n, on_ball, b);
}

static void *sender_main(void *arg)
{
	struct sender *s = arg;

	for (unsigned i = 0; i < BALLS; i++) {
		s->balls[i].of = s;
		s->balls[i].seq = s->next_seq++;
		loop_post(s->court->loop, &s->balls[i].note, on_ball,
			  &s->balls[i]);
	}
	return (void *)(intptr_t)loop_run(s->loop);
}

static int test_threads(void)
{
	static struct court c;
	pthread_t th[SENDERS];
	int err = 0;

	memset(&c, 0, sizeof(c));
	TRY(loop_new(&c.loop, &clk_real));
	for (int i = 0; i < SENDERS; i++) {
		c.s[i].court = &c;
		c.s[i].in_order = true;
		TRY(loop_new(&c.s[i].loop, &clk_real));
	}
	for (int i = 0; i < SENDERS; i++)
		if (pthread_create(&th[i], NULL, sender_main, &c.s[i]))
			return EAGAIN;  /* no way to go on */
	err = loop_run(c.loop);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(th[i], NULL);
	for (int i = 0; i < SENDERS; i++) {
		CHECK(c.s[i].in_order);
		CHECK_INT(c.s[i].expected, BALLS * ROUNDS);
		CHECK_INT(c.s[i].back, BALLS * ROUNDS);
	}
out:
	for (int i = 0; i < SENDERS; i++)
		loop_free(c.s[i].loop);
	loop_free(c.loop);
	return err;
}

struct pair {
	struct loop *a, *b;
	struct note  note[2];
	unsigned     got, early;
	bool         frees;
};

static void on_count(struct note *n, void *arg)
{
	(void)n;
	(*(unsigned *)arg)++;
}

static bool is_awake(const struct loop *l)
{
	struct pollfd p = { .fd = l->wakefd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void on_tmr(void *arg)
{
	struct pair *p = arg;

	for (int i = 0; i < 2; i++)
		loop_post(p->b, &p->note[i], on_count, &p->got);
	p->early = is_awake(p->b);
	if (p->frees) {
		loop_free(p->b);
		p->b = NULL;
	}
}

/* The receiver is woken once, when the turn of the sender ends. */
static int test_wake_after_turn(void)
{
	struct pair p = { 0 };
	struct tmr t = { 0 };
	int err = 0;

	TRY(loop_new(&p.a, &clk_real));
	TRY(loop_new(&p.b, &clk_real));
	loop_post(p.b, &p.note[0], on_count, &p.got);
	CHECK(is_awake(p.b));           /* in no turn: at once */
	loop_turn(p.b, 0);
	loop_turn(p.b, 0);
	CHECK(!is_awake(p.b));
	tmr_start(p.a, &t, 0, on_tmr, &p);
	loop_turn(p.a, 0);
	CHECK(!p.early);
	CHECK(is_awake(p.b));
	loop_turn(p.b, 0);
	CHECK_INT(p.got, 3);
	p.frees = true;
	tmr_start(p.a, &t, 0, on_tmr, &p);
	loop_turn(p.a, 0);
	CHECK(!p.b);
out:
	loop_free(p.a);
	loop_free(p.b);
	return err;
}

struct chain {
	struct loop *l;
	struct tmr   t;
	unsigned     n;
};

static void on_again(void *arg)
{
	struct chain *c = arg;

	c->n++;
	tmr_start(c->l, &c->t, 0, on_again, c);
}

static void on_ready(unsigned ready, void *arg)
{
	(void)ready;
	(*(unsigned *)arg)++;
}

/* Timers of 0 ms in a row do not keep descriptors waiting. */
static int test_busy(void)
{
	struct chain c = { 0 };
	struct io io = { 0 };
	unsigned seen = 0;
	int err = 0, p[2] = { -1, -1 };

	TRY(loop_new(&c.l, &clk_real));
	CHECK_INT(pipe(p), 0);
	CHECK_INT(write(p[1], "x", 1), 1);
	TRY(io_start(c.l, &io, p[0], IO_READ, on_ready, &seen));
	tmr_start(c.l, &c.t, 0, on_again, &c);
	for (int i = 0; i < 40; i++)
		loop_turn(c.l, 1000);
	CHECK_INT(c.n, 40);
	CHECK(seen >= 10 && seen < 40);
out:
	loop_free(c.l);
	close(p[0]);
	close(p[1]);
	return err;
}

const struct test_suite suite_mailbox = {
	"base/mailbox", (const struct test[]){
		TEST(test_order), TEST(test_unpost),
		TEST(test_stop_between),
		TEST_WITH(test_wake_after_turn, TEST_REAL),
		TEST_WITH(test_busy, TEST_REAL),
		TEST_WITH(test_threads, TEST_REAL),
		TEST_END } };
