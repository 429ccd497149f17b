// SPDX-License-Identifier: GPL-2.0
/*
 * RSA keys: pkcs1pad(rsa,sha256) of the kernel crypto API.
 *
 * The API takes more than we want: any length from 512 bits on, any exponent
 * as long as the modulus, BER, bytes behind the key.  What a key means, and what
 * it costs, must not depend on who reads it: so the DER is read here first.
 */
#include "alg.h"

#include <linux/bitops.h>
#include <linux/err.h>

struct der {
	const u8 *at;
	size_t left;
};

/* An element with this tag, of which there is one encoding: RFC 8017 A.1.1, and
 * X.690 10.1 for the length
 */
static bool der_take(struct der *d, u8 tag, struct der *in)
{
	size_t len, more;

	if (d->left < 2 || d->at[0] != tag)
		return false;
	len = d->at[1];
	d->at += 2;
	d->left -= 2;
	if (len >= 0x80) {
		more = len & 0x7f;
		if (more < 1 || more > 2 || d->left < more)
			return false;
		len = more == 1 ? d->at[0] : d->at[0] << 8 | d->at[1];
		if (len < (more == 1 ? 0x80 : 0x100))
			return false;
		d->at += more;
		d->left -= more;
	}
	if (d->left < len)
		return false;
	in->at = d->at;
	in->left = len;
	d->at += len;
	d->left -= len;
	return true;
}

/* A positive INTEGER; returns its bits, 0 if it is none.  @odd: out */
static size_t der_bits(struct der *d, bool *odd)
{
	struct der n;

	if (!der_take(d, 0x02, &n) || !n.left || n.at[0] & 0x80)
		return 0;
	*odd = n.at[n.left - 1] & 1;
	if (!n.at[0]) {		/* the sign, only where it is needed */
		if (n.left == 1 || !(n.at[1] & 0x80))
			return 0;
		n.at++;
		n.left--;
	}
	return (n.left - 1) * 8 + fls(n.at[0]);
}

static int check(const u8 *der, size_t len, struct netlink_ext_ack *extack)
{
	struct der d = { der, len }, key;
	bool odd_n, odd_e;
	size_t n, e;

	if (!der_take(&d, 0x30, &key) || d.left)
		goto malformed;
	n = der_bits(&key, &odd_n);
	if (!n)
		goto malformed;
	e = der_bits(&key, &odd_e);
	if (!e || key.left)
		goto malformed;
	if (n < OQ_RSA_BITS_MIN || n > OQ_RSA_BITS_MAX) {
		NL_SET_ERR_MSG(extack, "RSA keys have 2048 to 4096 bits");
		return -EINVAL;
	}
	if (!odd_n) {
		NL_SET_ERR_MSG(extack, "RSA modulus is even");
		return -EINVAL;
	}
	/* With exponent 1 the signature is the message. */
	if (!odd_e || e < 2 || e > OQ_RSA_EXPONENT_BITS_MAX) {
		NL_SET_ERR_MSG(extack, "RSA exponent must be odd, 3 to 2^32");
		return -EINVAL;
	}
	return 0;

malformed:
	NL_SET_ERR_MSG(extack, "RSA key is not an RSAPublicKey in DER");
	return -EINVAL;
}

int oq_rsa_create(struct crypto_akcipher **key, const u8 *der, size_t len,
		  struct netlink_ext_ack *extack)
{
	struct crypto_akcipher *tfm;
	int err;

	err = check(der, len, extack);
	if (err)
		return err;
	tfm = crypto_alloc_akcipher("pkcs1pad(rsa,sha256)", 0, 0);
	if (IS_ERR(tfm)) {
		if (PTR_ERR(tfm) == -ENOMEM)
			return -ENOMEM;
		NL_SET_ERR_MSG(extack, "this kernel has no pkcs1pad(rsa,sha256)");
		return -EOPNOTSUPP;
	}
	err = crypto_akcipher_set_pub_key(tfm, der, len);
	if (err) {
		crypto_free_akcipher(tfm);
		if (err == -ENOMEM)
			return err;
		NL_SET_ERR_MSG(extack, "RSA key refused by the kernel crypto API");
		return -EINVAL;
	}
	*key = tfm;
	return 0;
}

int oq_rsa_verify(struct crypto_akcipher *key, const u8 *sig, size_t len,
		  const u8 digest[SHA256_DIGEST_SIZE])
{
	if (len != crypto_akcipher_maxsize(key))
		return -EINVAL;
	return oq_akcipher_verify(key, sig, len, digest);
}

void oq_rsa_free(struct crypto_akcipher *key)
{
	crypto_free_akcipher(key);
}
