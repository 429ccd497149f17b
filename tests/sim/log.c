// SPDX-License-Identifier: GPL-2.0
/*
 * What a core asks of its surroundings in the first stage: an application that
 * remembers all it was given, and signatures.  A signature is a keyed sum; who
 * has no key cannot make one, and only the owner's code is handed sign_as().
 */
#include "world.h"

#include <string.h>

static void add(struct node *node, struct deed deed)
{
	if (node->deed_nr == node->deed_room) {
		node->deed_room = node->deed_room ? 2 * node->deed_room : 64;
		node->deed = must_have(node->deed, node->deed_room *
				       sizeof(*node->deed));
	}
	node->deed[node->deed_nr++] = deed;
}

void log_reset(struct node *node)
{
	memset(&node->log, 0, sizeof(node->log));
}

static void log_execute(void *ctx, const struct agree_decided *d)
{
	struct node *node = ctx;
	struct log_state *log = &node->log;
	uint64_t sum = mix_bytes(1, d->request, d->len);

	log->count++;
	log->chain = mix64(mix64(log->chain, d->height << 20 | d->index),
			   mix64(sum, id_sum(&d->id) ^ d->time_ms));
	add(node, (struct deed){ .kind = DEED_EXECUTE, .count = log->count,
		.chain = log->chain, .height = d->height,
		.time_ms = d->time_ms, .index = d->index, .id = d->id,
		.sum = sum });
}

static void log_block_end(void *ctx, uint64_t height, uint64_t time_ms)
{
	struct node *node = ctx;
	struct log_state *log = &node->log;

	if (height <= log->height)
		violated(node->world, "node %u: block %llu ends after %llu",
			 node->member, (unsigned long long)height,
			 (unsigned long long)log->height);
	if (time_ms < log->time_ms)
		violated(node->world, "node %u: time of block %llu goes back",
			 node->member, (unsigned long long)height);
	log->height = height;
	log->time_ms = time_ms;
	add(node, (struct deed){ .kind = DEED_END, .count = log->count,
		.chain = log->chain, .height = height, .time_ms = time_ms });
}

/* The pad is a function of the state, so that equal states give equal bytes. */
static void pad(uint8_t *out, size_t len, uint64_t chain)
{
	uint64_t x;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		x = mix64(chain, i);
		memcpy(out + i, &x, 8);
	}
	for (; i < len; i++)
		out[i] = (uint8_t)chain;
}

static bool padded(const uint8_t *in, size_t len, uint64_t chain)
{
	uint64_t x;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		x = mix64(chain, i);
		if (memcmp(in + i, &x, 8))
			return false;
	}
	return true;
}

static size_t log_save(void *ctx, uint8_t *out, size_t room)
{
	struct node *node = ctx;
	size_t len = sizeof(node->log) + node->world->swarm.pad;

	if (len > room) {
		violated(node->world, "no room to save the state: %zu", room);
		return 0;
	}
	memcpy(out, &node->log, sizeof(node->log));
	pad(out + sizeof(node->log), len - sizeof(node->log),
	    node->log.chain);
	return len;
}

static bool log_load(void *ctx, const uint8_t *in, size_t len)
{
	struct node *node = ctx;
	struct log_state log;

	if (len != sizeof(log) + node->world->swarm.pad)
		return false;
	memcpy(&log, in, sizeof(log));
	if (!padded(in + sizeof(log), len - sizeof(log), log.chain))
		violated(node->world, "state: node %u loads what nobody saved",
			 node->member);
	node->log = log;
	add(node, (struct deed){ .kind = DEED_LOAD, .count = log.count,
		.chain = log.chain, .height = log.height,
		.time_ms = log.time_ms });
	return true;
}

void sign_as(struct world *w, unsigned int member, const uint8_t *bytes,
	     size_t len, uint8_t sig[AGREE_SIG_LEN])
{
	uint64_t key = w->secret[member], part;
	unsigned int i;

	key = mix_bytes(key, bytes, len);
	for (i = 0; i < AGREE_SIG_LEN / 8; i++) {
		part = mix64(key, w->secret[member] + i);
		memcpy(sig + 8 * i, &part, 8);
	}
}

bool signed_by(struct world *w, unsigned int member, const uint8_t *bytes,
	       size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	uint8_t want[AGREE_SIG_LEN];

	if (member >= w->n) {
		violated(w, "signature of member %u is asked for", member);
		return false;
	}
	sign_as(w, member, bytes, len, want);
	return !memcmp(sig, want, sizeof(want));
}

static void log_sign(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		     const uint8_t *bytes, size_t len)
{
	struct node *node = ctx;

	sign_as(node->world, node->member, bytes, len, sig);
}

static bool log_verify(void *ctx, unsigned int member, const uint8_t *bytes,
		       size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	struct node *node = ctx;

	return signed_by(node->world, member, bytes, len, sig);
}

static enum agree_err log_request(void *ctx, const uint8_t *bytes, size_t len,
				  struct request_id *id)
{
	struct node *node = ctx;

	return client_check(node->world, bytes, len, id);
}

static bool log_buggify(void *ctx, enum agree_buggify what)
{
	struct node *node = ctx;

	(void)what;
	return !node->world->healed &&
	       prng_chance(&node->world->prng, node->world->swarm.buggify_ppm);
}

const struct agree_ops log_ops = {
	.sign = log_sign,
	.verify = log_verify,
	.request_check = log_request,
	.execute = log_execute,
	.block_end = log_block_end,
	.state_save = log_save,
	.state_load = log_load,
	.buggify = log_buggify,
};
