/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the program api: api.c, threshold.c and merkle.c.
 */
#ifndef BLS_TEST_API_H
#define BLS_TEST_API_H

#include "test.h"

extern struct bls_scratch api_scratch;

/* A new key pair */
static inline void api_key(struct bls_fr *sk, struct bls_g2 *pk)
{
	uint8_t ikm[32];

	test_random(ikm, sizeof(ikm));
	if (bls_keygen(sk, ikm, sizeof(ikm), NULL, 0) ||
	    bls_sk_to_pk(pk, sk, &api_scratch))
		abort();
}

bool test_subsets(void);
bool test_every_subset(void);
bool test_combine_refusals(void);
bool test_liars(void);
bool test_dkg(void);
bool test_reshare(void);
bool test_pedersen(void);
bool test_merkle_known(void);
bool test_merkle_paths(void);

#endif
