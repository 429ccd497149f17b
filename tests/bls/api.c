// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of bls.h, on every engine that this machine has: known answers, one
 * signer, aggregates, malformed bytes, batches.  threshold.c has the rest.
 */
#include "api.h"

struct bls_scratch api_scratch;

static const uint8_t msg[] = "a message";

/* EIP-2333 test case 0: its master key derivation is KeyGen of the draft. */
static bool test_keygen(void)
{
	uint8_t seed[64], out[32];
	struct bls_fr sk;
	size_t n;

	n = test_hex(seed, "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e"
			   "9efa3708e53495531f09a6987599d18264c1e1c92f2cf141"
			   "630c7a3c4ab7c81b2f001698e7463b04");
	ASK(n == 64);
	ASK(!bls_keygen(&sk, seed, n, NULL, 0));
	bls_sk_encode(out, &sk);
	ASK(test_is_hex(out, "0d7359d57963ab8fbbde1852dcf553fedbc31f464d80ee7d"
			     "40ae683122b45070"));
	ASK(bls_keygen(&sk, seed, BLS_IKM_MIN - 1, NULL, 0) == BLS_ELENGTH);
	ASK(!bls_keygen(&sk, seed, BLS_IKM_MIN, msg, 3));
	return true;
}

static bool test_scalars(void)
{
	static const char r[] = "73eda753299d7d483339d80809a1d805"
				"53bda402fffe5bfeffffffff00000001";
	uint8_t in[32], out[32];
	struct bls_fr sk;

	test_hex(in, r);
	ASK(bls_sk_decode(&sk, in, 32) == BLS_ESCALAR);
	in[31]--;		/* r - 1 */
	ASK(!bls_sk_decode(&sk, in, 32));
	bls_sk_encode(out, &sk);
	ASK(!memcmp(in, out, 32));
	ASK(bls_sk_decode(&sk, in, 31) == BLS_ELENGTH);
	ASK(bls_sk_decode(&sk, in, 33) == BLS_ELENGTH);
	memset(in, 0, 32);
	ASK(bls_sk_decode(&sk, in, 32) == BLS_ESCALAR);
	memset(in, 0xff, 32);
	ASK(bls_sk_decode(&sk, in, 32) == BLS_ESCALAR);
	return true;
}

/* The generators, as everybody writes them */
static bool test_generators(void)
{
	static const char g2[] =
		"93e02b6052719f607dacd3a088274f65596bd0d09920b61a"
		"b5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
		"024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02"
		"b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8";
	static const char g1[] =
		"97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905"
		"a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
	uint8_t in[96], out[96], one[32] = { 0 };
	struct bls_fr sk;
	struct bls_g2 pk, again;
	struct bls_g1 sig;

	one[31] = 1;
	ASK(!bls_sk_decode(&sk, one, 32));
	ASK(!bls_sk_to_pk(&pk, &sk, &api_scratch));
	bls_pk_encode(out, &pk, &api_scratch);
	ASK(test_is_hex(out, g2));
	test_hex(in, g2);
	ASK(!bls_pk_decode_vartime(&again, in, 96, &api_scratch));
	ASK(bls_pk_equal(&pk, &again));
	test_hex(in, g1);
	ASK(!bls_sig_decode_vartime(&sig, in, 48, &api_scratch));
	bls_sig_encode(out, &sig, &api_scratch);
	ASK(test_is_hex(out, g1));
	return true;
}

/* drand "quicknet", scheme bls-unchained-g1-rfc9380, round 1000: the message
 * is SHA-256 of the round number, our suite NUL.
 */
