/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call/info_digit.h"

#include "base/scan.h"
#include "gateway/sip/sip.h"

bool info_digit_read(const struct sip_msg *m, char *digit, unsigned *ms)
{
	struct scan s = scan_of(m->body);
	struct str line, name, val;
	uint32_t n;

	*digit = 0;
	*ms = 0;
	if (sip_type_is(m->body_type, "application/dtmf")) {
		struct str text = str_trim(m->body);

		*digit = text.l ? text.p[0] : 0;
		return *digit != 0;
	}
	if (!sip_type_is(m->body_type, "application/dtmf-relay"))
		return false;
	while (!scan_eof(&s) && scan_line(&s, &line)) {
		if (!str_cut(line, '=', &name, &val))
			continue;
		val = str_trim(val);
		if (str_ieqz(str_trim(name), "signal") && val.l == 1)
			*digit = val.p[0];
		else if (str_ieqz(str_trim(name), "duration") &&
			 !str_u32(&n, val, 10000))
			*ms = n;
	}
	return *digit != 0;
}
