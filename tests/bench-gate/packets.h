/* SPDX-License-Identifier: GPL-2.0 */
/* Datagrams through the datapath. */
#ifndef BENCH_GATE_PACKETS_H
#define BENCH_GATE_PACKETS_H

#include <stddef.h>

#include "samples.h"

/* @nr datagrams of @size bytes; leaves the process in namespace @to. */
void packets_run(struct samples *out, const char *from, const char *to,
		 const char *address, size_t size, int nr);

#endif
