/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of a line driver:
 *
 * 1. open makes one line, in env->lines, with all ops that must be there;
 *    close takes it away and leaves nothing.
 * 2. No event comes out of a call of ours, not even out of open.
 * 3. An outgoing call that is released gets RELEASED once, last, in a later
 *    turn; the line is free again within the guard time.
 * 4. The sound is there in a call only, for one holder, and comes back; a
 *    second call waits until it has.
 * 5. What is told to a line that did not ask does no harm.
 */
#include "tests/line/driver_contract.h"

#include <string.h>

#include "gateway/line/line_conf.h"
#include "media/port.h"
#include "tests/lib/test.h"

struct seen {
	struct loop *loop;
	bool         inside;            /* a call of ours is under way */
	bool         early;             /* an event came inside it */
	unsigned     n, released, after_end;
};

static void on_line(struct line *l, const struct line_event *e, void *arg)
{
	struct seen *s = arg;

	(void)l;
	s->n++;
	s->early |= s->inside;
	s->after_end += s->released > 0;
	s->released += e->ev == LINE_EV_RELEASED;
}

static void pass(struct seen *s, unsigned ms)
{
	loop_run_until(s->loop, loop_now_us(s->loop) + ms * 1000ull);
}

static bool has_ops(const struct line_ops *o)
{
	return o && o->name && o->setup && o->answer && o->release &&
	       o->port;
}

/* 5 */
static void tell_everything(struct line *l, struct seen *s)
{
	struct party p = { .number = "1" };

	s->inside = true;
	line_alert(l);
	line_tone(l, TONE_NONE, true);
	line_tone(l, TONE_RINGBACK, false);
	line_caller_id(l, &p);
	line_caller_id(l, NULL);
	line_cid_sent(l);
	line_release(l, &p, CAUSE_NORMAL);      /* nobody's */
	s->inside = false;
}

/* The bridge of a call would take the port now, or soon. */
static int port_of(struct port **pp, struct line *l, struct seen *s)
{
	int err = EINVAL;

	for (unsigned i = 0; i < 100 && err; i++) {
		err = line_port(l, pp);
		if (err)
			pass(s, 20);
	}
	return err;
}

static int pull_and_push(struct port *p)
{
	struct frame f = { 0 };
	int err;

	err = p->ops->pull(p, &f);
	if (err && err != EAGAIN)
		return err;
	if (f.hz != p->hz || f.n != port_samples(p))
		return EINVAL;
	err = p->ops->push(p, &f);
	return err == EAGAIN ? 0 : err;
}

static int one_call(struct line *l, struct seen *s)
{
	static const struct line_setup setup = { .called.number = "1" };
	struct port *p = NULL, *second;
	int err;

	CHECK_INT(line_port(l, &p), EINVAL);
	s->inside = true;
	TRY(line_setup(l, &setup, on_line, s));
	CHECK_INT(line_setup(l, &setup, on_line, s), EBUSY);
	s->inside = false;
	CHECK(!line_is_free(l) && l->state == LINE_OUTGOING);
	TRY(port_of(&p, l, s));
	CHECK(p->hz == 8000 || p->hz == 16000);
	CHECK_INT(line_port(l, &second), EBUSY);
	TRY(pull_and_push(p));
	CHECK_INT(s->released, 0);
	s->inside = true;
	line_release(l, s, CAUSE_NO_ANSWER);
	line_release(l, s, CAUSE_NORMAL);
	s->inside = false;
	CHECK_INT(s->released, 0);
	pass(s, 10);
	CHECK_INT(s->released, 1);
	/* the sound is still out: whatever call comes now, waits */
	pass(s, 3000);
	if (l->state == LINE_IDLE)
		TRY(line_setup(l, &setup, on_line, s));
	CHECK(line_port(l, &second) != 0);
	pass(s, 500);
	port_free(p);
	p = NULL;
	line_release(l, s, CAUSE_NORMAL);
	pass(s, 3000);
	CHECK(line_is_free(l));
	CHECK(!s->early);
out:
	port_free(p);
	return err;
}

static int contract(unsigned row, enum line_kind kind)
{
	const struct line_driver *d = line_drivers[row];
	struct clk_virtual clk;
	struct line_conf conf;
	struct line_env env = { 0 };
	struct seen s = { 0 };
	struct line *l;
	int err;

	clk_virtual_init(&clk);
	list_init(&env.lines);
	list_init(&env.groups);
	line_conf_default(&conf, "contract", kind);
	conf.driver = (int)row;
	TRY(loop_new(&s.loop, &clk.clk));
	env.loop = s.loop;
	env.on_line = on_line;
	env.arg = &s;
	s.inside = true;
	TRY(d->open(&env, &conf));
	s.inside = false;
	l = line_find(&env, str_z("contract"));
	CHECK(l && has_ops(l->ops) && l->kind == kind && l->conf == &conf);
	pass(&s, 100);
	CHECK(line_is_free(l));
	tell_everything(l, &s);
	pass(&s, 100);
	CHECK(line_is_free(l));
	CHECK_INT(s.n, 0);
	for (unsigned i = 0; i < 3; i++) {
		s.n = s.released = s.after_end = 0;
		TRY(one_call(l, &s));
		tell_everything(l, &s);
	}
	/* closed in the middle of a call: no event, nothing left */
	s.n = 0;
	TRY(line_setup(l, &(struct line_setup){ .called.number = "1" },
		       on_line, &s));
	d->close(l);
	CHECK_INT(s.n, 0);
	CHECK(list_is_empty(&env.lines));
	pass(&s, 1000);
	CHECK_INT(s.n, 0);
out:
	while (!list_is_empty(&env.lines))
		d->close(CONTAINER(list_first(&env.lines), struct line,
				   node));
	loop_free(s.loop);
	return err;
}

int driver_contract(unsigned row)
{
	int err = contract(row, LINE_FXS);

	return err ? err : contract(row, LINE_FXO);
}
