/* SPDX-License-Identifier: Apache-2.0 */
/* What makes packets heard: slots of the jitter buffer, concealment and the
 * samples that wait for their tick. */
#include "base/mem.h"
#include "media/rtp_impl.h"

int rtp_sound_new(struct rtp_sound **sp, unsigned hz)
{
	size_t fifo = rtp_fifo_cap(hz) * sizeof(int16_t);
	struct rtp_sound *s = mem_alloc(sizeof(*s) + fifo);
	int err;

	if (!s)
		return ENOMEM;
	err = plc_open(&s->plc, hz);
	if (err) {
		mem_free(s);
		return err;
	}
	s->hz = (uint16_t)hz;
	*sp = s;
	return 0;
}

void rtp_sound_free(struct rtp_sound *s)
{
	if (!s)
		return;
	plc_close(s->plc);
	mem_free(s);
}

struct rtp_sound *rtp_sound_lend(struct rtp_port *p, struct rtp_sound *s)
{
	struct rtp_sound *old = p->sound;

	rtp_rx_reset(p);
	p->sound = s;
	p->jbuf.slot = s ? s->slot : NULL;
	return old;
}
