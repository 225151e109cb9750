/* SPDX-License-Identifier: Apache-2.0 */
/* The condition `time` of a rule: days of the week and spans of the day. */
#include <string.h>

#include "base/scan.h"
#include "gateway/route/rules.h"

enum { DAY_MIN = 24 * 60 };

static const char *const day_names[7] = {
	"mon", "tue", "wed", "thu", "fri", "sat", "sun"
};

static bool scan_day(struct scan *s, unsigned *day)
{
	for (unsigned d = 0; d < 7; d++) {
		if (scan_left(s) >= 3 &&
		    str_istarts(scan_rest(s), day_names[d])) {
			*day = d;
			return scan_skip(s, 3);
		}
	}
	return false;
}

/* "mon-fri" or "sat"; none: every day. */
static bool scan_days(struct scan *s, struct rule_span *sp)
{
	unsigned first, last;

	if (!scan_day(s, &first)) {
		memset(sp->days, 1, sizeof(sp->days));
		return true;
	}
	last = first;
	if (scan_opt(s, '-') && !scan_day(s, &last))
		return false;
	for (unsigned d = first;; d = (d + 1) % 7) {
		sp->days[d] = true;
		if (d == last)
			break;
	}
	scan_blanks(s);
	return true;
}

static bool scan_clock(struct scan *s, uint16_t *min)
{
	uint32_t h, m;

	if (!scan_u32(s, 24, &h) || !scan_char(s, ':') ||
	    !scan_u32(s, 59, &m) || h * 60 + m > DAY_MIN)
		return false;
	*min = (uint16_t)(h * 60 + m);
	return true;
}

static bool scan_span(struct scan *s, struct rule_span *sp)
{
	memset(sp, 0, sizeof(*sp));
	scan_blanks(s);
	if (!scan_days(s, sp))
		return false;
	sp->to_min = DAY_MIN;
	if (scan_peek(s) < '0' || scan_peek(s) > '9')
		return true;
	return scan_clock(s, &sp->from_min) && scan_char(s, '-') &&
	       scan_clock(s, &sp->to_min);
}

int rule_parse_time(struct rule_span *spans, unsigned *n, const char *text)
{
	struct scan s = scan_of(str_trim(str_z(text)));
	unsigned k = 0;

	do {
		if (k == RULE_SPANS_MAX || scan_eof(&s) ||
		    !scan_span(&s, &spans[k]))
			return EBADMSG;
		k++;
		scan_blanks(&s);
	} while (scan_opt(&s, ','));
	if (!scan_eof(&s) || s.failed)
		return EBADMSG;
	*n = k;
	return 0;
}

static bool in_span(const struct rule_span *sp, unsigned day, unsigned min)
{
	unsigned yesterday = (day + 6) % 7;

	if (sp->to_min > sp->from_min)
		return sp->days[day] && min >= sp->from_min &&
		       min < sp->to_min;
	/* past midnight: the evening of its day, the morning of the next */
	return (sp->days[day] && min >= sp->from_min) ||
	       (sp->days[yesterday] && min < sp->to_min);
}

bool rule_in_time(const struct rule_span *spans, unsigned n,
		  const struct zone *zone, uint64_t wall_us)
{
	struct tm tm;
	unsigned day, min;

	if (!zone_local(zone, wall_us, &tm))
		return false;
	day = (unsigned)(tm.tm_wday + 6) % 7;
	min = (unsigned)(tm.tm_hour * 60 + tm.tm_min);
	for (unsigned i = 0; i < n; i++)
		if (in_span(&spans[i], day, min))
			return true;
	return false;
}
