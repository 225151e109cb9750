/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in ends for installers. */
#ifndef MEDIA_LOOP_PORT_H
#define MEDIA_LOOP_PORT_H

#include "media/port.h"

/* Says what it heard in the tick before. hz: 8000 or 16000. ENOMEM. */
int loop_port_echo(struct port **pp, unsigned hz) MUST_CHECK;

/* Says a sine for ever; 1004 Hz at 0 dBm0 is the milliwatt of the
 * installers. ENOMEM. */
int loop_port_tone(struct port **pp, unsigned hz, double tone_hz,
		   double dbm0) MUST_CHECK;

/* Says nothing, hears nothing. ENOMEM. */
int loop_port_silence(struct port **pp, unsigned hz) MUST_CHECK;

#endif
