// SPDX-License-Identifier: GPL-2.0
/* Signs by OpenSSL and lib/bls. */
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include "file.h"
#include "quorumctl.h"
#include "seckey.h"

enum { P256_LEN = 32 };

static bool load_share(struct seckey *key, const char *path, BIO *bio)
{
	unsigned char *in = NULL;
	long len = 0;

	if (!PEM_bytes_read_bio_secmem(&in, &len, NULL, BLSFILE_SHARE, bio,
				       NULL, NULL))
		return false;
	key->alg = ALG_BLS;
	bls_share_decode(&key->share, path, in, (size_t)len);
	OPENSSL_secure_clear_free(in, (size_t)len);
	return true;
}

void seckey_load(struct seckey *key, const char *path)
{
	struct pubkey pub;
	const char *error;
	size_t len;
	uint8_t *file = file_read(path, &len);
	BIO *bio = BIO_new_mem_buf(file, (int)len);

	memset(key, 0, sizeof(*key));
	if (!bio)
		die(CTL_REFUSED, "out of memory");
	if (!load_share(key, path, bio)) {
		(void)BIO_reset(bio);
		key->pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		if (!key->pkey)
			die(CTL_REFUSED, "%s: neither a private key nor a share",
			    path);
		error = pubkey_of(&pub, key->pkey);
		if (error)
			die(CTL_REFUSED, "%s: %s", path, error);
		key->alg = pub.alg;
	}
	BIO_free(bio);
	bls_wipe(file, len);
	free(file);
}

void seckey_wipe(struct seckey *key)
{
	EVP_PKEY_free(key->pkey);
	bls_wipe(key, sizeof(*key));
}

/* DER into r || s */
static bool ecdsa_raw(uint8_t out[2 * P256_LEN], const unsigned char *der,
		      size_t len)
{
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool ok = s && BN_bn2binpad(ECDSA_SIG_get0_r(s), out, P256_LEN) >= 0 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(s), out + P256_LEN,
			       P256_LEN) >= 0;

	ECDSA_SIG_free(s);
	return ok;
}

static size_t openssl_sign(EVP_PKEY *pkey, uint8_t alg, uint8_t *out,
			   const uint8_t *statement)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[UPDATE_SIG_MAX];
	size_t len = sizeof(sig);

	if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &len, statement, STATEMENT_LEN) != 1)
		die(CTL_REFUSED, "OpenSSL cannot sign with this key");
	EVP_MD_CTX_free(ctx);
	if (alg == ALG_RSA) {
		memcpy(out, sig, len);
		return len;
	}
	if (!ecdsa_raw(out, sig, len))
		die(CTL_REFUSED, "OpenSSL made a signature that is none");
	return 2 * P256_LEN;
}

size_t seckey_sign(struct seckey *key, uint8_t out[UPDATE_SIG_MAX],
		   const uint8_t statement[STATEMENT_LEN])
{
	struct bls_g1 sig;
	enum bls_err err;

	if (key->alg != ALG_BLS)
		return openssl_sign(key->pkey, key->alg, out, statement);
	err = bls_sign(&sig, &key->share.secret, BLS_SUITE_NUL, statement,
		       STATEMENT_LEN, bls_scratch());
	if (err)
		die(CTL_REFUSED, "cannot sign: %s", bls_err_text(err));
	bls_sig_encode(out, &sig, bls_scratch());
	return BLS_SIG_LEN;
}
