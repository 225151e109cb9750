/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound of a simulated line. One step of 20 ms happens in pull: what the
 * gateway pushed in the last tick is heard, while the far end says the
 * frame that is pulled (the contract of media/port.h).
 *
 *	mouth: network tone | caller ID | DTMF | sine | samples -> hybrid
 *	ear:   hybrid -> level, recording, DTMF, call progress, caller ID
 *
 * Buffers are made and freed by the signalling thread; the worker hands
 * back what it no longer needs.
 */
#include "gateway/line/sim/sim_audio.h"

#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/metric.h"
#include "dsp/callprog.h"
#include "dsp/dtmf.h"
#include "dsp/level.h"
#include "gateway/line/sim/sim_ring.h"

static METRIC_COUNT(lost, "tipring_sim_events_lost_total",
		    "Events of simulated lines without room in the ring");

enum op {
	OP_MODE, OP_TONE, OP_SINE, OP_PCM, OP_HUSH, OP_DTMF, OP_CID,
	OP_RECORD,
	/* from the worker: */
	OP_FREE, OP_FREE_CID, OP_FREE_RECORD, OP_EVENT,
};

enum { DIGITS = 64, LEVEL_SAMPLES = 800 };

/* A recording: the worker writes behind n, the signalling thread reads up
 * to it. */
struct record {
	_Atomic size_t n;
	size_t         max;
	int16_t        pcm[];
};

struct sim_audio {
	struct port             port;           /* first */
	struct loop            *loop;
	const struct tone_plan *plan;
	sim_audio_fn           *fn;
	void                   *arg;
	bool                    out;            /* a bridge has the port */
	bool                    dead;
	struct record          *rec;            /* signalling's view */
	bool                    recording;      /* the worker has it, too */
	bool                    rec_stopped;
	struct sim_ring         down, up;
	struct note             note;
	_Atomic bool            posted;
	_Atomic bool            playing;
	_Atomic int             level_cb;       /* hundredths of a dB */
	_Atomic uint64_t        heard;
	_Atomic int64_t         zero_us;        /* see sim_audio_zero() */
	_Atomic uint64_t        rec_from, play_from;    /* on heard's scale */
	struct caller_id        cid;            /* heard, if cid_full */
	_Atomic bool            cid_full;
	/* --- the worker's, while it has the port --- */
	struct hybrid           hybrid;
	int16_t                 pushed[HYBRID_BLOCK];
	bool                    mouth;
	unsigned                ear;
	struct tonegen          net, voice;
	struct dtmf_gen         dtmf;
	char                    digits[DIGITS];
	unsigned                digit_head, digit_n, pause;
	struct caller_id_tx    *cid_tx;
	int16_t                *pcm;
	size_t                  pcm_n, pcm_at;
	bool                    pcm_loop;
	bool                    pcm_waits;      /* no sample was said yet */
	struct record          *rec_to;
	struct level_meter      meter;
	struct dtmf_det        *dtmf_det;
	struct callprog        *progress;
	struct caller_id_rx    *cid_rx;
};

/* --- up: to the signalling thread -------------------------------------- */

static void drain_up(struct sim_audio *a);
static void destroy(struct sim_audio *a);

static void on_note(struct note *n, void *arg)
{
	struct sim_audio *a = arg;

	(void)n;
	atomic_store(&a->posted, false);
	if (a->dead)
		destroy(a);
	else
		drain_up(a);
}

static void free_of(struct sim_audio *a, const struct sim_msg *m)
{
	if (m->op == OP_FREE_CID) {
		caller_id_tx_free(m->p);
	} else if (m->op == OP_FREE_RECORD && m->p == a->rec) {
		a->recording = false;   /* freed with the recording's end */
	} else {
		mem_free(m->p);
	}
}

/* [worker] */
static void up(struct sim_audio *a, const struct sim_msg *m)
{
	if (a->dead) {
		if (m->op != OP_EVENT)
			free_of(a, m);
		return;
	}
	if (!sim_ring_put(&a->up, m))
		metric_add(&lost, 1);
	if (!atomic_exchange(&a->posted, true))
		loop_post(a->loop, &a->note, on_note, a);
}

static void up_ev(struct sim_audio *a, enum sim_audio_ev ev)
{
	up(a, &(struct sim_msg){ .op = OP_EVENT, .n = ev });
}

