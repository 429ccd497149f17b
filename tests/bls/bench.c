// SPDX-License-Identifier: GPL-2.0
/*
 * How long things take, each engine in turn: lines `ENGINE-NAME us`, with the names
 * and the clock of tests/bls-oracle, which measures others in the same way.
 */
#include "test.h"
#include "../bls-oracle/bench.h"

enum { PARTIES = 10, BATCH = BLS_BATCH_MAX };

static struct bls_scratch s;
static struct bls_batch batch;
static struct bls_prepared prepared;
static struct bls_fr sk, coef[PARTIES];
static struct bls_g2 pk, commit[PARTIES];
static struct bls_g1 sig, point, share[PARTIES];
static const struct bls_g1 *share_ptr[PARTIES];
static unsigned int share_index[PARTIES];
static uint8_t wire[48], key_wire[96];
static uint8_t text[BATCH], sigs[BATCH][48], randoms[BATCH][BLS_RANDOM_LEN];
static struct bls_item item[BATCH];
static const uint8_t msg[] = "an update of a flow table, more or less";

static void setup(void)
{
	uint8_t random[PARTIES * BLS_SAMPLE_LEN];
	unsigned int i;

	test_random(random, sizeof(random));
	test_random(randoms, sizeof(randoms));
	bls_poly_sample(coef, PARTIES, NULL, random, sizeof(random));
	sk = coef[0];
	bls_sk_to_pk(&pk, &sk, &s);
	bls_pk_encode(key_wire, &pk, &s);
	bls_pk_prepare(&prepared, &pk, &s);
	bls_sign(&sig, &sk, BLS_SUITE_NUL, msg, sizeof(msg), &s);
	bls_sig_encode(wire, &sig, &s);
	for (i = 0; i < PARTIES; i++) {
		struct bls_fr x;

		bls_poly_eval(&x, coef, PARTIES, i + 1);
		bls_sign(&share[i], &x, BLS_SUITE_NUL, msg, sizeof(msg), &s);
		share_ptr[i] = &share[i];
		share_index[i] = i + 1;
	}
	for (i = 0; i < BATCH; i++) {
		text[i] = (uint8_t)i;
		item[i] = (struct bls_item){ &text[i], 1, sigs[i] };
		bls_sign(&point, &sk, BLS_SUITE_NUL, &text[i], 1, &s);
		bls_sig_encode(sigs[i], &point, &s);
	}
}

/* Each is a call of the benchmark: 1 for success. */
#define OPERATION(name, call)						\
	static int name(void *arg)					\
	{								\
		unsigned int n = arg ? *(unsigned int *)arg : 0;	\
									\
		(void)n;						\
		return (call) == BLS_OK;				\
	}

static enum bls_err prepare(void)
{
	bls_pk_prepare(&prepared, &pk, &s);
	return BLS_OK;
}

static enum bls_err verify_key_and_all(void)
{
	struct bls_g2 key;

	return bls_pk_decode_vartime(&key, key_wire, 96, &s) ?:
	       bls_verify_vartime(&key, BLS_SUITE_NUL, msg, sizeof(msg), wire, 48, &s);
}

static enum bls_err batch_of(unsigned int n)
{
	size_t bad;

	return bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, item, n, randoms[0],
					&bad, &s, &batch);
}

OPERATION(hash, bls_hash_to_g1(&point, msg, sizeof(msg), msg, 8, &s))
OPERATION(sign, bls_sign(&point, &sk, BLS_SUITE_NUL, msg, sizeof(msg), &s))
OPERATION(public_key, bls_sk_to_pk(&pk, &sk, &s))
OPERATION(g1_decode, bls_sig_decode_vartime(&point, wire, 48, &s))
OPERATION(g2_decode, bls_pk_decode_vartime(&pk, key_wire, 96, &s))
OPERATION(key_lines, prepare())
OPERATION(verify_wire, verify_key_and_all())
OPERATION(verify_known, bls_verify_vartime(&pk, BLS_SUITE_NUL, msg, sizeof(msg), wire, 48,
					   &s))
OPERATION(verify_lines, bls_verify_prepared_vartime(&prepared, BLS_SUITE_NUL, msg,
						    sizeof(msg), wire, 48, &s))
OPERATION(combine, bls_combine_vartime(&point, share_index, share_ptr, n, PARTIES, &s))
OPERATION(batch_verify, batch_of(n))
OPERATION(feldman, bls_feldman_commit(commit, coef, n, &s))

static void run(const char *what, int (*f)(void *), unsigned int *arg, int items)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", bls_scratch_engine(&s), what);
	bench(name, f, arg, items);
}

static void operations(void)
{
	static unsigned int one = 1, three = 3, seven = 7, few = 16, many = 256;

	run("hash-to-g1", hash, NULL, 1);
	run("sign", sign, NULL, 1);
	run("sk-to-pk", public_key, NULL, 1);
	run("g1-decode", g1_decode, NULL, 1);
	run("g2-decode", g2_decode, NULL, 1);
	run("key-lines", key_lines, NULL, 1);
	run("verify-wire", verify_wire, NULL, 1);
	run("verify-known-key", verify_known, NULL, 1);
	run("verify-lines", verify_lines, NULL, 1);
	run("combine-3", combine, &three, 1);
	run("combine-7", combine, &seven, 1);
	run("batch-1", batch_verify, &one, 1);
	run("batch-16", batch_verify, &few, few);
	run("batch-256", batch_verify, &many, many);
	run("feldman-3", feldman, &three, 3);
}

int main(void)
{
	static const enum bls_engine_id ids[] = { BLS_ENGINE_PORTABLE,
						  BLS_ENGINE_ADX };
	unsigned int i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (bls_scratch_init_engine(&s, ids[i]))
			continue;
		setup();
		operations();
	}
	return 0;
}
