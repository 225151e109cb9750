/* SPDX-License-Identifier: Apache-2.0 */
/* SpanDSP fills some tables when the first object of a kind is made. */
#include <spandsp.h>

#include "dsp/dsp.h"

int dsp_global_init(void)
{
	dtmf_rx_state_t *rx = dtmf_rx_init(NULL, NULL, NULL);
	dtmf_tx_state_t *tx = dtmf_tx_init(NULL);
	int err = rx && tx ? 0 : ENOMEM;

	if (rx)
		dtmf_rx_free(rx);
	if (tx)
		dtmf_tx_free(tx);
	return err;
}
