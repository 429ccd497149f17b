// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The two sums of a batch: of z_i S_i over the signatures and of z_i H_i over
 * the hashed messages, z_i the caller's random scalars of 128 bits.
 * Part of engine.c.  Variable time: nothing here is secret, but the scalars
 * must not be known to whoever made the signatures.
 *
 * Pippenger's buckets (1976; as in Bernstein, Doumen, Lange and Oosterwijk,
 * eprint 2012/549), signed windows, wider for more points.  The cofactor is
 * cleared once, in the sum: h sum(z_i Q_i) = sum(z_i h Q_i).
 */

/* Slot i: the signature as it is, the hash still projective (z on the side)
 * and with its cofactor.
 */
static void batch_put(struct bls_batch_space *b, unsigned int i,
		      const struct bls_g1 *sig, const uint8_t uniform[128],
		      const uint8_t scalar[16])
{
	struct g1p t;

	memset(b->scalar[i], 0, sizeof(b->scalar[i]));
	memcpy(b->scalar[i], scalar, 16);
	b->sig[i] = *sig;
	map_to_curve(&t, uniform);
	b->hash[i].x = t.x;
	b->hash[i].y = t.y;
	b->z[i] = t.z;
}

/* All hashes affine with one inversion (Montgomery's trick).  One that is
 * infinity, which nobody will see, becomes (0, 0) and is left out of the sum.
 */
static void batch_affine(struct bls_batch_space *b, unsigned int n)
{
	struct bls_fp acc = fp_one, t;
	unsigned int i;

	for (i = 0; i < n; i++) {
		b->prefix[i] = acc;
		if (fp_is_zero(&b->z[i])) {
			memset(&b->hash[i], 0, sizeof(b->hash[i]));
			b->z[i] = fp_one;
		}
		fp_mul(&acc, &acc, &b->z[i]);
	}
	fp_inv(&acc, &acc);
	while (n-- > 0) {
		fp_mul(&t, &acc, &b->prefix[n]);
		fp_mul(&acc, &acc, &b->z[n]);
		fp_mul(&b->hash[n].x, &b->hash[n].x, &t);
		fp_mul(&b->hash[n].y, &b->hash[n].y, &t);
	}
}

/* The width that makes the fewest additions: n + 2^width for each window */
static unsigned int msm_width(unsigned int n)
{
	return n < 3 ? 2 : n < 8 ? 3 : n < 32 ? 4 : n < 128 ? 5 : MSM_WIDTH_MAX;
}

/* Signed digits by an offset: k is the sum of (d_w - half) 2^(w width) where
 * d_w are the plain digits of k + sum(half 2^(w width)).  ceil(130/width)
 * windows are enough for that sum for each width from 2 to 6.
 */
static void msm_offset(uint8_t scalar[MSM_SCALAR_LEN], unsigned int width)
{
	unsigned int bit, i, carry;

	for (bit = width - 1; bit < width * ((130 + width - 1) / width);
	     bit += width) {
		carry = 1u << bit % 8;
		for (i = bit / 8; carry; i++) {
			carry += scalar[i];
			scalar[i] = (uint8_t)carry;
			carry >>= 8;
		}
	}
}

static int msm_digit(const uint8_t scalar[MSM_SCALAR_LEN], unsigned int w,
		     unsigned int width)
{
	unsigned int bit = w * width, two;

	two = scalar[bit / 8] | (unsigned int)scalar[bit / 8 + 1] << 8;
	return (int)(two >> bit % 8 & ((1u << width) - 1)) -
	       (1 << (width - 1));
}

/* r = the sum of scalar_i a_i, with the offset of width in the scalars */
static void msm_vartime(struct g1p *r, const struct bls_g1 *a,
			struct bls_batch_space *b, unsigned int n,
			unsigned int width)
{
	unsigned int i, j, w;
	struct bls_g1 bls_uninit t;
	struct g1p run;
	int d;

	g1_set_infinity(r);
	for (w = (130 + width - 1) / width; w-- > 0; ) {
		for (j = 0; j < width; j++)
			g1_dbl(r, r);
		for (j = 0; j < 1u << (width - 1); j++)
			g1_set_infinity(&b->bucket[j]);
		for (i = 0; i < n; i++) {
			d = msm_digit(b->scalar[i], w, width);
			if (!d || fp_is_zero(&a[i].y))
				continue;
			t = a[i];
			if (d < 0)
				fp_neg(&t.y, &t.y);
			j = (unsigned int)(d < 0 ? -d : d) - 1;
			g1_add_mixed(&b->bucket[j], &b->bucket[j], &t);
		}
		/* sum of (j + 1) bucket[j] */
		g1_set_infinity(&run);
		for (j = 1u << (width - 1); j-- > 0; ) {
			g1_add(&run, &run, &b->bucket[j]);
			g1_add(r, r, &run);
		}
	}
}

static enum bls_err batch_sum(struct bls_g1 *sig, struct bls_g1 *hash,
			      struct bls_batch_space *b, unsigned int n)
{
	unsigned int width = msm_width(n), i;
	struct g1p t;

	batch_affine(b, n);
	for (i = 0; i < n; i++)
		msm_offset(b->scalar[i], width);
	msm_vartime(&b->sig_sum, b->sig, b, n, width);
	msm_vartime(&b->hash_sum, b->hash, b, n, width);
	g1_clear_cofactor(&t, &b->hash_sum);
	if (!g1_to_affine(sig, &b->sig_sum) || !g1_to_affine(hash, &t))
		return BLS_EINFINITY;
	return BLS_OK;
}
