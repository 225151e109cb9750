/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an RTP port, shared by rtp_port.c, rtp_rx.c, rtp_tx.c and
 * rtp_report.c; what bridges call beyond struct port_ops. */
#ifndef MEDIA_RTP_IMPL_H
#define MEDIA_RTP_IMPL_H

#include "base/mailbox.h"
#include "base/tmr.h"
#include "base/udp.h"
#include "dsp/plc.h"
#include "dsp/resample.h"
#include "media/cn.h"
#include "media/jbuf.h"
#include "media/quality.h"
#include "media/rtp_pkt.h"
#include "media/rtp_port.h"
#include "media/srtp.h"
#include "media/telev.h"

enum {
	RTP_PACKET_MS = 60,             /* longest packet */
	RTP_FIFO_MS   = RTP_PACKET_MS + PORT_TICK_MS,
};

/* What was agreed, with all that had to be allocated for it. Made on the
 * signalling thread, used by the worker, freed on the signalling thread. */
struct rtp_setup {
	struct note       note;         /* its way back */
	struct rtp_params prm;
	void             *enc;          /* codec states: of fmt[0] */
	void             *dec[RTP_FORMATS];
	struct srtp_pair *srtp;
	bool              keep_srtp;    /* keys as before: the old contexts
					 * go on, with their counters */
	struct resample  *rs;           /* of codecs with another rate than
					 * the port's; NULL: none has */
	int16_t          *acc;          /* samples towards a packet; NULL:
					 * a frame fills packets exactly */
	uint16_t          hz;           /* of the port */
};

/* What a port needs so that its packets can be heard, 3 kB that one which
 * only forwards does without. Made and freed on the signalling thread, lent
 * to the port by the worker. */
struct rtp_sound {
	struct note     note;           /* its way there and back */
	uint16_t        hz;
	struct plc     *plc;
	struct jbuf_pkt slot[JBUF_SLOTS];
	int16_t         fifo[];         /* samples to be said */
};

/* What signalling has to know of the newest setup, which is the holder's. */
struct rtp_asked {
	bool           any;             /* there is one */
	bool           events;          /* RFC 4733 both ways */
	uint16_t       hz;
	struct rtp_key tx_key, rx_key;
};

/* Upcalls to the bridge. [worker] */
struct rtp_sink {
	void (*digit)(void *arg, char digit, bool begin, uint16_t ms);
	void (*timeout)(void *arg);
};

/* Where a port works. */
struct rtp_env {
	struct loop           *poll;    /* for the RTP socket */
	uint64_t               epoch_us;        /* when, and how often, the */
	uint32_t               phase_us;        /* worker wakes; 0: any time */
	struct pool           *pool;
	const struct rtp_sink *sink;
	void                  *arg;
};

/* Symmetric RTP. */
struct rtp_learn {
	struct addr dst;                /* where we send; port 0: nowhere */
	struct addr cand;               /* who sends to us */
	unsigned    n;                  /* good packets of cand in turn */
	bool        locked;
};

/* Packets of another port forwarded here as they come. */
struct rtp_relay {
	struct rtp_port *from;          /* NULL: off */
	bool             on;            /* offsets are valid for: */
	uint32_t         ssrc;
	uint16_t         seq_off, base_seq;
	uint32_t         ts_off;
};

struct rtp_port {
	struct port              port;
	const struct media_conf *conf;
	struct rtp_ports        *ports;
	struct udp              *rtp, *rtcp;
	struct rtp_asked         asked;         /* signalling's */
	/* all below: the holder's */
	struct rtp_setup        *setup;
	struct rtp_env           env;
	struct loop             *loop;          /* NULL: not bound */
	const struct clk        *clk;           /* of the last loop */
	struct tmr               second, event_end;
	/* sending */
	uint32_t                 ssrc, tx_ts;
	uint16_t                 tx_seq;
	uint64_t                 tx_at_us;      /* when tx_ts was now */
	bool                     tx_marker, tx_started;
	unsigned                 acc_n;
	struct telev_tx          telev_tx;
	struct rtp_learn         learn;
	struct rtp_relay         relay;
	struct rtp_port         *relay_to;      /* whose relay.from we are */
	/* receiving */
	bool                     rx_started;
	uint32_t                 rx_ssrc, new_ssrc;
	uint16_t                 new_seq;
	uint64_t                 heard_us;      /* last good packet, or when
						 * its want was last told */
	struct rtp_sound        *sound;         /* NULL: nobody listens */
	struct jbuf              jbuf;
	struct quality           quality;
	struct telev_rx          telev_rx;
	struct cn                cn;
	bool                     cn_on;
	bool                     playing;       /* something was said */
	unsigned                 empty_ms;
	unsigned                 fifo_n;        /* in sound->fifo */
	/* RTCP */
	uint64_t                 report_us;     /* when the next is due */
	uint32_t                 sr_mid;        /* of the peer's last SR */
	uint64_t                 sr_at_us;
	uint32_t                 seed;
	char                     cname[32];
	struct rtp_stats         stats;
};

