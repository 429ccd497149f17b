// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What verification costs in this kernel.  The key and its 3 of 4 shares are
 * made here; everything measured is public, so they may be anybody's.
 */
#include "check.h"

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sort.h>

enum {
	BENCH_RUNS = 5,
	BENCH_T = 3,
	BENCH_N = 4,
};

static const uint8_t msg[] = "a flow rule, 32 bytes long or so";

/* w->share: a signature of each party; w->item[0].sig: the group's */
static enum bls_err bench_fill(struct vector_work *w, uint8_t *sig)
{
	uint8_t random[BENCH_T * BLS_SAMPLE_LEN];
	enum bls_err err;
	unsigned int i;

	for (i = 0; i < sizeof(random); i++)
		random[i] = (uint8_t)(i * 7 + 1);
	err = bls_poly_sample(w->poly, BENCH_T, NULL, random, sizeof(random));
	if (!err)
		err = bls_feldman_commit(w->commit[0], w->poly, BENCH_T, &w->s);
	for (i = 0; !err && i < BENCH_N; i++) {
		w->share[i].index = i + 1;
		err = bls_poly_eval(&w->fr[0], w->poly, BENCH_T, i + 1);
		if (!err)
			err = bls_sign(&w->sig[0], &w->fr[0], BLS_SUITE_NUL,
				       msg, sizeof(msg), &w->s);
		bls_sig_encode(w->share[i].sig, &w->sig[0], &w->s);
	}
	if (!err)
		err = bls_sign(&w->sum, &w->poly[0], BLS_SUITE_NUL, msg,
			       sizeof(msg), &w->s);
	bls_sig_encode(sig, &w->sum, &w->s);
	bls_pk_prepare(&w->prepared, &w->commit[0][0], &w->s);
	return err;
}

static enum bls_err bench_verify(struct vector_work *w, const uint8_t *sig)
{
	return bls_verify_vartime(&w->commit[0][0], BLS_SUITE_NUL, msg,
				  sizeof(msg), sig, BLS_SIG_LEN, &w->s);
}

static enum bls_err bench_prepared(struct vector_work *w, const uint8_t *sig)
{
	return bls_verify_prepared_vartime(&w->prepared, BLS_SUITE_NUL, msg,
					   sizeof(msg), sig, BLS_SIG_LEN,
					   &w->s);
}

static enum bls_err bench_combine(struct vector_work *w, const uint8_t *sig)
{
	const struct bls_group group = {
		.key = &w->prepared,
		.commit = w->commit[0],
		.t = BENCH_T,
		.n = BENCH_N,
		.suite = BLS_SUITE_NUL,
	};

	return bls_combine_verify_vartime(&w->sum, &group, msg, sizeof(msg),
					  w->share, BENCH_T, &w->s);
}

static int by_size(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

unsigned int check_bench(struct vector_work *w)
{
	static const struct {
		const char *name;
		enum bls_err (*call)(struct vector_work *w, const uint8_t *sig);
	} calls[] = {
		{ "verify", bench_verify },
		{ "verify-prepared", bench_prepared },
		{ "combine-3-of-4-and-verify", bench_combine },
	};
	uint8_t sig[BLS_SIG_LEN];
	u64 ns[BENCH_RUNS], start;
	unsigned int i, j, failed = 0;
	enum bls_err err;

	err = bench_fill(w, sig);
	if (err) {
		pr_err("bls: FAIL bench: %s\n", bls_err_text(err));
		return 1;
	}
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (j = 0; j < BENCH_RUNS; j++) {
			start = ktime_get_ns();
			err = calls[i].call(w, sig);
			ns[j] = ktime_get_ns() - start;
			failed += err != BLS_OK;
			cond_resched();
		}
		sort(ns, BENCH_RUNS, sizeof(ns[0]), by_size, NULL);
		pr_info("bls: bench %s %s: %llu ns\n",
			bls_scratch_engine(&w->s), calls[i].name,
			ns[BENCH_RUNS / 2]);
	}
	return failed;
}
