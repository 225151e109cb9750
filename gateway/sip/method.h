/* SPDX-License-Identifier: Apache-2.0 */
/* The table of methods. A new method is one file and one row in methods.c;
 * rows that point upwards (services, calls) are handed to the stack by
 * sip_stack_serve(). */
#ifndef GATEWAY_SIP_METHOD_H
#define GATEWAY_SIP_METHOD_H

#include "gateway/sip/txn.h"

struct sip_stack;

struct sip_method {
	const char *name;
	/* A request outside of dialogs (in-dialog ones go to the dialog
	 * hook). Answers now or later through t, or returns an error: then
	 * the stack answers 500 (ENOMEM, EAGAIN: 503). */
	int (*on_request)(struct sip_stack *s, struct txn_server *t,
			  const struct sip_msg *m, void *arg);
};

/* Rows served by this room alone; ends with NULL. */
extern const struct sip_method *const sip_methods[];

extern const struct sip_method method_options;

#endif
