// SPDX-License-Identifier: GPL-2.0
/*
 * What a rule or group is, as digests: of its place (table, priority, match; or number) and of
 * all that it does.  Equal meaning is equal bytes (PROTOCOL.md section 5, canonical form).
 */
#include "agent_state.h"

#include "../../../lib/bls/sha256.h"

/* Flags that say how to add a rule are not part of it. */
enum { FLAGS_KEPT = OF_FLAG_SEND_FLOW_REM | OF_FLAG_NO_PKT_COUNTS |
		    OF_FLAG_NO_BYT_COUNTS };

void canon_key_bytes(uint8_t key[16], const uint8_t *bytes, size_t len)
{
	uint8_t digest[32];
	struct bls_sha256 h;

	bls_sha256_init(&h);
	bls_sha256_update(&h, bytes, len);
	bls_sha256_final(&h, digest);
	memcpy(key, digest, 16);
}

size_t canon_bytes(struct agent *a)
{
	size_t used;

	a->msg.xid = 0;
	if (a->msg.type == OF_FLOW_MOD) {
		a->msg.flow_mod.flags &= FLAGS_KEPT;
		a->msg.flow_mod.cookie_mask = 0;
		a->msg.flow_mod.command = OF_FLOW_ADD;
	} else {
		a->msg.group_mod.command = OF_GROUP_ADD;
	}
	if (of_encode(a->scratch, SCRATCH_LEN, &used, &a->msg))
		return 0;
	return used;
}

bool canon_of(struct agent *a, struct canon *canon)
{
	struct of_flow_mod *flow = &a->msg.flow_mod;
	size_t used = canon_bytes(a);
	uint8_t place[16] = { OF_GROUP_MOD };

	if (!used)
		return false;
	canon_key_bytes(canon->content, a->scratch, used);
	if (a->msg.type == OF_GROUP_MOD) {
		put32(place + 4, a->msg.group_mod.group);
		canon_key_bytes(canon->key, place, sizeof(place));
		return true;
	}
	flow->command = OF_FLOW_DELETE_STRICT;
	flow->cookie = 0;
	flow->idle_timeout = flow->hard_timeout = 0;
	flow->flags = 0;
	flow->out_port = OF_PORT_ANY;
	flow->out_group = OF_GROUP_ANY;
	memset(&flow->instructions, 0, sizeof(flow->instructions));
	if (of_encode(a->scratch, SCRATCH_LEN, &used, &a->msg))
		return false;
	canon_key_bytes(canon->key, a->scratch, used);
	return true;
}
