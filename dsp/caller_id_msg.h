/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of caller ID messages; for caller_id_tx.c and caller_id_rx.c. */
#ifndef DSP_CALLER_ID_MSG_H
#define DSP_CALLER_ID_MSG_H

#include "dsp/caller_id.h"

enum {
	CALLER_ID_MSG_MAX = 260,        /* type, length, 255, checksum */
	CALLER_ID_DLE = 0x10, CALLER_ID_SOH = 0x01,
	CALLER_ID_STX = 0x02, CALLER_ID_ETX = 0x03,
};

/* The message as it is sent, with checksum or CRC and (JCLIP) framing,
 * stuffing and parity; for DTMF the digits. What is private is left out.
 * EINVAL: characters the standard cannot send. */
int caller_id_msg_build(uint8_t out[CALLER_ID_MSG_MAX], size_t *len,
			enum caller_id_standard s,
			const struct caller_id *cid) MUST_CHECK;

/* Reads n foreign bytes: as built, but of JCLIP only what stands behind
 * DLE SOH. EBADMSG: damaged or malformed; ENOMSG: sound, but of another
 * kind than caller ID (messages waiting). */
int caller_id_msg_parse(struct caller_id *cid, enum caller_id_standard s,
			const uint8_t *p, size_t n) MUST_CHECK;

/* CRC of NTT's framing (x^16 + x^12 + x^5 + 1, least bit first), carried on
 * from crc, first 0; over a frame with its own CRC it is 0. */
uint16_t caller_id_msg_crc(uint16_t crc, uint8_t byte);

/* Does a message of CLASS or CLIP begin with this byte? */
bool caller_id_msg_is_type(uint8_t byte);

#endif
