/* SPDX-License-Identifier: Apache-2.0 */
/* Sound files between the two threads: a source that is read ahead, a
 * recording that is written behind. */
#ifndef MEDIA_FILE_IMPL_H
#define MEDIA_FILE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "dsp/frame.h"

struct file_src;
struct file_rec;

/* As file_port_new. [signalling] */
int file_src_new(struct file_src **sp, struct loop *sig, const char *path,
		 unsigned repeat, unsigned hz) MUST_CHECK;
/* NULL-safe. [signalling, when the worker has let go] */
void file_src_free(struct file_src *s);
/* Writes n samples, silence where none are ready. [worker] */
void file_src_get(struct file_src *s, int16_t *pcm, size_t n);
/* All has been said. [worker] */
bool file_src_ended(const struct file_src *s);

/* Channels 1 or 2. [signalling] */
int file_rec_new(struct file_rec **rp, struct loop *sig, const char *path,
		 unsigned channels, unsigned hz) MUST_CHECK;
/* Writes the rest and closes; NULL-safe. [signalling, when the worker has
 * let go] */
void file_rec_free(struct file_rec *r);
/* The way back for the worker that lets go. [worker] */
struct note *file_rec_note(struct file_rec *r);
/* n samples of each channel; b NULL: one channel. [worker] */
void file_rec_put(struct file_rec *r, const int16_t *a, const int16_t *b,
		  size_t n);
/* A tick of two channels at any rates, to a recording at 8 kHz. [worker] */
void file_rec_frames(struct file_rec *r, const struct frame *a,
		     const struct frame *b);

#endif
