// SPDX-License-Identifier: GPL-2.0
/* Public keys by OpenSSL and lib/bls. */
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include "../../user/controller/shell/pubkey.h"
#include "file.h"
#include "pubkey.h"
#include "quorumctl.h"

enum { P256_LEN = 32 };

const char *alg_name(uint8_t alg)
{
	switch (alg) {
	case ALG_RSA:
		return "rsa";
	case ALG_ECDSA_P256:
		return "ecdsa";
	case ALG_BLS:
		return "bls";
	default:
		return "?";
	}
}

const char *pubkey_of(struct pubkey *key, EVP_PKEY *pkey)
{
	static struct words why;

	memset(key, 0, sizeof(*key));
	key->len = pubkey_wire(key->data, &key->alg, pkey, &why);
	return key->len ? NULL : why.text;
}

static EVP_PKEY *certificate_key(const unsigned char *der, long len)
{
	X509 *x509 = d2i_X509(NULL, &der, len);
	EVP_PKEY *pkey = x509 ? X509_get_pubkey(x509) : NULL;

	X509_free(x509);
	return pkey;
}

/* What a PEM file says it is, it must be. */
static EVP_PKEY *from_pem(struct pubkey *key, const char *path, const char *name,
			  const unsigned char *der, long len)
{
	if (!strcmp(name, "CERTIFICATE"))
		return certificate_key(der, len);
	if (!strcmp(name, "PUBLIC KEY"))
		return d2i_PUBKEY(NULL, &der, len);
	if (!strcmp(name, BLSFILE_GROUP)) {
		key->alg = ALG_BLS;
		key->group = alloc(sizeof(*key->group));
		bls_group_decode(key->group, path, der, (size_t)len);
		key->len = BLS_PK_LEN;
		memcpy(key->data, key->group->key, BLS_PK_LEN);
		return NULL;
	}
	die(CTL_REFUSED, "%s: \"%s\" is not a public key", path, name);
}

void pubkey_load(struct pubkey *key, const char *path)
{
	size_t len;
	uint8_t *file = file_read(path, &len);
	BIO *bio = BIO_new_mem_buf(file, (int)len);
	unsigned char *der = NULL;
	const unsigned char *at = file;
	char *name = NULL, *header = NULL;
	const char *error;
	EVP_PKEY *pkey;
	long der_len;

	memset(key, 0, sizeof(*key));
	if (bio && PEM_read_bio(bio, &name, &header, &der, &der_len)) {
		pkey = from_pem(key, path, name, der, der_len);
	} else {
		pkey = certificate_key(file, (long)len);
		if (!pkey)
			pkey = d2i_PUBKEY(NULL, &at, (long)len);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	free(file);
	if (key->alg == ALG_BLS)
		return;
	if (!pkey)
		die(CTL_REFUSED, "%s: neither a certificate nor a public key",
		    path);
	error = pubkey_of(key, pkey);
	if (error)
		die(CTL_REFUSED, "%s: %s", path, error);
	EVP_PKEY_free(pkey);
}

/* r || s into DER; NULL on failure */
static unsigned char *ecdsa_der(const struct update_sig *sig, size_t *len)
{
	ECDSA_SIG *s = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sig->sig, P256_LEN, NULL);
	BIGNUM *t = BN_bin2bn(sig->sig + P256_LEN, P256_LEN, NULL);
	unsigned char *der = NULL;
	int der_len;

	if (!s || !r || !t || !ECDSA_SIG_set0(s, r, t)) {
		BN_free(r);
		BN_free(t);
		ECDSA_SIG_free(s);
		return NULL;
	}
	der_len = i2d_ECDSA_SIG(s, &der);
	ECDSA_SIG_free(s);
	*len = der_len > 0 ? (size_t)der_len : 0;
	return der;
}

static bool digest_verify(EVP_PKEY *pkey, const uint8_t *statement,
			  const uint8_t *sig, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx &&
		  EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
		  EVP_DigestVerify(ctx, sig, len, statement, STATEMENT_LEN) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool openssl_verify(const struct keyset_key *key,
			   const uint8_t *statement,
			   const struct update_sig *sig)
{
	const unsigned char *at = key->key;
	EVP_PKEY *pkey = key->alg == ALG_RSA ?
		d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)key->len) :
		pubkey_p256(key->key, key->len);
	unsigned char *der = NULL;
	size_t len = 0;
	bool ok = false;

	if (pkey && key->alg == ALG_RSA) {
		ok = digest_verify(pkey, statement, sig->sig, sig->len);
	} else if (pkey) {
		der = ecdsa_der(sig, &len);
		ok = der && digest_verify(pkey, statement, der, len);
	}
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	return ok;
}

const char *pubkey_verify(const struct keyset_key *key,
			  const uint8_t statement[STATEMENT_LEN],
			  const struct update_sig *sig)
{
	struct bls_g2 pk;
	enum bls_err err;

	if (key->alg != sig->alg)
		return "signature is not of the key's algorithm";
	if (key->alg != ALG_BLS)
		return openssl_verify(key, statement, sig) ? NULL :
		       "signature is not valid";
	err = bls_pk_decode_vartime(&pk, key->key, key->len, bls_scratch());
	if (!err)
		err = bls_verify_vartime(&pk, BLS_SUITE_NUL, statement,
					 STATEMENT_LEN, sig->sig, sig->len,
					 bls_scratch());
	return err ? bls_err_text(err) : NULL;
}

void pubkey_fingerprint(uint8_t out[32], const struct keyset_key *key)
{
	SHA256(key->key, key->len, out);
}

const char *pubkey_text(const struct keyset_key *key)
{
	static char text[128];
	const unsigned char *at = key->key;
	EVP_PKEY *pkey = key->alg != ALG_RSA ? NULL :
		d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)key->len);
	uint8_t digest[32];
	int used, i;

	pubkey_fingerprint(digest, key);
	used = snprintf(text, sizeof(text), "%s", alg_name(key->alg));
	if (pkey)
		used += snprintf(text + used, sizeof(text) - used, " %d",
				 EVP_PKEY_get_bits(pkey));
	used += snprintf(text + used, sizeof(text) - used, " SHA256:");
	for (i = 0; i < 32; i++)
		used += snprintf(text + used, sizeof(text) - used, "%02x",
				 digest[i]);
	EVP_PKEY_free(pkey);
	return text;
}
