/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every driver of lines keeps, whatever its hardware: checked for each
 * row of the table that can open a line on a machine without hardware.
 */
#ifndef TESTS_LINE_DRIVER_CONTRACT_H
#define TESTS_LINE_DRIVER_CONTRACT_H

#include "gateway/line/line.h"

/* Opens lines by driver row and goes through the contract with each kind.
 * 0, or an errno after test_say(). */
int driver_contract(unsigned row) MUST_CHECK;

#endif