static void tell(struct sim_audio *a, const struct sim_msg *m)
{
	struct sim_audio_event e = {
		.ev = (enum sim_audio_ev)m->n, .digit = m->digit,
		.tone = (enum tone)m->len, .found = m->flag,
		.cid = m->p,
	};

	if (a->fn)
		a->fn(&e, a->arg);
	if (m->p == &a->cid)
		atomic_store(&a->cid_full, false);
}

static void drain_up(struct sim_audio *a)
{
	struct sim_msg m;

	while (sim_ring_get(&m, &a->up)) {
		if (m.op == OP_EVENT)
			tell(a, &m);
		else
			free_of(a, &m);
	}
}

/* --- the ear [worker] -------------------------------------------------- */

static void on_dtmf(char digit, bool begin, uint32_t at, void *arg)
{
	(void)at;
	if (begin)
		up(arg, &(struct sim_msg){ .op = OP_EVENT,
			.n = SIM_AUDIO_DIGIT, .digit = digit });
}

static void on_progress(const struct callprog_event *e, void *arg)
{
	if (e->tone != TONE_NONE)
		up(arg, &(struct sim_msg){ .op = OP_EVENT,
			.n = SIM_AUDIO_TONE, .len = e->tone,
			.flag = e->found });
}

static void on_cid(int err, const struct caller_id *cid, void *arg)
{
	struct sim_audio *a = arg;
	struct sim_msg m = { .op = OP_EVENT, .n = SIM_AUDIO_CALLER_ID };

	if (!err && !atomic_load(&a->cid_full)) {
		a->cid = *cid;
		atomic_store(&a->cid_full, true);
		m.p = &a->cid;
	}
	up(a, &m);
}

static void hear_voice(struct sim_audio *a, const int16_t *pcm)
{
	struct record *r = a->rec_to;

	level_meter_run(&a->meter, pcm, HYBRID_BLOCK);
	if (a->meter.n >= LEVEL_SAMPLES) {
		atomic_store(&a->level_cb,
			     (int)(100 * level_meter_dbm0(&a->meter)));
		level_meter_reset(&a->meter);
	}
	if (r) {
		size_t at = atomic_load_explicit(&r->n, memory_order_relaxed);
		size_t n = r->max - at < HYBRID_BLOCK ? r->max - at :
						       HYBRID_BLOCK;

		if (at == 0)    /* the ear may have opened only now */
			atomic_store(&a->rec_from, atomic_load(&a->heard));
		memcpy(r->pcm + at, pcm, n * sizeof(*pcm));
		atomic_store_explicit(&r->n, at + n, memory_order_release);
	}
}

static void hear(struct sim_audio *a, const int16_t *pcm)
{
	if (a->ear & SIM_EAR_VOICE)
		hear_voice(a, pcm);
	if (a->ear & SIM_EAR_DTMF && a->dtmf_det)
		dtmf_det_run(a->dtmf_det, pcm, HYBRID_BLOCK);
	if (a->ear & SIM_EAR_TONES && a->progress)
		callprog_run(a->progress, pcm, HYBRID_BLOCK);
	if (a->ear & SIM_EAR_CID && a->cid_rx)
		caller_id_rx_run(a->cid_rx, pcm, HYBRID_BLOCK);
	atomic_fetch_add_explicit(&a->heard, HYBRID_BLOCK,
				  memory_order_relaxed);
}

/* --- the mouth [worker] ------------------------------------------------ */

static void drop_pcm(struct sim_audio *a)
{
	if (a->pcm)
		up(a, &(struct sim_msg){ .op = OP_FREE, .p = a->pcm });
	a->pcm = NULL;
	a->pcm_waits = false;
}

static void drop_cid(struct sim_audio *a)
{
	if (a->cid_tx)
		up(a, &(struct sim_msg){ .op = OP_FREE_CID,
					 .p = a->cid_tx });
	a->cid_tx = NULL;
}

static void say_pcm(struct sim_audio *a, int16_t *pcm)
{
	if (a->pcm_waits)       /* the mouth may have opened only now */
		atomic_store(&a->play_from, atomic_load(&a->heard));
	a->pcm_waits = false;
	for (unsigned i = 0; i < HYBRID_BLOCK && a->pcm; i++) {
		pcm[i] = a->pcm[a->pcm_at++];
		if (a->pcm_at < a->pcm_n)
			continue;
		a->pcm_at = 0;
		if (!a->pcm_loop) {
			drop_pcm(a);
			atomic_store(&a->playing, false);
		}
	}
}

