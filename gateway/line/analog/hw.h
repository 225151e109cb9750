/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hardware of an analog port, as fxs.c and fxo.c see it. A driver fills
 * struct hw and its ops; events come from the loop, never out of an op.
 * Hardware that judges pulses and flash by itself (a kernel driver) tells
 * HW_EV_DIGIT and HW_EV_FLASH and never the short breaks they were made of.
 */
#ifndef GATEWAY_LINE_ANALOG_HW_H
#define GATEWAY_LINE_ANALOG_HW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct hw;
struct port;

enum hw_ev {
	/* FXS: the telephone's loop */
	HW_EV_OFFHOOK,
	HW_EV_ONHOOK,
	HW_EV_FLASH,
	HW_EV_DIGIT,
	/* FXO: what the exchange does */
	HW_EV_RING_ON,          /* ring voltage, each burst */
	HW_EV_RING_OFF,
	HW_EV_POLARITY,         /* the battery was reversed, or back */
	HW_EV_BATTERY_LOST,
	HW_EV_BATTERY_BACK,
	/* both */
	HW_EV_PORT_FREE,        /* the last bridge gave the sound back */
	HW_EV_DONE,             /* ops->flash or ops->pulse is through */
	HW_EV_FAULT,            /* the port does not work */
	HW_EV_FAULT_CLEAR,
	HW_EVS
};

/* digit: of HW_EV_DIGIT. */
typedef void hw_fn(enum hw_ev ev, char digit, void *arg);

enum {                          /* bits of ops->look */
	HW_OFFHOOK  = 1,        /* FXS: the telephone */
	HW_BATTERY  = 2,        /* FXO: the exchange feeds the line */
	HW_FAULT    = 4,
};

struct hw_ops {
	/* State at this moment: HW_ bits. */
	unsigned (*look)(struct hw *h);
	/* FXO: loop closed, opened. */
	void (*hook)(struct hw *h, bool offhook);
	/* FXS: ring voltage on, off. */
	void (*ring)(struct hw *h, bool on);
	/* FXS: feed reversed or normal; feed on or cut. */
	void (*polarity)(struct hw *h, bool reversed);
	void (*battery)(struct hw *h, bool on);
	/* FXO: hardware that times a break or pulses itself; HW_EV_DONE
	 * follows. NULL: the machine does it by hook. */
	void (*flash)(struct hw *h, uint32_t ms);
	void (*pulse)(struct hw *h, const char *digits);
	/* The sound; one holder at a time. EBUSY. */
	int  (*port)(struct hw *h, struct port **pp);
	/* Has nobody the sound? */
	bool (*port_is_free)(struct hw *h);
};

struct hw {
	const struct hw_ops *ops;
	hw_fn               *fn;        /* set by fxs.c or fxo.c */
	void                *arg;
};

#endif