static bool test_drand(void)
{
	static const uint8_t round[8] = { 0, 0, 0, 0, 0, 0, 0x03, 0xe8 };
	uint8_t key[96], sig[48], digest[32];
	struct bls_sha256 h;
	struct bls_g2 pk;

	test_hex(key, "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911f"
		      "b90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
		      "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809"
		      "bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a");
	test_hex(sig, "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b1957"
		      "6350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39");
	bls_sha256_init(&h);
	bls_sha256_update(&h, round, 8);
	bls_sha256_final(&h, digest);
	ASK(!bls_pk_decode_vartime(&pk, key, 96, &api_scratch));
	ASK(!bls_verify_vartime(&pk, BLS_SUITE_NUL, digest, 32, sig, 48,
				&api_scratch));
	digest[0] ^= 1;
	ASK(bls_verify_vartime(&pk, BLS_SUITE_NUL, digest, 32, sig, 48,
			       &api_scratch) == BLS_EMISMATCH);
	return true;
}

static bool test_sign_and_verify(void)
{
	struct bls_scratch *s = &api_scratch;
	static struct bls_prepared prepared;
	uint8_t sig[48], bad[48];
	struct bls_fr sk;
	struct bls_g2 pk, other;
	struct bls_g1 point;
	unsigned int bit, flips = 0;
	enum bls_err err;

	api_key(&sk, &other);
	api_key(&sk, &pk);
	bls_pk_prepare(&prepared, &pk, s);
	ASK(!bls_sign(&point, &sk, BLS_SUITE_NUL, msg, sizeof(msg), s));
	bls_sig_encode(sig, &point, s);
	ASK(!bls_verify_vartime(&pk, BLS_SUITE_NUL, msg, sizeof(msg), sig, 48,
				s));
	ASK(!bls_verify_prepared_vartime(&prepared, BLS_SUITE_NUL, msg,
					 sizeof(msg), sig, 48, s));
	/* the wrong key, message, suite */
	ASK(bls_verify_vartime(&other, BLS_SUITE_NUL, msg, sizeof(msg), sig,
			       48, s) == BLS_EMISMATCH);
	ASK(bls_verify_vartime(&pk, BLS_SUITE_NUL, msg, sizeof(msg) - 1, sig,
			       48, s) == BLS_EMISMATCH);
	ASK(bls_verify_vartime(&pk, BLS_SUITE_POP, msg, sizeof(msg), sig, 48,
			       s) == BLS_EMISMATCH);
	ASK(bls_verify_prepared_vartime(&prepared, BLS_SUITE_NUL, msg, 2, sig,
					48, s) == BLS_EMISMATCH);
	ASK(bls_verify_vartime(&pk, BLS_SUITE_NUL, msg, sizeof(msg), sig, 47,
			       s) == BLS_ELENGTH);
	/* every bit */
	for (bit = 0; bit < 48 * 8; bit++, flips++) {
		memcpy(bad, sig, 48);
		bad[bit / 8] ^= 1u << bit % 8;
		err = bls_verify_vartime(&pk, BLS_SUITE_NUL, msg, sizeof(msg),
					 bad, 48, s);
		ASK(err != BLS_OK);
		ASK(err == BLS_EMISMATCH || err == BLS_EFLAGS ||
		    err == BLS_ERANGE || err == BLS_ECURVE ||
		    err == BLS_ESUBGROUP);
	}
	ASK(flips == 384);
	/* the empty message */
	ASK(!bls_sign(&point, &sk, BLS_SUITE_NUL, NULL, 0, s));
	bls_sig_encode(sig, &point, s);
	ASK(!bls_verify_vartime(&pk, BLS_SUITE_NUL, NULL, 0, sig, 48, s));
	return true;
}

/* Both groups have the same flags; len is 48 or 96. */
static enum bls_err decode(const uint8_t *in, size_t len)
{
	struct bls_g1 a;
	struct bls_g2 b;

	return len % 96 > 47 && len < 90 ?
		bls_sig_decode_vartime(&a, in, len, &api_scratch) :
		bls_pk_decode_vartime(&b, in, len, &api_scratch);
}

