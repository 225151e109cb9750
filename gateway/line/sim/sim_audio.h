/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sound of a simulated line: the far end's mouth and ear behind the
 * hybrid, as a port. While a bridge has the port, its worker runs all this;
 * otherwise it is the signalling thread's. Commands and events cross by two
 * rings. Functions are the signalling thread's unless they say [worker].
 */
#ifndef GATEWAY_LINE_SIM_SIM_AUDIO_H
#define GATEWAY_LINE_SIM_SIM_AUDIO_H

#include "base/loop.h"
#include "dsp/tone_plan.h"
#include "gateway/line/sim/hybrid.h"
#include "media/port.h"

struct sim_audio;

enum sim_audio_ev {
	SIM_AUDIO_DIGIT,        /* DTMF was heard, at its begin */
	SIM_AUDIO_TONE,         /* a tone was found or lost */
	SIM_AUDIO_CALLER_ID,    /* cid, or NULL: damaged */
	SIM_AUDIO_CID_SENT,
	SIM_AUDIO_PORT_FREE,    /* the last bridge gave it back */
};

struct sim_audio_event {
	enum sim_audio_ev       ev;
	char                    digit;
	enum tone               tone;
	bool                    found;
	const struct caller_id *cid;
};

/* Comes from the loop, but PORT_FREE, which comes out of the free op. */
typedef void sim_audio_fn(const struct sim_audio_event *e, void *arg);

enum {                          /* what the ear listens for */
	SIM_EAR_VOICE = 1,      /* level, recording */
	SIM_EAR_DTMF  = 2,
	SIM_EAR_TONES = 4,
	SIM_EAR_CID   = 8,
};

/* plan and std (of received caller ID; CALLER_ID_NONE: none) as long as the
 * audio. detect: makes detectors at all. ENOMEM. */
int sim_audio_new(struct sim_audio **ap, struct loop *loop,
		  const struct hybrid_conf *hc, const struct tone_plan *plan,
		  enum caller_id_standard std, bool detect) MUST_CHECK;
void sim_audio_set_user(struct sim_audio *a, sim_audio_fn *fn, void *arg);
/* No event any more. No bridge has the port. NULL-safe. */
void sim_audio_free(struct sim_audio *a);

/* EBUSY: a bridge has it. */
int sim_audio_port(struct sim_audio *a, struct port **pp) MUST_CHECK;
bool sim_audio_is_free(const struct sim_audio *a);

/* Commands; false: too many are under way (64). mouth: is what the person
 * says on the line? ear: SIM_EAR_ bits. */
bool sim_audio_mode(struct sim_audio *a, bool mouth, unsigned ear);
/* A tone of the plan from the network, instead of the person; TONE_NONE
 * ends it. */
bool sim_audio_tone(struct sim_audio *a, enum tone t);
/* The person says a sine; samples (owned from then on, freed with
 * mem_free()); nothing. */
bool sim_audio_sine(struct sim_audio *a, double hz, double dbm0);
bool sim_audio_pcm(struct sim_audio *a, int16_t *pcm, size_t n, bool loop);
bool sim_audio_hush(struct sim_audio *a);
/* A digit [0-9*#A-D] or a comma (a second of nothing) behind the others;
 * 0: drops those that wait. Needs the mouth. */
bool sim_audio_dtmf(struct sim_audio *a, char digit);
/* The network sends caller ID. Errors of caller_id_tx_new; ENOBUFS. */
int sim_audio_cid(struct sim_audio *a, enum caller_id_standard std,
		  const struct caller_id *cid, unsigned flags) MUST_CHECK;
bool sim_audio_cid_stop(struct sim_audio *a);

/* Is the person saying something? Samples that ended count no more. */
bool sim_audio_is_playing(const struct sim_audio *a);
/* Level of the last 100 ms heard; samples heard since the start. */
double sim_audio_level(const struct sim_audio *a);
uint64_t sim_audio_heard(const struct sim_audio *a);
/* When the first of them began to be heard, on the monotonic clock, as the
 * last tick tells: later than it was by what that tick was late. It changes
 * while no bridge has the port. */
int64_t sim_audio_zero(const struct sim_audio *a);
/* Where on that scale the first sample of the recording stands, and of what
 * is played from memory: for measuring delays. */
uint64_t sim_audio_recorded_from(const struct sim_audio *a);
uint64_t sim_audio_played_from(const struct sim_audio *a);

/* Recording of what is heard, at most max samples. EALREADY, ENOMEM,
 * ENOBUFS. */
int sim_audio_record(struct sim_audio *a, size_t max) MUST_CHECK;
/* What there is; NULL: no recording. Valid until sim_audio_record_end(). */
const int16_t *sim_audio_recorded(const struct sim_audio *a, size_t *n);
bool sim_audio_is_recording(const struct sim_audio *a);
void sim_audio_record_stop(struct sim_audio *a);        /* keeps it */
void sim_audio_record_end(struct sim_audio *a);         /* frees it */

#endif
