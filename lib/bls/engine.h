/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The engine: all arithmetic on curves and pairings behind one const table, so
 * that it can be compiled more than once (engine.c for any machine,
 * engine_adx.c with the assembly of fp_x86.h) and chosen at run time without
 * a variable.  The table is in the caller's scratch; protocols (sign.c,
 * verify.c, ...) are compiled once and know points only through it.
 *
 * Private to lib/bls and its tests.
 */
#ifndef BLS_ENGINE_H
#define BLS_ENGINE_H

#include "limb.h"

struct fp6 {
	struct bls_fp2 c[3];
};

struct fp12 {
	struct fp6 c[2];
};

/* What functions of Fp12 need on the side */
struct fp12_tmp {
	struct fp6 s, t;
};

/* and those that compute lines */
struct line_tmp {
	struct bls_fp2 a, b, c, d, e, g, h;
	struct fp12_tmp fp12;
};

struct g1p {
	struct bls_fp x, y, z;
};

struct g2p {
	struct bls_fp2 x, y, z;
};

/* A point of G1 as the Miller loop wants it: (x/y, 1/y) */
struct g1_over_y {
	struct bls_fp x, one;
};

/* Signed digits, odd or zero, of a scalar; digit i counts 2^i */
struct naf {
	int8_t digit[257];
};

enum {
	BLS_INDEX_BITS = 8,	/* holds BLS_PARTIES_MAX */
	g1_STRAUS_MAX = 8,	/* points added up together */
	g2_STRAUS_MAX = 4,
	MSM_WIDTH_MAX = 6,	/* bits of batch scalars taken at a time */
	MSM_SCALAR_LEN = 18,	/* 132 bits and room to read two bytes */
};

/* Temporaries that are too large for a kernel stack.  Nothing in here lives
 * longer than one call.
 */
struct bls_space {
	union {
		struct {
			struct fp12 f, t[3];
			struct g2p q;
			struct line_tmp tmp;
		} pairing;
		struct {
			struct g1p sum, straus[g1_STRAUS_MAX][8], table[16];
			struct naf naf[g1_STRAUS_MAX];
		} g1;
		struct {
			struct g2p sum, straus[g2_STRAUS_MAX][8], table[16];
			struct naf naf[g2_STRAUS_MAX];
		} g2;
	};
	/* what protocols keep while engine functions run */
	struct bls_fr fr[BLS_PARTIES_MAX];
	union {
		const struct bls_g1 *point[BLS_PARTIES_MAX];
		const struct bls_g2 *key[BLS_PARTIES_MAX];
	};
	unsigned int index[BLS_PARTIES_MAX];
};

/* The same for batches */
struct bls_batch_space {
	struct bls_g1 sig[BLS_BATCH_MAX], hash[BLS_BATCH_MAX];
	struct bls_fp z[BLS_BATCH_MAX], prefix[BLS_BATCH_MAX];
	uint8_t scalar[BLS_BATCH_MAX][MSM_SCALAR_LEN];	/* little-endian */
	struct g1p bucket[1 << (MSM_WIDTH_MAX - 1)];
	struct g1p sig_sum, hash_sum;
};

/* Points in and out are affine, on their curve, and never infinity: what can
 * come to infinity returns BLS_EINFINITY instead.  Scalars are plain integers
 * below r (struct bls_fr out of Montgomery form: bls_fr_to_int()).
 */
struct bls_engine {
	const char *name;

	enum bls_err (*g1_decode)(struct bls_g1 *r, const uint8_t in[48]);
	enum bls_err (*g2_decode)(struct bls_g2 *r, const uint8_t in[96]);
	void (*g1_encode)(uint8_t out[48], const struct bls_g1 *a);
	void (*g2_encode)(uint8_t out[96], const struct bls_g2 *a);

	/* constant time in k */
	enum bls_err (*g1_mul)(struct bls_g1 *r, const struct bls_g1 *a,
			       const struct bls_fr *k, struct bls_space *s);
	enum bls_err (*g2_mul)(struct bls_g2 *r, const struct bls_g2 *a,
			       const struct bls_fr *k, struct bls_space *s);

	/* sums; variable time */
	enum bls_err (*g1_sum)(struct bls_g1 *r, const struct bls_g1 *const a[],
			       unsigned int n);
	enum bls_err (*g2_sum)(struct bls_g2 *r, const struct bls_g2 *const a[],
			       unsigned int n);
	enum bls_err (*g1_lincomb)(struct bls_g1 *r,
				   const struct bls_g1 *const a[],
				   const struct bls_fr *k, unsigned int n,
				   struct bls_space *s);
	enum bls_err (*g2_lincomb)(struct bls_g2 *r,
				   const struct bls_g2 *const a[],
				   const struct bls_fr *k, unsigned int n,
				   struct bls_space *s);
	enum bls_err (*g1_poly_eval)(struct bls_g1 *r, const struct bls_g1 *a,
				     unsigned int n, unsigned int i);
	enum bls_err (*g2_poly_eval)(struct bls_g2 *r, const struct bls_g2 *a,
				     unsigned int n, unsigned int i);

	/* hash_to_curve after expand_message: 128 bytes to a point */
	enum bls_err (*g1_map)(struct bls_g1 *r, const uint8_t uniform[128]);

	/* e(sig, G2) = e(hash, key)?  The key as a point or as its lines. */
	enum bls_err (*check)(const struct bls_g1 *sig,
			      const struct bls_g1 *hash,
			      const struct bls_g2 *key, struct bls_space *s);
	enum bls_err (*check_lines)(const struct bls_g1 *sig,
				    const struct bls_g1 *hash,
				    const struct bls_line *lines,
				    struct bls_space *s);
	void (*lines)(struct bls_line *lines, const struct bls_g2 *key);

	/* e(sig, G2) = the product of e(hash[i], key[i])?  start, n times
	 * pair, finish.
	 */
	void (*product_start)(struct bls_space *s);
	void (*product_pair)(const struct bls_g1 *hash,
			     const struct bls_g2 *key, struct bls_space *s);
	enum bls_err (*product_finish)(const struct bls_g1 *sig,
				       struct bls_space *s);

	/* batch.c: slot i of the batch, then both sums; see msm.c */
	void (*batch_put)(struct bls_batch_space *b, unsigned int i,
			  const struct bls_g1 *sig, const uint8_t uniform[128],
			  const uint8_t scalar[16]);
	enum bls_err (*batch_sum)(struct bls_g1 *sig, struct bls_g1 *hash,
				  struct bls_batch_space *b, unsigned int n);
};

extern const struct bls_engine bls_engine_portable;
#ifdef BLS_HAVE_X86
extern const struct bls_engine bls_engine_adx;
#endif

static inline struct bls_space *bls_space(struct bls_scratch *s)
{
	return (struct bls_space *)s->space;
}

static_assert(sizeof(struct bls_space) <= BLS_SCRATCH_LEN,
	      "BLS_SCRATCH_LEN is too small");
static_assert(sizeof(struct bls_batch_space) <= BLS_BATCH_LEN,
	      "BLS_BATCH_LEN is too small");

#endif
