// SPDX-License-Identifier: GPL-2.0
/*
 * Messages as bytes (docs/agreement.md section 7).  What is written here is
 * what message_decode() takes: our own values out of range are asserted.
 */
#include <assert.h>
#include <string.h>
#include "message_parts.h"

static void put(struct message_writer *w, const void *bytes, size_t len)
{
	if (w->full || len > w->room - w->used) {
		w->full = true;
		return;
	}
	if (len)
		memcpy(w->out + w->used, bytes, len);
	w->used += len;
}

/* The low @len bytes of a value */
static void put_be(struct message_writer *w, uint64_t v, size_t len)
{
	uint8_t b[8];
	size_t i;

	assert(len <= sizeof(b));
	for (i = 0; i < len; i++)
		b[i] = (uint8_t)(v >> 8 * (len - 1 - i));
	put(w, b, len);
}

static void put_digest(struct message_writer *w, const uint8_t *digest)
{
	put(w, digest, AGREE_DIGEST_LEN);
}

void message_begin(struct message_writer *w, const struct agree_config *config,
		   enum agree_type type)
{
	assert(w->used <= w->room);
	assert(type >= AGREE_PROPOSE && type <= AGREE_CHUNK);
	w->unsigned_votes = !agree_signed(config);
	put_be(w, MESSAGE_VERSION, 1);
	put_be(w, type, 1);
	put_be(w, 0, 2);
	put_be(w, config->phase, 4);
	put_be(w, config->domain, 8);
}

void message_put_block(struct message_writer *w, const struct block_header *b)
{
	uint8_t out[AGREE_BLOCK_LEN];

	block_encode(out, b);
	put(w, out, sizeof(out));
}

void message_put_entry(struct message_writer *w, const struct block_entry *e)
{
	if (!e->bytes) {
		put_be(w, MESSAGE_DIGEST_ALONE, 4);
		put_digest(w, e->digest);
		return;
	}
	assert(e->len && e->len != MESSAGE_DIGEST_ALONE);
	put_be(w, e->len, 4);
	put(w, e->bytes, e->len);
}

void message_put_votes(struct message_writer *w, const struct vote *vote,
		       uint32_t nr)
{
	uint32_t i;

	assert(nr && nr <= AGREE_VOTES_MAX);
	put_be(w, nr, 4);
	for (i = 0; i < nr; i++) {
		assert(vote[i].kind >= VOTE_NOTARIZE &&
		       vote[i].kind < VOTE_KINDS);
		/* One message has votes of one length. */
		assert((vote[i].kind == VOTE_CHECKPOINT) ==
		       (vote[0].kind == VOTE_CHECKPOINT));
		put_be(w, vote[i].kind, 1);
		put_be(w, vote[i].height, 8);
		put_digest(w, vote[i].digest);
		if (vote[i].kind == VOTE_CHECKPOINT)
			put_digest(w, vote[i].block);
		if (!w->unsigned_votes)
			put(w, vote[i].sig, AGREE_SIG_LEN);
	}
}

void message_put_cert(struct message_writer *w,
		      const struct agree_config *config,
		      const struct cert *cert)
{
	unsigned int i;

	assert(cert->kind >= VOTE_NOTARIZE && cert->kind < VOTE_KINDS);
	assert((unsigned int)__builtin_popcount(cert->signers) >=
	       agree_quorum(config));
	put_be(w, cert->kind, 1);
	put_be(w, cert->height, 8);
	put_digest(w, cert->digest);
	if (cert->kind == VOTE_CHECKPOINT)
		put_digest(w, cert->block);
	put_be(w, cert->signers, 4);
	for (i = 0; i < AGREE_MEMBERS_MAX && agree_signed(config); i++)
		if (cert->signers & UINT32_C(1) << i)
			put(w, cert->sig[i], AGREE_SIG_LEN);
}

void message_put_status(struct message_writer *w, const struct status *s)
{
	put_be(w, s->decided, 8);
	put_be(w, s->height, 8);
	put_be(w, s->checkpoint, 8);
	put_be(w, s->nonce, 8);
	put_be(w, s->echo, 8);
	put_be(w, s->ask, 2);
}

void message_put_fetch(struct message_writer *w, uint64_t height,
		       const uint8_t digest[AGREE_DIGEST_LEN],
		       const uint8_t *digests, uint32_t nr)
{
	assert(nr <= AGREE_FETCH_MAX);
	put_be(w, height, 8);
	put_digest(w, digest);
	put_be(w, nr, 4);
	put(w, digests, (size_t)nr * AGREE_DIGEST_LEN);
}

void message_put_stable(struct message_writer *w, uint32_t snapshot_len,
			const uint8_t *digests, uint32_t nr)
{
	assert(nr == (snapshot_len + AGREE_CHUNK_LEN - 1) / AGREE_CHUNK_LEN);
	assert(nr <= AGREE_CHUNKS_MAX);
	put_be(w, snapshot_len, 4);
	put_be(w, nr, 4);
	put(w, digests, (size_t)nr * AGREE_DIGEST_LEN);
}

void message_put_want(struct message_writer *w, uint64_t height,
		      uint32_t chunk)
{
	assert(chunk < AGREE_CHUNKS_MAX);
	put_be(w, height, 8);
	put_be(w, chunk, 4);
}

void message_put_chunk(struct message_writer *w, uint64_t height,
		       uint32_t chunk, const uint8_t *bytes, size_t len)
{
	assert(len && len <= AGREE_CHUNK_LEN);
	message_put_want(w, height, chunk);
	put(w, bytes, len);
}
