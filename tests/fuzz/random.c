// SPDX-License-Identifier: GPL-2.0
#include "random.h"

/* splitmix64, Steele, Lea and Flood 2014 */
uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	return rng_next(r) % n;
}

int rng_one_in(struct rng *r, uint64_t n)
{
	return rng_below(r, n) == 0;
}

void rng_bytes(struct rng *r, void *to, size_t len)
{
	unsigned char *p = to;

	while (len--)
		*p++ = (unsigned char)rng_next(r);
}

uint64_t rng_odd_number(struct rng *r)
{
	switch (rng_below(r, 7)) {
	case 0:
		return rng_below(r, 16);
	case 1:
		return (1ULL << rng_below(r, 64)) - 1 + rng_below(r, 3);
	case 2:
		return -(uint64_t)rng_below(r, 70);
	case 3:
		return 0xffff888000000000ULL + rng_below(r, 1 << 20);
	case 4:
		return 0x00007ffffffff000ULL - rng_below(r, 64);
	case 5:
		return 4090 + rng_below(r, 12);
	default:
		return rng_next(r);
	}
}

void rng_mutate(struct rng *r, void *what, size_t len)
{
	unsigned char *p = what;
	uint64_t n = 1 + rng_below(r, 3);

	while (n--) {
		size_t at = rng_below(r, len);
		uint32_t word = (uint32_t)rng_odd_number(r);

		switch (rng_below(r, 4)) {
		case 0:
			p[at] ^= 1u << rng_below(r, 8);
			break;
		case 1:
			p[at] = (unsigned char)rng_next(r);
			break;
		case 2:
			p[at] += (unsigned char)(rng_below(r, 33) - 16);
			break;
		default:	/* a whole aligned word */
			at &= ~(size_t)3;
			for (size_t i = 0; i < 4 && at + i < len; i++)
				p[at + i] = (unsigned char)(word >> 8 * i);
		}
	}
}
