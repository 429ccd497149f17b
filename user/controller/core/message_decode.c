// SPDX-License-Identifier: GPL-2.0
/*
 * Messages from other members, and records of the own journal, which may be
 * anything (docs/agreement.md section 7).  A message is refused unless it is
 * exactly what message_encode.c makes of the same values.  Borrows its input;
 * knows nothing of state and checks no signature.
 */
#include <assert.h>
#include <string.h>
#include "sha256.h"
#include "bytes.h"
#include "message_parts.h"

/* What is left; taking too much makes it bad, and then all there is are zeros. */
struct cursor {
	const uint8_t *in;
	size_t left;
	bool bad;
};

static const uint8_t *take(struct cursor *c, size_t len)
{
	const uint8_t *in = c->in;

	if (c->bad || len > c->left) {
		c->bad = true;
		return NULL;
	}
	c->in += len;
	c->left -= len;
	return in;
}

static uint8_t take8(struct cursor *c)
{
	const uint8_t *in = take(c, 1);

	return in ? *in : 0;
}

static uint32_t take32(struct cursor *c)
{
	const uint8_t *in = take(c, 4);

	return in ? wire_get32(in) : 0;
}

static uint64_t take64(struct cursor *c)
{
	const uint8_t *in = take(c, 8);

	return in ? wire_get64(in) : 0;
}

static void take_bytes(struct cursor *c, uint8_t *out, size_t len)
{
	const uint8_t *in = take(c, len);

	if (in)
		memcpy(out, in, len);
}

/* Heights that messages name: 0 is nothing that can be voted or asked for. */
static uint64_t take_height(struct cursor *c)
{
	uint64_t height = take64(c);

	if (!height || height > AGREE_HEIGHT_MAX)
		c->bad = true;
	return height;
}

/* Returns the bytes that the entry has in a block with all its requests whole. */
static size_t take_entry(struct cursor *c, const struct agree_config *config,
			 bool whole)
{
	uint32_t len = take32(c);

	if (len == MESSAGE_DIGEST_ALONE) {
		take(c, AGREE_DIGEST_LEN);
		c->bad |= whole;
		return 0;
	}
	if (!len || len > config->request_max)
		c->bad = true;
	take(c, len);
	return AGREE_ENTRY_LEN + (size_t)len;
}

static void take_block(struct agree_packet *p, struct cursor *c,
		       const struct agree_config *config, bool whole)
{
	const uint8_t *in = take(c, AGREE_BLOCK_LEN);
	size_t total = AGREE_BLOCK_LEN;
	uint32_t i;

	if (!in || block_decode(&p->block, in) ||
	    p->block.leader >= config->n ||
	    p->block.count > config->batch_max) {
		c->bad = true;
		return;
	}
	p->count = p->block.count;
	p->entries = c->in;
	p->entries_len = c->left;
	for (i = 0; i < p->count && !c->bad; i++)
		total += take_entry(c, config, whole);
	if (total > config->block_max)
		c->bad = true;
}

static void take_relay(struct agree_packet *p, struct cursor *c,
		       const struct agree_config *config)
{
	if (c->left > config->block_max) {
		c->bad = true;
		return;
	}
	p->entries = c->in;
	p->entries_len = c->left;
	do {
		take_entry(c, config, true);
		p->count++;
	} while (c->left && !c->bad && p->count <= config->batch_max);
	if (p->count > config->batch_max)
		c->bad = true;
}

static bool kind_fits(uint8_t kind, bool checkpoint)
{
	return checkpoint ? kind == VOTE_CHECKPOINT :
			    kind >= VOTE_NOTARIZE && kind < VOTE_CHECKPOINT;
}

static void take_votes(struct agree_packet *p, struct cursor *c,
		       const struct agree_config *config, bool checkpoint)
{
	struct vote vote;
	uint32_t i;

	p->count = take32(c);
	p->vote_len = message_vote_len(checkpoint, agree_signed(config));
	if (!p->count || p->count > AGREE_VOTES_MAX) {
		c->bad = true;
		return;
	}
	p->votes = take(c, p->count * p->vote_len);
	for (i = 0; i < p->count && !c->bad; i++) {
		uint8_t kind = p->votes[i * p->vote_len];

		if (!kind_fits(kind, checkpoint)) {
			c->bad = true;
			return;
		}
		message_vote(p, i, &vote);
		if (!vote.height || vote.height > AGREE_HEIGHT_MAX ||
		    (kind == VOTE_DUMMY &&
		     !wire_zero(vote.digest, AGREE_DIGEST_LEN)))
			c->bad = true;
	}
}

