// SPDX-License-Identifier: GPL-2.0
/*
 * ECDSA with P-256: SEC 1 v2 4.1.4, FIPS 186-5 6.4.2.
 *
 * By the kernel's own, where it is configured and an akcipher; else on what
 * ecc.ko exports.  That adds points by formulas that are wrong for equal ones:
 * then everything after is zero, which no r is.  So a valid signature may be
 * refused if sums on the way meet, which whoever knows the secret key can
 * arrange and nobody else; no invalid one is accepted.
 */
#include "alg.h"

#include <crypto/ecdh.h>
#include <crypto/internal/ecc.h>
#include <linux/err.h>

enum { DIGITS = OQ_ECDSA_DIGITS, NUMBER_LEN = DIGITS * sizeof(u64) };

bool oq_ecdsa_has_akcipher(void)
{
	struct crypto_akcipher *tfm;

	tfm = crypto_alloc_akcipher("ecdsa-nist-p256", 0, 0);
	if (IS_ERR(tfm))
		return false;
	crypto_free_akcipher(tfm);
	return true;
}

/* The precomputed sum of G and the key is the one that no secret is needed for:
 * a key that is G or -G.
 */
static int check_point(struct oq_ecdsa *key, const struct ecc_curve *curve)
{
	struct ecc_point q = ECC_POINT_INIT(key->x, key->y, DIGITS);

	if (!vli_cmp(key->x, curve->g.x, DIGITS))
		return -EINVAL;
	return ecc_is_pubkey_valid_full(curve, &q);
}

int oq_ecdsa_init(struct oq_ecdsa *key, bool akcipher, const u8 *point,
		  size_t len, struct netlink_ext_ack *extack)
{
	const struct ecc_curve *curve = ecc_get_curve(ECC_CURVE_NIST_P256);
	int err;

	key->tfm = NULL;
	if (!curve) {
		NL_SET_ERR_MSG(extack, "this kernel has no curve P-256");
		return -EOPNOTSUPP;
	}
	if (len != OQ_ECDSA_KEY_LEN || point[0] != 4) {
		NL_SET_ERR_MSG(extack, "P-256 key is not an uncompressed point");
		return -EINVAL;
	}
	vli_from_be64(key->x, point + 1, DIGITS);
	vli_from_be64(key->y, point + 1 + NUMBER_LEN, DIGITS);
	err = check_point(key, curve);
	if (err == -ENOMEM)
		return err;
	if (err) {
		NL_SET_ERR_MSG(extack, "P-256 key is no point of the curve, or everybody's");
		return -EINVAL;
	}
	if (!akcipher)
		return 0;

	key->tfm = crypto_alloc_akcipher("ecdsa-nist-p256", 0, 0);
	if (IS_ERR(key->tfm)) {
		err = PTR_ERR(key->tfm);
		key->tfm = NULL;
		NL_SET_ERR_MSG(extack, "this kernel has no ecdsa-nist-p256");
		return err == -ENOMEM ? err : -EOPNOTSUPP;
	}
	err = crypto_akcipher_set_pub_key(key->tfm, point, len);
	if (err) {
		oq_ecdsa_exit(key);
		NL_SET_ERR_MSG(extack, "P-256 key refused by the kernel crypto API");
		return err == -ENOMEM ? err : -EINVAL;
	}
	return 0;
}

void oq_ecdsa_exit(struct oq_ecdsa *key)
{
	if (key->tfm)
		crypto_free_akcipher(key->tfm);
	key->tfm = NULL;
}

static bool is_exponent(const u64 *n, const struct ecc_curve *curve)
{
	return !vli_is_zero(n, DIGITS) && vli_cmp(n, curve->n, DIGITS) < 0;
}

static int verify(const struct oq_ecdsa *key, const u8 *sig, const u8 *digest)
{
	const struct ecc_curve *curve = ecc_get_curve(ECC_CURVE_NIST_P256);
	u64 r[DIGITS], s[DIGITS], e[DIGITS], u1[DIGITS], u2[DIGITS];
	u64 x[DIGITS], y[DIGITS];
	struct ecc_point q = ECC_POINT_INIT((u64 *)key->x, (u64 *)key->y,
					    DIGITS);
	struct ecc_point sum = ECC_POINT_INIT(x, y, DIGITS);

	vli_from_be64(r, sig, DIGITS);
	vli_from_be64(s, sig + NUMBER_LEN, DIGITS);
	if (!is_exponent(r, curve) || !is_exponent(s, curve))
		return -EBADMSG;
	/* As many bits as n has: nothing to cut.  The products are reduced. */
	vli_from_be64(e, digest, DIGITS);
	vli_mod_inv(s, s, curve->n, DIGITS);
	vli_mod_mult_slow(u1, e, s, curve->n, DIGITS);
	vli_mod_mult_slow(u2, r, s, curve->n, DIGITS);
	ecc_point_mult_shamir(&sum, u1, &curve->g, u2, &q, curve);
	/* Infinity comes out as zeros, and is refused because r is not zero. */
	if (vli_cmp(x, curve->n, DIGITS) >= 0)
		vli_sub(x, x, curve->n, DIGITS);	/* x < p < 2n */
	return vli_cmp(x, r, DIGITS) ? -EKEYREJECTED : 0;
}

/* INTEGER of a big-endian number: the least bytes, the first below 0x80 */
static size_t der_integer(u8 *out, const u8 *n)
{
	size_t skip = 0, pad, len;

	while (skip < NUMBER_LEN - 1 && !n[skip])
		skip++;
	pad = n[skip] >> 7;
	len = NUMBER_LEN - skip + pad;
	out[0] = 0x02;
	out[1] = len;
	out[2] = 0;
	memcpy(out + 2 + pad, n + skip, NUMBER_LEN - skip);
	return 2 + len;
}

int oq_ecdsa_verify(const struct oq_ecdsa *key, const u8 *sig, size_t len,
		    const u8 digest[SHA256_DIGEST_SIZE])
{
	u8 der[2 + 2 * (3 + NUMBER_LEN)];
	size_t used = 2;

	if (len != OQ_ECDSA_SIG_LEN)
		return -EINVAL;
	if (!key->tfm)
		return verify(key, sig, digest);
	/* ECDSA-Sig-Value, RFC 3279 2.2.3 */
	used += der_integer(der + used, sig);
	used += der_integer(der + used, sig + NUMBER_LEN);
	der[0] = 0x30;
	der[1] = used - 2;
	return oq_akcipher_verify(key->tfm, der, used, digest);
}
