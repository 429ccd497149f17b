// SPDX-License-Identifier: GPL-2.0
/*
 * Answers to members that are behind (R14): decided blocks with a finalization,
 * certificates, or the offer of a snapshot.  Bounded for each member and step: a
 * flood of questions gets no flood of answers.
 */
#include "agree_state.h"

enum { FINAL_SEARCH = 64 };

static uint64_t spacing(const struct agree *a)
{
	return max64(pace_timeout(a) / 8, 1);
}

static size_t cert_len(const struct agree *a)
{
	return AGREE_HEADER_LEN + 64 + AGREE_DIGEST_LEN +
	       (size_t)a->n * AGREE_SIG_LEN;
}

static void send_seal(struct agree *a, unsigned int to, enum vote_kind kind,
		      uint64_t height, const struct seal *seal)
{
	if (!seal->have || !output_bulk(a, cert_len(a)))
		return;
	seal_to_cert(a, seal, kind, height, &a->cert);
	message_put_cert(output_message(a, AGREE_CERT), &a->config, &a->cert);
	output_send(a, to, false);
}

static bool send_past(struct agree *a, unsigned int to, const struct past *p)
{
	struct message_writer *w;

	if (!fetch_budget(a, to, AGREE_HEADER_LEN + AGREE_BLOCK_LEN + p->len))
		return false;
	w = output_message(a, AGREE_BLOCK);
	message_put_block(w, &p->header);
	output_bytes(a, a->past_bytes + p->at, p->len);
	return output_send(a, to, true);
}

bool answer_block(struct agree *a, unsigned int to, uint64_t height,
		  const uint8_t digest[AGREE_DIGEST_LEN])
{
	const struct past *p = history_find(a, height, digest);
	const struct slot *s = slot_find(a, height);
	const struct body *b;
	struct message_writer *w;

	if (p)
		return send_past(a, to, p);
	if (!s || s->block.state != BLOCK_WHOLE ||
	    !digest_equal(s->block.digest, digest))
		return false;
	b = s->block.body;
	if (!fetch_budget(a, to, AGREE_HEADER_LEN + AGREE_BLOCK_LEN +
			  (b ? b->len : 0)))
		return false;
	w = output_message(a, AGREE_BLOCK);
	message_put_block(w, &s->block.header);
	if (b)
		output_bytes(a, b->bytes, b->len);
	return output_send(a, to, true);
}

/*
 * The finalization that proves the blocks from @first on: of the last block of one
 * answer if it can be, else the next one above.  NULL: none convinces anybody.
 */
static struct past *find_final(struct agree *a, struct past *first,
			       unsigned int blocks)
{
	struct past *p = first, *best = NULL;
	unsigned int i;

	for (i = 0; p && i < FINAL_SEARCH; i++, p = history_next(a, p)) {
		if (i >= blocks && best)
			break;
		if (p->final.have)
			best = p;
	}
	/* A finalize vote may turn out to be wrongly signed: then the one below. */
	while (best && !history_final(a, best)) {
		for (p = first; p && p->header.height < best->header.height &&
		     !history_final(a, p); p = history_next(a, p))
			;
		best = p && p->header.height < best->header.height ? p : NULL;
	}
	return best;
}

void answer_blocks(struct agree *a, unsigned int to, uint64_t decided)
{
	unsigned int i, blocks = ANSWER_BLOCKS;
	struct peer *peer = &a->peer[to];
	struct past *p, *final;

	/* Who comes nearer may ask at once. */
	if (decided <= peer->answered &&
	    a->now_ms < peer->blocks_ms + spacing(a))
		return;
	peer->answered = decided;
	peer->blocks_ms = a->now_ms;
	p = history_above(a, decided);
	if (!p || p->header.parent_height != decided) {
		transfer_offer(a, to);
		return;
	}
	if (buggify(a, AGREE_BUGGIFY_SHORT_REPLY))
		blocks = 1;
	final = find_final(a, p, blocks);
	if (!final) {
		/* Something new has to be finalized (R6). */
		a->owed = true;
		return;
	}
	/* It has no memory for heights so far away (R18). */
	if (final->header.height > decided + a->config.heights) {
		transfer_offer(a, to);
		return;
	}
	catchup_send(a, to, a->self);
	send_seal(a, to, VOTE_FINALIZE, final->header.height, &final->final);
	for (i = 0; p && i < blocks; i++, p = history_next(a, p))
		if (p->header.height > final->header.height ||
		    !send_past(a, to, p))
			break;
}

static void send_slot(struct agree *a, unsigned int to, const struct slot *s)
{
	send_seal(a, to, VOTE_NOTARIZE, s->height, &s->note);
	send_seal(a, to, VOTE_DUMMY, s->height, &s->dummy);
}

void answer_certs(struct agree *a, unsigned int to, uint64_t height)
{
	struct peer *peer = &a->peer[to];
	unsigned int nr = 0;
	const struct slot *s;
	uint64_t h;

	if (a->now_ms < peer->certs_ms + spacing(a))
		return;
	peer->certs_ms = a->now_ms;
	/* The greatest things first, then what is missing from below. */
	s = slot_find(a, a->tip);
	if (s && a->tip > height)
		send_slot(a, to, s);
	for (h = a->sealed; h > max64(height, a->tip) &&
	     nr < ANSWER_CERTS / 4; h--) {
		s = slot_find(a, h);
		if (s) {
			send_slot(a, to, s);
			nr++;
		}
	}
	for (h = max64(height, a->decided.height + 1);
	     h <= a->sealed && nr < ANSWER_CERTS; h++) {
		s = slot_find(a, h);
		if (s && (s->note.have || s->dummy.have)) {
			send_slot(a, to, s);
			nr++;
		}
	}
}

/* R12: what proves that the height below ours is passed */
void answer_proof(struct agree *a, unsigned int to)
{
	uint64_t passed = a->height - 1;
	const struct slot *s = slot_find(a, passed);
	struct past *last = history_last(a);

	if (!passed)
		return;
	if (s && s->note.have) {
		send_seal(a, to, VOTE_NOTARIZE, passed, &s->note);
	} else if (s && s->dummy.have) {
		send_seal(a, to, VOTE_DUMMY, passed, &s->dummy);
	} else if (a->final_seal.have && a->final_sealed >= passed) {
		send_seal(a, to, VOTE_FINALIZE, a->final_sealed,
			  &a->final_seal);
	} else if (last && last->header.height == passed &&
		   history_final(a, last)) {
		send_seal(a, to, VOTE_FINALIZE, passed, &last->final);
	} else if (a->checkpoint >= passed) {
		transfer_offer(a, to);
	} else {
		a->owed = true;
	}
}
