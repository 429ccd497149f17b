/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Public keys: from files of others' formats into the encoding of PROTOCOL.md,
 * and verification with them.
 */
#ifndef PUBKEY_H
#define PUBKEY_H

#include <openssl/evp.h>
#include "../../lib/wire/update.h"
#include "blsfile.h"

struct pubkey {
	uint8_t alg;			/* enum update_alg */
	uint8_t data[KEYSET_KEY_MAX];	/* PROTOCOL.md, "Keys" */
	size_t len;
	struct bls_group_file *group;	/* ALG_BLS from a file */
};

/*
 * Read a file: X.509 certificate or SubjectPublicKeyInfo, PEM or DER, of RSA or
 * P-256; or a BLS group.  Ends the program if it is none of these.
 */
void pubkey_load(struct pubkey *key, const char *path);

/* The public half of a private key; returns what is wrong, or NULL. */
const char *pubkey_of(struct pubkey *key, EVP_PKEY *pkey);

/**
 * pubkey_verify() - is this a signature of the statement?
 *
 * Return: NULL if it is, otherwise words.
 */
const char *pubkey_verify(const struct keyset_key *key,
			  const uint8_t statement[STATEMENT_LEN],
			  const struct update_sig *sig);

const char *alg_name(uint8_t alg);	/* "rsa", "ecdsa", "bls" */

/* "rsa 3072 SHA256:...": the digest is of the encoding. */
const char *pubkey_text(const struct keyset_key *key);
void pubkey_fingerprint(uint8_t out[32], const struct keyset_key *key);

#endif
