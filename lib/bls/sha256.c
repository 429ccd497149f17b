// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * SHA-256 as FIPS 180-4 writes it, for user space.  Constant time: keys are
 * made with it.
 */
#include "port.h"

static const uint32_t sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t ror32(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static inline uint32_t load32(const uint8_t *in)
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 |
	       (uint32_t)in[2] << 8 | in[3];
}

/* One round; the eight words change places by their names. */
#define ROUND(a, b, c, d, e, f, g, h, i)				\
	do {								\
		uint32_t t = h + (ror32(e, 6) ^ ror32(e, 11) ^		\
				  ror32(e, 25)) +			\
			     (g ^ (e & (f ^ g))) + sha256_k[i] + w[(i) & 15]; \
									\
		d += t;							\
		h = t + (ror32(a, 2) ^ ror32(a, 13) ^ ror32(a, 22)) +	\
		    ((a & b) | (c & (a | b)));				\
	} while (0)

static void sha256_block(uint32_t state[8], const uint8_t *in)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[16], x, y;
	unsigned int i, j;

	for (i = 0; i < 16; i++)
		w[i] = load32(in + 4 * i);
	for (i = 0; i < 64; i += 8) {
		for (j = i; i >= 16 && j < i + 8; j++) {
			x = w[(j + 1) & 15];
			y = w[(j + 14) & 15];
			w[j & 15] += w[(j + 9) & 15] +
				     (ror32(x, 7) ^ ror32(x, 18) ^ x >> 3) +
				     (ror32(y, 17) ^ ror32(y, 19) ^ y >> 10);
		}
		ROUND(a, b, c, d, e, f, g, h, i);
		ROUND(h, a, b, c, d, e, f, g, i + 1);
		ROUND(g, h, a, b, c, d, e, f, i + 2);
		ROUND(f, g, h, a, b, c, d, e, i + 3);
		ROUND(e, f, g, h, a, b, c, d, i + 4);
		ROUND(d, e, f, g, h, a, b, c, i + 5);
		ROUND(c, d, e, f, g, h, a, b, i + 6);
		ROUND(b, c, d, e, f, g, h, a, i + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void bls_sha256_init(struct bls_sha256 *s)
{
	static const uint32_t h[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(s->h, h, sizeof(h));
	s->len = 0;
}

void bls_sha256_update(struct bls_sha256 *s, const uint8_t *in, size_t len)
{
	size_t have = s->len % 64, n;

	s->len += len;
	if (have) {
		n = len < 64 - have ? len : 64 - have;
		memcpy(s->block + have, in, n);
		in += n;
		len -= n;
		if (have + n < 64)
			return;
		sha256_block(s->h, s->block);
	}
	for (; len >= 64; in += 64, len -= 64)
		sha256_block(s->h, in);
	if (len)
		memcpy(s->block, in, len);
}

void bls_sha256_final(struct bls_sha256 *s, uint8_t out[32])
{
	size_t have = s->len % 64;
	uint64_t bits = s->len * 8;
	unsigned int i;

	s->block[have++] = 0x80;
	if (have > 56) {
		memset(s->block + have, 0, 64 - have);
		sha256_block(s->h, s->block);
		have = 0;
	}
	memset(s->block + have, 0, 56 - have);
	for (i = 0; i < 8; i++)
		s->block[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_block(s->h, s->block);
	for (i = 0; i < 32; i++)
		out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
	bls_memzero(s, sizeof(*s));
}
