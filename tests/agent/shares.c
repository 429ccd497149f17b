// SPDX-License-Identifier: GPL-2.0
/* The threshold scheme: rule G10. */
#include "../test.h"
#include "rig.h"
#include "bytes.h"
#include "ctl_wire.h"

#include "../../lib/bls/merkle.h"

static struct rig *settled(void)
{
	struct rig *r = rig_new();

	r->config.scheme = SCHEME_THRESHOLD;
	rig_start(r, 5, false);
	rig_settle(r);
	return r;
}

static void flow(struct rig *r, unsigned int from, uint64_t sequence, bool good)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	size_t len = table_flow(payload, OF_FLOW_ADD, (uint16_t)sequence, 2, 1);

	rig_offer(r, from, sequence, sequence - 1, payload, len, good);
}

static bool t_shares_are_combined(void)
{
	struct rig *r = settled();

	flow(r, 0, 1, true);
	flow(r, 0, 1, true);
	flow(r, 2, 1, true);
	ASK(!r->combines && !r->submits);
	flow(r, 3, 1, true);
	ASK(r->combines == 1 && r->submits == 1 && !r->proofs);
	ASK(r->used[1] == CTL_APPLIED && rig_stats(r).combined == 1);
	rig_pump(r);
	ASK(r->acked[1] == 0xf);
	rig_free(r);
	return true;
}

static bool liar_is_named(void)
{
	struct rig *r = settled();

	flow(r, 0, 1, true);
	flow(r, 1, 1, false);
	flow(r, 2, 1, true);
	ASK(r->combines == 1 && !r->used[1]);
	ASK(rig_stats(r).liars[1] == 1 && r->proofs == 3);
	flow(r, 3, 1, true);
	ASK(r->used[1] == CTL_APPLIED);
	/* Never again: what it sends is proven first, and not if it is not needed. */
	r->proofs = r->combines = 0;
	flow(r, 1, 2, false);
	flow(r, 0, 2, true);
	flow(r, 2, 2, true);
	ASK(!r->combines && r->proofs == 1);
	flow(r, 3, 2, true);
	ASK(r->used[2] == CTL_APPLIED && r->combines == 1 && r->proofs == 1);
	flow(r, 0, 3, true);
	flow(r, 1, 3, true);
	flow(r, 2, 3, true);
	ASK(r->used[3] == CTL_APPLIED && r->proofs == 2);
	ASK(rig_stats(r).liars[1] == 2 && !rig_stats(r).liars[0]);
	rig_free(r);
	return true;
}

/* Proofs are dear: a liar alone causes none, and one for each tree with others' help. */
static bool wrong_shares_are_cheap(void)
{
	uint8_t out[4096], payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 2, 2, 1), used;
	unsigned int i;

	flow(r, 0, 1, true);
	flow(r, 1, 1, false);
	flow(r, 2, 1, true);
	flow(r, 3, 1, true);
	ASK(rig_stats(r).liars[1] == 1 && r->used[1]);
	r->proofs = 0;
	for (i = 2; i <= 12; i++)
		flow(r, 1, i, false);
	ASK(!r->proofs);
	flow(r, 0, 2, true);
	flow(r, 2, 2, true);
	for (i = 0; i < 100; i++) {
		used = rig_update(r, out, 1, 2, 1, payload, len, false);
		out[used - 1] = (uint8_t)i;
		rig_say(r, 1, out, used);
	}
	ASK(r->proofs == 1);
	flow(r, 3, 2, true);
	ASK(r->used[2] == CTL_APPLIED);
	rig_free(r);
	return true;
}

static bool no_point_at_all(void)
{
	uint8_t out[4096], payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, 1), used;

	used = rig_update(r, out, 1, 1, 0, payload, len, true);
	out[used - 48] = 0xff;
	rig_say(r, 1, out, used);
	flow(r, 0, 1, true);
	flow(r, 2, 1, true);
	ASK(rig_stats(r).liars[1] == 1 && !r->used[1]);
	flow(r, 3, 1, true);
	ASK(r->used[1] == CTL_APPLIED);
	rig_free(r);
	return true;
}

static bool nobody_is_blamed_for_the_key(void)
{
	struct rig *r = settled();
	unsigned int i;

	r->group_wrong = true;
	for (i = 0; i < RIG_N; i++)
		flow(r, i, 1, true);
	ASK(!r->used[1] && r->proofs <= RIG_N);
	for (i = 0; i < RIG_N; i++)
		ASK(!rig_stats(r).liars[i] && r->controller[i].linked);
	rig_free(r);
	return true;
}

