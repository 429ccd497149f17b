// SPDX-License-Identifier: GPL-2.0
#include "pubkey.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/bls/bls.h"
#include "../../../lib/wire/update.h"

enum {
	P256_LEN = 32,
	P256_KEY_LEN = 1 + 2 * P256_LEN,
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 4096,
};

EVP_PKEY *pubkey_p256(const uint8_t *key, size_t len)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 "P-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  (void *)key, len),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	if (len == P256_KEY_LEN && key[0] == 4 && ctx &&
	    EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return pkey;
}

static bool p256_check(const uint8_t *key, size_t len, struct words *why)
{
	EVP_PKEY *pkey = pubkey_p256(key, len);
	EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new(pkey, NULL) : NULL;
	bool ok = ctx && EVP_PKEY_public_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return ok || words_set(why, "it is no P-256 key: 04, x, y are expected");
}

static bool rsa_check(const uint8_t *key, size_t len, struct words *why)
{
	const uint8_t *at = key;
	EVP_PKEY *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)len);
	int bits = pkey ? EVP_PKEY_get_bits(pkey) : 0;

	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX &&
		at == key + len) ||
		words_set(why, "it is no RSAPublicKey (RFC 8017 A.1.1) of 2048 to 4096 bits");
}

static bool bls_check(const uint8_t *key, size_t len, struct words *why)
{
	struct bls_scratch scratch;
	struct bls_g2 pk;
	enum bls_err err;

	bls_scratch_init(&scratch);
	err = bls_pk_decode_vartime(&pk, key, len, &scratch);
	return !err || words_set(why, "it is no BLS key of %d bytes: %s",
				 BLS_PK_LEN, bls_err_text(err));
}

bool pubkey_check(uint8_t alg, const uint8_t *key, size_t len,
		  struct words *why)
{
	switch (alg) {
	case ALG_RSA:
		return rsa_check(key, len, why);
	case ALG_ECDSA_P256:
		return p256_check(key, len, why);
	case ALG_BLS:
		return bls_check(key, len, why);
	default:
		return words_set(why, "there is no algorithm %u", alg);
	}
}

static size_t rsa_wire(uint8_t *out, EVP_PKEY *pkey, struct words *why)
{
	int bits = EVP_PKEY_get_bits(pkey), len;
	uint8_t *der = NULL;

	len = i2d_PublicKey(pkey, &der);	/* PKCS #1 RSAPublicKey */
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || len <= 0 ||
	    len > KEYSET_KEY_MAX) {
		OPENSSL_free(der);
		words_set(why, "RSA keys have 2048 to 4096 bits");
		return 0;
	}
	memcpy(out, der, (size_t)len);
	OPENSSL_free(der);
	return (size_t)len;
}

static size_t p256_wire(uint8_t *out, EVP_PKEY *pkey, struct words *why)
{
	BIGNUM *x = NULL, *y = NULL;
	char group[32] = "";
	bool ok;

	EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
	/* By coordinates: the point may be there compressed. */
	ok = !strcmp(group, "prime256v1") &&
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) &&
		BN_bn2binpad(x, out + 1, P256_LEN) > 0 &&
		BN_bn2binpad(y, out + 1 + P256_LEN, P256_LEN) > 0;
	out[0] = 4;
	BN_free(x);
	BN_free(y);
	if (!ok)
		words_set(why, "of elliptic curves only P-256 is possible");
	return ok ? P256_KEY_LEN : 0;
}

size_t pubkey_wire(uint8_t *out, uint8_t *alg, EVP_PKEY *pkey,
		   struct words *why)
{
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		*alg = ALG_RSA;
		return rsa_wire(out, pkey, why);
	case EVP_PKEY_EC:
		*alg = ALG_ECDSA_P256;
		return p256_wire(out, pkey, why);
	default:
		words_set(why, "it is neither an RSA nor a P-256 key");
		return 0;
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(uint8_t *out, size_t len, const char *text)
{
	size_t i;

	if (strlen(text) != 2 * len)
		return false;
	for (i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