/* The next digit, where none sounds. False: none waits. */
static bool next_digit(struct sim_audio *a)
{
	char d;

	if (a->digit_n == 0)
		return false;
	d = a->digits[a->digit_head];
	a->digit_head = (a->digit_head + 1) % DIGITS;
	a->digit_n--;
	if (d == ',')
		a->pause = a->port.hz / HYBRID_BLOCK;
	else if (dtmf_gen_put(&a->dtmf, d))
		a->pause = 1;   /* no digit: who queued it looked at it */
	return true;
}

static bool say_digits(struct sim_audio *a, int16_t *pcm)
{
	if (a->pause > 0) {
		a->pause--;
		return true;    /* silence */
	}
	if (dtmf_gen_is_idle(&a->dtmf) && !next_digit(a))
		return false;
	return dtmf_gen_run(&a->dtmf, pcm, HYBRID_BLOCK) > 0 || a->pause;
}

static void say_cid(struct sim_audio *a, int16_t *pcm)
{
	size_t n = caller_id_tx_run(a->cid_tx, pcm, HYBRID_BLOCK);

	memset(pcm + n, 0, (HYBRID_BLOCK - n) * sizeof(*pcm));
	if (n == 0) {
		drop_cid(a);
		up_ev(a, SIM_AUDIO_CID_SENT);
	}
}

static void say(struct sim_audio *a, int16_t *pcm)
{
	memset(pcm, 0, HYBRID_BLOCK * sizeof(*pcm));
	if (a->cid_tx)
		say_cid(a, pcm);
	else if (tonegen_is_on(&a->net))
		tonegen_run(&a->net, pcm, HYBRID_BLOCK);
	else if (!a->mouth || say_digits(a, pcm))
		return;
	else if (tonegen_is_on(&a->voice))
		tonegen_run(&a->voice, pcm, HYBRID_BLOCK);
	else
		say_pcm(a, pcm);
}

/* --- commands [worker] ------------------------------------------------- */

static void do_digit(struct sim_audio *a, char digit)
{
	if (digit == 0) {
		a->digit_n = a->pause = 0;
		dtmf_gen_stop(&a->dtmf);
	} else if (a->digit_n < DIGITS) {
		a->digits[(a->digit_head + a->digit_n++) % DIGITS] = digit;
	}
}

static void hush(struct sim_audio *a)
{
	tonegen_stop(&a->voice);
	drop_pcm(a);
}

static void do_record(struct sim_audio *a, void *rec)
{
	if (a->rec_to)
		up(a, &(struct sim_msg){ .op = OP_FREE_RECORD,
					 .p = a->rec_to });
	a->rec_to = rec;
}

static void command(struct sim_audio *a, const struct sim_msg *m)
{
	switch (m->op) {
	case OP_MODE:
		if (m->n & ~a->ear & SIM_EAR_TONES && a->progress)
			callprog_reset(a->progress);
		a->mouth = m->flag;
		a->ear = m->n;
		break;
	case OP_TONE:
		tonegen_start(&a->net, tone_plan_def(a->plan,
						     (enum tone)m->n), 0);
		break;
	case OP_SINE:
		hush(a);
		tonegen_sine(&a->voice, m->a, m->b, 0);
		break;
	case OP_PCM:
		hush(a);
		a->pcm = m->p;
		a->pcm_n = m->len;
		a->pcm_at = 0;
		a->pcm_loop = m->flag;
		a->pcm_waits = true;
		atomic_store(&a->playing, true);
		break;
	case OP_HUSH:
		hush(a);
		break;
	case OP_DTMF:
		do_digit(a, m->digit);
		break;
	case OP_CID:
		drop_cid(a);
		a->cid_tx = m->p;
		break;
	case OP_RECORD:
		do_record(a, m->p);
		break;
	default:
		break;
	}
}

static void drain_down(struct sim_audio *a)
{
	struct sim_msg m;

	while (sim_ring_get(&m, &a->down))
		command(a, &m);
}

/* --- the port [worker] ------------------------------------------------- */

static struct sim_audio *of(struct port *p)
{
	return CONTAINER(p, struct sim_audio, port);
}

