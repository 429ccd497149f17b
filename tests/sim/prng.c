// SPDX-License-Identifier: GPL-2.0
#include "prng.h"

#include <string.h>

static uint64_t rol(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void prng_seed(struct prng *p, uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		p->s[i] = splitmix(&seed);
}

uint64_t prng_next(struct prng *p)
{
	uint64_t *s = p->s, out = rol(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rol(s[3], 45);
	return out;
}

uint64_t prng_below(struct prng *p, uint64_t n)
{
	return (uint64_t)((unsigned __int128)prng_next(p) * n >> 64);
}

uint64_t prng_range(struct prng *p, uint64_t low, uint64_t high)
{
	return low + prng_below(p, high - low + 1);
}

bool prng_chance(struct prng *p, uint32_t ppm)
{
	if (!ppm || ppm >= MILLION)
		return ppm;
	return prng_below(p, MILLION) < ppm;
}

void prng_fill(struct prng *p, uint8_t *out, size_t len)
{
	uint64_t x;
	size_t some;

	for (; len; out += some, len -= some) {
		x = prng_next(p);
		some = len < 8 ? len : 8;
		memcpy(out, &x, some);
	}
}

uint64_t mix64(uint64_t a, uint64_t b)
{
	unsigned __int128 x = (unsigned __int128)(a ^ 0xa0761d6478bd642f) *
			      (b ^ 0xe7037ed1a0b428db);

	return (uint64_t)x ^ (uint64_t)(x >> 64) ^ rol(a, 23) ^ b;
}

uint64_t mix_bytes(uint64_t key, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	uint64_t h = mix64(key, len), x;

	for (; len >= 8; in += 8, len -= 8) {
		memcpy(&x, in, 8);
		h = mix64(h, x);
	}
	x = 0;
	if (len)
		memcpy(&x, in, len);
	return mix64(h, x);
}
