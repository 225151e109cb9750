/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caller ID from a line: messages as they come, messages with a checksum
 * that is right (or the parser would hardly ever be reached), and sound.
 * The first byte chooses.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/caller_id_msg.h"
#include "dsp/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check(const struct caller_id *c)
{
	assert(strlen(c->number) < sizeof(c->number));
	assert(strlen(c->called) < sizeof(c->called));
	assert(strlen(c->name) < sizeof(c->name));
	assert(c->month <= 12 && c->day <= 31);
	for (const char *t = c->name; *t; t++)
		assert(*t >= 0x20 && *t < 0x7f);
}

static void on_message(int err, const struct caller_id *c, void *arg)
{
	(void)arg;
	assert(!err == (c != NULL));
	if (c)
		check(c);
}

/* Makes length, checksum and CRC what they should be. */
static void mend(enum caller_id_standard s, uint8_t *m, size_t n)
{
	uint16_t crc = 0;
	uint8_t sum = 0;

	if (s == CALLER_ID_JCLIP && n >= 9) {
		m[0] = 0x07;
		m[1] = m[n - 4] = CALLER_ID_DLE;
		m[2] = CALLER_ID_STX;
		m[n - 3] = CALLER_ID_ETX;
		for (size_t i = 0; i < n - 2; i++)
			crc = caller_id_msg_crc(crc, m[i]);
		m[n - 2] = crc & 0xff;
		m[n - 1] = (uint8_t)(crc >> 8);
	} else if (s != CALLER_ID_DTMF && n >= 3) {
		m[1] = (uint8_t)(n - 3);
		for (size_t i = 0; i < n - 1; i++)
			sum = (uint8_t)(sum + m[i]);
		m[n - 1] = (uint8_t)-sum;
	}
}

static void parse(enum caller_id_standard s, const uint8_t *p, size_t n)
{
	uint8_t *m = malloc(n ? n : 1);         /* so that ASan sees its end */
	struct caller_id c;

	if (!m)
		return;
	memcpy(m, p, n);
	if (!caller_id_msg_parse(&c, s, m, n))
		check(&c);
	mend(s, m, n);
	if (!caller_id_msg_parse(&c, s, m, n))
		check(&c);
	free(m);
}

static void listen(enum caller_id_standard s, const uint8_t *p, size_t n)
{
	struct caller_id_rx *rx;
	int16_t pcm[4096];

	n = n < 4096 ? n : 4096;
	n = codec_by_pt(8)->decode(NULL, p, n, pcm, 4096);
	if (caller_id_rx_new(&rx, s, on_message, NULL))
		return;
	for (int i = 0; i < 4; i++)
		caller_id_rx_run(rx, pcm, n);
	caller_id_rx_free(rx);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum caller_id_standard s;

	if (!n)
		return 0;
	s = (enum caller_id_standard)(CALLER_ID_CLASS + p[0] % 4);
	if (p[0] & 0x80)
		listen(s, p + 1, n - 1);
	else
		parse(s, p + 1, n - 1);
	return 0;
}