static int port_pull(struct port *p, struct frame *f)
{
	struct sim_audio *a = of(p);
	const struct clk *clk = loop_clk(a->loop);
	int16_t heard[HYBRID_BLOCK];

	drain_down(a);
	atomic_store_explicit(&a->zero_us, (int64_t)clk->now_us(clk->arg) -
			      (int64_t)(sim_audio_heard(a) + HYBRID_BLOCK) *
			      1000000 / p->hz, memory_order_relaxed);
	f->hz = p->hz;
	f->n = HYBRID_BLOCK;
	say(a, f->pcm);
	hybrid_run(&a->hybrid, a->pushed, f->pcm, heard, f->pcm);
	memset(a->pushed, 0, sizeof(a->pushed));
	hear(a, heard);
	return 0;
}

static int port_push(struct port *p, const struct frame *f)
{
	memcpy(of(p)->pushed, f->pcm, sizeof(of(p)->pushed));
	return 0;
}

static void port_give_back(struct port *p)
{
	struct sim_audio *a = of(p);
	struct sim_audio_event e = { .ev = SIM_AUDIO_PORT_FREE };

	a->out = false;
	drain_down(a);
	if (a->fn)
		a->fn(&e, a->arg);
}

static const struct port_ops port_ops = {
	.name = "sim", .pull = port_pull, .push = port_push,
	.free = port_give_back,
};

/* --- signalling side --------------------------------------------------- */

static int make_detectors(struct sim_audio *a, enum caller_id_standard std)
{
	int err = dtmf_det_new(&a->dtmf_det, 0, on_dtmf, a);

	if (!err)
		err = callprog_new(&a->progress, a->plan, 0, on_progress, a);
	if (!err && std != CALLER_ID_NONE)
		err = caller_id_rx_new(&a->cid_rx, std, on_cid, a);
	return err;
}

int sim_audio_new(struct sim_audio **ap, struct loop *loop,
		  const struct hybrid_conf *hc, const struct tone_plan *plan,
		  enum caller_id_standard std, bool detect)
{
	struct sim_audio *a = mem_alloc(sizeof(*a));
	int err = 0;

	if (!a)
		return ENOMEM;
	a->port.ops = &port_ops;
	a->port.hz = 8000;
	a->loop = loop;
	a->plan = plan;
	a->level_cb = (int)(100 * LEVEL_MIN_DBM0);
	hybrid_init(&a->hybrid, hc);
	tonegen_init(&a->net, 8000);
	tonegen_init(&a->voice, 8000);
	dtmf_gen_init(&a->dtmf, 8000, 80, 80, -9, -7);
	if (detect)
		err = make_detectors(a, std);
	if (err) {
		destroy(a);
		return err;
	}
	*ap = a;
	return 0;
}

void sim_audio_set_user(struct sim_audio *a, sim_audio_fn *fn, void *arg)
{
	a->fn = fn;
	a->arg = arg;
}

/* Nobody else has it: neither a worker nor a note under way. */
static void destroy(struct sim_audio *a)
{
	struct sim_msg m;

	a->fn = NULL;
	a->dead = true;
	drain_down(a);
	hush(a);
	drop_cid(a);
	do_record(a, NULL);
	while (sim_ring_get(&m, &a->up)) {
		if (m.op != OP_EVENT)
			free_of(a, &m);
	}
	mem_free(a->rec);
	dtmf_det_free(a->dtmf_det);
	callprog_free(a->progress);
	caller_id_rx_free(a->cid_rx);
	mem_free(a);
}

void sim_audio_free(struct sim_audio *a)
{
	if (!a)
		return;
	a->fn = NULL;
	if (atomic_load(&a->posted))
		a->dead = true; /* on_note() comes, and frees */
	else
		destroy(a);
}

int sim_audio_port(struct sim_audio *a, struct port **pp)
{
	if (a->out)
		return EBUSY;
	a->out = true;
	hybrid_reset(&a->hybrid);
	memset(a->pushed, 0, sizeof(a->pushed));
	*pp = &a->port;
	return 0;
}

bool sim_audio_is_free(const struct sim_audio *a)
{
	return !a->out;
}

static bool down(struct sim_audio *a, const struct sim_msg *m)
{
	if (!sim_ring_put(&a->down, m))
		return false;
	if (!a->out)
		drain_down(a);
	return true;
}

