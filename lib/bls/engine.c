// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * One engine: the arithmetic, compiled as one unit, so that the compiler sees
 * field operations where they are used and a second engine (engine_adx.c) can
 * have functions of the same names.  The order is that of dependence.
 */
#include "engine.h"
#include "constants.h"
#include "g2_lines.h"

#ifndef BLS_ENGINE
#define BLS_ENGINE	bls_engine_portable
#define BLS_ENGINE_NAME	"portable"
#endif

#include "fp.c"
#include "fp2.c"
#include "fp6.c"
#include "fp12.c"
#include "naf.c"

#define F(op)		fp_##op
#define C(name)		g1_##name
#define FIELD		struct bls_fp
#define POINT		struct g1p
#define AFFINE		struct bls_g1
#define SPACE		g1
#include "curve.c"
#undef F
#undef C
#undef FIELD
#undef POINT
#undef AFFINE
#undef SPACE

#define F(op)		fp2_##op
#define C(name)		g2_##name
#define FIELD		struct bls_fp2
#define POINT		struct g2p
#define AFFINE		struct bls_g2
#define SPACE		g2
#include "curve.c"

#include "g1.c"
#include "g2.c"
#include "map.c"
#include "pairing.c"
#include "msm.c"

const struct bls_engine BLS_ENGINE = {
	.name = BLS_ENGINE_NAME,
	.g1_decode = g1_decode,
	.g2_decode = g2_decode,
	.g1_encode = g1_encode,
	.g2_encode = g2_encode,
	.g1_mul = g1_mul_secret,
	.g2_mul = g2_mul_secret,
	.g1_sum = g1_sum_vartime,
	.g2_sum = g2_sum_vartime,
	.g1_lincomb = g1_lincomb_vartime,
	.g2_lincomb = g2_lincomb_vartime,
	.g1_poly_eval = g1_poly_eval_vartime,
	.g2_poly_eval = g2_poly_eval_vartime,
	.g1_map = g1_map,
	.check = check,
	.check_lines = check_lines,
	.lines = lines,
	.product_start = product_start,
	.product_pair = product_pair,
	.product_finish = product_finish,
	.batch_put = batch_put,
	.batch_sum = batch_sum,
};
