// SPDX-License-Identifier: GPL-2.0
/*
 * Stubs of the signatures of updates: keyed sums of the length that the algorithm
 * has.  The group's exists only where enough valid shares met.
 */
#include "domain.h"

#include <string.h>

enum { SEALED_ROOM = 8192 };

uint8_t update_alg(const struct world *w)
{
	return w->swarm.scheme == SCHEME_THRESHOLD ? ALG_BLS : ALG_ECDSA_P256;
}

/* f + 1, or t = ceil((n + 1) / 2) shares */
unsigned int update_quorum(const struct world *w)
{
	return w->swarm.scheme == SCHEME_THRESHOLD ? (w->n + 2) / 2 : w->f + 1;
}

static size_t make(uint64_t secret, uint8_t alg, uint8_t *sig,
		   const uint8_t *statement)
{
	size_t len = alg == ALG_BLS ? 48 : 64, i;
	uint64_t key = mix_bytes(secret, statement, STATEMENT_LEN), part;

	for (i = 0; i < len; i += 8) {
		part = mix64(key, secret ^ i);
		memcpy(sig + i, &part, 8);
	}
	return len;
}

static uint64_t secret_of(const struct world *w, unsigned int signer)
{
	return signer ? mix64(w->secret[signer - 1], 99) :
			w->domain->group_secret;
}

size_t update_sign(struct node *node, uint8_t *sig,
		   const uint8_t statement[STATEMENT_LEN])
{
	return make(secret_of(node->world, node->member + 1u),
		    update_alg(node->world), sig, statement);
}

bool update_signed(struct world *w, unsigned int signer, uint8_t alg,
		   const uint8_t statement[STATEMENT_LEN], const uint8_t *sig,
		   size_t len)
{
	uint8_t want[64];

	if (signer > w->n)
		return false;
	return make(secret_of(w, signer), alg, want, statement) == len &&
	       !memcmp(sig, want, len);
}

/* The statement of a sealed update, by its path */
static bool statement_of(const struct update_sealed *s,
			 const struct update_body *body, uint8_t *statement)
{
	uint8_t root[UPDATE_DIGEST_LEN], node[1 + 2 * UPDATE_DIGEST_LEN];
	uint32_t index = s->index, last = s->leaves - 1;
	struct bls_sha256 h;
	unsigned int at = 0;

	node[0] = 0;
	bls_sha256_init(&h);
	bls_sha256_update(&h, node, 1);
	bls_sha256_update(&h, s->body, s->body_len);
	bls_sha256_final(&h, root);
	for (; last; index >>= 1, last >>= 1) {
		if (!(index & 1) && index == last)
			continue;	/* no sibling */
		if (at == s->depth)
			return false;
		node[0] = 1;
		memcpy(node + (index & 1 ? 33 : 1), root, 32);
		memcpy(node + (index & 1 ? 1 : 33), s->path + 32 * at++, 32);
		bls_sha256_init(&h);
		bls_sha256_update(&h, node, sizeof(node));
		bls_sha256_final(&h, root);
	}
	statement_encode(statement, body->domain, body->phase, s->leaves, root);
	return at == s->depth;
}

bool update_statement(const uint8_t *in, size_t len, uint8_t *statement)
{
	struct update_sealed sealed;
	struct update_body body;

	return !update_sealed_decode(&sealed, in, len) &&
	       !update_body_decode(&body, sealed.body, sealed.body_len) &&
	       statement_of(&sealed, &body, statement);
}

static struct share_set *set_of(struct sim_switch *sw, uint64_t statement)
{
	struct share_set *set;
	unsigned int i;

	for (i = 0; i < SHARES_MAX; i++)
		if (sw->share[i].statement == statement)
			return &sw->share[i];
	set = &sw->share[sw->share_at++ % SHARES_MAX];
	*set = (struct share_set){ .statement = statement };
	return set;
}

struct packet *share_add(struct sim_switch *sw, const uint8_t *in, size_t len)
{
	uint8_t statement[STATEMENT_LEN], group[64], out[SEALED_ROOM];
	struct world *w = sw->world;
	struct update_sealed sealed;
	struct update_body body;
	struct update_sig sig;
	struct share_set *set;
	size_t at = 0, used;

	if (update_sealed_decode(&sealed, in, len) ||
	    update_body_decode(&body, sealed.body, sealed.body_len) ||
	    !update_sealed_sig(&sealed, &at, &sig) || !sig.signer ||
	    sig.alg != ALG_BLS || !statement_of(&sealed, &body, statement) ||
	    !update_signed(w, sig.signer, ALG_BLS, statement, sig.sig, sig.len))
		return NULL;
	set = set_of(sw, mix_bytes(9, statement, sizeof(statement)));
	set->signers |= bit(sig.signer);
	if ((unsigned int)__builtin_popcount(set->signers) < update_quorum(w))
		return NULL;
	sig = (struct update_sig){ .alg = ALG_BLS, .sig = group };
	sig.len = make(w->domain->group_secret, ALG_BLS, group, statement);
	sealed.sig_nr = 1;
	if (update_sealed_encode(out, sizeof(out), &used, &sealed, &sig))
		return NULL;
	return packet_new(out, used);
}
