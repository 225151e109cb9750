/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's state as text: what was read and printed is read and printed
 * the same. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/route/guard_state.h"

static const struct guard_now now = { 360000000000, 1800000000000000 };

static void need(int cond)
{
	if (!cond)
		abort();
}

/* What reading the text says; *out: all that is known then. */
static int turn(struct buf *out, struct str text, unsigned *line)
{
	struct guard_state st;
	int err;

	need(!guard_state_init(&st));
	err = guard_state_read(&st, text, &now, line);
	guard_state_print(out, &st, &now);
	need(!out->err && st.by_name.n <= GUARD_ACCOUNTS_MAX);
	guard_state_fini(&st);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf first, second;
	unsigned line;
	int err;

	buf_init(&first, GUARD_STATE_BYTES);
	buf_init(&second, GUARD_STATE_BYTES);
	err = turn(&first, str_pl(p, n), &line);
	need(err ? err == EBADMSG && line : !line);
	need(!turn(&second, buf_str(&first), &line));
	need(str_eq(buf_str(&first), buf_str(&second)));
	buf_fini(&first);
	buf_fini(&second);
	return 0;
}
