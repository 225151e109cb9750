/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on a virtual clock, with a stand-in for the bridge. */
#include "tests/line/rig.h"

#include <stdio.h>
#include <string.h>

static void note(struct rig_call *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void note(struct rig_call *c, const char *fmt, ...)
{
	size_t n = strlen(c->log);
	va_list ap;

	if (n > sizeof(c->log) - 40)
		return;         /* long tests do not read it */
	va_start(ap, fmt);
	vsnprintf(c->log + n, sizeof(c->log) - n, fmt, ap);
	va_end(ap);
}

/* --- the bridge -------------------------------------------------------- */

static void on_digit(char digit, bool begin, uint32_t at, void *arg)
{
	struct rig_call *c = arg;
	size_t n = strlen(c->heard_digits);

	(void)at;
	if (begin && n + 1 < sizeof(c->heard_digits))
		c->heard_digits[n] = digit;
}

static void on_progress(const struct callprog_event *e, void *arg)
{
	struct rig_call *c = arg;

	if (!c->deaf)
		line_tone(c->line, e->tone, e->found);
}

static void on_cid(int err, const struct caller_id *cid, void *arg)
{
	struct rig_call *c = arg;
	struct party p = { .presentation = PARTY_ALLOWED };

	if (err) {
		line_caller_id(c->line, NULL);
		return;
	}
	snprintf(p.number, sizeof(p.number), "%s", cid->number);
	snprintf(p.name, sizeof(p.name), "%.63s", cid->name);
	if (cid->number_private)
		p.presentation = PARTY_RESTRICTED;
	line_caller_id(c->line, &p);
}

static void send_dtmf(struct rig_call *c, int16_t *pcm)
{
	size_t n = strlen(c->dtmf);

	if (dtmf_gen_is_idle(&c->gen)) {
		if (n == 0) {
			c->sending_dtmf = false;
			line_dtmf_sent(c->line);
			return;
		}
		if (dtmf_gen_put(&c->gen, c->dtmf[0]))
			note(c, "BAD_DIGIT ");
		memmove(c->dtmf, c->dtmf + 1, n);
	}
	dtmf_gen_run(&c->gen, pcm, 160);
}

static void send_cid(struct rig_call *c, int16_t *pcm)
{
	size_t n = caller_id_tx_run(c->cid_tx, pcm, 160);

	if (n > 0)
		return;
	caller_id_tx_free(c->cid_tx);
	c->cid_tx = NULL;
	if (!c->mute_cid)
		line_cid_sent(c->line);
}

static void say(struct rig_call *c, int16_t *pcm)
{
	if (c->cid_tx)
		send_cid(c, pcm);
	else if (c->sending_dtmf)
		send_dtmf(c, pcm);
	else if (c->say_n) {
		for (unsigned i = 0; i < 160; i++) {
			pcm[i] = c->say[c->say_at];
			c->say_at = (c->say_at + 1) % c->say_n;
		}
	} else {
		tonegen_run(&c->tone, pcm, 160);
	}
}

static void tick(void *arg)
{
	struct rig_call *c = arg;
	struct frame f = { 0 };

	tmr_start(c->rig->loop, &c->tick, PORT_TICK_MS, tick, c);
	c->port->ops->pull(c->port, &f);
	if (c->heard && c->heard_n + f.n <= RIG_HEARD) {
		memcpy(c->heard + c->heard_n, f.pcm, f.n * sizeof(f.pcm[0]));
		c->heard_n += f.n;
	}
	dtmf_det_run(c->det, f.pcm, f.n);
	callprog_run(c->progress, f.pcm, f.n);
	if (c->cid_rx)
		caller_id_rx_run(c->cid_rx, f.pcm, f.n);
	memset(f.pcm, 0, sizeof(f.pcm));
	say(c, f.pcm);
	if (c->port)
		c->port->ops->push(c->port, &f);
}

static void need_port(struct rig_call *c)
{
	if (c->port)
		return;
	if (line_port(c->line, &c->port)) {
		note(c, "NO_PORT ");
		return;
	}
	tmr_start(c->rig->loop, &c->tick, PORT_TICK_MS, tick, c);
}

void rig_unport(struct rig_call *c)
{
	struct port *p = c->port;

	c->port = NULL;
	tmr_stop(&c->tick);
	port_free(p);
}

static void late_unport(void *arg)
{
	rig_unport(arg);
}

static void start_cid(struct rig_call *c, const struct line_event *e)
{
	struct caller_id cid = { .number = "0312345678" };

	if (c->line->plan->caller_id != CALLER_ID_JCLIP)
		snprintf(cid.name, sizeof(cid.name), "Alice");
	caller_id_tx_free(c->cid_tx);
	c->cid_tx = NULL;
	if (caller_id_tx_new(&c->cid_tx, c->line->plan->caller_id, &cid,
			     e->alert_tone ? CALLER_ID_ALERT : 0))
		line_cid_sent(c->line);
}

/* --- the call ---------------------------------------------------------- */

static void on_event(struct line *l, const struct line_event *e, void *arg)
{
	struct rig_call *c = arg;

	c->ev_us[e->ev] = loop_now_us(c->rig->loop);
	c->odd += !c->active;
	if (e->ev == LINE_EV_RELEASED)
		c->active = false;
	note(c, "%s", line_ev_name(e->ev));
	switch (e->ev) {
	case LINE_EV_SEIZED:
		c->seized = *e;
		note(c, "%s", e->held ? ":held" : "");
		need_port(c);
		break;
	case LINE_EV_DIGIT:
		note(c, ":%c", e->digit);
		break;
	case LINE_EV_CID_WINDOW:
		need_port(c);
		start_cid(c, e);
		break;
	case LINE_EV_SEND_DTMF:
		need_port(c);
		note(c, ":%s", e->digits);
		snprintf(c->dtmf, sizeof(c->dtmf), "%s", e->digits);
		c->sending_dtmf = true;
		break;
	case LINE_EV_RELEASED:
		note(c, ":%d", e->cause);
		c->cause = e->cause;
		caller_id_tx_free(c->cid_tx);
		c->cid_tx = NULL;
		if (c->port && !c->hold_port)
			tmr_start(c->rig->loop, &c->tick, 10, late_unport,
				  c);
		break;
	case LINE_EV_CID_LISTEN:
	case LINE_EV_DIAL_TONE_WAIT:
	case LINE_EV_ANSWERED:
	case LINE_EV_HOWLER:
		need_port(c);
		break;
	default:
		break;
	}
	note(c, " ");
	(void)l;
}

static void on_line(struct line *l, const struct line_event *e, void *arg)
{
	struct rig *r = arg;

	for (unsigned i = 0; i < RIG_LINES; i++) {
		struct rig_call *c = &r->call[i];

		if (c->line != l)
			continue;
		if (e->ev == LINE_EV_ALARM || e->ev == LINE_EV_ALARM_CLEAR) {
			note(c, "%s ", line_ev_name(e->ev));
			return;
		}
		if (c->refuse) {
			note(c, "refused ");
			line_release(l, NULL, CAUSE_REJECTED);
			return;
		}
		line_set_user(l, on_event, c);
		c->odd += c->active;
		c->active = true;
		c->calls++;
		on_event(l, e, c);
	}
}

/* --- rig --------------------------------------------------------------- */

/* What is refused on purpose needs no line on the terminal. */
static void no_log(enum log_level lv, const char *line, void *arg)
{
	(void)lv;
	(void)line;
	(void)arg;
}

int rig_init(struct rig *r)
{
	log_set_sink(no_log, NULL);
	memset(r, 0, sizeof(*r));
	clk_virtual_init(&r->clk);
	list_init(&r->env.lines);
	list_init(&r->env.groups);
	return loop_new(&r->loop, &r->clk.clk);
}

struct line_conf *rig_add(struct rig *r, const char *name,
			  enum line_kind kind, const char *plan)
{
	struct line_conf *c = &r->conf[r->lines.n++];

	line_conf_default(c, name, kind);
	snprintf(c->tone_plan, sizeof(c->tone_plan), "%s", plan);
	r->lines.v = r->conf;
	return c;
}

void rig_add_group(struct rig *r, const char *name, enum group_hunt hunt)
{
	size_t g = r->group_list.n++;

	snprintf(r->groups[g].name, LINE_NAME_MAX, "%s", name);
	r->groups[g].hunt = hunt;
	for (size_t i = 0; i < r->lines.n; i++)
		memcpy(r->members[g][i], r->conf[i].name, LINE_NAME_MAX);
	r->groups[g].lines = (struct conf_list){ r->members[g], r->lines.n };
	r->group_list.v = r->groups;
}

static int make_bridge(struct rig_call *c)
{
	const struct tone_plan *p = c->line->plan;
	int err = dtmf_det_new(&c->det, 0, on_digit, c);

	if (!err)
		err = callprog_new(&c->progress, p, 0, on_progress, c);
	if (!err && p->caller_id != CALLER_ID_NONE)
		err = caller_id_rx_new(&c->cid_rx, p->caller_id, on_cid, c);
	dtmf_gen_init(&c->gen, 8000, 100, 100, -9, -7);
	tonegen_init(&c->tone, 8000);
	return err;
}

int rig_open(struct rig *r)
{
	int err;

	r->env.loop = r->loop;
	r->env.on_line = on_line;
	r->env.arg = r;
	err = lines_open(&r->env, &r->lines, &r->group_list);
	for (unsigned i = 0; i < r->lines.n && !err; i++) {
		r->call[i].rig = r;
		r->call[i].line = rig_line(r, i);
		err = make_bridge(&r->call[i]);
	}
	return err;
}

void rig_fini(struct rig *r)
{
	for (unsigned i = 0; i < RIG_LINES; i++) {
		struct rig_call *c = &r->call[i];

		if (c->port)
			rig_unport(c);
		dtmf_det_free(c->det);
		callprog_free(c->progress);
		caller_id_rx_free(c->cid_rx);
		caller_id_tx_free(c->cid_tx);
		mem_free(c->heard);
	}
	lines_close(&r->env);
	if (r->loop)
		loop_turn(r->loop, 0);  /* notes under way */
	loop_free(r->loop);
	log_set_sink(NULL, NULL);
}

void rig_run(struct rig *r, uint32_t ms)
{
	loop_run_until(r->loop, loop_now_us(r->loop) + ms * 1000ull);
}

bool rig_await(struct rig *r, unsigned i, const char *word, uint32_t ms)
{
	for (uint32_t t = 0; t <= ms; t += 10) {
		if (strstr(r->call[i].log, word))
			return true;
		rig_run(r, 10);
	}
	return false;
}

struct line *rig_line(struct rig *r, unsigned i)
{
	return line_find(&r->env, str_z(r->conf[i].name));
}

struct sim_status rig_far(struct rig *r, unsigned i)
{
	struct sim_status st = { 0 };

	if (sim_status(&st, rig_line(r, i)))
		st.state = "none";
	return st;
}

int rig_setup_as(struct rig *r, unsigned i, const struct line_setup *s)
{
	struct rig_call *c = &r->call[i];
	int err = line_setup(rig_line(r, i), s, on_event, c);

	if (!err) {
		c->odd += c->active;
		c->active = true;
		c->calls++;
	}
	return err;
}

int rig_setup(struct rig *r, unsigned i, const char *number)
{
	struct line_setup s = { .caller_id = true };

	snprintf(s.called.number, sizeof(s.called.number), "%s", number);
	return rig_setup_as(r, i, &s);
}

void rig_release(struct rig *r, unsigned i, enum q850_cause cause)
{
	line_release(rig_line(r, i), &r->call[i], cause);
}
