// SPDX-License-Identifier: GPL-2.0
/*
 * Vote, then sequence: the outputs of applications that are not deterministic.
 * Members put what their application said into the order; once f + 1 said the
 * same for a key, a correct one did, and it is executed, once (C11).
 *
 * Each member has a fixed number of places, and its newest vote takes that of its
 * oldest: a flood withdraws only its sender's votes.  Keys ascend as
 * applications answer ordered events; of executed keys the greatest are
 * remembered, and what is not above the greatest forgotten one is past.
 */
#include "ctl_state.h"

#include "../../../lib/bls/sha256.h"

void ctl_votes_reset(struct ctl *ctl)
{
	struct ctl_votes *v = &ctl->votes;
	uint32_t n = ctl->agree_config.n;

	memset(v->vote, 0, sizeof(*v->vote) * n * v->places);
	memset(v->cast, 0, sizeof(*v->cast) * n);
	v->done_nr = 0;
	v->done_floor = 0;
	v->past = false;
}

static bool voted(const struct ctl_votes *v, uint32_t member, uint64_t key,
		  const uint8_t *digest)
{
	const struct ctl_vote *vote = v->vote + (size_t)member * v->places;
	uint64_t i, nr = v->cast[member];

	if (nr > v->places)
		nr = v->places;
	for (i = 0; i < nr; i++)
		if (vote[i].key == key &&
		    (!digest || !memcmp(vote[i].digest, digest,
					AGREE_DIGEST_LEN)))
			return true;
	return false;
}

/* Where @key is among the executed ones, or would be */
static uint32_t done_place(const struct ctl_votes *v, uint64_t key)
{
	uint32_t low = 0, high = v->done_nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (v->done[mid] < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_done(const struct ctl_votes *v, uint64_t key)
{
	uint32_t at = done_place(v, key);

	return (v->past && key <= v->done_floor) ||
	       (at < v->done_nr && v->done[at] == key);
}

static void done_add(struct ctl_votes *v, uint64_t key)
{
	uint32_t at;

	if (v->done_nr == v->done_max) {
		at = done_place(v, key);
		v->past = true;
		v->done_floor = at ? v->done[0] : key;
		if (!at)
			return;
		memmove(v->done, v->done + 1,
			sizeof(*v->done) * --v->done_nr);
	}
	at = done_place(v, key);
	memmove(v->done + at + 1, v->done + at,
		sizeof(*v->done) * (v->done_nr - at));
	v->done[at] = key;
	v->done_nr++;
}

bool ctl_votes_add(struct ctl *ctl, uint32_t member, uint64_t key,
		   const uint8_t *list, size_t len)
{
	struct ctl_votes *v = &ctl->votes;
	unsigned int have = 0;
	struct bls_sha256 h;
	struct ctl_vote *vote;
	uint32_t i;

	/* A member's first word for a key counts. */
	if (is_done(v, key) || voted(v, member, key, NULL))
		return false;
	vote = &v->vote[(size_t)member * v->places +
			v->cast[member]++ % v->places];
	vote->key = key;
	bls_sha256_init(&h);
	bls_sha256_update(&h, list, len);
	bls_sha256_final(&h, vote->digest);
	for (i = 0; i < ctl->agree_config.n; i++)
		have += voted(v, i, key, vote->digest);
	if (have <= agree_faulty(&ctl->agree_config))
		return false;
	done_add(v, key);
	return true;
}
