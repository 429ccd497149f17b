// SPDX-License-Identifier: GPL-2.0
/*
 * bench-blst: what blst needs for our ciphersuite, minimal signature size.
 *
 * Native calls without a binding between, one core.  Lines `name us`; the
 * median, per signature where a call handles many.  Compiled twice: with
 * blst's assembly and, as bench-blst-c, from its C only.
 */
#include <stdbool.h>
#include <string.h>

#include "bench.h"
#include "blst.h"

enum {
	BATCH_MAX = 256,
	MSG_BYTES = 64,
	COMBINE_MAX = 10,
	PAIRING_BYTES_MAX = 8192,
};

static const char DST[] = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
#define TAG (const byte *)DST, sizeof(DST) - 1

static struct {
	blst_scalar sk;
	byte msg[BATCH_MAX][MSG_BYTES];
	byte sig[BATCH_MAX][48];
	byte pk[96];
	byte factor[BATCH_MAX][8];	/* of the random linear combination */
	blst_p2_affine key;		/* decoded and checked */
	blst_fp6 key_lines[68], gen_lines[68];
	blst_p1_affine share[COMBINE_MAX];
	blst_scalar lambda[COMBINE_MAX];
} d;

static blst_p1 hash(int i)
{
	blst_p1 out;

	blst_hash_to_g1(&out, d.msg[i], MSG_BYTES, TAG, NULL, 0);
	return out;
}

static int hash_to_g1(void *arg)
{
	blst_p1 point = hash(0);

	(void)arg;
	return !blst_p1_is_inf(&point);
}

static int sign(void *arg)
{
	blst_p1 point = hash(0), sig;

	(void)arg;
	blst_sign_pk_in_g2(&sig, &point, &d.sk);
	blst_p1_compress(d.sig[0], &sig);
	return 1;
}

static int sk_to_pk(void *arg)
{
	blst_p2 pk;

	(void)arg;
	blst_sk_to_pk_in_g2(&pk, &d.sk);
	blst_p2_compress(d.pk, &pk);
	return 1;
}

static bool decode_sig(int i, blst_p1_affine *sig)
{
	return !blst_p1_uncompress(sig, d.sig[i]) &&
	       !blst_p1_affine_is_inf(sig) && blst_p1_affine_in_g1(sig);
}

static bool decode_key(blst_p2_affine *key)
{
	return !blst_p2_uncompress(key, d.pk) &&
	       !blst_p2_affine_is_inf(key) && blst_p2_affine_in_g2(key);
}

static int g1_decode(void *arg)
{
	blst_p1_affine sig;

	(void)arg;
	return decode_sig(0, &sig);
}

static int g2_decode(void *arg)
{
	blst_p2_affine key;

	(void)arg;
	return decode_key(&key);
}

/* Key and signature from their bytes; the call checks the groups of both. */
static int verify_wire(void *arg)
{
	blst_p1_affine sig;
	blst_p2_affine key;

	(void)arg;
	return !blst_p2_uncompress(&key, d.pk) &&
	       !blst_p1_uncompress(&sig, d.sig[0]) &&
	       !blst_core_verify_pk_in_g2(&key, &sig, true, d.msg[0],
					  MSG_BYTES, TAG, NULL, 0);
}

/* The same, but for the key: that has been decoded and checked before. */
static int verify_known_key(void *arg)
{
	static uint64_t ctx[PAIRING_BYTES_MAX / sizeof(uint64_t)];
	blst_pairing *pairing = (blst_pairing *)ctx;
	blst_p1_affine sig;

	(void)arg;
	if (blst_pairing_sizeof() > sizeof(ctx) ||
	    blst_p1_uncompress(&sig, d.sig[0]))
		return 0;
	blst_pairing_init(pairing, true, TAG);
	if (blst_pairing_chk_n_aggr_pk_in_g2(pairing, &d.key, false, &sig,
					     true, d.msg[0], MSG_BYTES, NULL,
					     0))
		return 0;
	blst_pairing_commit(pairing);
	return blst_pairing_finalverify(pairing, NULL);
}

/* Lines of the key and of the generator are there already. */
static int verify_lines(void *arg)
{
	blst_p1_affine sig, msg;
	blst_p1 point = hash(0);
	blst_fp12 left, right;

	(void)arg;
	if (!decode_sig(0, &sig))
		return 0;
	blst_p1_to_affine(&msg, &point);
	blst_miller_loop_lines(&left, d.gen_lines, &sig);
	blst_miller_loop_lines(&right, d.key_lines, &msg);
	return blst_fp12_finalverify(&left, &right);
}

