/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who somebody is: a private key and a certificate that it signed itself.  The
 * others know the certificate's SHA-256, its pin; names, issuers and dates in it
 * mean nothing to us.
 */
#ifndef SHELL_IDENTITY_H
#define SHELL_IDENTITY_H

#include <openssl/x509.h>
#include <stdint.h>

#include "words.h"

enum { IDENTITY_PIN_LEN = 32 };

struct identity {
	EVP_PKEY *key;		/* NULL: somebody else's */
	X509 *cert;
};

/* A new one.  @type: "P-256" or "ED25519" */
bool identity_make(struct identity *id, const char *type, const char *name,
		   struct words *why);
/* PATH.key, which only its owner can read, and PATH.crt: both PEM, both new */
bool identity_save(const struct identity *id, const char *path,
		   struct words *why);
/* @private: PATH.key too */
bool identity_load(struct identity *id, const char *path, bool private,
		   struct words *why);
void identity_uninit(struct identity *id);

void identity_pin(uint8_t pin[IDENTITY_PIN_LEN], X509 *cert);

#endif
