/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated line: the gateway's machine, the two wires, the sound and the
 * far end in one object. Inside of sim/ only. Signalling thread.
 */
#ifndef GATEWAY_LINE_SIM_SIM_LINE_H
#define GATEWAY_LINE_SIM_SIM_LINE_H

#include "gateway/line/analog/cadence.h"
#include "gateway/line/analog/fxo.h"
#include "gateway/line/analog/fxs.h"
#include "gateway/line/analog/hook.h"
#include "gateway/line/analog/pulse.h"
#include "gateway/line/line_conf.h"
#include "gateway/line/sim/sim.h"
#include "gateway/line/sim/sim_audio.h"
#include "gateway/line/sim/sim_hw.h"

extern const struct line_driver sim_driver;

/* What both kinds of far end know of the call. */
struct sim_far {
	unsigned     rings;
	unsigned     flashes;
	char         digits[SIM_DIGITS_MAX];
	enum tone    hears;
	struct party caller;
	bool         caller_id;
};

/* One more digit was heard; those beyond the room for them are lost. */
void sim_far_digit(struct sim_far *f, char digit);

/* --- telephone.c ------------------------------------------------------- */

struct telephone {
	struct sim_hw    *hw;
	struct sim_audio *audio;
	struct loop      *loop;
	const struct line_conf *conf;
	const struct tone_plan *plan;
	struct sim_far   *far;
	bool              offhook;      /* lifted by hand */
	bool              cid_hook;     /* Japan: lifted by the display */
	bool              reversed;
	bool              ringing;
	bool              new_call;     /* the next ring is the first */
	unsigned          answer_rings;
	uint64_t          ring_us;
	struct pulse      pulse;
	struct tmr        tmr;          /* flash, display */
	bool              flashing;
};

/* On-hook, or off-hook if conf says so; all arguments live on. */
void telephone_init(struct telephone *t, struct sim_hw *hw,
		    struct sim_audio *audio, struct sim_far *far,
		    const struct line_conf *conf, struct loop *loop);
/* Stops its timers. */
void telephone_fini(struct telephone *t);
/* What the wires and the sound tell it; arg is the telephone. */
sim_far_fn telephone_on_wires;
sim_audio_fn telephone_on_audio;
/* Lifts, hangs up. EALREADY. */
int telephone_hook(struct telephone *t, bool off) MUST_CHECK;
/* EINVAL: on-hook, or in a flash. */
int telephone_flash(struct telephone *t) MUST_CHECK;
/* EINVAL: on-hook; errors of pulse_start. */
int telephone_pulse(struct telephone *t, const char *digits) MUST_CHECK;
/* "on-hook" "ringing" "caller-id" "off-hook" "dialling" "flash". */
const char *telephone_state(const struct telephone *t);

/* --- exchange.c -------------------------------------------------------- */

enum exchange_state {
	EXCHANGE_IDLE,
	EXCHANGE_ANNOUNCE,      /* reversed, caller ID before the ring */
	EXCHANGE_CAR,           /* Japan: short ringing */
	EXCHANGE_CAR_CID,
	EXCHANGE_CAR_DONE,
	EXCHANGE_RINGING,
	EXCHANGE_SEIZED,        /* off-hook, dial tone to come */
	EXCHANGE_DIAL_TONE,
	EXCHANGE_DIGITS,
	EXCHANGE_ROUTING,       /* number complete */
	EXCHANGE_RINGBACK,
	EXCHANGE_TALK,
	EXCHANGE_FAILED,        /* busy, congestion, special information */
	EXCHANGE_CLEARED,       /* the far end has hung up */
};

struct exchange {
	struct sim_hw    *hw;
	struct sim_audio *audio;
	struct loop      *loop;
	const struct line_conf *conf;
	const struct tone_plan *plan;
	struct sim_far   *far;
	struct log_tag    tag;
	enum exchange_state state;
	struct hook       hook;         /* the gateway's loop */
	struct cadence    cadence;
	struct tmr        tmr;          /* of the state */
	struct tmr        cid_tmr;      /* caller ID in the first pause */
	struct tmr        feed_tmr;     /* end of a loop break */
	bool              cut;          /* no battery, by hand */
	bool              send_cid;
	struct caller_id  cid;
	char              number[LINE_DIGITS_MAX];      /* dialled */
	const struct sim_number_conf *row;      /* its row, or NULL */
	int16_t         **talk;         /* per row: samples of talk_file */
	size_t           *talk_n;
};

/* Reads the files of the numbering plan; all arguments live on. ENOMEM,
 * errors of wav_load. */
int exchange_init(struct exchange *x, struct sim_hw *hw,
		  struct sim_audio *audio, struct sim_far *far,
		  const struct line_conf *conf, struct line_env *env)
	MUST_CHECK;
/* Stops its timers, frees the files. */
void exchange_fini(struct exchange *x);
/* What the wires and the sound tell it; arg is the exchange. */
sim_far_fn exchange_on_wires;
sim_audio_fn exchange_on_audio;
/* As sim_exchange_call(); ENETDOWN: cut. */
int exchange_call(struct exchange *x, const struct party *calling)
	MUST_CHECK;
/* As sim_exchange_hangup(), _answer(), _cut(). */
int exchange_hangup(struct exchange *x, unsigned how) MUST_CHECK;
/* EINVAL: no outgoing call rings. */
int exchange_answer(struct exchange *x) MUST_CHECK;
/* EALREADY. */
int exchange_cut(struct exchange *x, bool cut) MUST_CHECK;
/* "idle" "ringing" "dial-tone" "talking" ...; "cut". */
const char *exchange_state_name(const struct exchange *x);

/* The row of a number of the plan: 0 complete (*row), EAGAIN more digits
 * may follow (*row: it would do as it is, or NULL), ENOENT none fits. */
int exchange_find(const struct sim_number_conf **row,
		  const struct conf_list *numbers, const char *digits)
	MUST_CHECK;

/* --- sim.c ------------------------------------------------------------- */

struct sim_line {
	union {                 /* first: the gateway's line */
		struct line line;
		struct fxs  fxs;
		struct fxo  fxo;
	};
	struct sim_hw     hw;
	struct sim_audio *audio;
	struct sim_far    far;
	union {
		struct telephone phone;
		struct exchange  exchange;
	};
};

#endif
