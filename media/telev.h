/* SPDX-License-Identifier: Apache-2.0 */
/* Telephone events: DTMF digits in RTP packets (RFC 4733), both ways, at a
 * clock of 8000 Hz. Pure; time is an argument. */
#ifndef MEDIA_TELEV_H
#define MEDIA_TELEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	TELEV_BYTES      = 4,           /* of a payload */
	TELEV_QUEUE      = 32,
	TELEV_TIMEOUT_MS = 200,         /* an event without news has ended */
};

struct telev {
	uint8_t  event;                 /* 0..15: 0-9 * # A-D */
	bool     end;
	uint8_t  volume;                /* -dBm0, 0..63 */
	uint16_t duration;              /* in RTP clock */
};

/* Only the first event of a payload counts. EBADMSG: too short. */
int telev_parse(struct telev *t, const uint8_t *p, size_t n) MUST_CHECK;
/* Writes the payload. */
void telev_build(uint8_t out[TELEV_BYTES], const struct telev *t);

/* The digit of an event 0..15; 0: not a digit. */
char telev_digit(uint8_t event);
/* The event of a digit [0-9*#A-Da-d]; -1: none. */
int telev_event(char digit);

/* --- receiving --------------------------------------------------------- */

struct telev_rx {
	bool     active, seen;          /* seen: ts is that of the last */
	char     digit;
	uint32_t ts;                    /* of the segment */
	uint32_t before;                /* duration of earlier segments */
	uint16_t duration;
	uint64_t last_us;
};

/* What a packet meant, in this order: the event before has ended, a digit
 * begins, it ends. */
struct telev_news {
	char     ended;         /* digit, or 0 */
	uint16_t ended_ms;
	char     begun;         /* digit, or 0 */
	bool     over;          /* begun has ended, too: */
	uint16_t over_ms;
};

/* A packet with this timestamp. EBADMSG: malformed; ENOTSUP: no digit, or
 * softer than -55 dBm0 (RFC 4733 section 2.5.2.2). */
int telev_rx_packet(struct telev_rx *r, struct telev_news *news,
		    uint32_t ts, const uint8_t *p, size_t n, uint64_t now_us)
	MUST_CHECK;

/* Time passes: an event whose end was lost ends. True: news->ended. */
bool telev_rx_poll(struct telev_rx *r, struct telev_news *news,
		   uint64_t now_us);

/* --- sending ----------------------------------------------------------- */

struct telev_tx {
	struct { char digit; uint16_t ms; } queue[TELEV_QUEUE];
	uint8_t  head, count;
	bool     active, held;
	uint8_t  event, ends;           /* ends: final packets sent */
	uint32_t ts, total;             /* of the segment; whole so far */
	uint32_t want;                  /* total wanted */
	uint32_t duration;              /* of the segment */
	uint32_t gap_left, gap;         /* in RTP clock */
};

/* gap_ms: at least so long between two digits. */
void telev_tx_init(struct telev_tx *t, unsigned gap_ms);

/* Queues a digit of ms milliseconds (40 at least). EINVAL: no digit;
 * ENOBUFS: 32 are waiting. */
int telev_tx_put(struct telev_tx *t, char digit, unsigned ms) MUST_CHECK;

/* A digit that lasts until telev_tx_release. */
int telev_tx_hold(struct telev_tx *t, char digit) MUST_CHECK;
/* The held digit ends, once it is 40 ms long. */
void telev_tx_release(struct telev_tx *t);

/* True: nothing is sent or waits. */
bool telev_tx_is_idle(const struct telev_tx *t);

/* A packet to send. */
struct telev_out {
	uint32_t ts;
	bool     marker;
	uint8_t  payload[TELEV_BYTES];
};

/* step units of the RTP clock have passed up to ts_now. True: send *out
 * instead of sound. */
bool telev_tx_step(struct telev_tx *t, struct telev_out *out,
		   uint32_t ts_now, uint32_t step);

#endif
