// SPDX-License-Identifier: GPL-2.0
/*
 * How much stack the calls that a kernel makes use, on every engine: a thread
 * runs them on a stack that was painted, and then the paint is looked at.
 * bls.h promises STACK_MAX, the frames of bls_verify_vartime() included.
 *
 * Build without sanitizers and as the kernel does, -O2.
 */
#include "test.h"

#include <pthread.h>
#include <sys/mman.h>

enum {
	STACK_MAX = 3072,	/* bytes */
	STACK_LEN = 1 << 17,
	PAINT = 0xa5,
	T = 3,
	N = 4,
};

static const uint8_t msg[] = "how deep?";
static struct bls_scratch s;
static struct bls_batch batch;
static struct bls_prepared prepared;
static struct bls_fr coef[T], share_sk[N];
static struct bls_g2 commit[T], pk;
static struct bls_g1 sig;
static struct bls_share share[N];
static struct bls_group group = { &prepared, commit, T, N, BLS_SUITE_NUL };
static uint8_t sig_bytes[BLS_SIG_LEN], pk_bytes[BLS_PK_LEN];
static uint8_t random_bytes[T * BLS_SAMPLE_LEN];
static struct bls_item item = { msg, sizeof(msg), sig_bytes };
static enum bls_err result;
static uint8_t *stack, *top;

static void verify(void)
{
	result = bls_verify_vartime(&commit[0], BLS_SUITE_NUL, msg,
				    sizeof(msg), sig_bytes, BLS_SIG_LEN, &s);
}

static void verify_prepared(void)
{
	result = bls_verify_prepared_vartime(&prepared, BLS_SUITE_NUL, msg,
					     sizeof(msg), sig_bytes,
					     BLS_SIG_LEN, &s);
}

static void verify_batch(void)
{
	size_t bad;

	result = bls_batch_verify_vartime(&prepared, BLS_SUITE_NUL, &item, 1,
					  random_bytes, &bad, &s, &batch);
}

static void aggregate_verify(void)
{
	const struct bls_g2 *pks[1] = { &commit[0] };

	result = bls_aggregate_verify_vartime(pks, BLS_SUITE_NUL, &item, 1,
					      sig_bytes, BLS_SIG_LEN, &s);
}

/* The first share is wrong: combining twice, and every share by itself. */
static void combine(void)
{
	memcpy(share[0].sig, sig_bytes, BLS_SIG_LEN);
	result = bls_combine_verify_vartime(&sig, &group, msg, sizeof(msg),
					    share, N, &s);
}

static void prepare(void)
{
	bls_pk_prepare(&prepared, &commit[0], &s);
	result = BLS_OK;
}

static void decode_key(void)
{
	result = bls_pk_decode_vartime(&pk, pk_bytes, BLS_PK_LEN, &s);
}

static void sign(void)
{
	result = bls_sign(&sig, &coef[0], BLS_SUITE_NUL, msg, sizeof(msg), &s);
}

static void feldman(void)
{
	result = bls_feldman_check(&share_sk[0], 1, commit, T, &s);
}

static void *in_thread(void *call)
{
	top = __builtin_frame_address(0);
	(*(void (**)(void))call)();
	return NULL;
}

/* The deepest byte that a call writes, counted from the frame of its caller.
 * What the thread does before and after is less deep.
 */
static size_t used_by(void (*call)(void))
{
	pthread_attr_t attr;
	pthread_t thread;
	size_t i;

	memset(stack, PAINT, STACK_LEN);
	if (pthread_attr_init(&attr) ||
	    pthread_attr_setstack(&attr, stack, STACK_LEN) ||
	    pthread_create(&thread, &attr, in_thread, &call) ||
	    pthread_join(thread, NULL))
		abort();
	pthread_attr_destroy(&attr);
	for (i = 0; i < STACK_LEN && stack[i] == PAINT; i++)
		;
	return (size_t)(top - (stack + i));
}

static void fill(void)
{
	unsigned int i;

	test_random(random_bytes, sizeof(random_bytes));
	if (bls_poly_sample(coef, T, NULL, random_bytes,
			    sizeof(random_bytes)) ||
	    bls_feldman_commit(commit, coef, T, &s) ||
	    bls_sign(&sig, &coef[0], BLS_SUITE_NUL, msg, sizeof(msg), &s))
		abort();
	bls_sig_encode(sig_bytes, &sig, &s);
	bls_pk_encode(pk_bytes, &commit[0], &s);
	for (i = 0; i < N; i++) {
		if (bls_poly_eval(&share_sk[i], coef, T, i + 1) ||
		    bls_sign(&sig, &share_sk[i], BLS_SUITE_NUL, msg,
			     sizeof(msg), &s))
			abort();
		share[i].index = i + 1;
		bls_sig_encode(share[i].sig, &sig, &s);
	}
}

static void measure(void)
{
	static const struct {
		const char *name;
		void (*call)(void);
	} calls[] = {
		{ "prepare", prepare },
		{ "verify", verify },
		{ "verify prepared", verify_prepared },
		{ "batch verify", verify_batch },
		{ "aggregate verify", aggregate_verify },
		{ "combine with a liar", combine },
		{ "decode a key", decode_key },
		{ "sign", sign },
		{ "check a share", feldman },
	};
	size_t used;
	unsigned int i;
	char name[80];

	fill();
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		used = used_by(calls[i].call);
		snprintf(name, sizeof(name), "%s, %s: %zu bytes of stack",
			 bls_scratch_engine(&s), calls[i].name, used);
		TEST(name, result == BLS_OK && used && used < STACK_MAX);
	}
}

int main(void)
{
	static const enum bls_engine_id ids[] = { BLS_ENGINE_PORTABLE,
						  BLS_ENGINE_ADX };
	unsigned int i;

	stack = mmap(NULL, STACK_LEN, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED)
		abort();
	for (i = 0; i < 2; i++) {
		if (bls_scratch_init_engine(&s, ids[i]))
			printf("# engine %u: not on this machine\n", i);
		else
			measure();
	}
	return test_end();
}
