// SPDX-License-Identifier: GPL-2.0
/*
 * Rules that nobody asked for: everything, to every port, before all other rules.  If one
 * were installed anywhere, hosts would hear what is not for them, and the triangle would storm.
 */
#include "hostile.h"

#include <assert.h>
#include <string.h>

#include "../../lib/bls/merkle.h"
#include "../../user/controller/core/ctl_wire.h"

enum { AHEAD = 3, BODY_ROOM = 512, ROOM = 2048 };

/* FLOW_MOD: ADD, table 0, priority 65535, match nothing, apply output FLOOD */
static const uint8_t rule[80] = {
	[0] = 4, 14, 0, 80,
	[30] = 0xff, 0xff,
	[32] = 0xff, 0xff, 0xff, 0xff,
	[48] = 0, 1, 0, 4,
	[56] = 0, 4, 0, 24,
	[64] = 0, 0, 0, 16, 0xff, 0xff, 0xff, 0xfb,
};

static size_t body_of(uint8_t out[BODY_ROOM], const struct hostile *h,
		      const struct node_switch *sw, uint64_t sequence)
{
	const struct update_body body = {
		.kind = UPDATE_OPENFLOW,
		.domain = h->domain->id,
		.dpid = sw->dpid,
		.phase = h->domain->phase,
		.sequence = sequence,
		.payload = rule,
		.payload_len = sizeof(rule),
	};
	enum wire_err err;
	size_t used;

	err = update_body_encode(out, BODY_ROOM, &used, &body, NULL);
	assert(err == WIRE_OK);
	return used;
}

/* The signature of a tree of one leaf; one that is not true differs in its last bit. */
static size_t sign(struct node *node, uint8_t sig[CTL_SIG_MAX],
		   const struct hostile *h, const uint8_t *body, size_t len,
		   bool truly)
{
	uint8_t leaf[1][BLS_DIGEST_LEN], root[BLS_DIGEST_LEN];
	uint8_t statement[STATEMENT_LEN];
	size_t used;

	bls_merkle_leaf(leaf[0], body, len);
	bls_merkle_root(root, (const uint8_t (*)[BLS_DIGEST_LEN])leaf, 1);
	statement_encode(statement, h->domain->id, h->domain->phase, 1, root);
	used = node_sign_update(node, sig, statement);
	assert(used);
	if (!truly)
		sig[used - 1] ^= 1;
	return used;
}

static void forge_one(struct hostile *h, struct node *node, uint32_t number,
		      const struct node_switch *sw, uint64_t sequence,
		      uint16_t signer, bool truly)
{
	uint8_t body[BODY_ROOM], bytes[CTL_SIG_MAX], out[ROOM];
	size_t len = body_of(body, h, sw, sequence), used;
	const struct update_sig sig = {
		.alg = h->config.alg, .signer = signer, .sig = bytes,
		.len = sign(node, bytes, h, body, len, truly),
	};
	const struct update_sealed sealed = {
		.body = body, .body_len = len, .leaves = 1, .sig_nr = 1,
	};
	struct wire_writer w = { .out = out, .room = sizeof(out) };
	enum wire_err err;

	ctl_header_put(&w, CTL_UPDATE, h->domain->id);
	err = update_sealed_encode(out + w.used, sizeof(out) - w.used, &used,
				   &sealed, &sig);
	assert(err == WIRE_OK);
	node_raw_to_switch(node, number, out, w.used + used);
	h->did[truly ? HOSTILE_UNSOLICITED : HOSTILE_FORGE]++;
}

/* Its next numbers: one of them will be what the domain gives out next. */
void hostile_forge(struct hostile *h, struct node *node, uint16_t signer,
		   bool truly)
{
	struct node_switch sw;
	unsigned int i, k;

	for (i = 0; i < h->domain->switches; i++) {
		if (!node_switch(node, i, &sw) || !sw.up)
			continue;
		for (k = 0; k < AHEAD; k++)
			forge_one(h, node, i, &sw, sw.next + k, signer, truly);
	}
}