/* n signatures under one key: e(sum r s, g) = e(sum r H(m), pk). */
static int batch_one_key(void *arg)
{
	static blst_p1 point[BATCH_MAX];
	static blst_p1_affine sig[BATCH_MAX], msg[BATCH_MAX];
	static uint64_t scratch[1 << 17];
	const blst_p1 *points[2] = { point, NULL };
	const blst_p1_affine *sigs[2] = { sig, NULL }, *msgs[2] = { msg, NULL };
	const byte *factors[2] = { d.factor[0], NULL };
	blst_p1 sum_sig, sum_msg;
	blst_p1_affine a, b;
	blst_fp12 left, right;
	int n = *(int *)arg, i;

	for (i = 0; i < n; i++) {
		if (!decode_sig(i, &sig[i]))
			return 0;
		point[i] = hash(i);
	}
	blst_p1s_to_affine(msg, points, (size_t)n);
	if (blst_p1s_mult_pippenger_scratch_sizeof((size_t)n) >
	    sizeof(scratch))
		return 0;
	blst_p1s_mult_pippenger(&sum_sig, sigs, (size_t)n, factors, 64,
				scratch);
	blst_p1s_mult_pippenger(&sum_msg, msgs, (size_t)n, factors, 64,
				scratch);
	blst_p1_to_affine(&a, &sum_sig);
	blst_p1_to_affine(&b, &sum_msg);
	blst_miller_loop_lines(&left, d.gen_lines, &a);
	blst_miller_loop_lines(&right, d.key_lines, &b);
	return blst_fp12_finalverify(&left, &right);
}

/* t shares, already decoded, each times a 255-bit coefficient. */
static int combine(void *arg)
{
	blst_p1 sum = { 0 }, part;
	byte out[48];
	int t = *(int *)arg, i;

	for (i = 0; i < t; i++) {
		blst_p1_from_affine(&part, &d.share[i]);
		blst_p1_mult(&part, &part, d.lambda[i].b, 255);
		blst_p1_add_or_double(&sum, &sum, &part);
	}
	blst_p1_compress(out, &sum);
	return 1;
}

static void setup(void)
{
	byte ikm[32];
	blst_p1 point, sig;
	int i, j;

	memset(ikm, 7, sizeof(ikm));
	blst_keygen(&d.sk, ikm, sizeof(ikm), NULL, 0);
	sk_to_pk(NULL);
	for (i = 0; i < BATCH_MAX; i++) {
		for (j = 0; j < MSG_BYTES; j++)
			d.msg[i][j] = (byte)(i + j);
		for (j = 0; j < 8; j++)
			d.factor[i][j] = (byte)(37 * i + 101 * j + 1);
		point = hash(i);
		blst_sign_pk_in_g2(&sig, &point, &d.sk);
		blst_p1_compress(d.sig[i], &sig);
	}
	if (!decode_key(&d.key))
		exit(1);
	blst_precompute_lines(d.key_lines, &d.key);
	blst_precompute_lines(d.gen_lines, blst_p2_affine_generator());
	for (i = 0; i < COMBINE_MAX; i++) {
		ikm[0] = (byte)i;
		blst_keygen(&d.lambda[i], ikm, sizeof(ikm), NULL, 0);
		if (!decode_sig(i, &d.share[i]))
			exit(1);
	}
}

int main(void)
{
	int one = 1, few = 16, many = BATCH_MAX, three = 3, seven = 7;

	setup();
	d.msg[0][0] ^= 1;
	if (verify_wire(NULL) || verify_known_key(NULL) ||
	    verify_lines(NULL) || batch_one_key(&many)) {
		fprintf(stderr, "bench-blst: accepts a wrong message\n");
		return 1;
	}
	d.msg[0][0] ^= 1;

	bench("blst-hash-to-g1", hash_to_g1, NULL, 1);
	bench("blst-sign", sign, NULL, 1);
	bench("blst-sk-to-pk", sk_to_pk, NULL, 1);
	bench("blst-g1-decode", g1_decode, NULL, 1);
	bench("blst-g2-decode", g2_decode, NULL, 1);
	bench("blst-verify-wire", verify_wire, NULL, 1);
	bench("blst-verify-known-key", verify_known_key, NULL, 1);
	bench("blst-verify-lines", verify_lines, NULL, 1);
	bench("blst-combine-3", combine, &three, 1);
	bench("blst-combine-7", combine, &seven, 1);
	bench("blst-batch-1", batch_one_key, &one, 1);
	bench("blst-batch-16", batch_one_key, &few, few);
	bench("blst-batch-256", batch_one_key, &many, many);
	return 0;
}
