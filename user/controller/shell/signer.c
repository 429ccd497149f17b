// SPDX-License-Identifier: GPL-2.0
#include "signer.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "blsshare.h"
#include "keyfile.h"
#include "keys.h"
#include "pubkey.h"

struct signer {
	uint8_t alg;
	EVP_PKEY *pkey;			/* RSA */
	EVP_PKEY_CTX *rsa;
	struct key *key;		/* ECDSA */
	struct bls_share_file share;	/* BLS */
	struct bls_scratch scratch;
};

static bool load_share(struct signer *s, const char *path, unsigned int number,
		       const struct domain_controller *self, struct words *why)
{
	FILE *f = keyfile_open(path, KEYFILE_GROUP, why);
	BIO *bio = f ? BIO_new_fp(f, BIO_CLOSE) : NULL;
	uint8_t public[BLS_PK_LEN];
	unsigned char *in = NULL;
	struct bls_g2 pk;
	long len = 0;
	bool ok;

	if (!bio) {
		if (f)
			fclose(f);
		return f ? words_set(why, "no memory") : false;
	}
	ok = PEM_bytes_read_bio_secmem(&in, &len, NULL, BLSFILE_SHARE, bio,
				       NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (!ok)
		return words_set(why, "it has no \"%s\"", BLSFILE_SHARE);
	ok = bls_share_parse(&s->share, in, (size_t)len, why);
	OPENSSL_secure_clear_free(in, (size_t)len);
	if (!ok)
		return false;
	if (s->share.index != number + 1)
		return words_set(why, "it is share %u, not %u", s->share.index,
				 number + 1);
	if (bls_sk_to_pk(&pk, &s->share.secret, &s->scratch))
		return words_set(why, "it is no share");
	bls_pk_encode(public, &pk, &s->scratch);
	return (self->sign_key_len == sizeof(public) &&
		!memcmp(public, self->sign_key, sizeof(public))) ||
		words_set(why, "it is not the key that domain.conf has");
}

static bool prepare_rsa(struct signer *s, struct words *why)
{
	s->rsa = EVP_PKEY_CTX_new(s->pkey, NULL);
	return (s->rsa && EVP_PKEY_sign_init(s->rsa) > 0 &&
		EVP_PKEY_CTX_set_rsa_padding(s->rsa, RSA_PKCS1_PADDING) > 0 &&
		EVP_PKEY_CTX_set_signature_md(s->rsa, EVP_sha256()) > 0) ||
		words_set(why, "OpenSSL does not sign with it");
}

/* Is this the private half of what domain.conf says? */
static bool fits(EVP_PKEY *pkey, uint8_t alg, const uint8_t *key, size_t len,
		 struct words *why)
{
	uint8_t public[KEYSET_KEY_MAX], is = 0;
	size_t public_len = pubkey_wire(public, &is, pkey, why);

	if (!public_len)
		return false;
	return (is == alg && public_len == len && !memcmp(public, key, len)) ||
		words_set(why, "it is not the key that domain.conf has");
}

static bool load_key(struct signer *s, const char *path,
		     const struct domain_controller *self, struct words *why)
{
	s->pkey = keyfile_load(path, KEYFILE_GROUP, why);
	if (!s->pkey || !fits(s->pkey, self->sign_alg, self->sign_key,
			      self->sign_key_len, why))
		return false;
	if (s->alg == ALG_RSA)
		return prepare_rsa(s, why);
	s->key = key_create(s->pkey, why);
	if (!s->key)
		return false;
	s->pkey = NULL;
	return true;
}

struct signer *signer_create(const char *path, unsigned int number,
			     const struct domain_controller *self,
			     struct words *why)
{
	struct signer *s = calloc(1, sizeof(*s));

	if (!s) {
		words_set(why, "no memory");
		return NULL;
	}
	s->alg = self->sign_alg;
	bls_scratch_init(&s->scratch);
	if (s->alg == ALG_BLS ? load_share(s, path, number, self, why) :
	    load_key(s, path, self, why))
		return s;
	signer_free(s);
	return NULL;
}

void signer_free(struct signer *s)
{
	if (!s)
		return;
	EVP_PKEY_CTX_free(s->rsa);
	EVP_PKEY_free(s->pkey);
	key_free(s->key);
	bls_wipe(s, sizeof(*s));
	free(s);
}

size_t signer_sign(struct signer *s, uint8_t *sig,
		   const uint8_t statement[STATEMENT_LEN])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	size_t len = CTL_SIG_MAX;
	struct bls_g1 point;
	int ok;

	switch (s->alg) {
	case ALG_RSA:
		SHA256(statement, STATEMENT_LEN, digest);
		ok = EVP_PKEY_sign(s->rsa, sig, &len, digest, sizeof(digest));
		assert(ok == 1);
		return len;
	case ALG_ECDSA_P256:
		key_sign(s->key, sig, statement, STATEMENT_LEN);
		return KEY_SIG_LEN;
	default:
		ok = !bls_sign(&point, &s->share.secret, BLS_SUITE_NUL,
			       statement, STATEMENT_LEN, &s->scratch);
		assert(ok);
		bls_sig_encode(sig, &point, &s->scratch);
		return BLS_SIG_LEN;
	}
}

EVP_PKEY *signer_agree_key(const char *path,
			   const struct domain_controller *self,
			   struct words *why)
{
	EVP_PKEY *pkey = keyfile_load(path, KEYFILE_GROUP, why);

	if (!pkey || EVP_PKEY_eq(pkey, self->agree_key) == 1)
		return pkey;
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	words_set(why, "it is not the key that domain.conf has");
	return NULL;
}

void signer_state_identity(uint8_t identity[32],
			   const struct domain_controller *self)
{
	uint8_t key[KEYSET_KEY_MAX], alg;
	struct words why;
	size_t len = pubkey_wire(key, &alg, self->agree_key, &why);

	SHA256(key, len, identity);
}
