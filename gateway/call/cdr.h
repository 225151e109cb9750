/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call detail records: one JSON object per line and call, written before
 * the call is forgotten. A disk that is full costs the record (counted and
 * logged), never the call.
 */
#ifndef GATEWAY_CALL_CDR_H
#define GATEWAY_CALL_CDR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "gateway/party.h"

struct cdr;             /* the open file */

/* Measured on one side; negative: not measured. */
struct cdr_media {
	char   codec[16];
	double loss_percent, jitter_ms, erl_db, erle_db;
	int64_t packets_in, packets_out;
};

struct cdr_record {
	char            id[24];
	char            source[48];     /* "phone:alice", "line:fxs1" */
	char            target[320];    /* last one tried */
	char            line[48];       /* that carried or rang it, or "" */
	char            route[48];      /* name of its rule */
	char            why[96];        /* why that rule was taken */
	double          setup_ms;       /* from the complete number to the
					 * first target called; < 0: never */
	struct party    calling, called;
	unsigned        tried;          /* targets */
	bool            emergency;
	/* wall-clock times; 0: it did not happen */
	uint64_t        start_us, ringing_us, answer_us, end_us;
	enum q850_cause cause;
	uint16_t        status;         /* SIP, or 0 */
	char            ended_by[8];    /* "caller", "called", "gateway" */
	struct cdr_media media[2];      /* caller's side, called side */
};

/* Opens (appends, creates with mode 0640) the file; path "": records are
 * dropped. errno of open(2). */
int cdr_open(struct cdr **cp, const char *path) MUST_CHECK;
/* NULL-safe. */
void cdr_close(struct cdr *c);
/* Opens the path anew (after log rotation). The old file stays in use when
 * that fails. */
int cdr_reopen(struct cdr *c) MUST_CHECK;
/* Writes one record; errors are counted and logged. */
void cdr_write(struct cdr *c, const struct cdr_record *r);

/* The JSON line of a record, without newline, into out (cap bytes); the
 * length. 0: it does not fit. */
size_t cdr_print(char *out, size_t cap, const struct cdr_record *r);

#endif
