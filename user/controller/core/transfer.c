// SPDX-License-Identifier: GPL-2.0
/*
 * A state from others (R17), for who is so far behind that no history reaches
 * back: offered as STABLE, asked for by chunks, from anybody who has it, and
 * loaded when it is whole.  What is under way goes on until nobody answers: a
 * newer offer must not start it again for ever.
 */
#include "agree_state.h"

static uint64_t patience(const struct agree *a)
{
	return max64(pace_timeout(a) / 2, 2);
}

static size_t chunk_len(const struct snapshot *s, uint32_t chunk)
{
	return min64(AGREE_CHUNK_LEN,
		     s->len - (size_t)chunk * AGREE_CHUNK_LEN);
}

/* A state that can be given to others: the one being loaded, or the newest */
static struct snapshot *offered(struct agree *a)
{
	if (a->stable.height)
		return &a->stable;
	return a->recent.sealed && !a->coming ? &a->recent : NULL;
}

void transfer_offer(struct agree *a, unsigned int to)
{
	struct peer *peer = &a->peer[to];
	struct snapshot *s;
	struct message_writer *w;

	checkpoint_settle(a);
	s = offered(a);
	/* Who has executed that far needs the newest certificate, not the state. */
	if (a->recent.sealed && !a->coming && s &&
	    peer->decided >= s->height)
		s = a->recent.height > s->height ? &a->recent : s;
	if (!s || s->height <= peer->checkpoint ||
	    a->now_ms < peer->offer_ms + patience(a) / 4 ||
	    !output_bulk(a, AGREE_HEADER_LEN + 4096 +
			 (size_t)s->chunks * AGREE_DIGEST_LEN))
		return;
	peer->offer_ms = a->now_ms;
	w = output_message(a, AGREE_STABLE);
	message_put_cert(w, &a->config, &s->cert);
	message_put_stable(w, (uint32_t)s->len, s->chunk_digest, s->chunks);
	output_send(a, to, false);
}

static void begin(struct agree *a, unsigned int from,
		  const struct agree_packet *p)
{
	struct snapshot *s = &a->recent;

	checkpoint_settle(a);
	s->height = p->cert.height;
	s->sealed = false;
	s->cert = p->cert;
	s->len = p->snapshot_len;
	s->chunks = p->count;
	memcpy(s->chunk_digest, p->digests, p->count * AGREE_DIGEST_LEN);
	memset(a->coming_have, 0, sizeof(a->coming_have));
	a->coming = true;
	a->coming_nr = 0;
	a->coming_asked = 0;
	a->coming_from = from;
	a->coming_ms = a->now_ms;
	a->coming_ask_ms = a->now_ms;
}

enum agree_err transfer_stable(struct agree *a, unsigned int from,
			       const struct agree_packet *p)
{
	const struct cert *cert = &p->cert;
	uint8_t digest[AGREE_DIGEST_LEN];
	bool stalled = a->now_ms >= a->coming_ms + patience(a);

	if (a->peer[from].bad > BAD_MAX)
		return AGREE_ESIGNATURE;
	if (cert->height <= a->checkpoint)
		return AGREE_ESTALE;
	if (a->coming && (cert->height <= a->recent.height || !stalled) &&
	    cert->height > a->decided.height)
		return AGREE_ESTALE;
	snapshot_digest(digest, p->snapshot_len, p->digests, p->count);
	if (!digest_equal(digest, cert->digest) || !seal_verify(a, cert)) {
		tally_bad(a, from);
		return AGREE_ESIGNATURE;
	}
	a->proved = max64(a->proved, cert->height);
	catchup_heard(a, from, cert->height + 1);
	if (cert->height > a->decided.height) {
		begin(a, from, p);
		return AGREE_OK;
	}
	if (a->coming || a->recent.sealed || a->recent.height != cert->height)
		return AGREE_ESTALE;
	/* A6: a quorum has another state than ours after the same blocks. */
	assert(digest_equal(a->recent.cert.digest, cert->digest));
	checkpoint_seal(a, cert);
	return AGREE_OK;
}

