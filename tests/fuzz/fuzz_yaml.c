/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file of any bytes: loaded, printed, loaded again. */
#include <stdlib.h>

#include "base/mem.h"

#include "tests/conf/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int load(struct conf_snapshot **sp, struct str text)
{
	struct conf_diag d;
	struct buf said;
	int err;

	buf_init(&said, 1 << 20);
	conf_diag_init(&d);
	err = conf_load_text(sp, "fuzz.yaml", text, room_sections, NULL, &d);
	conf_diag_print(&d, &said);
	/* whoever refuses must say why */
	if (err == EINVAL && !said.len)
		abort();
	conf_diag_fini(&d);
	buf_fini(&said);
	return err;
}

static bool has_secret(const struct conf_snapshot *s)
{
	const struct door_conf *d = conf_get(s, &door_section);

	return d->key[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct conf_snapshot *s = NULL, *t = NULL;
	struct conf_change c;
	struct buf out;

	/* no files of this machine: paths and variables lead nowhere */
	if (load(&s, str_pl(p, n)))
		return 0;
	buf_init(&out, 1 << 22);
	conf_dump(&out, s);
	if (!has_secret(s) && !out.err &&
	    (load(&t, buf_str(&out)) || conf_diff(s, t, &c, 1)))
		abort();
	buf_fini(&out);
	obj_unref(t);
	obj_unref(s);
	return 0;
}
