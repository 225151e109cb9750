/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of `media:`. */
#include "media/media_conf.h"

#include "conf/conf.h"

const struct media_conf media_conf_default = {
	.workers = -1, .port_min = 16384, .port_max = 32767,
	.jitter_max_ms = 200, .rtp_timeout_ms = 60000, .rtcp_ms = 5000,
	.learn_packets = 5, .packet_buffers = 4096, .digit_ms = 100,
	.digit_gap_ms = 100, .realtime = true,
};

#define KEY(m) CONF_FIELD(struct media_conf, m)

static const struct conf_key keys[] = {
	{ KEY(workers), .type = CONF_INT, .min = -1, .max = 64, .dflt = "-1",
	  .doc = "Threads that carry sound; -1: one less than there are "
		 "processors, but at least one; 0: none, sound runs on the "
		 "signalling thread." },
	{ KEY(port_min), .type = CONF_INT, .min = 1024, .max = 65532,
	  .dflt = "16384",
	  .doc = "First UDP port for RTP; even." },
	{ KEY(port_max), .type = CONF_INT, .min = 1027, .max = 65535,
	  .dflt = "32767",
	  .doc = "Last UDP port for RTCP; odd. A leg takes two ports." },
	{ KEY(jitter_max_ms), .type = CONF_MS, .min = 40, .max = 300,
	  .dflt = "200ms",
	  .doc = "Longest delay the jitter buffer may grow to." },
	{ KEY(rtp_timeout_ms), .type = CONF_MS, .min = 0, .max = 3600000,
	  .dflt = "60s",
	  .doc = "A call whose peer sends nothing for so long is ended; 0: "
		 "never." },
	{ KEY(rtcp_ms), .type = CONF_MS, .min = 0, .max = 60000,
	  .dflt = "5s",
	  .doc = "Mean time between two RTCP reports; 0: none are sent." },
	{ KEY(learn_packets), .type = CONF_INT, .min = 1, .max = 100,
	  .dflt = "5",
	  .doc = "Symmetric RTP: so many packets in turn from one address "
		 "make it the peer's until the next signalling." },
	{ KEY(packet_buffers), .type = CONF_INT, .min = 64, .max = 65536,
	  .dflt = "4096",
	  .doc = "Packets (1 kB each) all jitter buffers of a thread may hold "
		 "together." },
	{ KEY(digit_ms), .type = CONF_MS, .min = 40, .max = 1000,
	  .dflt = "100ms",
	  .doc = "Length of the digits the gateway sends." },
	{ KEY(digit_gap_ms), .type = CONF_MS, .min = 40, .max = 1000,
	  .dflt = "100ms",
	  .doc = "Pause between the digits the gateway sends." },
	{ KEY(realtime), .type = CONF_BOOL, .dflt = "yes",
	  .doc = "Threads that carry sound run before ordinary programs, "
		 "where the system allows it (CAP_SYS_NICE or RLIMIT_RTPRIO)."
	},
	{ 0 }
};

static void check(const void *sec, struct conf_diag *d)
{
	const struct media_conf *c = sec;

	if (c->port_min % 2)
		conf_diag_at(d, sec, "port_min", "%d is not even",
			     c->port_min);
	if (c->port_max % 2 == 0)
		conf_diag_at(d, sec, "port_max", "%d is not odd",
			     c->port_max);
	if (c->port_max < c->port_min + 3)
		conf_diag_at(d, sec, "port_max",
			     "room for two pairs is needed from %d on",
			     c->port_min);
}

const struct conf_section media_conf_section = {
	.name = "media", .size = sizeof(struct media_conf), .keys = keys,
	.check = check,
	.doc = "Sound: RTP, jitter buffers, threads.",
};
