/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of lines and groups: the keys of `lines:` and `groups:`. */
#ifndef GATEWAY_LINE_LINE_CONF_H
#define GATEWAY_LINE_LINE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "gateway/line/group.h"
#include "gateway/line/line.h"
#include "gateway/party_conf.h"

enum {
	LINES_MAX        = 1000,
	GROUP_LINES_MAX  = 256,
	GROUPS_MAX       = 64,
	SIM_NUMBERS_MAX  = 64,
	LINE_FILE_MAX    = 255,
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
	SIM_SILENT,
};

enum { SIM_ECHO_NONE, SIM_ECHO_D2, SIM_ECHO_D9 = SIM_ECHO_D2 + 7 };

/* A row of the exchange's numbering plan; the first that fits counts. */
struct sim_number_conf {
	char     digits[LINE_DIGITS_MAX];       /* x: any digit; a dot at the
						 * end: any more digits */
	enum sim_result result;
	uint32_t after_ms;      /* ringing until the answer */
	bool     reversal;      /* polarity at the answer */
	int      talk_hz;       /* what the subscriber says; 0: nothing */
	float    talk_dbm0;
	char     talk_file[LINE_FILE_MAX + 1];
};

/* A simulated line: its two-wire loop and its far end. */
struct sim_conf {
	int      echo;          /* SIM_ECHO_ */
	float    erl_db;
	uint32_t echo_delay_ms; /* bulk delay, at most 128 */
	float    in_loss_db;    /* from the far end to us */
	float    out_loss_db;   /* from us to the far end */
	float    noise_dbm0;    /* -96: none */
	bool     detect;        /* the far end decodes tones, digits and
				 * caller ID */
	bool     offhook;       /* telephone: lifted at the start */
	int      answer_rings;  /* telephone: lifts by itself; 0: not */
	/* exchange: */
	bool     battery;       /* no: cut off at the start */
	bool     dial_tone;
	uint32_t dial_tone_ms;  /* from the seizure to the tone */
	bool     caller_id;
	bool     hangup_loop_break, hangup_polarity, hangup_tone;
	uint32_t loop_break_ms;
	struct conf_list numbers;       /* of struct sim_number_conf */
};

/* enums as the configuration writes them: int-sized. */
struct line_conf {
	char           name[LINE_NAME_MAX];
	int            driver;          /* row in line_drivers */
	enum line_kind kind;
	char           number[PARTY_NUMBER_MAX];
	char           display[PARTY_NAME_MAX];
	char           tone_plan[8];
	struct party_numbers_conf numbers;
	float          in_db, out_db;   /* gains: from the line, to the line */
	uint32_t       echo_ms;         /* tail of the canceller; 0: none */
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
	bool           incomplete;      /* numbers that the dial plan holds
					 * for incomplete are dialled, too */
	bool           wait_dial_tone;
	uint32_t       dial_tone_ms;    /* at most so long */
	uint32_t       dial_delay_ms;   /* without waiting for it */
	enum line_answer_by answer_by;
	uint32_t       answer_after_ms;
	bool           hangup_tone;     /* busy tone ends a call */
	bool           hangup_polarity;
	uint32_t       loop_break_ms;   /* so long without battery: the end */
	uint32_t       ring_end_ms;     /* no ring for so long: gave up */
	uint32_t       flash_ms;        /* break of line_flash() */
	uint32_t       guard_ms;        /* on-hook after each call */
	struct sim_conf sim;
};

struct group_conf {
	char             name[LINE_NAME_MAX];
	enum group_hunt  hunt;
	int              max_calls;     /* 0: as many as it has lines */
	struct conf_list lines;         /* of char[LINE_NAME_MAX] */
};

/* `lines:` and `groups:`, lists. */
extern const struct conf_section line_section, group_section;

/* What holds without a key in the file: for tests and benches that need no
 * file. kind and name are to be filled. */
void line_conf_default(struct line_conf *c, const char *name,
		       enum line_kind kind);

/* Can an FXO line of this kind dial that: digits, for tones also "*#ABCD",
 * and commas for pauses? */
bool line_conf_dials(const struct line_conf *c, const char *digits);

/* Rules across both sections: lines of groups are there. */
void line_conf_cross(const struct conf_snapshot *s, struct conf_diag *d);

#endif
