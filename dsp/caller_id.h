/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caller ID, both ways, at 8 kHz: Bellcore CLASS (Bell 202; GR-30, TIA-777),
 * ETSI CLIP (V.23; EN 300 659-3), NTT JCLIP (V.23), and DTMF (EN 300 659-1
 * annex B). Hook, ringing and polarity are the line's business.
 */
#ifndef DSP_CALLER_ID_H
#define DSP_CALLER_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum caller_id_standard {
	CALLER_ID_NONE,
	CALLER_ID_CLASS,        /* Bell 202, MDMF (receives SDMF too) */
	CALLER_ID_CLIP,         /* V.23, MDMF */
	CALLER_ID_JCLIP,        /* V.23, DLE framing, CRC */
	CALLER_ID_DTMF,         /* A<number>C; receives D<number>C,
				 * <number># and their reasons too */
};

enum { CALLER_ID_NUMBER_MAX = 32, CALLER_ID_NAME_MAX = 64 };

/* All zero: nothing known. Texts are terminated, of printable ASCII. */
struct caller_id {
	char    number[CALLER_ID_NUMBER_MAX];
	char    name[CALLER_ID_NAME_MAX];
	char    called[CALLER_ID_NUMBER_MAX];   /* dial-in number */
	bool    number_private;         /* withheld by the caller */
	bool    number_unavailable;     /* the network does not know it */
	bool    name_private, name_unavailable;
	bool    payphone;               /* reason of a missing number, JCLIP */
	uint8_t month, day, hour, minute;       /* month 0: no time */
};

struct caller_id_tx;

enum { CALLER_ID_ALERT = 1 };   /* DT-AS (2130 + 2750 Hz, 100 ms) first */

/* A transmission of cid, which is copied. Level -13.5 dBm0 (DTMF: -9 and
 * -7). flags: CALLER_ID_ALERT or 0. EINVAL: CALLER_ID_NONE, or the number
 * has characters the standard cannot send; EMSGSIZE; ENOMEM. */
int caller_id_tx_new(struct caller_id_tx **tp, enum caller_id_standard s,
		     const struct caller_id *cid, unsigned flags)
	MUST_CHECK;

/* NULL-safe. */
void caller_id_tx_free(struct caller_id_tx *t);

/* Writes at most n samples. Returns how many; 0: all has been sent. */
size_t caller_id_tx_run(struct caller_id_tx *t, int16_t *pcm, size_t n);

struct caller_id_rx;

/* A message came (err 0), or one came that is damaged or malformed: EBADMSG
 * and cid is NULL. Called inside caller_id_rx_run; cid is valid during the
 * call. */
typedef void caller_id_fn(int err, const struct caller_id *cid, void *arg);

/* EINVAL: CALLER_ID_NONE; ENOMEM. */
int caller_id_rx_new(struct caller_id_rx **rp, enum caller_id_standard s,
		     caller_id_fn *fn, void *arg) MUST_CHECK;

/* NULL-safe. No callback. */
void caller_id_rx_free(struct caller_id_rx *r);

/* n samples at 8 kHz. */
void caller_id_rx_run(struct caller_id_rx *r, const int16_t *pcm, size_t n);

/* "class", "clip", "jclip", "dtmf", "none": for logs. */
const char *caller_id_name(enum caller_id_standard s);

#endif
