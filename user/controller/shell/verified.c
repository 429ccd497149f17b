// SPDX-License-Identifier: GPL-2.0
#include "verified.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct verified {
	unsigned int places;
	uint8_t digest[][SHA256_DIGEST_LENGTH];
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
	uint8_t all[sizeof(number) + SHA256_DIGEST_LENGTH + KEY_SIG_LEN];
	uint8_t digest[SHA256_DIGEST_LENGTH], *place;
	uint32_t at;

	memcpy(all, &number, sizeof(number));
	SHA256(bytes, len, all + sizeof(number));
	memcpy(all + sizeof(number) + SHA256_DIGEST_LENGTH, sig, KEY_SIG_LEN);
	SHA256(all, sizeof(all), digest);
	memcpy(&at, digest, sizeof(at));
	place = v->digest[at & (v->places - 1)];
	if (!memcmp(place, digest, sizeof(digest)))
		return true;
	if (!key_verify(key, bytes, len, sig))
		return false;
	memcpy(place, digest, sizeof(digest));
	return true;
}
