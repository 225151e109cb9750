/* SPDX-License-Identifier: Apache-2.0 */
/* A time zone's file, and the time by it: whatever the file says, local time
 * is a day or so from UTC, and comes back as about the same moment. */
#include <stdlib.h>

#include "base/mem.h"
#include "gateway/route/zone.h"

enum { OFFSET_MAX_S = 26 * 3600 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const int64_t at[] = {
		0, 1767225600, 1780000000, 4102444799, 253402300799,
	};
	struct zone *z;

	if (zone_read(&z, "fuzz", str_pl(p, n)))
		return 0;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		int64_t local;
		struct tm tm;

		if (!zone_local(z, (uint64_t)at[i] * 1000000, &tm))
			abort();
		local = timegm(&tm);
		if (llabs(local - at[i]) > OFFSET_MAX_S ||
		    llabs(zone_instant(z, &tm) - at[i]) > 2 * OFFSET_MAX_S)
			abort();
	}
	obj_unref(z);
	return 0;
}