enum agree_err transfer_want(struct agree *a, unsigned int from,
			     const struct agree_packet *p)
{
	const struct snapshot *s = &a->stable;
	struct message_writer *w;

	if (s->height != p->height)
		s = &a->recent;
	if (s->height != p->height || !s->sealed) {
		transfer_offer(a, from);
		return AGREE_ESTALE;
	}
	if (p->chunk >= s->chunks)
		return AGREE_EFORMAT;
	if (!fetch_budget(a, from, AGREE_HEADER_LEN + 16 + AGREE_CHUNK_LEN))
		return AGREE_EFULL;
	if (s == &a->stable)
		a->served_ms = a->now_ms;
	w = output_message(a, AGREE_CHUNK);
	message_put_chunk(w, s->height, p->chunk,
			  s->bytes + (size_t)p->chunk * AGREE_CHUNK_LEN,
			  chunk_len(s, p->chunk));
	output_send(a, from, true);
	return AGREE_OK;
}

static void finish(struct agree *a)
{
	struct snapshot *s = &a->recent;

	a->coming = false;
	snapshot_load(a, s);
	s->sealed = true;
	/* The segment that it needs at least must be there. */
	output_open(a);
	s->segment = checkpoint_segment(a);
	a->checkpoint = s->height;
	a->written = s;
	a->catching = true;
	checkpoint_settle(a);
}

enum agree_err transfer_chunk(struct agree *a, unsigned int from,
			      const struct agree_packet *p)
{
	struct snapshot *s = &a->recent;
	uint8_t digest[AGREE_DIGEST_LEN];

	if (!a->coming || p->height != s->height || p->chunk >= s->chunks ||
	    a->coming_have[p->chunk / 64] & UINT64_C(1) << p->chunk % 64)
		return AGREE_ESTALE;
	digest_of(digest, p->bytes, p->len);
	if (p->len != chunk_len(s, p->chunk) ||
	    !digest_equal(digest, s->chunk_digest +
			  (size_t)p->chunk * AGREE_DIGEST_LEN)) {
		tally_bad(a, from);
		return AGREE_ESNAPSHOT;
	}
	memcpy(s->bytes + (size_t)p->chunk * AGREE_CHUNK_LEN, p->bytes, p->len);
	a->coming_have[p->chunk / 64] |= UINT64_C(1) << p->chunk % 64;
	a->coming_ms = a->now_ms;
	a->coming_ask_ms = a->now_ms;
	a->coming_nr++;
	if (a->coming_asked)
		a->coming_asked--;
	if (a->coming_nr == s->chunks)
		finish(a);
	return AGREE_OK;
}

static void ask(struct agree *a)
{
	uint32_t i;

	for (i = 0; i < a->recent.chunks && a->coming_asked < WANTS_MAX; i++) {
		if (a->coming_have[i / 64] & UINT64_C(1) << i % 64)
			continue;
		message_put_want(output_message(a, AGREE_WANT),
				 a->recent.height, i);
		output_send(a, a->coming_from, true);
		a->coming_asked++;
	}
}

void transfer_run(struct agree *a)
{
	if (!a->coming)
		return;
	/* Blocks came faster. */
	if (a->decided.height >= a->recent.height) {
		a->coming = false;
		a->recent.height = 0;
		return;
	}
	if (a->coming_asked && a->now_ms >= a->coming_ask_ms + patience(a)) {
		do
			a->coming_from = (a->coming_from + 1) % a->n;
		while (a->coming_from == a->self);
		a->coming_asked = 0;
		a->coming_ask_ms = a->now_ms;
	}
	if (!a->coming_asked)
		ask(a);
}

uint64_t transfer_wake(const struct agree *a)
{
	return a->coming ? a->coming_ask_ms + patience(a) : UINT64_MAX;
}
