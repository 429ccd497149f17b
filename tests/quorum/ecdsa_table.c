// SPDX-License-Identifier: GPL-2.0
/*
 * The table of ECDSA corners that the kernel's verification is tested with,
 * put to OpenSSL: does it agree?
 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../kernel/ovs-quorum/tests/ecdsa_vectors.h"

/* Deprecated since 3.0, and the interface that takes a digest and numbers. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

enum { VECTORS = sizeof(ecdsa_vectors) / sizeof(ecdsa_vectors[0]) };

static BIGNUM *number(const char *hex)
{
	BIGNUM *n = NULL;

	if (BN_hex2bn(&n, hex) != 64)
		abort();
	return n;
}

/* Coordinates that are not below p are refused here as well as off the curve. */
static EC_KEY *key_of(const struct ecdsa_vector *v)
{
	EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *x = number(v->x), *y = number(v->y);
	bool good = EC_KEY_set_public_key_affine_coordinates(key, x, y) == 1;

	BN_free(x);
	BN_free(y);
	if (good)
		return key;
	EC_KEY_free(key);
	return NULL;
}

static bool verify(EC_KEY *key, const struct ecdsa_vector *v)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *digest = number(v->digest);
	unsigned char bytes[32];
	bool good;

	if (BN_bn2binpad(digest, bytes, sizeof(bytes)) != sizeof(bytes))
		abort();
	ECDSA_SIG_set0(sig, number(v->r), number(v->s));
	good = ECDSA_do_verify(bytes, sizeof(bytes), sig, key) == 1;
	BN_free(digest);
	ECDSA_SIG_free(sig);
	return good;
}

int main(void)
{
	unsigned int passed = 0, failed = 0, seen[4] = { 0 }, i;

	for (i = 0; i < VECTORS; i++) {
		const struct ecdsa_vector *v = &ecdsa_vectors[i];
		EC_KEY *key = key_of(v);
		bool good;

		if (v->expect == ECDSA_KEY)
			good = !key;
		else
			good = key && verify(key, v) ==
				      (v->expect != ECDSA_INVALID);
		EC_KEY_free(key);
		seen[v->expect]++;
		passed += good;
		failed += !good;
		if (!good)
			printf("FAIL %s\n", v->name);
	}
	for (i = 0; i < 4; i++)
		failed += !seen[i];
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
