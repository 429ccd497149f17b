// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Messages one by one, by their header: OpenFlow 1.3.5 A.1.
 *
 *	0 version 1 | 1 type 1 | 2 length 2 | 4 xid 4
 */
#include "parts.h"

enum wire_err of_decode(struct of_message *msg, const uint8_t *in, size_t len,
			size_t *used)
{
	memset(msg, 0, sizeof(*msg));
	*used = 0;
	if (len < OF_HEADER_LEN)
		return WIRE_ESHORT;
	if (in[0] != OF_VERSION)
		return WIRE_EVERSION;
	msg->type = in[1];
	msg->xid = wire_get32(in + 4);
	*used = wire_get16(in + 2);
	if (*used < OF_HEADER_LEN)
		return WIRE_ELENGTH;
	if (*used > len)
		return WIRE_ESHORT;
	switch (msg->type) {
	case OF_FLOW_MOD:
		return of_flow_mod_decode(&msg->flow_mod, in, *used);
	case OF_GROUP_MOD:
		return of_group_mod_decode(&msg->group_mod, in, *used);
	case OF_PACKET_OUT:
		return of_packet_out_decode(&msg->packet_out, in, *used);
	default:
		return WIRE_ETYPE;
	}
}

enum wire_err of_check(struct of_message *msg, const uint8_t *in, size_t len,
		       unsigned int *nr, size_t *at)
{
	enum wire_err err;
	size_t used;

	*at = 0;
	for (*nr = 0; *at < len; ++*nr, *at += used) {
		if (*nr == OF_MESSAGES_MAX)
			return WIRE_ECOUNT;
		err = of_decode(msg, in + *at, len - *at, &used);
		if (err)
			return err;
	}
	return *nr ? WIRE_OK : WIRE_ECOUNT;
}
