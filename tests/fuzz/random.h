/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A seeded generator: the same seed gives the same choices in each thread.
 * (Not the same run: threads race, that is what they are for.)
 */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *r);

/* 0..n-1; n > 0 */
uint64_t rng_below(struct rng *r, uint64_t n);

/* True once in n times. */
int rng_one_in(struct rng *r, uint64_t n);

void rng_bytes(struct rng *r, void *to, size_t len);

/* A number of the kind that breaks things: near powers of two, signs, pointers. */
uint64_t rng_odd_number(struct rng *r);

/* Flip, set, add or overwrite a few bytes. */
void rng_mutate(struct rng *r, void *what, size_t len);

#endif
