/* SPDX-License-Identifier: Apache-2.0 */
/* The table of codecs. */
#include <strings.h>

#include "dsp/codecs.h"

const struct codec_ops *const codecs[] = {
	&codec_pcma,
	&codec_pcmu,
	&codec_g722,
	&codec_g726_32,
	&codec_g726_40,
	&codec_g726_24,
	&codec_g726_16,
	NULL
};

const struct codec_ops *codec_find(const char *name, unsigned rtp_hz)
{
	for (const struct codec_ops *const *c = codecs; *c; c++)
		if ((*c)->rtp_hz == rtp_hz && !strcasecmp((*c)->name, name))
			return *c;
	return NULL;
}

const struct codec_ops *codec_by_pt(int pt)
{
	for (const struct codec_ops *const *c = codecs; *c; c++)
		if (pt >= 0 && (*c)->static_pt == pt)
			return *c;
	return NULL;
}