static bool test_malformed(size_t len)
{
	static const char p[] =
		"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
		"6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
	uint8_t in[96] = { 0 }, good[96];
	struct bls_fr sk;
	struct bls_g2 pk;
	struct bls_g1 sig;

	in[0] = 0xc0;
	ASK(decode(in, len) == BLS_EINFINITY);
	in[0] = 0xe0;			/* infinity with a sign */
	ASK(decode(in, len) == BLS_EFLAGS);
	in[0] = 0xc0;
	in[len - 1] = 1;		/* infinity and a coordinate */
	ASK(decode(in, len) == BLS_EFLAGS);
	in[len - 1] = 0;
	in[0] = 0x40;			/* not compressed */
	ASK(decode(in, len) == BLS_EFLAGS);
	in[0] = 0;
	ASK(decode(in, len) == BLS_EFLAGS);
	in[0] = 0x20;
	ASK(decode(in, len) == BLS_EFLAGS);
	/* p in each coordinate */
	memset(in, 0, sizeof(in));
	test_hex(in, p);
	in[0] |= 0x80;
	ASK(decode(in, len) == BLS_ERANGE);
	in[0] |= 0x20;
	ASK(decode(in, len) == BLS_ERANGE);
	memset(in, 0, sizeof(in));
	test_hex(in + len - 48, p);
	in[0] |= 0x80;
	ASK(decode(in, len) == BLS_ERANGE);
	memset(in, 0xff, sizeof(in));
	in[0] = 0x9f;
	ASK(decode(in, len) == BLS_ERANGE);
	if (len == 48) {
		/* x = 0: (0, 2), of order 3; x = 1: 5 is no square */
		memset(in, 0, sizeof(in));
		in[0] = 0x80;
		ASK(decode(in, len) == BLS_ESUBGROUP);
		in[47] = 1;
		ASK(decode(in, len) == BLS_ECURVE);
	}
	api_key(&sk, &pk);
	bls_sign(&sig, &sk, BLS_SUITE_NUL, msg, 1, &api_scratch);
	if (len == 48)
		bls_sig_encode(good, &sig, &api_scratch);
	else
		bls_pk_encode(good, &pk, &api_scratch);
	ASK(decode(good, len) == BLS_OK);
	good[0] ^= 0x20;		/* the other root */
	ASK(decode(good, len) == BLS_OK);
	good[0] ^= 0x80;
	ASK(decode(good, len) == BLS_EFLAGS);
	for (len--; len > 0; len--)	/* truncated */
		ASK(len == 48 || decode(good, len) == BLS_ELENGTH);
	return true;
}

static bool test_pop(void)
{
	struct bls_scratch *s = &api_scratch;
	struct bls_fr sk;
	struct bls_g2 pk, other;
	struct bls_g1 proof;
	uint8_t bytes[48], key[96];

	api_key(&sk, &other);
	api_key(&sk, &pk);
	ASK(!bls_pop_prove(&proof, &sk, s));
	bls_sig_encode(bytes, &proof, s);
	ASK(!bls_pop_verify_vartime(&pk, bytes, 48, s));
	ASK(bls_pop_verify_vartime(&other, bytes, 48, s) == BLS_EMISMATCH);
	/* a signature of the key is no proof */
	bls_pk_encode(key, &pk, s);
	bls_sign(&proof, &sk, BLS_SUITE_POP, key, 96, s);
	bls_sig_encode(bytes, &proof, s);
	ASK(bls_pop_verify_vartime(&pk, bytes, 48, s) == BLS_EMISMATCH);
	return true;
}

