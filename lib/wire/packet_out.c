// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * PACKET_OUT: OpenFlow 1.3.5 A.3.7.
 *
 *	8 buffer 4 | 12 in_port 4 | 16 actions_len 2 | 18 pad 6 | 24 actions
 *	| frame
 */
#include "parts.h"

enum wire_err of_packet_out_check(const struct of_packet_out *po)
{
	struct of_place place = { .table = true, .group = true };

	if (!of_port_real(po->in_port) && po->in_port != OF_PORT_CONTROLLER)
		return WIRE_EPORT;
	if (po->action_nr > OF_ACTIONS_MAX)
		return WIRE_ECOUNT;
	if (po->data_len < OF_ETH_HEADER_LEN)
		return WIRE_ESHORT;
	return of_actions_check(po->action, po->action_nr, &place);
}

enum wire_err of_packet_out_decode(struct of_packet_out *po, const uint8_t *in,
				   size_t len)
{
	enum wire_err err;
	size_t n;

	if (len < OF_PACKET_OUT_LEN)
		return WIRE_ESHORT;
	if (wire_get32(in + 8) != OF_NO_BUFFER)
		return WIRE_EBUFFER;
	po->in_port = wire_get32(in + 12);
	n = wire_get16(in + 16);
	if (!wire_zero(in + 18, 6))
		return WIRE_EPAD;
	in += OF_PACKET_OUT_LEN;
	len -= OF_PACKET_OUT_LEN;
	if (n > len)
		return WIRE_ESHORT;
	err = of_actions_decode(po->action, &po->action_nr, in, n);
	if (err)
		return err;
	po->data = in + n;
	po->data_len = len - n;
	return of_packet_out_check(po);
}
