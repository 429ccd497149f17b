// SPDX-License-Identifier: GPL-2.0
/*
 * A block's header as bytes, and what of it and of a vote is hashed and
 * signed (docs/agreement.md section 7).
 */
#include <assert.h>
#include <string.h>
#include "sha256.h"
#include "bytes.h"
#include "message.h"

enum { TAG_LEN = 16 };

static const uint8_t block_tag[TAG_LEN] = "ashlar-block-1";
static const uint8_t vote_tag[TAG_LEN] = "ashlar-vote-1";

void block_encode(uint8_t out[AGREE_BLOCK_LEN], const struct block_header *b)
{
	struct wire_writer w = { .out = out, .room = AGREE_BLOCK_LEN };

	wire_write_be(&w, b->height, 8);
	wire_write_be(&w, b->parent_height, 8);
	wire_write(&w, b->parent, AGREE_DIGEST_LEN);
	wire_write_be(&w, b->term, 8);
	wire_write_be(&w, b->run, 4);
	wire_write_be(&w, b->time_ms, 8);
	wire_write_be(&w, b->count, 4);
	wire_write(&w, b->requests, AGREE_DIGEST_LEN);
	wire_write_be(&w, b->leader, 1);
	wire_write(&w, b->skip, AGREE_SKIP_MAX);
	assert(w.used == AGREE_BLOCK_LEN);
}

enum agree_err block_decode(struct block_header *b,
			    const uint8_t in[AGREE_BLOCK_LEN])
{
	unsigned int i;

	b->height = wire_get64(in);
	b->parent_height = wire_get64(in + 8);
	memcpy(b->parent, in + 16, AGREE_DIGEST_LEN);
	b->term = wire_get64(in + 48);
	b->run = wire_get32(in + 56);
	b->time_ms = wire_get64(in + 60);
	b->count = wire_get32(in + 68);
	memcpy(b->requests, in + 72, AGREE_DIGEST_LEN);
	b->leader = in[104];
	memcpy(b->skip, in + 105, AGREE_SKIP_MAX);

	if (b->height > AGREE_HEIGHT_MAX || b->parent_height >= b->height)
		return AGREE_EFORMAT;
	if (!b->parent_height && !wire_zero(b->parent, AGREE_DIGEST_LEN))
		return AGREE_EFORMAT;
	if (b->term > AGREE_HEIGHT_MAX || b->leader >= AGREE_MEMBERS_MAX)
		return AGREE_EFORMAT;
	for (i = 0; i < AGREE_SKIP_MAX; i++)
		if (b->skip[i] > AGREE_MEMBERS_MAX ||
		    (i && b->skip[i] && !b->skip[i - 1]))
			return AGREE_EFORMAT;
	return AGREE_OK;
}

void block_digest(uint8_t out[AGREE_DIGEST_LEN],
		  const struct agree_config *config,
		  const struct block_header *b)
{
	uint8_t in[TAG_LEN + 8 + 4 + AGREE_BLOCK_LEN];
	struct wire_writer w = { .out = in, .room = sizeof(in) };
	struct bls_sha256 s;

	wire_write(&w, block_tag, TAG_LEN);
	wire_write_be(&w, config->domain, 8);
	wire_write_be(&w, config->phase, 4);
	block_encode(in + w.used, b);
	bls_sha256_init(&s);
	bls_sha256_update(&s, in, sizeof(in));
	bls_sha256_final(&s, out);
}

void vote_statement(uint8_t out[AGREE_VOTE_STATEMENT_LEN],
		    const struct agree_config *config, const struct vote *vote)
{
	struct wire_writer w = { .out = out, .room = AGREE_VOTE_STATEMENT_LEN };
	uint8_t both[AGREE_DIGEST_LEN];
	const uint8_t *digest = vote->digest;
	struct bls_sha256 s;

	if (vote->kind == VOTE_CHECKPOINT) {
		bls_sha256_init(&s);
		bls_sha256_update(&s, vote->block, AGREE_DIGEST_LEN);
		bls_sha256_update(&s, vote->digest, AGREE_DIGEST_LEN);
		bls_sha256_final(&s, both);
		digest = both;
	}
	wire_write(&w, vote_tag, TAG_LEN);
	wire_write_be(&w, config->domain, 8);
	wire_write_be(&w, config->phase, 4);
	wire_write_be(&w, vote->kind, 4);
	wire_write_be(&w, vote->height, 8);
	wire_write(&w, digest, AGREE_DIGEST_LEN);
	assert(w.used == AGREE_VOTE_STATEMENT_LEN);
}
