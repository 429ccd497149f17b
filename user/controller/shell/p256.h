/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ECDSA P-256 signatures of a key that is seen often, with tables of its multiples:
 * half the time of OpenSSL's own verification, which knows such tables for the base
 * point alone.  All arithmetic is OpenSSL's.
 */
#ifndef SHELL_P256_H
#define SHELL_P256_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

enum { P256_NUMBER_LEN = 32 };

struct p256;

/* About 35 ms and 150 KB.  NULL: no memory, or OpenSSL makes no tables here */
struct p256 *p256_create(const EVP_PKEY *pkey);
void p256_free(struct p256 *p);

/* @sig: r || s, which may be any bytes */
bool p256_verify(struct p256 *p, const uint8_t digest[P256_NUMBER_LEN],
		 const uint8_t sig[2 * P256_NUMBER_LEN]);

#endif
