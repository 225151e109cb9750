/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some parts of SpanDSP fill tables when their first object is made. Which
 * ones depends on its version, so one of each kind that we use is made here.
 */
#include <spandsp.h>
#include <stdbool.h>

#include "dsp/dsp.h"

static int no_bit(void *arg)
{
	(void)arg;
	return SIG_STATUS_END_OF_DATA;
}

static void drop_bit(void *arg, int bit)
{
	(void)arg;
	(void)bit;
}

static bool init_codecs(void)
{
	g722_encode_state_t *enc = g722_encode_init(NULL, 64000, 0);
	g722_decode_state_t *dec = g722_decode_init(NULL, 64000, 0);
	g726_state_t *g726 = g726_init(NULL, 32000, G726_ENCODING_LINEAR,
				       G726_PACKING_RIGHT);
	bool ok = enc && dec && g726;

	if (enc)
		g722_encode_free(enc);
	if (dec)
		g722_decode_free(dec);
	if (g726)
		g726_free(g726);
	return ok;
}

static bool init_modem(void)
{
	const fsk_spec_t *v23 = &preset_fsk_specs[FSK_V23CH1];
	fsk_tx_state_t *tx = fsk_tx_init(NULL, v23, no_bit, NULL);
	fsk_rx_state_t *rx = fsk_rx_init(NULL, v23, FSK_FRAME_MODE_ASYNC,
					 drop_bit, NULL);
	int16_t pcm[8];
	bool ok = tx && rx;

	if (ok)
		fsk_rx(rx, pcm, fsk_tx(tx, pcm, 8));
	if (tx)
		fsk_tx_free(tx);
	if (rx)
		fsk_rx_free(rx);
	return ok;
}

int dsp_global_init(void)
{
	return init_codecs() && init_modem() ? 0 : ENOMEM;
}
