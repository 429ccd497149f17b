// SPDX-License-Identifier: GPL-2.0
/*
 * What a liar makes: well-formed messages with false contents, signed by itself
 * alone.  It may use the core's own encoders: attackers can read.
 */
#include "world.h"

#include <string.h>

#include "message.h"
#include "sha256.h"

enum { ROOM = 1 << 18, ENTRIES_MAX = 64 };

static uint8_t room[ROOM];

static struct message_writer writer(void)
{
	return (struct message_writer){ .out = room, .room = ROOM };
}

static struct packet *made(const struct message_writer *w)
{
	return w->full ? NULL : packet_new(w->out, w->used);
}

static void sign(struct node *node, struct vote *vote)
{
	uint8_t statement[AGREE_VOTE_STATEMENT_LEN];

	vote_statement(statement, &node->config, vote);
	sign_as(node->world, node->member, statement, sizeof(statement),
		vote->sig);
}

/* Says the same as the proposal that went to this member; or something else. */
static void twist(struct node *node, uint16_t to, struct vote *vote)
{
	struct world *w = node->world;
	const struct forged *f = &node->forged[to];

	if (vote->kind != VOTE_DUMMY && f->height == vote->height)
		memcpy(vote->digest, f->digest, AGREE_DIGEST_LEN);
	if (!swarm_lies(&w->swarm, LIE_VOTE) ||
	    !prng_chance(&w->prng, 150000))
		return;
	w->totals.lies++;
	vote->kind = (enum vote_kind)prng_range(&w->prng, VOTE_NOTARIZE,
						VOTE_FINALIZE);
	if (vote->kind == VOTE_DUMMY)
		memset(vote->digest, 0, AGREE_DIGEST_LEN);
	else if (prng_chance(&w->prng, MILLION / 2))
		vote->digest[0] ^= 1;
}

struct packet *forge_votes(struct node *node, uint16_t to,
			   const struct packet *p)
{
	struct message_writer w = writer();
	struct vote votes[AGREE_VOTES_MAX];
	struct agree_packet in;
	uint32_t i;

	if (message_decode(&in, &node->config, p->bytes, p->len) != AGREE_OK)
		return NULL;
	for (i = 0; i < in.count; i++) {
		message_vote(&in, i, &votes[i]);
		twist(node, to, &votes[i]);
		if (agree_signed(&node->config))
			sign(node, &votes[i]);
	}
	message_begin(&w, &node->config, AGREE_VOTES);
	message_put_votes(&w, votes, in.count);
	return made(&w);
}

static void requests_digest(struct block_header *b,
			    const struct block_entry *entry)
{
	struct bls_sha256 s;
	uint32_t i;

	bls_sha256_init(&s);
	for (i = 0; i < b->count; i++)
		bls_sha256_update(&s, entry[i].digest, AGREE_DIGEST_LEN);
	bls_sha256_final(&s, b->requests);
}

static void set_entry(struct block_entry *e, const struct packet *request)
{
	struct bls_sha256 s;

	e->bytes = request->bytes;
	e->len = request->len;
	bls_sha256_init(&s);
	bls_sha256_update(&s, request->bytes, request->len);
	bls_sha256_final(&s, e->digest);
}

static void vary(struct node *node, uint64_t how, struct block_header *b,
		 struct block_entry *entry)
{
	const struct packet *first = node->world->first_request;

	if (swarm_lies(&node->world->swarm, LIE_OLD_REQUEST) && first &&
	    how & 1) {
		b->count = 1;
		set_entry(&entry[0], first);
		return;
	}
	switch (how >> 1 & 7) {
	case 0:
	case 1:
		b->time_ms++;
		break;
	case 2:
		if (b->count)
			b->count--;
		break;
	case 3:			/* twice */
		if (b->count && b->count < ENTRIES_MAX)
			entry[b->count++] = entry[0];
		break;
	case 4:			/* what is not here, nor anywhere */
		if (b->count) {
			entry[0].bytes = NULL;
			entry[0].digest[5] ^= 1;
		}
		break;
	case 5:
		b->term++;
		break;
	case 6:
		b->time_ms += 100000;
		break;
	case 7:
		if (b->parent_height)
			b->parent_height--;
		break;
	}
}

/*
 * What is told about a height is a function of the height, so that those who hear the same
 * lie can make a quorum of it.
 */
