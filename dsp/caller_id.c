/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/caller_id.h"

const char *caller_id_name(enum caller_id_standard s)
{
	static const char *const names[] = {
		"none", "class", "clip", "jclip", "dtmf",
	};

	return (unsigned)s < sizeof(names) / sizeof(*names) ? names[s] : "?";
}
