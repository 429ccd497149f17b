// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Lookups in a map of ports. */
#include "walk.h"

const struct gate_port *gate_port_by_of(const struct gate_ports *ports,
					uint32_t of_port)
{
	unsigned int low = 0, high = ports->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (ports->port[mid].of_port < of_port)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == ports->nr || ports->port[low].of_port != of_port)
		return NULL;
	return &ports->port[low];
}

const struct gate_port *gate_port_by_dp(const struct gate_ports *ports,
					uint32_t dp_port)
{
	unsigned int i;

	for (i = 0; i < ports->nr; i++)
		if (ports->port[i].dp_port == dp_port)
			return &ports->port[i];
	return NULL;
}
