// SPDX-License-Identifier: GPL-2.0
/* Multipart requests of our own (1.3.5 A.3.5): everything of one kind. */
#include "agent_state.h"

enum { FLOW_REQUEST_LEN = MULTIPART_LEN + 40,
       PORT_REQUEST_LEN = MULTIPART_LEN + 8 };

static void flow_request(uint8_t *p)
{
	p[0] = OF_TABLE_ALL;
	put32(p + 4, OF_PORT_ANY);
	put32(p + 8, OF_GROUP_ANY);
	/* cookies of any value; a match of nothing */
	put16(p + 32, 1);
	put16(p + 34, 4);
}

size_t multipart_request(uint8_t *out, unsigned int type, uint32_t xid)
{
	size_t len = MULTIPART_LEN;

	memset(out, 0, FLOW_REQUEST_LEN);
	if (type == OFPMP_FLOW) {
		len = FLOW_REQUEST_LEN;
		flow_request(out + MULTIPART_LEN);
	} else if (type == OFPMP_PORT_STATS) {
		len = PORT_REQUEST_LEN;
		put32(out + MULTIPART_LEN, OF_PORT_ANY);
	}
	out[0] = OF_VERSION;
	out[1] = OFPT_MULTIPART_REQUEST;
	put16(out + 2, (uint32_t)len);
	put32(out + 4, xid);
	put16(out + 8, type);
	return len;
}
