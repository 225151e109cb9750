/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of dsp/ as stages of a bridge. */
#include "media/stage.h"

#include <string.h>

#include "base/mem.h"
#include "dsp/callprog.h"
#include "dsp/dtmf.h"
#include "dsp/resample.h"
#include "media/file_impl.h"

void stage_free(struct stage *s)
{
	if (s)
		s->ops->free(s);
}

static void on_back(struct note *n, void *arg)
{
	(void)n;
	stage_free(arg);
}

void stage_give_back(struct stage *s, struct loop *sig)
{
	if (s)
		loop_post(sig, &s->note, on_back, s);
}

/* All detectors work at 8 kHz. */
struct narrow {
	struct resample rs;
	int16_t         pcm[FRAME_MAX];
};

static const int16_t *narrow(struct narrow *w, const struct frame *f,
			     size_t *n)
{
	*n = f->n;
	if (f->hz == 8000)
		return f->pcm;
	if (w->rs.from_hz != f->hz)
		resample_init(&w->rs, f->hz, 8000);
	*n = resample_run(&w->rs, f->pcm, f->n, w->pcm);
	return w->pcm;
}

/* --- line echo canceller ----------------------------------------------- */

struct echo_stage {
	struct stage stage;
	struct echo *echo;
	int16_t      far[FRAME_MAX / 2];        /* what the line plays now */
};

static bool echo_run(struct stage *s, struct frame *f)
{
	struct echo_stage *e = (struct echo_stage *)(void *)s;

	/* lines have 8 kHz and frames of 160; anything else has no hybrid */
	if (f->hz == 8000 && f->n == FRAME_MAX / 2)
		echo_process(e->echo, e->far, f->pcm, f->pcm, f->n);
	return true;
}

static void echo_pushed(struct stage *s, const struct frame *f)
{
	struct echo_stage *e = (struct echo_stage *)(void *)s;

	if (f->n == FRAME_MAX / 2)
		memcpy(e->far, f->pcm, sizeof(e->far));
}

static void echo_stage_free(struct stage *s)
{
	echo_free(((struct echo_stage *)(void *)s)->echo);
	mem_free(s);
}

static const struct stage_ops echo_ops = {
	echo_run, echo_pushed, echo_stage_free,
};

int stage_echo_new(struct stage **sp, unsigned tail_ms, unsigned flags)
{
	struct echo_stage *e = mem_alloc(sizeof(*e));
	int err;

	if (!e)
		return ENOMEM;
	err = echo_new(&e->echo, tail_ms, flags);
	if (err) {
		mem_free(e);
		return err;
	}
	e->stage.ops = &echo_ops;
	e->stage.slot = STAGE_ECHO;
	*sp = &e->stage;
	return 0;
}

void stage_echo_stats(const struct stage *s, struct echo_stats *st)
{
	echo_get_stats(((const struct echo_stage *)(const void *)s)->echo,
		       st);
}

/* --- DTMF detection ---------------------------------------------------- */

struct dtmf_stage {
	struct stage     stage;
	struct dtmf_det *det;
	struct narrow    narrow;
};

static void on_digit(char digit, bool begin, uint32_t at, void *arg)
{
	struct stage *s = arg;

	(void)at;
	s->sink->digit(s->arg, digit, begin);
}

static bool dtmf_run(struct stage *s, struct frame *f)
{
	struct dtmf_stage *d = (struct dtmf_stage *)(void *)s;
	size_t n;
	const int16_t *pcm = narrow(&d->narrow, f, &n);

	dtmf_det_run(d->det, pcm, n);
	return true;
}

static void dtmf_stage_free(struct stage *s)
{
	dtmf_det_free(((struct dtmf_stage *)(void *)s)->det);
	mem_free(s);
}

static const struct stage_ops dtmf_ops = { dtmf_run, NULL, dtmf_stage_free };