static void take_cert(struct cert *cert, struct cursor *c,
		      const struct agree_config *config, bool checkpoint)
{
	uint8_t kind = take8(c);
	unsigned int i;

	if (!kind_fits(kind, checkpoint)) {
		c->bad = true;
		return;
	}
	cert->kind = kind;
	cert->height = take_height(c);
	take_bytes(c, cert->digest, AGREE_DIGEST_LEN);
	if (checkpoint)
		take_bytes(c, cert->block, AGREE_DIGEST_LEN);
	if (kind == VOTE_DUMMY && !wire_zero(cert->digest, AGREE_DIGEST_LEN))
		c->bad = true;
	cert->signers = take32(c);
	if ((uint64_t)cert->signers >> config->n ||
	    (unsigned int)__builtin_popcount(cert->signers) <
	    agree_quorum(config))
		c->bad = true;
	for (i = 0; i < config->n && agree_signed(config); i++)
		if (cert->signers & UINT32_C(1) << i)
			take_bytes(c, cert->sig[i], AGREE_SIG_LEN);
}

static void take_fetch(struct agree_packet *p, struct cursor *c)
{
	p->height = take_height(c);
	take_bytes(c, p->digest, AGREE_DIGEST_LEN);
	p->count = take32(c);
	if (p->count > AGREE_FETCH_MAX)
		c->bad = true;
	p->digests = take(c, (size_t)p->count * AGREE_DIGEST_LEN);
}

static void take_status(struct status *s, struct cursor *c,
			const struct agree_config *config)
{
	const uint8_t *ask;

	s->decided = take64(c);
	s->height = take64(c);
	s->checkpoint = take64(c);
	s->nonce = take64(c);
	s->echo = take64(c);
	ask = take(c, 2);
	s->ask = ask ? wire_get16(ask) : 0;
	if (s->decided > AGREE_HEIGHT_MAX || s->height > AGREE_HEIGHT_MAX ||
	    s->checkpoint > AGREE_HEIGHT_MAX ||
	    (s->ask >= config->n && s->ask != AGREE_ALL))
		c->bad = true;
}

static void take_stable(struct agree_packet *p, struct cursor *c,
			const struct agree_config *config)
{
	uint64_t chunks;

	take_cert(&p->cert, c, config, true);
	p->snapshot_len = take32(c);
	p->count = take32(c);
	chunks = ((uint64_t)p->snapshot_len + AGREE_CHUNK_LEN - 1) /
		 AGREE_CHUNK_LEN;
	if (p->snapshot_len > config->snapshot_max || p->count != chunks ||
	    p->count > AGREE_CHUNKS_MAX)
		c->bad = true;
	p->digests = take(c, (size_t)p->count * AGREE_DIGEST_LEN);
}

static void take_want(struct agree_packet *p, struct cursor *c)
{
	p->height = take_height(c);
	p->chunk = take32(c);
	if (p->chunk >= AGREE_CHUNKS_MAX)
		c->bad = true;
}

static void take_chunk(struct agree_packet *p, struct cursor *c)
{
	take_want(p, c);
	p->len = c->left;
	if (!p->len || p->len > AGREE_CHUNK_LEN)
		c->bad = true;
	p->bytes = take(c, p->len);
}

