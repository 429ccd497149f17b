/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signatures of 64 bytes: ECDSA P-256 with SHA-256 as r || s, and Ed25519.
 * A key's context is prepared once; ECDSA is the cheaper to verify with OpenSSL
 * (tests/bench-agreement/run says by how much), so it is what members use.
 *
 * What is signed says what it is in its first bytes, so a key may serve votes and TLS.
 */
#ifndef SHELL_KEYS_H
#define SHELL_KEYS_H

#include <openssl/evp.h>
#include <stdint.h>

#include "words.h"

enum { KEY_SIG_LEN = 64 };

struct key;

/* @pkey, which is taken over only on success, has a private half if key_sign() is to be called. */
struct key *key_create(EVP_PKEY *pkey, struct words *why);
void key_free(struct key *key);

/*
 * For a key whose signatures come all the time, as members' do: key_verify() then takes
 * half the time (p256.h).  Ed25519 gains nothing.  It cannot fail: without memory all stays as it is.
 */
void key_prepare(struct key *key);

void key_sign(struct key *key, uint8_t sig[KEY_SIG_LEN], const uint8_t *bytes,
	      size_t len);
/* Any 64 bytes are safe to pass. */
bool key_verify(struct key *key, const uint8_t *bytes, size_t len,
		const uint8_t sig[KEY_SIG_LEN]);

#endif
