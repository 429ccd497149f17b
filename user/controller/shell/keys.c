// SPDX-License-Identifier: GPL-2.0
#include "keys.h"

#include <assert.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/bls/sha256.h"
#include "p256.h"

enum {
	NUMBER_LEN = KEY_SIG_LEN / 2,
	DER_NUMBER_MAX = 2 + 1 + NUMBER_LEN,
	DER_SIG_MAX = 2 + 2 * DER_NUMBER_MAX,
	DIGEST_LEN = 32,
};

struct key {
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *verify, *sign;	/* ECDSA */
	struct p256 *tables;		/* of key_prepare(), or NULL */
	EVP_MD_CTX *digest_verify, *digest_sign; /* Ed25519 */
};

static bool prepare_ecdsa(struct key *key)
{
	key->verify = EVP_PKEY_CTX_new(key->pkey, NULL);
	key->sign = EVP_PKEY_CTX_new(key->pkey, NULL);
	return key->verify && key->sign &&
		EVP_PKEY_verify_init(key->verify) > 0 &&
		EVP_PKEY_sign_init(key->sign) > 0;
}

static bool prepare_ed25519(struct key *key)
{
	key->digest_verify = EVP_MD_CTX_new();
	key->digest_sign = EVP_MD_CTX_new();
	return key->digest_verify && key->digest_sign;
}

struct key *key_create(EVP_PKEY *pkey, struct words *why)
{
	struct key *key = calloc(1, sizeof(*key));
	char group[32] = "";
	bool ok;

	if (!key) {
		words_set(why, "no memory for a key");
		return NULL;
	}
	key->pkey = pkey;
	if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519) {
		ok = prepare_ed25519(key);
	} else {
		EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
		ok = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
			!strcmp(group, "prime256v1") && prepare_ecdsa(key);
	}
	if (!ok) {
		words_set(why, "a key is neither ECDSA P-256 nor Ed25519");
		ERR_clear_error();
		key->pkey = NULL;	/* still the caller's */
		key_free(key);
		return NULL;
	}
	return key;
}

void key_prepare(struct key *key)
{
	if (key->verify && !key->tables)
		key->tables = p256_create(key->pkey);
}

void key_free(struct key *key)
{
	if (!key)
		return;
	p256_free(key->tables);
	EVP_PKEY_CTX_free(key->verify);
	EVP_PKEY_CTX_free(key->sign);
	EVP_MD_CTX_free(key->digest_verify);
	EVP_MD_CTX_free(key->digest_sign);
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* OpenSSL's own in one piece looks its method up each time. */
static void digest_of(uint8_t out[DIGEST_LEN], const uint8_t *bytes, size_t len)
{
	struct bls_sha256 s;

	bls_sha256_init(&s);
	bls_sha256_update(&s, bytes, len);
	bls_sha256_final(&s, out);
}

/* A positive number of 32 bytes as a DER INTEGER; bytes written */
static size_t der_number(uint8_t *out, const uint8_t number[NUMBER_LEN])
{
	size_t skip = 0, sign;

	while (skip < NUMBER_LEN - 1 && !number[skip])
		skip++;
	sign = number[skip] >> 7;
	out[0] = 0x02;
	out[1] = (uint8_t)(NUMBER_LEN - skip + sign);
	out[2] = 0;
	memcpy(out + 2 + sign, number + skip, NUMBER_LEN - skip);
	return 2 + sign + NUMBER_LEN - skip;
}

static bool verify_ecdsa(struct key *key, const uint8_t *bytes, size_t len,
			 const uint8_t sig[KEY_SIG_LEN])
{
	uint8_t digest[DIGEST_LEN], der[DER_SIG_MAX];
	size_t used = 2;

	digest_of(digest, bytes, len);
	if (key->tables)
		return p256_verify(key->tables, digest, sig);
	used += der_number(der + used, sig);
	used += der_number(der + used, sig + NUMBER_LEN);
	der[0] = 0x30;
	der[1] = (uint8_t)(used - 2);
	return EVP_PKEY_verify(key->verify, der, used, digest,
			       sizeof(digest)) == 1;
}

static void sign_ecdsa(struct key *key, uint8_t sig[KEY_SIG_LEN],
		       const uint8_t *bytes, size_t len)
{
	uint8_t digest[DIGEST_LEN], der[DER_SIG_MAX];
	const uint8_t *in = der;
	size_t der_len = sizeof(der);
	ECDSA_SIG *numbers;
	int ok;

	digest_of(digest, bytes, len);
	ok = EVP_PKEY_sign(key->sign, der, &der_len, digest, sizeof(digest));
	assert(ok == 1);
	numbers = d2i_ECDSA_SIG(NULL, &in, (long)der_len);
	assert(numbers);
	BN_bn2binpad(ECDSA_SIG_get0_r(numbers), sig, NUMBER_LEN);
	BN_bn2binpad(ECDSA_SIG_get0_s(numbers), sig + NUMBER_LEN, NUMBER_LEN);
	ECDSA_SIG_free(numbers);
}

void key_sign(struct key *key, uint8_t sig[KEY_SIG_LEN], const uint8_t *bytes,
	      size_t len)
{
	size_t sig_len = KEY_SIG_LEN;
	int ok;

	if (key->sign) {
		sign_ecdsa(key, sig, bytes, len);
		return;
	}
	ok = EVP_DigestSignInit(key->digest_sign, NULL, NULL, NULL, key->pkey);
	assert(ok == 1);
	ok = EVP_DigestSign(key->digest_sign, sig, &sig_len, bytes, len);
	assert(ok == 1 && sig_len == KEY_SIG_LEN);
}

bool key_verify(struct key *key, const uint8_t *bytes, size_t len,
		const uint8_t sig[KEY_SIG_LEN])
{
	bool good;
	int ok;

	if (key->verify) {
		good = verify_ecdsa(key, bytes, len, sig);
	} else {
		ok = EVP_DigestVerifyInit(key->digest_verify, NULL, NULL, NULL,
					  key->pkey);
		assert(ok == 1);
		good = EVP_DigestVerify(key->digest_verify, sig, KEY_SIG_LEN,
					bytes, len) == 1;
	}
	/* OpenSSL queues what it disliked; a liar must not fill that queue. */
	if (!good)
		ERR_clear_error();
	return good;
}