enum agree_err message_decode_body(struct agree_packet *p,
				   const struct agree_config *config,
				   enum agree_type type, const uint8_t *in,
				   size_t len)
{
	struct cursor c = { .in = in, .left = len };

	memset(p, 0, sizeof(*p));
	p->type = type;
	switch (type) {
	case AGREE_PROPOSE:
	case AGREE_BLOCK:
		take_block(p, &c, config, type == AGREE_BLOCK);
		break;
	case AGREE_VOTES:
	case AGREE_CHECKPOINT:
		take_votes(p, &c, config, type == AGREE_CHECKPOINT);
		break;
	case AGREE_CERT:
		take_cert(&p->cert, &c, config, false);
		break;
	case AGREE_RELAY:
		take_relay(p, &c, config);
		break;
	case AGREE_FETCH:
		take_fetch(p, &c);
		break;
	case AGREE_STATUS:
		take_status(&p->status, &c, config);
		break;
	case AGREE_STABLE:
		take_stable(p, &c, config);
		break;
	case AGREE_WANT:
		take_want(p, &c);
		break;
	case AGREE_CHUNK:
		take_chunk(p, &c);
		break;
	default:
		c.bad = true;
	}
	return c.bad || c.left ? AGREE_EFORMAT : AGREE_OK;
}

enum agree_err message_decode(struct agree_packet *p,
			      const struct agree_config *config,
			      const uint8_t *in, size_t len)
{
	if (len < AGREE_HEADER_LEN || in[0] != MESSAGE_VERSION ||
	    !wire_zero(in + 2, 2))
		return AGREE_EFORMAT;
	if (wire_get32(in + 4) != config->phase ||
	    wire_get64(in + 8) != config->domain)
		return AGREE_EDOMAIN;
	return message_decode_body(p, config, in[1], in + AGREE_HEADER_LEN,
				   len - AGREE_HEADER_LEN);
}

bool message_entry(const struct agree_packet *p, size_t *at,
		   struct block_entry *entry)
{
	const uint8_t *in = p->entries + *at;
	struct bls_sha256 s;

	if (*at == p->entries_len)
		return false;
	assert(*at < p->entries_len && p->entries_len - *at > AGREE_ENTRY_LEN);
	entry->len = wire_get32(in);
	in += AGREE_ENTRY_LEN;
	if (entry->len == MESSAGE_DIGEST_ALONE) {
		memcpy(entry->digest, in, AGREE_DIGEST_LEN);
		entry->bytes = NULL;
		entry->len = 0;
		*at += AGREE_ENTRY_DIGEST_LEN;
		return true;
	}
	entry->bytes = in;
	bls_sha256_init(&s);
	bls_sha256_update(&s, in, entry->len);
	bls_sha256_final(&s, entry->digest);
	*at += AGREE_ENTRY_LEN + (size_t)entry->len;
	return true;
}

void message_vote(const struct agree_packet *p, uint32_t i, struct vote *vote)
{
	const uint8_t *in = p->votes + i * p->vote_len;
	const uint8_t *end = in + p->vote_len;

	assert(i < p->count);
	memset(vote, 0, sizeof(*vote));
	vote->kind = in[0];
	vote->height = wire_get64(in + 1);
	memcpy(vote->digest, in + 9, AGREE_DIGEST_LEN);
	in += MESSAGE_VOTE_LEN;
	if (vote->kind == VOTE_CHECKPOINT) {
		memcpy(vote->block, in, AGREE_DIGEST_LEN);
		in += AGREE_DIGEST_LEN;
	}
	if (in < end)
		memcpy(vote->sig, in, AGREE_SIG_LEN);
}

size_t message_max(const struct agree_config *config)
{
	/* PROPOSE: whole entries count for block_max, digests alone do not. */
	size_t propose = (size_t)config->block_max +
			 (size_t)config->batch_max * AGREE_ENTRY_DIGEST_LEN;
	size_t votes = 4 + AGREE_VOTES_MAX * message_vote_len(true, true);
	size_t fetch = 8 + AGREE_DIGEST_LEN + 4 +
		       (size_t)AGREE_FETCH_MAX * AGREE_DIGEST_LEN;
	size_t stable = message_vote_len(true, false) + 4 +
			(size_t)AGREE_MEMBERS_MAX * AGREE_SIG_LEN + 4 + 4 +
			(size_t)AGREE_CHUNKS_MAX * AGREE_DIGEST_LEN;
	size_t chunk = 8 + 4 + AGREE_CHUNK_LEN;
	size_t max = propose;

	if (max < votes)
		max = votes;
	if (max < fetch)
		max = fetch;
	if (max < stable)
		max = stable;
	if (max < chunk)
		max = chunk;
	return AGREE_HEADER_LEN + max;
}
