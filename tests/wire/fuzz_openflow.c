// SPDX-License-Identifier: GPL-2.0
/*
 * OpenFlow messages, one behind the other: what is accepted survives encoding,
 * and its encoding is the same again; of_check() sees the same messages.
 */
#include "openflow.h"
#include "../fuzz.h"

static struct of_message msg, again;
static uint8_t one[1 << 16], two[1 << 16];

static void survives(void)
{
	size_t len, len2, used;

	FUZZ_DEMAND(!of_encode(one, sizeof(one), &len, &msg));
	FUZZ_DEMAND(!of_decode(&again, one, len, &used) && used == len);
	FUZZ_DEMAND(again.type == msg.type && again.xid == msg.xid);
	FUZZ_DEMAND(!of_encode(two, sizeof(two), &len2, &again));
	FUZZ_DEMAND(len == len2 && !memcmp(one, two, len));
	if (msg.type == OF_PACKET_OUT) {
		FUZZ_DEMAND(msg.packet_out.data_len ==
			    again.packet_out.data_len);
		FUZZ_DEMAND(!memcmp(msg.packet_out.data, again.packet_out.data,
				    msg.packet_out.data_len));
		again.packet_out.data = msg.packet_out.data;
	}
	FUZZ_DEMAND(!memcmp(&msg, &again, sizeof(msg)));
	FUZZ_DEMAND(of_encode(two, len - 1, &used, &msg) == WIRE_EROOM);
	FUZZ_DEMAND(of_decode(&again, one, len - 1, &used) == WIRE_ESHORT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum wire_err err = WIRE_ECOUNT, checked;
	unsigned int nr, want_nr = 0;
	size_t at, want_at = 0, used;

	while (want_at < size && want_nr < OF_MESSAGES_MAX) {
		err = of_decode(&msg, data + want_at, size - want_at, &used);
		if (err)
			break;
		FUZZ_DEMAND(used >= OF_HEADER_LEN && used <= size - want_at);
		survives();
		want_at += used;
		want_nr++;
	}
	if (!err && want_at < size)
		err = WIRE_ECOUNT;
	checked = of_check(&again, data, size, &nr, &at);
	FUZZ_DEMAND(checked == err && nr == want_nr && at == want_at);
	return 0;
}
