/* SPDX-License-Identifier: GPL-2.0 */
/* Private keys and shares: what signs statements. */
#ifndef SECKEY_H
#define SECKEY_H

#include "pubkey.h"

struct seckey {
	uint8_t alg;			/* enum update_alg; ALG_BLS: a share */
	EVP_PKEY *pkey;
	struct bls_share_file share;
};

/* PKCS #8 and whatever else OpenSSL reads in PEM; a share.  Or the end. */
void seckey_load(struct seckey *key, const char *path);
void seckey_wipe(struct seckey *key);

/*
 * Sign.  Returns the bytes of the signature, in @out, as sealed updates have
 * them.
 */
size_t seckey_sign(struct seckey *key, uint8_t out[UPDATE_SIG_MAX],
		   const uint8_t statement[STATEMENT_LEN]);

#endif
