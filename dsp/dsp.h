/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine room of samples: samples in, samples or events out. Nothing
 * here reads a clock, opens a file or allocates after its _new or _open;
 * every _run takes blocks of any length. An object belongs to one thread at
 * a time.
 */
#ifndef DSP_DSP_H
#define DSP_DSP_H

#include "base/err.h"

/* Fills the tables that SpanDSP makes at first use and does not lock. Call
 * it once, before the first thread that may use anything of dsp/. ENOMEM. */
int dsp_global_init(void) MUST_CHECK;

#endif