bool sim_audio_mode(struct sim_audio *a, bool mouth, unsigned ear)
{
	return down(a, &(struct sim_msg){ .op = OP_MODE, .flag = mouth,
					  .n = ear });
}

bool sim_audio_tone(struct sim_audio *a, enum tone t)
{
	return down(a, &(struct sim_msg){ .op = OP_TONE, .n = t });
}

bool sim_audio_sine(struct sim_audio *a, double hz, double dbm0)
{
	atomic_store(&a->playing, true);
	return down(a, &(struct sim_msg){ .op = OP_SINE, .a = hz,
					  .b = dbm0 });
}

bool sim_audio_pcm(struct sim_audio *a, int16_t *pcm, size_t n, bool loop)
{
	atomic_store(&a->playing, true);
	return down(a, &(struct sim_msg){ .op = OP_PCM, .p = pcm, .len = n,
					  .flag = loop });
}

bool sim_audio_hush(struct sim_audio *a)
{
	atomic_store(&a->playing, false);
	return down(a, &(struct sim_msg){ .op = OP_HUSH });
}

bool sim_audio_dtmf(struct sim_audio *a, char digit)
{
	return down(a, &(struct sim_msg){ .op = OP_DTMF, .digit = digit });
}

int sim_audio_cid(struct sim_audio *a, enum caller_id_standard std,
		  const struct caller_id *cid, unsigned flags)
{
	struct caller_id_tx *tx;
	int err = caller_id_tx_new(&tx, std, cid, flags);

	if (err)
		return err;
	if (!down(a, &(struct sim_msg){ .op = OP_CID, .p = tx })) {
		caller_id_tx_free(tx);
		return ENOBUFS;
	}
	return 0;
}

bool sim_audio_is_playing(const struct sim_audio *a)
{
	return atomic_load(&a->playing);
}

bool sim_audio_cid_stop(struct sim_audio *a)
{
	return down(a, &(struct sim_msg){ .op = OP_CID });
}

double sim_audio_level(const struct sim_audio *a)
{
	return atomic_load(&a->level_cb) / 100.0;
}

uint64_t sim_audio_heard(const struct sim_audio *a)
{
	return atomic_load_explicit(&a->heard, memory_order_relaxed);
}

int64_t sim_audio_zero(const struct sim_audio *a)
{
	return atomic_load_explicit(&a->zero_us, memory_order_relaxed);
}

uint64_t sim_audio_recorded_from(const struct sim_audio *a)
{
	return atomic_load(&a->rec_from);
}

uint64_t sim_audio_played_from(const struct sim_audio *a)
{
	return atomic_load(&a->play_from);
}

/* --- recording --------------------------------------------------------- */

int sim_audio_record(struct sim_audio *a, size_t max)
{
	struct record *r;

	if (a->rec && !a->rec_stopped)
		return EALREADY;
	sim_audio_record_end(a);
	r = mem_alloc(sizeof(*r) + max * sizeof(r->pcm[0]));
	if (!r)
		return ENOMEM;
	r->max = max;
	if (!down(a, &(struct sim_msg){ .op = OP_RECORD, .p = r })) {
		mem_free(r);
		return ENOBUFS;
	}
	a->rec = r;
	a->recording = true;
	a->rec_stopped = false;
	return 0;
}

const int16_t *sim_audio_recorded(const struct sim_audio *a, size_t *n)
{
	*n = 0;
	if (!a->rec)
		return NULL;
	*n = atomic_load_explicit(&a->rec->n, memory_order_acquire);
	return a->rec->pcm;
}

bool sim_audio_is_recording(const struct sim_audio *a)
{
	return a->rec && !a->rec_stopped;
}

void sim_audio_record_stop(struct sim_audio *a)
{
	if (!a->rec || a->rec_stopped)
		return;
	/* no room: it runs on until its end, and is freed all the same */
	a->rec_stopped = down(a, &(struct sim_msg){ .op = OP_RECORD });
}

void sim_audio_record_end(struct sim_audio *a)
{
	struct record *r = a->rec;

	if (!r)
		return;
	sim_audio_record_stop(a);
	if (!a->rec_stopped)
		return;
	a->rec = NULL;          /* the worker's answer frees it, if it has it */
	if (!a->recording)
		mem_free(r);
}