static bool test_aggregate(void)
{
	enum { N = 5 };
	struct bls_scratch *s = &api_scratch;
	const struct bls_g1 *ps[N];
	const struct bls_g2 *pk[N];
	struct bls_fr sk[N];
	struct bls_g2 key[N], neg[2];
	struct bls_g1 sig[N], sum;
	struct bls_item item[N];
	uint8_t text[N], bytes[48], minus[32];
	unsigned int i;

	for (i = 0; i < N; i++) {
		api_key(&sk[i], &key[i]);
		text[i] = (uint8_t)i;
		item[i] = (struct bls_item){ &text[i], 1, NULL };
		pk[i] = &key[i];
		ps[i] = &sig[i];
		ASK(!bls_sign(&sig[i], &sk[i], BLS_SUITE_NUL, &text[i], 1, s));
	}
	ASK(!bls_sig_aggregate_vartime(&sum, ps, N, s));
	bls_sig_encode(bytes, &sum, s);
	ASK(!bls_aggregate_verify_vartime(pk, BLS_SUITE_NUL, item, N, bytes,
					  48, s));
	ASK(bls_aggregate_verify_vartime(pk, BLS_SUITE_NUL, item, N - 1, bytes,
					 48, s) == BLS_EMISMATCH);
	ASK(bls_aggregate_verify_vartime(pk, BLS_SUITE_NUL, item, 0, bytes, 48,
					 s) == BLS_ECOUNT);
	text[0] = text[1];
	ASK(bls_aggregate_verify_vartime(pk, BLS_SUITE_NUL, item, N, bytes, 48,
					 s) == BLS_EDUPLICATE);
	ASK(bls_aggregate_verify_vartime(pk, BLS_SUITE_POP, item, N, bytes, 48,
					 s) == BLS_EMISMATCH);
	ASK(bls_sig_aggregate_vartime(&sum, ps, 0, s) == BLS_ECOUNT);

	for (i = 0; i < N; i++)
		bls_sign(&sig[i], &sk[i], BLS_SUITE_POP, msg, 4, s);
	bls_sig_aggregate_vartime(&sum, ps, N, s);
	bls_sig_encode(bytes, &sum, s);
	ASK(!bls_fast_aggregate_verify_vartime(pk, N, msg, 4, bytes, 48, s));
	ASK(bls_fast_aggregate_verify_vartime(pk, N - 1, msg, 4, bytes, 48,
					      s) == BLS_EMISMATCH);
	ASK(bls_fast_aggregate_verify_vartime(pk, 0, msg, 4, bytes, 48,
					      s) == BLS_ECOUNT);
	/* keys that cancel: r - 1 and 1 */
	test_hex(minus, "73eda753299d7d483339d80809a1d805"
			"53bda402fffe5bfeffffffff00000000");
	bls_sk_decode(&sk[0], minus, 32);
	bls_sk_to_pk(&neg[0], &sk[0], s);
	memset(minus, 0, 32);
	minus[31] = 1;
	bls_sk_decode(&sk[0], minus, 32);
	bls_sk_to_pk(&neg[1], &sk[0], s);
	pk[0] = &neg[0];
	pk[1] = &neg[1];
	ASK(bls_fast_aggregate_verify_vartime(pk, 2, msg, 4, bytes, 48,
					      s) == BLS_EINFINITY);
	return true;
}

enum { BATCH = 2 * BLS_BATCH_MAX + 3 };

