/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of lines and groups: the keys of `lines:` and `groups:`. */
#ifndef GATEWAY_LINE_LINE_CONF_H
#define GATEWAY_LINE_LINE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/line/group.h"
#include "gateway/line/line.h"

enum {
	LINES_MAX        = 1024,
	GROUP_LINES_MAX  = 256,
	GROUPS_MAX       = 64,
	SIM_NUMBERS_MAX  = 32,
};

/* How a caller behind an FXO line is known to have answered. */
enum line_answer_by {
	LINE_ANSWER_POLARITY,   /* the exchange reverses the battery */
	LINE_ANSWER_VOICE,      /* speech, or ringback that ceased */
	LINE_ANSWER_TIMER,      /* answer_after_ms after the last digit */
	LINE_ANSWER_DIALLED,    /* at once after the last digit */
};

enum line_dial { LINE_DIAL_DTMF, LINE_DIAL_PULSE };

/* What the simulated exchange does with a number. */
enum sim_result {
	SIM_ANSWER, SIM_BUSY, SIM_RING, SIM_CONGESTION, SIM_UNALLOCATED,
};

/* A row of the exchange's numbering plan. */
struct sim_number_conf {
	char            digits[LINE_DIGITS_MAX];        /* x: any digit; a
					 * dot at the end: any more digits */
	enum sim_result result;
	uint32_t        after_ms;       /* ringing until the answer */
	bool            polarity;       /* reversal at the answer */
	double          talk_hz;        /* 0: silent */
	double          talk_dbm0;
	char            talk_file[256];
};

/* A simulated line: its two-wire loop and its far end. */
struct sim_conf {
	unsigned echo_model;            /* 0: none; 2 to 9: D.2 to D.9 */
	double   erl_db;
	uint32_t echo_delay_ms;         /* bulk delay, at most 128 */
	double   in_loss_db;            /* from the far end to us */
	double   out_loss_db;           /* from us to the far end */
	double   noise_dbm0;            /* -96: none */
	bool     detect;                /* the far end decodes tones, digits
					 * and caller ID */
	bool     offhook;               /* telephone: lifted at the start */
	uint32_t answer_rings;          /* telephone: lifts by itself */
	/* exchange: */
	bool     battery;               /* false: cut off at the start */
	bool     dial_tone;
	uint32_t dial_tone_ms;          /* from the seizure to the tone */
	bool     caller_id;
	unsigned hangup;                /* SIM_HANGUP_ bits */
	uint32_t loop_break_ms;
	struct sim_number_conf *numbers;
	unsigned n_numbers;
};

struct line_conf {
	char           name[LINE_NAME_MAX];
	unsigned       driver;          /* row in line_drivers */
	enum line_kind kind;
	char           number[PARTY_NUMBER_MAX];
	char           display[PARTY_NAME_MAX];
	char           tone_plan[8];
	double         in_db, out_db;
	uint32_t       echo_ms;
	bool           echo_nlp;
	bool           caller_id;       /* send (FXS), receive (FXO) */
	/* FXS */
	bool           pulse;           /* pulse digits are understood */
	uint32_t       hangup_ms;       /* on-hook longer than this: the end,
					 * where flash is off */
	uint32_t       flash_min_ms, flash_max_ms;      /* max 0: no flash */
	uint32_t       howler_after_ms; /* 0: no howler */
	uint32_t       howler_ms;
	uint32_t       disconnect_ms;   /* battery off when the far end has
					 * hung up; 0: not */
	bool           answer_reversal;
	/* FXO */
	enum line_dial dial;
	bool           wait_dial_tone;
	uint32_t       dial_tone_ms;    /* at most so long */
	uint32_t       dial_delay_ms;   /* without waiting for it */
	enum line_answer_by answer_by;
	uint32_t       answer_after_ms;
	bool           hangup_tone;     /* busy tone ends a call */
	bool           hangup_polarity;
	uint32_t       loop_break_ms;   /* so long without battery: the end;
					 * 0: not */
	uint32_t       ring_end_ms;     /* no ring for so long: gave up */
	uint32_t       flash_ms;        /* break of line_flash() */
	uint32_t       guard_ms;        /* on-hook after each call */
	struct sim_conf sim;
};

struct group_conf {
	char            name[LINE_NAME_MAX];
	enum group_hunt hunt;
	char          (*lines)[LINE_NAME_MAX];
	unsigned        n_lines;
};

struct lines_conf {
	struct line_conf  *lines;
	unsigned           n_lines;
	struct group_conf *groups;
	unsigned           n_groups;
};

#endif
