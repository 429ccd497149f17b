/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One key, and one signature checked with it: rsa.c, ecdsa.c, bls.c.
 *
 * To make a key: 0, or a negative error with words in @extack.  To verify: 0 if
 * the signature is valid, -ENOMEM if that could not be found out, any other
 * negative error if it is not valid.  Everything may sleep.
 */
#ifndef OQ_ALG_H
#define OQ_ALG_H

#include <crypto/akcipher.h>
#include <crypto/sha2.h>
#include <linux/netlink.h>
#include <linux/types.h>

enum {
	OQ_RSA_BITS_MIN = 2048,
	OQ_RSA_BITS_MAX = 4096,
	OQ_RSA_EXPONENT_BITS_MAX = 32,	/* it decides what a verification costs */
	OQ_ECDSA_DIGITS = 4,		/* words of a coordinate */
	OQ_ECDSA_KEY_LEN = 65,		/* 4 || x || y */
	OQ_ECDSA_SIG_LEN = 64,		/* r || s */
};

/*
 * akcipher.c.  Of the kernel crypto API: signature and digest, of up to
 * OQ_AKCIPHER_SIG_MAX bytes, may lie anywhere.
 */
enum { OQ_AKCIPHER_SIG_MAX = OQ_RSA_BITS_MAX / 8 };

int oq_akcipher_verify(struct crypto_akcipher *tfm, const u8 *sig, size_t len,
		       const u8 digest[SHA256_DIGEST_SIZE]);

/* rsa.c: PKCS #1 v1.5 with SHA-256.  @der: RSAPublicKey (RFC 8017 A.1.1) */
int oq_rsa_create(struct crypto_akcipher **key, const u8 *der, size_t len,
		  struct netlink_ext_ack *extack);
int oq_rsa_verify(struct crypto_akcipher *key, const u8 *sig, size_t len,
		  const u8 digest[SHA256_DIGEST_SIZE]);
void oq_rsa_free(struct crypto_akcipher *key);

/* ecdsa.c: P-256 */
struct oq_ecdsa {
	struct crypto_akcipher *tfm;	/* of the kernel's ECDSA; NULL: ours */
	u64 x[OQ_ECDSA_DIGITS], y[OQ_ECDSA_DIGITS];
};

/* Is the algorithm there in the kernel's crypto API?  Takes a module's loading. */
bool oq_ecdsa_has_akcipher(void);

/* @akcipher: verify with the kernel's, which must be there */
int oq_ecdsa_init(struct oq_ecdsa *key, bool akcipher, const u8 *point,
		  size_t len, struct netlink_ext_ack *extack);
int oq_ecdsa_verify(const struct oq_ecdsa *key, const u8 *sig, size_t len,
		    const u8 digest[SHA256_DIGEST_SIZE]);
void oq_ecdsa_exit(struct oq_ecdsa *key);

/* bls.c: BLS12-381, suite NUL, over the message itself */
struct bls_prepared;

int oq_bls_create(struct bls_prepared **key, const u8 *point, size_t len,
		  struct netlink_ext_ack *extack);
int oq_bls_verify(const struct bls_prepared *key, const u8 *sig, size_t len,
		  const u8 *msg, size_t msg_len);
void oq_bls_free(struct bls_prepared *key);

#endif
