// SPDX-License-Identifier: GPL-2.0
#include "keyring.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/bls/bls.h"
#include "../../controller/shell/keys.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 4096 };

struct ring_key {
	uint8_t alg;			/* 0: not made */
	uint16_t signer;
	EVP_PKEY_CTX *rsa;
	struct key *ecdsa;
	struct bls_prepared *bls;
};

struct keyring {
	uint32_t phase;
	uint8_t scheme;
	uint16_t n, quorum;
	unsigned int key_nr;
	struct bls_scratch *scratch;
	struct ring_key key[];
};

static bool rsa_make(struct ring_key *key, const struct keyset_key *from)
{
	const uint8_t *at = from->key;
	EVP_PKEY *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at,
				       (long)from->len);
	int bits = pkey ? EVP_PKEY_get_bits(pkey) : 0;

	if (at == from->key + from->len && bits >= RSA_BITS_MIN &&
	    bits <= RSA_BITS_MAX)
		key->rsa = EVP_PKEY_CTX_new(pkey, NULL);
	EVP_PKEY_free(pkey);
	return key->rsa && EVP_PKEY_verify_init(key->rsa) > 0 &&
	       EVP_PKEY_CTX_set_rsa_padding(key->rsa, RSA_PKCS1_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(key->rsa, EVP_sha256()) > 0;
}

static bool ecdsa_make(struct ring_key *key, const struct keyset_key *from)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)"P-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  (void *)from->key, from->len),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;
	struct words why;

	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1)
		key->ecdsa = key_create(pkey, &why);
	EVP_PKEY_CTX_free(ctx);
	if (!key->ecdsa)
		EVP_PKEY_free(pkey);
	return key->ecdsa;
}

static bool bls_make(struct ring_key *key, const struct keyset_key *from,
		     struct bls_scratch *scratch)
{
	struct bls_g2 pk;

	if (bls_pk_decode_vartime(&pk, from->key, from->len, scratch))
		return false;
	key->bls = malloc(sizeof(*key->bls));
	if (key->bls)
		bls_pk_prepare(key->bls, &pk, scratch);
	return key->bls;
}

static bool key_make(struct ring_key *key, const struct keyset_key *from,
		     struct bls_scratch *scratch)
{
	key->alg = from->alg;
	key->signer = from->signer;
	switch (from->alg) {
	case ALG_RSA:
		return rsa_make(key, from);
	case ALG_ECDSA_P256:
		return ecdsa_make(key, from);
	default:
		return bls_make(key, from, scratch);
	}
}

struct keyring *keyring_create(const struct keyset *set, struct words *why)
{
	struct keyring *ring = calloc(1, sizeof(*ring) +
				      set->key_nr * sizeof(ring->key[0]));
	struct keyset_key from;
	size_t at = 0;

	if (ring)
		ring->scratch = malloc(sizeof(*ring->scratch));
	if (!ring || !ring->scratch) {
		free(ring);
		words_set(why, "no memory for a key set");
		return NULL;
	}
	bls_scratch_init(ring->scratch);
	ring->phase = set->phase;
	ring->scheme = set->scheme;
	ring->n = set->n;
	ring->quorum = set->quorum;
	while (keyset_key(set, &at, &from)) {
		if (!key_make(&ring->key[ring->key_nr++], &from,
			      ring->scratch)) {
			words_set(why, "the key of signer %u cannot be used",
				  from.signer);
			ERR_clear_error();
			keyring_free(ring);
			return NULL;
		}
	}
	return ring;
}

void keyring_free(struct keyring *ring)
{
	unsigned int i;

	if (!ring)
		return;
	for (i = 0; i < ring->key_nr; i++) {
		EVP_PKEY_CTX_free(ring->key[i].rsa);
		key_free(ring->key[i].ecdsa);
		free(ring->key[i].bls);
	}
	free(ring->scratch);
	free(ring);
}

void keyring_phase(const struct keyring *ring, struct quorum_phase *phase)
{
	unsigned int i;

	memset(phase, 0, sizeof(*phase));
	phase->phase = ring->phase;
	phase->scheme = ring->scheme;
	phase->n = ring->n;
	phase->quorum = ring->quorum;
	for (i = 0; i < ring->key_nr; i++)
		phase->alg[ring->key[i].signer] = ring->key[i].alg;
}

static bool verify(const struct keyring *ring, const struct ring_key *key,
		   const struct update_sig *sig,
		   const uint8_t statement[STATEMENT_LEN])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	bool good;

	switch (key->alg) {
	case ALG_RSA:
		SHA256(statement, STATEMENT_LEN, digest);
		good = EVP_PKEY_verify(key->rsa, sig->sig, sig->len, digest,
				       sizeof(digest)) == 1;
		if (!good)
			ERR_clear_error();
		return good;
	case ALG_ECDSA_P256:
		return sig->len == KEY_SIG_LEN &&
		       key_verify(key->ecdsa, statement, STATEMENT_LEN,
				  sig->sig);
	default:
		return bls_verify_prepared_vartime(key->bls, BLS_SUITE_NUL,
						   statement, STATEMENT_LEN,
						   sig->sig, sig->len,
						   ring->scratch) == BLS_OK;
	}
}

/* quorum_offer() has refused what does not fit the key set of the ticket. */
void keyring_verify(const struct keyring *ring, struct quorum_ticket *ticket)
{
	unsigned int i, k;

	for (i = 0; i < ticket->verify_nr; i++) {
		const struct update_sig *sig = &ticket->verify[i].sig;

		k = sig->signer ? sig->signer - 1u : 0;
		ticket->verify[i].valid = k < ring->key_nr &&
			ring->key[k].signer == sig->signer &&
			ring->key[k].alg == sig->alg &&
			verify(ring, &ring->key[k], sig, ticket->statement);
	}
}
