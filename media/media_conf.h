/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of `media:` as constants. */
#ifndef MEDIA_MEDIA_CONF_H
#define MEDIA_MEDIA_CONF_H

#include <stdbool.h>
#include <stdint.h>

struct conf_section;

struct media_conf {
	int      workers;               /* -1: processors - 1, at least 1;
					 * 0: none, bridges run on the
					 * signalling loop */
	int      port_min, port_max;    /* RTP, even; RTCP is one above */
	uint32_t jitter_max_ms;         /* longest delay of the jitter
					 * buffer */
	uint32_t rtp_timeout_ms;        /* silence of a peer; 0: never told */
	uint32_t rtcp_ms;               /* between reports; 0: none */
	int      learn_packets;         /* symmetric RTP: locks after so many
					 * good ones from one source */
	int      packet_buffers;        /* of each worker */
	uint32_t digit_ms, digit_gap_ms;        /* digits we send */
	bool     realtime;              /* workers go before other programs,
					 * where the system allows it */
};

/* `media:` of the configuration; conf_get() returns a struct media_conf. */
extern const struct conf_section media_conf_section;

/* What holds without a configuration. */
extern const struct media_conf media_conf_default;

#endif
