// SPDX-License-Identifier: GPL-2.0
/* Sealed updates for tests. */
#include "seal.h"
#include "sha256.h"

enum { BODY_ROOM = 256 };

struct seal_body seal_body(uint32_t phase, uint64_t sequence, uint8_t variant)
{
	struct seal_body b = {
		.domain = SEAL_DOMAIN, .dpid = SEAL_DPID,
		.phase = phase, .sequence = sequence, .variant = variant,
	};

	return b;
}

struct seal_body seal_dependent(uint32_t phase, uint64_t sequence,
				uint8_t variant)
{
	struct seal_body b = seal_body(phase, sequence, variant);
	uint64_t h = (sequence * 31 + variant * 7 + phase) * 0x9e3779b97f4a7c15;

	h >>= 40;
	if (h % 3 == 0 && sequence > 1) {
		b.dep[0].dpid = SEAL_DPID;
		b.dep[0].sequence = sequence - 1 - h / 3 % 4 % (sequence - 1);
		b.dep_nr = 1;
	}
	if (h % 31 == 1) {
		b.dep[b.dep_nr].dpid = SEAL_DPID;
		b.dep[b.dep_nr++].sequence = sequence + 1 + h % 5;
	}
	if (h % 29 == 1) {
		b.dep[b.dep_nr].dpid = SEAL_DPID + 1;
		b.dep[b.dep_nr++].sequence = 1;
	}
	return b;
}

static size_t encode(uint8_t out[BODY_ROOM], const struct seal_body *b)
{
	struct update_body body = {
		.kind = UPDATE_OPENFLOW, .domain = b->domain, .dpid = b->dpid,
		.phase = b->phase, .sequence = b->sequence,
		.dep_nr = b->dep_nr, .payload = &b->variant, .payload_len = 1,
	};
	size_t used;

	if (update_body_encode(out, BODY_ROOM, &used, &body, b->dep))
		abort();
	return used;
}

void seal_leaf(uint8_t leaf[32], const struct seal_body *body)
{
	uint8_t bytes[BODY_ROOM];

	bls_merkle_leaf(leaf, bytes, encode(bytes, body));
}

static size_t sig_len(uint8_t alg)
{
	return alg == ALG_RSA ? 256 : alg == ALG_BLS ? 48 : 64;
}

static void sign(uint8_t *out, size_t len, const uint8_t *statement,
		 uint16_t signer, uint8_t alg)
{
	uint8_t digest[32], who[3] = { (uint8_t)(signer >> 8),
				       (uint8_t)signer, alg };
	struct bls_sha256 h;
	size_t i;

	bls_sha256_init(&h);
	bls_sha256_update(&h, statement, STATEMENT_LEN);
	bls_sha256_update(&h, who, sizeof(who));
	bls_sha256_final(&h, digest);
	for (i = 0; i < len; i++)
		out[i] = digest[i % sizeof(digest)];
}

size_t seal_make(uint8_t *out, const struct seal *seal)
{
	static uint8_t sigs[UPDATE_SIGS_MAX][UPDATE_SIG_MAX];
	static struct update_sig sig[UPDATE_SIGS_MAX];
	const struct seal_tree *tree = seal->tree;
	uint8_t leaf[SEAL_LEAVES][32], root[32], bytes[BODY_ROOM];
	uint8_t path[BLS_MERKLE_DEPTH_MAX + 1][32] = { { 0 } };
	struct update_sealed sealed = { 0 };
	uint8_t statement[STATEMENT_LEN];
	unsigned int i, depth;
	size_t used;

	for (i = 0; i < tree->leaves; i++)
		seal_leaf(leaf[i], &tree->body[i]);
	if (bls_merkle_root(root, (const uint8_t (*)[32])leaf, tree->leaves) ||
	    bls_merkle_path(path, &depth, (const uint8_t (*)[32])leaf,
			    tree->leaves, seal->index))
		abort();
	if (seal->bad_path)
		path[0][5] ^= 1;
	statement_encode(statement, tree->body[seal->index].domain,
			 tree->body[seal->index].phase, tree->leaves, root);
	for (i = 0; i < seal->sig_nr; i++) {
		sig[i].signer = seal->sig[i].signer;
		sig[i].alg = seal->sig[i].alg;
		sig[i].sig = sigs[i];
		sig[i].len = sig_len(sig[i].alg);
		sign(sigs[i], sig[i].len, statement, sig[i].signer, sig[i].alg);
		sigs[i][7] ^= seal->sig[i].forged;
	}
	sealed.body = bytes;
	sealed.body_len = encode(bytes, &tree->body[seal->index]);
	sealed.leaves = seal->as_leaves ? seal->as_leaves : tree->leaves;
	sealed.index = seal->as_leaves ? seal->as_index : seal->index;
	sealed.depth = (unsigned int)((int)depth + seal->depth_error);
	sealed.path = path[0];
	sealed.sig_nr = seal->sig_nr;
	if (update_sealed_encode(out, SEAL_ROOM, &used, &sealed, sig))
		abort();
	return used;
}

unsigned int seal_verify(struct quorum_ticket *t)
{
	uint8_t want[UPDATE_SIG_MAX];
	unsigned int i, nr = 0;

	for (i = 0; i < t->verify_nr; i++) {
		const struct update_sig *sig = &t->verify[i].sig;

		sign(want, sig->len, t->statement, sig->signer, sig->alg);
		t->verify[i].valid = !memcmp(want, sig->sig, sig->len);
		nr += t->verify[i].valid;
	}
	return nr;
}