static bool early_ones_wait_with_shares(void)
{
	struct rig *r = settled();
	unsigned int i;
	uint64_t s;

	for (s = 5; s >= 2; s--)
		for (i = 0; i < RIG_T; i++)
			flow(r, i, s, true);
	ASK(r->next == 1);
	for (i = 0; i < RIG_T; i++)
		flow(r, i, 1, true);
	ASK(r->next == 6);
	rig_pump(r);
	ASK(r->acked[5] == 0xf);
	rig_free(r);
	return true;
}

/* A wrong one that the verifier could not look at, since it came too early */
static bool wrong_and_early(void)
{
	struct rig *r = settled();

	flow(r, 0, 2, true);
	flow(r, 1, 2, false);
	flow(r, 2, 2, true);
	flow(r, 0, 1, true);
	flow(r, 2, 1, true);
	flow(r, 3, 1, true);
	ASK(r->next == 2 && rig_stats(r).liars[1] == 1);
	flow(r, 3, 2, true);
	ASK(r->next == 3);
	rig_free(r);
	return true;
}

/* Two bodies under one root, whose shares come by different bodies */
static size_t of_two(uint8_t *out, unsigned int from, unsigned int index)
{
	uint8_t body[2][512], leaf[2][32], root[32], payload[TABLE_MESSAGE_MAX];
	struct wire_writer w = { out, 4096, 0 };
	uint8_t raw[48] = { 'S', (uint8_t)(from + 1) };
	struct update_sig sig = { .alg = ALG_BLS, .signer = (uint16_t)(from + 1),
				  .sig = raw, .len = 48 };
	struct update_sealed sealed = { .leaves = 2, .index = index, .depth = 1,
					.sig_nr = 1 };
	size_t used, len[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct update_body b = {
			.kind = UPDATE_OPENFLOW, .domain = RIG_DOMAIN,
			.dpid = RIG_DPID, .phase = RIG_PHASE,
			.sequence = i + 1, .dep_nr = i, .payload = payload,
		};
		struct update_dep dep = { RIG_DPID, i };

		b.payload_len = table_flow(payload, OF_FLOW_ADD,
					   (uint16_t)(i + 1), 2, 1);
		MUST(!update_body_encode(body[i], 512, &len[i], &b, &dep));
		bls_merkle_leaf(leaf[i], body[i], len[i]);
	}
	MUST(!bls_merkle_root(root, (const uint8_t (*)[32])leaf, 2));
	memcpy(raw + 2, root, 32);
	sealed.body = body[index];
	sealed.body_len = len[index];
	sealed.path = leaf[!index];
	ctl_header_put(&w, CTL_UPDATE, RIG_DOMAIN);
	MUST(!update_sealed_encode(out + w.used, 4096 - w.used, &used, &sealed,
				   &sig));
	return w.used + used;
}

static bool one_signature_for_a_tree(void)
{
	struct rig *r = settled();
	uint8_t out[4096];

	rig_say(r, 0, out, of_two(out, 0, 1));
	rig_say(r, 1, out, of_two(out, 1, 1));
	ASK(!r->combines);
	/* The third share comes with the other body, and serves both. */
	rig_say(r, 2, out, of_two(out, 2, 0));
	ASK(r->combines == 1 && r->next == 3);
	rig_free(r);
	return true;
}

static bool flood_of_trees(void)
{
	uint8_t out[4096], payload[TABLE_MESSAGE_MAX];
	struct rig *r = settled();
	size_t len = table_flow(payload, OF_FLOW_ADD, 1, 2, 1);
	unsigned int i;

	flow(r, 0, 1, true);
	flow(r, 1, 1, true);
	for (i = 0; i < 2000; i++) {
		payload[14] = (uint8_t)(i >> 8);
		payload[15] = (uint8_t)i;
		rig_say(r, 3, out, rig_update(r, out, 3, 1, 0, payload, len,
					      true));
	}
	flow(r, 2, 1, true);
	ASK(r->used[1] == CTL_APPLIED);
	rig_free(r);
	return true;
}

#define CASE(fn) TEST(#fn, fn())

int main(void)
{
	CASE(t_shares_are_combined);
	CASE(liar_is_named);
	CASE(wrong_shares_are_cheap);
	CASE(no_point_at_all);
	CASE(nobody_is_blamed_for_the_key);
	CASE(early_ones_wait_with_shares);
	CASE(wrong_and_early);
	CASE(one_signature_for_a_tree);
	CASE(flood_of_trees);
	return test_end();
}