extern const struct port_ops rtp_port_ops;

/* The RTP port p is. */
static inline struct rtp_port *rtp_of(const struct port *p)
{
	return (struct rtp_port *)(void *)p;
}

/* Is it an RTP port? */
static inline bool rtp_is(const struct port *p)
{
	return p && p->ops == &rtp_port_ops;
}

/* Milliseconds to samples of the port. */
static inline unsigned rtp_samples(const struct rtp_port *p, unsigned ms)
{
	return p->port.hz / 1000 * ms;
}

/* One tick in the RTP clock. */
static inline uint32_t rtp_step(const struct rtp_port *p)
{
	return p->setup->prm.fmt[0].codec->rtp_hz / 1000 * PORT_TICK_MS;
}

/* Samples that fit into the fifo of a port of hz. */
static inline unsigned rtp_fifo_cap(unsigned hz)
{
	return hz / 1000 * RTP_FIFO_MS;
}

/* Can what comes be made to sound? */
static inline bool rtp_hears(const struct rtp_port *p)
{
	return p->sound && p->sound->hz == p->port.hz;
}

/* --- rtp_ports.c ------------------------------------------------------- */

/* The SRTP library, readied once. EIO. [signalling] */
int rtp_ports_srtp(struct rtp_ports *p) MUST_CHECK;

/* --- rtp_setup.c: [signalling] ----------------------------------------- */

/* Is telephone-event agreed both ways? */
bool rtp_setup_has_events(const struct rtp_params *q);
/* The setup made of q is on its way into the port. */
void rtp_setup_asked(struct rtp_port *p, const struct rtp_params *q);

/* Makes a setup for the port; errors as rtp_port_set. */
int rtp_setup_new(struct rtp_setup **sp, struct rtp_port *p,
		  const struct rtp_params *params) MUST_CHECK;
/* NULL-safe. */
void rtp_setup_free(struct rtp_setup *s);

/* --- rtp_sound.c ------------------------------------------------------- */

/* hz: 8000 or 16000. ENOMEM. [signalling] */
int rtp_sound_new(struct rtp_sound **sp, unsigned hz) MUST_CHECK;
/* NULL-safe. [signalling] */
void rtp_sound_free(struct rtp_sound *s);
/* Lends s to the port; NULL: takes it away, and what was received with it.
 * Returns what is to be freed, or NULL. [holder] */
struct rtp_sound *rtp_sound_lend(struct rtp_port *p, struct rtp_sound *s);

/* --- rtp_port.c -------------------------------------------------------- */

/* Where it will work; before bind. [worker] */
void rtp_port_join(struct rtp_port *p, const struct rtp_env *env);
/* The setup takes force; returns what is to be freed. [holder] */
struct rtp_setup *rtp_port_install(struct rtp_port *p, struct rtp_setup *s);
/* Is telephone-event agreed for what we send? */
bool rtp_port_has_events(const struct rtp_port *p);
/* Can packets of from be forwarded to to as they come? */
bool rtp_port_can_relay(const struct rtp_port *from,
			const struct rtp_port *to);
/* Forwards from's packets to to; from NULL: ends it. */
void rtp_port_relay(struct rtp_port *to, struct rtp_port *from);
/* Counters and figures up to now. */
void rtp_port_stats(struct rtp_port *p, struct rtp_stats *s);

/* --- rtp_rx.c: [worker] ------------------------------------------------ */

/* A datagram has come. */
udp_recv_fn rtp_rx_packet;
/* The pull op. */
int rtp_rx_pull(struct port *port, struct frame *f) MUST_CHECK;
/* A new stream: forgets what was received. */
void rtp_rx_reset(struct rtp_port *p);

/* --- rtp_tx.c: [worker] ------------------------------------------------ */

/* The push op. */
int rtp_tx_push(struct port *port, const struct frame *f) MUST_CHECK;
/* Forwards a packet that came; its format is fmt of the sender's port, or
 * -1: telephone-event, -2: comfort noise. */
void rtp_tx_forward(struct rtp_port *p, const struct rtp_pkt *k, int fmt);
/* The RTP clock of what we send, now. */
uint32_t rtp_tx_clock(const struct rtp_port *p, uint64_t now_us);
/* The next packet begins a talkspurt at the time of now. */
void rtp_tx_sync(struct rtp_port *p, uint64_t now_us);

/* --- rtp_report.c: RTCP. [worker, but for the last] --------------------- */

udp_recv_fn rtp_report_packet;
/* A second has passed: sends a report if one is due. */
void rtp_report_second(struct rtp_port *p, uint64_t now_us);
/* Says BYE, if it ever said anything. [holder] */
void rtp_report_bye(struct rtp_port *p);

#endif