static bool test_batch(void)
{
	static const unsigned int sizes[] = { 1, 2, 3, 16, BLS_BATCH_MAX,
					      BLS_BATCH_MAX + 1, BATCH };
	static struct bls_batch batch;
	static struct bls_prepared prepared;
	static uint8_t sig[BATCH][48], text[BATCH][2];
	static uint8_t random[BATCH][BLS_RANDOM_LEN];
	static struct bls_item item[BATCH];
	struct bls_scratch *s = &api_scratch;
	const uint8_t *r = random[0];
	struct bls_g1 point, delta;
	const struct bls_g1 *both[2] = { &point, &delta };
	struct bls_fr sk;
	struct bls_g2 pk;
	unsigned int i, n;
	size_t bad;

	api_key(&sk, &pk);
	bls_pk_prepare(&prepared, &pk, s);
	test_random(random, sizeof(random));
	for (i = 0; i < BATCH; i++) {
		text[i][0] = (uint8_t)i;
		text[i][1] = (uint8_t)(i >> 8);
		bls_sign(&point, &sk, BLS_SUITE_NUL, text[i], 2, s);
		bls_sig_encode(sig[i], &point, s);
		item[i] = (struct bls_item){ text[i], 2, sig[i] };
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		n = sizes[i];
		ASK(!bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n,
					      r, &bad, s, &batch));
		text[n - 1][0] ^= 1;
		ASK(bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n,
					     r, &bad, s, &batch) ==
		    BLS_EMISMATCH);
		text[n - 1][0] ^= 1;
	}
	n = 5;
	ASK(bls_batch_verify_vartime(&prepared, BLS_SUITE_POP, item, n, r, &bad,
				     s, &batch) == BLS_EMISMATCH);
	ASK(bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, 0, r, &bad,
				     s, &batch) == BLS_ECOUNT);
	/* two signatures off by opposite amounts: only a plain sum is fooled */
	bls_hash_to_g1(&delta, msg, 1, msg, 3, s);
	for (i = 0; i < 2; i++) {
		bls_sig_decode_vartime(&point, sig[i], 48, s);
		ASK(!bls_sig_aggregate_vartime(&point, both, 2, s));
		bls_sig_encode(sig[i], &point, s);
		bls_sig_encode(sig[BATCH - 1], &delta, s);
		sig[BATCH - 1][0] ^= 0x20;
		bls_sig_decode_vartime(&delta, sig[BATCH - 1], 48, s);
	}
	ASK(bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n, r, &bad,
				     s, &batch) == BLS_EMISMATCH);
	for (i = 0; i < 2; i++) {
		bls_sign(&point, &sk, BLS_SUITE_NUL, text[i], 2, s);
		bls_sig_encode(sig[i], &point, s);
	}
	/* no randomness, malformed items */
	memset(random[3], 0, BLS_RANDOM_LEN);
	ASK(bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n, r, &bad,
				     s, &batch) == BLS_ERANDOM && bad == 3);
	random[3][15] = 1;
	ASK(!bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n, r,
				      &bad, s, &batch));
	sig[2][0] &= 0x7f;
	ASK(bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n, r, &bad,
				     s, &batch) == BLS_EFLAGS && bad == 2);
	memset(sig[2], 0, 48);
	sig[2][0] = 0x80;
	ASK(bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n, r, &bad,
				     s, &batch) == BLS_ESUBGROUP && bad == 2);
	return true;
}

static bool test_errors(void)
{
	ASK(!strcmp(bls_err_text(BLS_OK), "success"));
	ASK(!strcmp(bls_err_text(BLS_ERR_NR), "unknown error"));
	ASK(!strcmp(bls_err_text((enum bls_err)-1), "unknown error"));
	return true;
}

static void test_engine(void)
{
	TEST("keygen EIP-2333", test_keygen());
	TEST("scalars", test_scalars());
	TEST("generators", test_generators());
	TEST("drand quicknet round 1000", test_drand());
	TEST("sign and verify", test_sign_and_verify());
	TEST("malformed G1", test_malformed(48));
	TEST("malformed G2", test_malformed(96));
	TEST("proof of possession", test_pop());
	TEST("aggregate", test_aggregate());
	TEST("batch", test_batch());
	TEST("lagrange subsets", test_subsets());
	TEST("every subset of scalars", test_every_subset());
	TEST("combine refusals", test_combine_refusals());
	TEST("combine with liars", test_liars());
	TEST("dkg with bad dealers", test_dkg());
	TEST("resharing chains", test_reshare());
	TEST("pedersen", test_pedersen());
}

int main(void)
{
	static const enum bls_engine_id ids[] = { BLS_ENGINE_PORTABLE,
						  BLS_ENGINE_ADX };
	unsigned int i;

	TEST("error texts", test_errors());
	TEST("merkle RFC 6962", test_merkle_known());
	TEST("merkle paths", test_merkle_paths());
	for (i = 0; i < 2; i++) {
		if (bls_scratch_init_engine(&api_scratch, ids[i])) {
			printf("# engine %u: not on this machine\n", i);
			continue;
		}
		printf("# engine %s, limbs of %d bits\n",
		       bls_scratch_engine(&api_scratch), BLS_LIMB_BITS);
		test_engine();
	}
	TEST("engine 7 is refused",
	     bls_scratch_init_engine(&api_scratch, (enum bls_engine_id)7) ==
	     BLS_ECPU);
	return test_end();
}
