// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The fixed points of constants.h, for those who are not part of an engine.
 */
#include "generators.h"
#include "constants.h"

const struct bls_g1 bls_generator_g1 = G1_GENERATOR;
const struct bls_g2 bls_generator_g2 = G2_GENERATOR;
const struct bls_g1 bls_generator_pedersen = G1_PEDERSEN;
