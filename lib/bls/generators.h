/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Fixed points that protocols multiply.  Private to lib/bls.
 */
#ifndef BLS_GENERATORS_H
#define BLS_GENERATORS_H

#include "limb.h"

extern const struct bls_g1 bls_generator_g1;
extern const struct bls_g2 bls_generator_g2;
/* The second generator of Pedersen commitments; see bls_pedersen_commit() */
extern const struct bls_g1 bls_generator_pedersen;

#endif
