// SPDX-License-Identifier: GPL-2.0
/*
 * lib/bls/sha256.h once more, by OpenSSL, which uses what the processor has for it:
 * for programs that link OpenSSL anyway.  Hashing requests is most of what the core
 * does.  A program links this file or lib/bls/sha256.c.
 */
#define OPENSSL_SUPPRESS_DEPRECATED	/* nothing newer takes a state of ours, without allocating */

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#include "../../../lib/bls/sha256.h"

enum { BLOCK_LEN = 64 };

void bls_sha256_init(struct bls_sha256 *s)
{
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	memcpy(s->h, ctx.h, sizeof(s->h));
	s->len = 0;
}

static void blocks(struct bls_sha256 *s, const uint8_t *in, size_t len)
{
	SHA256_CTX ctx = { .md_len = SHA256_DIGEST_LENGTH };

	memcpy(ctx.h, s->h, sizeof(s->h));
	SHA256_Update(&ctx, in, len);
	memcpy(s->h, ctx.h, sizeof(s->h));
}

void bls_sha256_update(struct bls_sha256 *s, const uint8_t *in, size_t len)
{
	size_t used = s->len % BLOCK_LEN, part;

	if (!len)
		return;
	s->len += len;
	if (used) {
		part = len < BLOCK_LEN - used ? len : BLOCK_LEN - used;
		memcpy(s->block + used, in, part);
		in += part;
		len -= part;
		if (used + part < BLOCK_LEN)
			return;
		blocks(s, s->block, BLOCK_LEN);
	}
	part = len - len % BLOCK_LEN;
	if (part)
		blocks(s, in, part);
	memcpy(s->block, in + part, len - part);
}

void bls_sha256_final(struct bls_sha256 *s, uint8_t out[32])
{
	SHA256_CTX ctx = {
		.md_len = SHA256_DIGEST_LENGTH,
		.Nl = (SHA_LONG)(s->len / BLOCK_LEN * BLOCK_LEN << 3),
		.Nh = (SHA_LONG)(s->len / BLOCK_LEN * BLOCK_LEN >> 29),
	};

	memcpy(ctx.h, s->h, sizeof(s->h));
	SHA256_Update(&ctx, s->block, s->len % BLOCK_LEN);
	SHA256_Final(out, &ctx);
	OPENSSL_cleanse(s, sizeof(*s));
}
