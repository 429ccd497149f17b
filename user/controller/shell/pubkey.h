/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Public keys as PROTOCOL.md, "Keys", has them; configuration files have the same bytes in hexadecimal.
 */
#ifndef SHELL_PUBKEY_H
#define SHELL_PUBKEY_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "words.h"

/* Is this a key of @alg (enum update_alg)? */
bool pubkey_check(uint8_t alg, const uint8_t *key, size_t len,
		  struct words *why);
/* The point 0x04 || x || y; NULL: it is none */
EVP_PKEY *pubkey_p256(const uint8_t *key, size_t len);

/* The bytes of an RSA or P-256 key, at most KEYSET_KEY_MAX.  Sets *alg; 0: it is neither. */
size_t pubkey_wire(uint8_t *out, uint8_t *alg, EVP_PKEY *pkey,
		   struct words *why);

/* @len bytes from 2 * len hexadecimal digits */
bool hex_decode(uint8_t *out, size_t len, const char *text);

#endif