int stage_dtmf_new(struct stage **sp, bool dial_filter)
{
	struct dtmf_stage *d = mem_alloc(sizeof(*d));
	int err;

	if (!d)
		return ENOMEM;
	err = dtmf_det_new(&d->det, dial_filter ? DTMF_DIAL_FILTER : 0,
			   on_digit, d);
	if (err) {
		mem_free(d);
		return err;
	}
	d->stage.ops = &dtmf_ops;
	d->stage.slot = STAGE_DTMF;
	*sp = &d->stage;
	return 0;
}

/* --- call progress ----------------------------------------------------- */

struct progress_stage {
	struct stage     stage;
	struct callprog *prog;
	struct narrow    narrow;
};

static void on_tone(const struct callprog_event *e, void *arg)
{
	struct stage *s = arg;

	if (e->voice)
		s->sink->voice(s->arg);
	else
		s->sink->tone(s->arg, e->tone, e->found);
}

static bool progress_run(struct stage *s, struct frame *f)
{
	struct progress_stage *p = (struct progress_stage *)(void *)s;
	size_t n;
	const int16_t *pcm = narrow(&p->narrow, f, &n);

	callprog_run(p->prog, pcm, n);
	return true;
}

static void progress_free(struct stage *s)
{
	callprog_free(((struct progress_stage *)(void *)s)->prog);
	mem_free(s);
}

static const struct stage_ops progress_ops = {
	progress_run, NULL, progress_free,
};

int stage_progress_new(struct stage **sp, const struct tone_plan *plan,
		       unsigned silence_ms)
{
	struct progress_stage *p = mem_alloc(sizeof(*p));
	int err;

	if (!p)
		return ENOMEM;
	err = callprog_new(&p->prog, plan, silence_ms, on_tone, p);
	if (err) {
		mem_free(p);
		return err;
	}
	p->stage.ops = &progress_ops;
	p->stage.slot = STAGE_PROGRESS;
	*sp = &p->stage;
	return 0;
}

/* --- caller ID, received ----------------------------------------------- */

struct cid_stage {
	struct stage         stage;
	struct caller_id_rx *rx;
	struct narrow        narrow;
};

static void on_caller_id(int err, const struct caller_id *cid, void *arg)
{
	struct stage *s = arg;

	s->sink->caller_id(s->arg, err ? NULL : cid);
}

static bool cid_run(struct stage *s, struct frame *f)
{
	struct cid_stage *c = (struct cid_stage *)(void *)s;
	size_t n;
	const int16_t *pcm = narrow(&c->narrow, f, &n);

	caller_id_rx_run(c->rx, pcm, n);
	return true;
}

static void cid_free(struct stage *s)
{
	caller_id_rx_free(((struct cid_stage *)(void *)s)->rx);
	mem_free(s);
}

static const struct stage_ops cid_ops = { cid_run, NULL, cid_free };

int stage_caller_id_new(struct stage **sp, enum caller_id_standard std)
{
	struct cid_stage *c = mem_alloc(sizeof(*c));
	int err;

	if (!c)
		return ENOMEM;
	err = caller_id_rx_new(&c->rx, std, on_caller_id, c);
	if (err) {
		mem_free(c);
		return err;
	}
	c->stage.ops = &cid_ops;
	c->stage.slot = STAGE_CALLER_ID;
	*sp = &c->stage;
	return 0;
}

/* --- tones ------------------------------------------------------------- */

struct tone_stage {
	struct stage           stage;
	const struct tone_def *def;
	struct tonegen         gen;
};

static bool tone_run(struct stage *s, struct frame *f)
{
	struct tone_stage *t = (struct tone_stage *)(void *)s;

	if (t->gen.hz != f->hz) {
		tonegen_init(&t->gen, f->hz);
		tonegen_start(&t->gen, t->def, 0);
	}
	tonegen_run(&t->gen, f->pcm, f->n);
	return tonegen_is_on(&t->gen);
}

static void tone_free(struct stage *s)
{
	mem_free(s);
}

static const struct stage_ops tone_ops = { tone_run, NULL, tone_free };

int stage_tone_new(struct stage **sp, const struct tone_plan *plan,
		   enum tone t)
{
	const struct tone_def *def = tone_plan_def(plan, t);
	struct tone_stage *g;

