// SPDX-License-Identifier: GPL-2.0
#define OPENSSL_SUPPRESS_DEPRECATED	/* EC_GROUP_precompute_mult(): nothing newer does it */

#include "p256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

enum { POINT_LEN = 1 + 2 * P256_NUMBER_LEN };

struct p256 {
	EC_GROUP *base;
	EC_GROUP *own;			/* the same curve; its generator is the key */
	EC_POINT *point, *of_key;
	BIGNUM *r, *s, *digest, *x;
	BN_CTX *ctx;
};

static bool make_numbers(struct p256 *p)
{
	p->r = BN_new();
	p->s = BN_new();
	p->digest = BN_new();
	p->x = BN_new();
	p->ctx = BN_CTX_new();
	return p->r && p->s && p->digest && p->x && p->ctx;
}

static bool make_tables(struct p256 *p, const EVP_PKEY *pkey)
{
	uint8_t point[POINT_LEN];
	size_t len;

	p->base = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	p->own = p->base ? EC_GROUP_dup(p->base) : NULL;
	if (!p->own)
		return false;
	p->point = EC_POINT_new(p->base);
	p->of_key = EC_POINT_new(p->own);
	return p->point && p->of_key &&
		EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY,
						point, sizeof(point), &len) &&
		EC_POINT_oct2point(p->own, p->of_key, point, len, p->ctx) &&
		EC_GROUP_set_generator(p->own, p->of_key,
				       EC_GROUP_get0_order(p->base),
				       EC_GROUP_get0_cofactor(p->base)) &&
		EC_GROUP_precompute_mult(p->own, p->ctx) &&
		EC_GROUP_have_precompute_mult(p->own);
}

struct p256 *p256_create(const EVP_PKEY *pkey)
{
	struct p256 *p = calloc(1, sizeof(*p));

	if (p && make_numbers(p) && make_tables(p, pkey))
		return p;
	ERR_clear_error();
	p256_free(p);
	return NULL;
}

void p256_free(struct p256 *p)
{
	if (!p)
		return;
	EC_POINT_free(p->point);
	EC_POINT_free(p->of_key);
	EC_GROUP_free(p->base);
	EC_GROUP_free(p->own);
	BN_free(p->r);
	BN_free(p->s);
	BN_free(p->digest);
	BN_free(p->x);
	BN_CTX_free(p->ctx);
	free(p);
}

/* FIPS 186-5, 6.4.2; nothing here is secret. */
bool p256_verify(struct p256 *p, const uint8_t digest[P256_NUMBER_LEN],
		 const uint8_t sig[2 * P256_NUMBER_LEN])
{
	const BIGNUM *n = EC_GROUP_get0_order(p->base);

	if (!BN_bin2bn(sig, P256_NUMBER_LEN, p->r) ||
	    !BN_bin2bn(sig + P256_NUMBER_LEN, P256_NUMBER_LEN, p->s) ||
	    !BN_bin2bn(digest, P256_NUMBER_LEN, p->digest))
		return false;
	if (BN_is_zero(p->r) || BN_cmp(p->r, n) >= 0 ||
	    BN_is_zero(p->s) || BN_cmp(p->s, n) >= 0)
		return false;
	/* R = digest / s times the base point, and r / s times the key */
	return BN_mod_inverse(p->s, p->s, n, p->ctx) &&
		BN_mod_mul(p->digest, p->digest, p->s, n, p->ctx) &&
		BN_mod_mul(p->s, p->r, p->s, n, p->ctx) &&
		EC_POINT_mul(p->base, p->point, p->digest, NULL, NULL, p->ctx) &&
		EC_POINT_mul(p->own, p->of_key, p->s, NULL, NULL, p->ctx) &&
		EC_POINT_add(p->base, p->point, p->point, p->of_key, p->ctx) &&
		!EC_POINT_is_at_infinity(p->base, p->point) &&
		EC_POINT_get_affine_coordinates(p->base, p->point, p->x, NULL,
						p->ctx) &&
		BN_nnmod(p->x, p->x, n, p->ctx) && !BN_cmp(p->x, p->r);
}