struct packet *forge_proposal(struct node *node, uint16_t to,
			      const struct packet *p)
{
	struct block_entry entry[ENTRIES_MAX + 1];
	struct message_writer w = writer();
	struct agree_packet in;
	uint64_t how;
	uint32_t nr = 0;
	size_t at = 0;

	if (message_decode(&in, &node->config, p->bytes, p->len) != AGREE_OK ||
	    in.block.count > ENTRIES_MAX)
		return NULL;
	how = mix64(node->world->seed, in.block.height);
	if (how & 0x100 || !(how >> 9 & 1 || how >> (16 + to) & 1))
		return NULL;
	while (nr < ENTRIES_MAX && message_entry(&in, &at, &entry[nr]))
		nr++;
	vary(node, how >> 40, &in.block, entry);
	requests_digest(&in.block, entry);
	node->forged[to].height = in.block.height;
	block_digest(node->forged[to].digest, &node->config, &in.block);
	message_begin(&w, &node->config, AGREE_PROPOSE);
	message_put_block(&w, &in.block);
	for (nr = 0; nr < in.block.count; nr++)
		message_put_entry(&w, &entry[nr]);
	return made(&w);
}

struct packet *forge_cert(struct node *node, unsigned int kind,
			  uint64_t height,
			  const uint8_t digest[AGREE_DIGEST_LEN])
{
	struct prng *prng = &node->world->prng;
	struct message_writer w = writer();
	struct cert cert = { .kind = (enum vote_kind)kind, .height = height };
	struct vote vote = { .kind = (enum vote_kind)kind, .height = height };
	unsigned int i, have = 0;

	memcpy(cert.digest, digest, AGREE_DIGEST_LEN);
	memcpy(vote.digest, digest, AGREE_DIGEST_LEN);
	sign(node, &vote);
	cert.signers = bit(node->member);
	for (i = 0; i < node->world->n &&
	     ++have < agree_quorum(&node->config); i++) {
		if (i == node->member)
			have--;
		cert.signers |= bit(i);
	}
	for (i = 0; i < node->world->n; i++) {
		/* Its own signature for everybody, or nothing that makes sense */
		memcpy(cert.sig[i], vote.sig, AGREE_SIG_LEN);
		if (i != node->member && prng_chance(prng, MILLION / 2))
			prng_fill(prng, cert.sig[i], AGREE_SIG_LEN);
	}
	if ((unsigned int)__builtin_popcount(cert.signers) <
	    agree_quorum(&node->config))
		return NULL;
	message_begin(&w, &node->config, AGREE_CERT);
	message_put_cert(&w, &node->config, &cert);
	return made(&w);
}

static uint64_t some_height(struct node *node)
{
	struct prng *prng = &node->world->prng;
	struct agree_stats stats;

	node_stats(node, &stats);
	switch (prng_below(prng, 4)) {
	case 0:
		return 1 + prng_below(prng, stats.height + 1);
	case 1:
		return stats.height + prng_below(prng, 100);
	case 2:
		return stats.height;
	default:
		return 1 + (prng_next(prng) >> prng_range(prng, 3, 40));
	}
}

struct packet *forge_status(struct node *node)
{
	struct prng *prng = &node->world->prng;
	struct message_writer w = writer();
	struct status s = {
		.decided = some_height(node), .height = some_height(node),
		.checkpoint = some_height(node),
		.nonce = prng_below(prng, 2) * prng_next(prng),
		.echo = prng_below(prng, 2) * prng_next(prng),
		.ask = prng_chance(prng, MILLION / 2) ? AGREE_ALL :
		       (uint16_t)prng_below(prng, node->world->n),
	};

	message_begin(&w, &node->config, AGREE_STATUS);
	message_put_status(&w, &s);
	return made(&w);
}

struct packet *forge_flood(struct node *node)
{
	struct prng *prng = &node->world->prng;
	struct message_writer w = writer();
	uint8_t digests[4][AGREE_DIGEST_LEN];
	struct vote vote = { .kind = (enum vote_kind)prng_range(prng,
				VOTE_NOTARIZE, VOTE_FINALIZE) };

	prng_fill(prng, digests[0], sizeof(digests));
	switch (prng_below(prng, 5)) {
	case 0:
		vote.height = some_height(node);
		if (vote.kind != VOTE_DUMMY)
			memcpy(vote.digest, digests[0], AGREE_DIGEST_LEN);
		sign(node, &vote);
		message_begin(&w, &node->config, AGREE_VOTES);
		message_put_votes(&w, &vote, 1);
		break;
	case 1:
		message_begin(&w, &node->config, AGREE_FETCH);
		message_put_fetch(&w, some_height(node), digests[0],
				  digests[0], prng_below(prng, 5));
		break;
	case 2:
		message_begin(&w, &node->config, AGREE_WANT);
		message_put_want(&w, some_height(node), prng_below(prng, 8));
		break;
	case 3:
		message_begin(&w, &node->config, AGREE_CHUNK);
		message_put_chunk(&w, some_height(node), prng_below(prng, 8),
				  digests[0], sizeof(digests));
		break;
	default:
		return forge_status(node);
	}
	return made(&w);
}
