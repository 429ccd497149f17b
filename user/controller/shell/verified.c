// SPDX-License-Identifier: GPL-2.0
#include "verified.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/bls/sha256.h"

enum { DIGEST_LEN = 32 };

struct verified {
	unsigned int places;
	uint8_t digest[][DIGEST_LEN];
};

struct verified *verified_create(unsigned int places)
{
	struct verified *v;

	assert(places && !(places & (places - 1)));
	v = calloc(1, sizeof(*v) + places * sizeof(v->digest[0]));
	if (v)
		v->places = places;
	return v;
}

void verified_free(struct verified *v)
{
	free(v);
}

bool verified_check(struct verified *v, uint32_t number, struct key *key,
		    const uint8_t *bytes, size_t len,
		    const uint8_t sig[KEY_SIG_LEN])
{
	uint8_t digest[DIGEST_LEN], *place;
	struct bls_sha256 s;
	uint32_t at;

	/* Key and signature have one length each, so that nothing else reads the same. */
	bls_sha256_init(&s);
	bls_sha256_update(&s, (const uint8_t *)&number, sizeof(number));
	bls_sha256_update(&s, sig, KEY_SIG_LEN);
	bls_sha256_update(&s, bytes, len);
	bls_sha256_final(&s, digest);
	memcpy(&at, digest, sizeof(at));
	place = v->digest[at & (v->places - 1)];
	if (!memcmp(place, digest, sizeof(digest)))
		return true;
	if (!key_verify(key, bytes, len, sig))
		return false;
	memcpy(place, digest, sizeof(digest));
	return true;
}
