/* SPDX-License-Identifier: Apache-2.0 */
/* The methods this room serves by itself. */
#include "gateway/sip/method.h"

const struct sip_method *const sip_methods[] = {
	&method_options,
	NULL,
};
