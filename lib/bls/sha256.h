/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * SHA-256 (FIPS 180-4) for user space; in the kernel its own library is used.
 * Only port.h includes this.
 */
#ifndef BLS_SHA256_H
#define BLS_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct bls_sha256 {
	uint32_t h[8];
	uint64_t len;		/* bytes taken so far */
	uint8_t block[64];	/* the last len % 64 of them */
};

void bls_sha256_init(struct bls_sha256 *s);
void bls_sha256_update(struct bls_sha256 *s, const uint8_t *in, size_t len);
/* Writes the digest and wipes the state. */
void bls_sha256_final(struct bls_sha256 *s, uint8_t out[32]);

#endif
