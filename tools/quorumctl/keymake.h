/* SPDX-License-Identifier: GPL-2.0 */
/* Private keys are made here.  Whatever goes wrong ends the program with exit status 1. */
#ifndef KEYMAKE_H
#define KEYMAKE_H

#include <openssl/evp.h>
#include "blsfile.h"

enum { KEYMAKE_RSA_BITS = 3072 };

EVP_PKEY *keymake_rsa(unsigned int bits);
EVP_PKEY *keymake_p256(void);

/* PKCS #8 in PEM, which only its owner can read */
void keymake_write(EVP_PKEY *pkey, const char *path);

/* What is in @bio becomes a file.  Frees @bio. */
void bio_write(BIO *bio, const char *path, unsigned int mode);

/* More than half of @n: the threshold if nobody says another one */
unsigned int keymake_threshold_default(unsigned int n);

/*
 * Feldman's protocol with all parties in one process, which thus knows
 * everything: good for a test, not for a network that is to survive this host.
 * @share: @n of them
 */
void keymake_threshold(struct bls_group_file *group,
		       struct bls_share_file *share, unsigned int n,
		       unsigned int t);

#endif
