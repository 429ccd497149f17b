/* SPDX-License-Identifier: GPL-2.0 */
/* What is under test here, besides what all test programs share. */
#ifndef WIRE_TEST_H
#define WIRE_TEST_H

#include "../test.h"
#include "openflow.h"
#include "update.h"

#endif
