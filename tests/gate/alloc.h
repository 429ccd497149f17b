/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of lib/gate in user space: counted, and made to fail on demand. */
#ifndef GATE_TEST_ALLOC_H
#define GATE_TEST_ALLOC_H

#include "port.h"

/* What is allocated and not freed */
extern unsigned long alloc_live;

/* The allocation that fails: 1 is the next one; 0: none. */
extern unsigned long alloc_fail_at;

#endif
