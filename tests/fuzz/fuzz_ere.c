/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of zones and of the configuration: the expression, a
 * line feed, the text. What matches lies in the text; time is bounded. */
#include <stdlib.h>
#include <string.h>

#include "enum/ere.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void need(bool cond)
{
	if (!cond)
		abort();
}

static bool lies_in(struct str part, struct str text)
{
	return part.p >= text.p && part.p + part.l <= text.p + text.l;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str group[ERE_GROUPS], pattern, text, all = str_pl(p, n);
	const char *why = NULL;
	static struct ere re;

	if (!str_cut(all, '\n', &pattern, &text))
		return 0;
	if (ere_compile(&re, pattern, p[0] & 1, &why)) {
		need(why && *why);
		return 0;
	}
	if (!ere_match(&re, text, group))
		return 0;
	need(lies_in(group[0], text));
	for (int i = 1; i < ERE_GROUPS; i++)
		need(!group[i].p || lies_in(group[i], text));
	return 0;
}
