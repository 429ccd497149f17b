// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Signed windows of a scalar, width 5: every digit is zero or odd in
 * [-15, 15], and of five in a row at most one is not zero (HAC 14.7 and
 * Solinas).  Part of engine.c.  Variable time: for public scalars only.
 */

/* k is a plain integer below 2^256.  Returns how many digits there are. */
static unsigned int naf_from_fr_vartime(struct naf *naf, const struct bls_fr *k)
{
	unsigned int i, j, bit, carry = 0, top = 0;
	int d;

	memset(naf, 0, sizeof(*naf));
	for (i = 0; i < 257; i++) {
		bit = i < 256 ? k->v[i / BLS_LIMB_BITS] >> i % BLS_LIMB_BITS & 1
			      : 0;
		if (bit == carry)	/* the rest is even here */
			continue;
		d = (int)carry;
		for (j = 0; j < 5 && i + j < 256; j++)
			d += (int)(k->v[(i + j) / BLS_LIMB_BITS] >>
				   (i + j) % BLS_LIMB_BITS & 1) << j;
		carry = d > 16;
		if (carry)
			d -= 32;
		naf->digit[i] = (int8_t)d;
		top = i + 1;
		i += 4;
	}
	return top;
}
