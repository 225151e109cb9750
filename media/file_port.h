/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound files: a WAV as a port, whole files in memory. Files are read and
 * written on the signalling thread, ahead of the tick and behind it;
 * between the two stands a ring. libsndfile stays in file_port.c.
 */
#ifndef MEDIA_FILE_PORT_H
#define MEDIA_FILE_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "media/port.h"

/* A port that says the file at play (several channels are mixed to one, any
 * rate becomes hz) and writes what it hears to record, a mono 16-bit WAV.
 * Either may be NULL. repeat: times in all, 0: for ever; afterwards it is
 * silent. sig is the signalling loop. hz: 8000 or 16000. ENOENT and others
 * of open; EBADMSG: not a sound file; ENOMEM. */
int file_port_new(struct port **pp, struct loop *sig, const char *play,
		  unsigned repeat, const char *record, unsigned hz)
	MUST_CHECK;

/* Reads a whole file, mixed to mono at hz; at most 10 minutes. Freed with
 * mem_free(). ENOENT and others; EBADMSG; EFBIG; ENOMEM. */
int file_load(int16_t **pcm, size_t *n, const char *path, unsigned hz)
	MUST_CHECK;

/* Writes a mono 16-bit WAV. */
int file_save(const char *path, const int16_t *pcm, size_t n, unsigned hz)
	MUST_CHECK;

#endif
