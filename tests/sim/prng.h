/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one source of chance of a simulation: xoshiro256**, seeded by splitmix64
 * (Blackman and Vigna).  Equal seeds give equal worlds; nothing else may decide.
 */
#ifndef SIM_PRNG_H
#define SIM_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t s[4];
};

enum { MILLION = 1000000 };

void prng_seed(struct prng *p, uint64_t seed);
uint64_t prng_next(struct prng *p);

/* 0 .. n - 1; n > 0 */
uint64_t prng_below(struct prng *p, uint64_t n);

/* low .. high */
uint64_t prng_range(struct prng *p, uint64_t low, uint64_t high);

/* true @ppm times in a million.  0 and a million take no number. */
bool prng_chance(struct prng *p, uint32_t ppm);

void prng_fill(struct prng *p, uint8_t *out, size_t len);

/* Not for secrets: mixes, for checksums of the simulation's own. */
uint64_t mix64(uint64_t a, uint64_t b);
uint64_t mix_bytes(uint64_t key, const void *bytes, size_t len);

#endif