	if (!def)
		return ENOENT;
	g = mem_alloc(sizeof(*g));
	if (!g)
		return ENOMEM;
	g->def = def;
	g->stage.ops = &tone_ops;
	g->stage.slot = STAGE_TONE;
	*sp = &g->stage;
	return 0;
}

/* --- sound files ------------------------------------------------------- */

struct play_stage {
	struct stage     stage;
	struct file_src *src;           /* at 8 kHz */
	struct resample  rs;
};

static bool play_run(struct stage *s, struct frame *f)
{
	struct play_stage *p = (struct play_stage *)(void *)s;
	int16_t pcm[FRAME_MAX] = { 0 };
	size_t n = (size_t)f->n * 8000 / f->hz;

	file_src_get(p->src, pcm, n);
	if (p->rs.to_hz != f->hz)
		resample_init(&p->rs, 8000, f->hz);
	resample_run(&p->rs, pcm, n, f->pcm);
	return !file_src_ended(p->src);
}

static void play_free(struct stage *s)
{
	file_src_free(((struct play_stage *)(void *)s)->src);
	mem_free(s);
}

static const struct stage_ops play_ops = { play_run, NULL, play_free };

int stage_play_new(struct stage **sp, struct loop *sig, const char *path,
		   unsigned repeat)
{
	struct play_stage *p = mem_alloc(sizeof(*p));
	int err;

	if (!p)
		return ENOMEM;
	err = file_src_new(&p->src, sig, path, repeat, 8000);
	if (err) {
		mem_free(p);
		return err;
	}
	p->stage.ops = &play_ops;
	p->stage.slot = STAGE_PLAY;
	*sp = &p->stage;
	return 0;
}

/* --- digits, sent as tones --------------------------------------------- */

struct digits_stage {
	struct stage    stage;
	struct dtmf_gen gen;
};

static bool digits_run(struct stage *s, struct frame *f)
{
	struct dtmf_gen *g = stage_digits_gen(s);

	if (!dtmf_gen_is_idle(g))
		dtmf_gen_run(g, f->pcm, f->n);
	return true;
}

static void digits_free(struct stage *s)
{
	mem_free(s);
}

static const struct stage_ops digits_ops = { digits_run, NULL, digits_free };

int stage_digits_new(struct stage **sp)
{
	struct digits_stage *d = mem_alloc(sizeof(*d));

	if (!d)
		return ENOMEM;
	d->stage.ops = &digits_ops;
	d->stage.slot = STAGE_DIGITS;
	*sp = &d->stage;
	return 0;
}

struct dtmf_gen *stage_digits_gen(struct stage *s)
{
	return &((struct digits_stage *)(void *)s)->gen;
}

/* --- caller ID, sent --------------------------------------------------- */

struct cid_tx_stage {
	struct stage         stage;
	struct caller_id_tx *tx;
};

static bool cid_tx_run(struct stage *s, struct frame *f)
{
	struct cid_tx_stage *c = (struct cid_tx_stage *)(void *)s;
	size_t n = 0;

	memset(f->pcm, 0, f->n * sizeof(f->pcm[0]));
	if (f->hz == 8000)
		n = caller_id_tx_run(c->tx, f->pcm, f->n);
	return n > 0;
}

static void cid_tx_free(struct stage *s)
{
	caller_id_tx_free(((struct cid_tx_stage *)(void *)s)->tx);
	mem_free(s);
}

static const struct stage_ops cid_tx_ops = { cid_tx_run, NULL, cid_tx_free };

int stage_caller_id_tx_new(struct stage **sp, enum caller_id_standard std,
			   const struct caller_id *cid, unsigned flags)
{
	struct cid_tx_stage *c = mem_alloc(sizeof(*c));
	int err;

	if (!c)
		return ENOMEM;
	err = caller_id_tx_new(&c->tx, std, cid, flags);
	if (err) {
		mem_free(c);
		return err;
	}
	c->stage.ops = &cid_tx_ops;
	c->stage.slot = STAGE_CALLER_ID_TX;
	*sp = &c->stage;
	return 0;
}
