// SPDX-License-Identifier: GPL-2.0
/*
 * The fake verifier: counts distinct signers of a body as lib/quorum does, and applies to a
 * table.  A good signature begins with 'G'; a good share has 'S', its signer and the root.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/bls/merkle.h"
#include "../../lib/quorum/path.h"
#include "bytes.h"

bool rig_combine(void *ctx, uint8_t sig[48], const uint16_t *signer,
		 const uint8_t (*share)[48], unsigned int t)
{
	struct rig *r = ctx;
	unsigned int i;

	MUST(t == r->config.t);
	r->combines++;
	memset(sig, 0, 48);
	sig[0] = r->group_wrong ? 'B' : 'G';
	memcpy(sig + 2, share[0] + 2, 32);
	for (i = 0; i < t; i++) {
		MUST(!i || signer[i] > signer[i - 1]);
		if (share[i][0] == 0xff)
			return false;	/* no point at all */
		if (share[i][0] != 'S' || share[i][1] != signer[i])
			sig[0] = 'B';
	}
	return true;
}

bool rig_share_verify(void *ctx, uint16_t signer, const uint8_t share[48],
		      const uint8_t statement[STATEMENT_LEN])
{
	struct rig *r = ctx;

	r->proofs++;
	return share[0] == 'S' && share[1] == signer &&
	       !memcmp(share + 2, statement + 36, 32);
}

static bool group_signed(const struct update_sealed *s, const struct update_sig *sig)
{
	uint8_t leaf[32], root[32];

	bls_merkle_leaf(leaf, s->body, s->body_len);
	return !sig->signer && sig->alg == ALG_BLS && sig->sig[0] == 'G' &&
	       !quorum_path_root(root, leaf, s) && !memcmp(root, sig->sig + 2, 32);
}

static bool deps_done(const struct rig *r, const struct update_body *body)
{
	struct update_dep dep;
	unsigned int i;

	for (i = 0; i < body->dep_nr; i++) {
		dep = update_body_dep(body, i);
		if (dep.sequence >= r->next && !r->used[dep.sequence])
			return false;
	}
	return true;
}

static enum agent_verdict apply(struct rig *r, const struct update_body *body,
				struct agent_result *result)
{
	const uint8_t *p = body->payload;
	size_t at, len;

	r->used[body->sequence] = CTL_REFUSED;
	for (at = 0; at < body->payload_len; at += len) {
		len = wire_get16(p + at + 2);
		if (p[at + 1] == OF_FLOW_MOD &&
		    wire_get64(p + at + 8) == RIG_REFUSED) {
			strcpy(result->why, "the test says no");
			return AGENT_REFUSED;
		}
	}
	r->used[body->sequence] = CTL_APPLIED;
	for (at = 0; at < body->payload_len; at += len) {
		len = wire_get16(p + at + 2);
		if (p[at + 1] != OF_PACKET_OUT)
			table_apply(&r->approved, p + at, len);
	}
	return AGENT_APPLIED;
}

static enum agent_verdict judge(struct rig *r, const uint8_t *in, size_t len,
				struct agent_result *result)
{
	struct update_sealed sealed;
	struct update_body body;
	struct update_sig sig;
	uint8_t digest[32];
	size_t at = 0;
	uint64_t s;

	MUST(!update_sealed_decode(&sealed, in, len));
	MUST(!update_body_decode(&body, sealed.body, sealed.body_len));
	MUST(body.dpid == RIG_DPID && body.domain == RIG_DOMAIN);
	MUST(update_sealed_sig(&sealed, &at, &sig));
	MUST(body.sequence < RIG_SEQUENCES);
	s = body.sequence;
	if (s < r->next || r->used[s])
		return AGENT_DONE;
	if (!deps_done(r, &body) || (r->window && s - r->next >= r->window))
		return AGENT_EARLY;
	bls_merkle_leaf(digest, sealed.body, sealed.body_len);
	if (r->config.scheme == SCHEME_THRESHOLD)
		return group_signed(&sealed, &sig) ? apply(r, &body, result) :
						     AGENT_BAD_SIGNATURE;
	if (sig.sig[0] != 'G')
		return AGENT_BAD_SIGNATURE;
	/* Of two bodies under one number the first counts: enough for tests */
	if (r->signers[s] && memcmp(r->body[s], digest, 32))
		return AGENT_DROPPED;
	memcpy(r->body[s], digest, 32);
	r->signers[s] |= 1u << sig.signer;
	if (__builtin_popcount(r->signers[s]) < r->config.quorum)
		return AGENT_PENDING;
	return apply(r, &body, result);
}

void rig_submit(void *ctx, const uint8_t *sealed, size_t len,
		struct agent_result *result)
{
	struct rig *r = ctx;

	r->submits++;
	MUST(r->started);
	result->verdict = judge(r, sealed, len, result);
	while (r->used[r->next])
		r->next++;
}

bool rig_rules(void *ctx, agent_rule_fn group, agent_rule_fn rule, void *arg)
{
	struct rig *r = ctx;
	unsigned int i, round;

	if (r->verifier_gone)
		return false;
	for (round = 0; round < 2; round++)
		for (i = 0; i < r->approved.nr; i++) {
			struct table_entry *e = &r->approved.entry[i];

			if ((e->bytes[1] == OF_GROUP_MOD) == !round)
				(round ? rule : group)(arg, e->bytes, e->len);
		}
	return true;
}
