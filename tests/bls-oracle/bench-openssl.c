// SPDX-License-Identifier: GPL-2.0
/*
 * bench-openssl: what libcrypto needs for the signatures that people know.
 *
 * RSA and ECDSA sign and verify a SHA-256 digest, Ed25519 a message of the
 * same 32 bytes.  Keys and contexts are there before the clock starts.  Lines
 * `name us`, the median, one core.
 */
#include <stdint.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "bench.h"

enum {
	DIGEST_BYTES = 32,
	SIG_BYTES_MAX = 512,
};

struct scheme {
	EVP_PKEY_CTX *sign, *verify;
	EVP_MD_CTX *sign_md, *verify_md;	/* for Ed25519 instead */
	uint8_t digest[DIGEST_BYTES], sig[SIG_BYTES_MAX];
	size_t sig_len;
};

static int do_sign(void *arg)
{
	struct scheme *s = arg;

	s->sig_len = sizeof(s->sig);
	if (s->sign_md)
		return EVP_DigestSign(s->sign_md, s->sig, &s->sig_len,
				      s->digest, sizeof(s->digest));
	return EVP_PKEY_sign(s->sign, s->sig, &s->sig_len, s->digest,
			     sizeof(s->digest));
}

static int do_verify(void *arg)
{
	struct scheme *s = arg;

	if (s->verify_md)
		return EVP_DigestVerify(s->verify_md, s->sig, s->sig_len,
					s->digest, sizeof(s->digest));
	return EVP_PKEY_verify(s->verify, s->sig, s->sig_len, s->digest,
			       sizeof(s->digest));
}

static void must(int ok, const char *what)
{
	if (ok != 1) {
		fprintf(stderr, "bench-openssl: %s failed\n", what);
		exit(1);
	}
}

static void run(const char *name, EVP_PKEY *key, int eddsa)
{
	struct scheme s = { 0 };
	char line[64];

	must(key != NULL, name);
	memset(s.digest, 0x5a, sizeof(s.digest));
	if (eddsa) {
		s.sign_md = EVP_MD_CTX_new();
		s.verify_md = EVP_MD_CTX_new();
		must(EVP_DigestSignInit(s.sign_md, NULL, NULL, NULL, key),
		     name);
		must(EVP_DigestVerifyInit(s.verify_md, NULL, NULL, NULL, key),
		     name);
	} else {
		s.sign = EVP_PKEY_CTX_new(key, NULL);
		s.verify = EVP_PKEY_CTX_new(key, NULL);
		must(EVP_PKEY_sign_init(s.sign), name);
		must(EVP_PKEY_verify_init(s.verify), name);
		must(EVP_PKEY_CTX_set_signature_md(s.sign, EVP_sha256()),
		     name);
		must(EVP_PKEY_CTX_set_signature_md(s.verify, EVP_sha256()),
		     name);
	}
	must(do_sign(&s), name);
	must(do_verify(&s), name);
	s.digest[0] ^= 1;
	must(do_verify(&s) != 1, "refusing a wrong digest");
	s.digest[0] ^= 1;

	snprintf(line, sizeof(line), "openssl-%s-sign", name);
	bench(line, do_sign, &s, 1);
	snprintf(line, sizeof(line), "openssl-%s-verify", name);
	bench(line, do_verify, &s, 1);

	EVP_PKEY_CTX_free(s.sign);
	EVP_PKEY_CTX_free(s.verify);
	EVP_MD_CTX_free(s.sign_md);
	EVP_MD_CTX_free(s.verify_md);
	EVP_PKEY_free(key);
}

int main(void)
{
	run("rsa2048", EVP_RSA_gen(2048), 0);
	run("rsa3072", EVP_RSA_gen(3072), 0);
	run("p256", EVP_EC_gen("P-256"), 0);
	run("ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), 1);
	return 0;
}
