/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the table in codecs.c; only that file needs them. */
#ifndef DSP_CODECS_H
#define DSP_CODECS_H

#include "dsp/codec.h"

extern const struct codec_ops codec_pcma, codec_pcmu;   /* codec_g711.c */
extern const struct codec_ops codec_g722;               /* codec_g722.c */
extern const struct codec_ops codec_g726_16, codec_g726_24, codec_g726_32,
	codec_g726_40;                                  /* codec_g726.c */

#endif
