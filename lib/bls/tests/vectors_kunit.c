// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Suite bls_vectors: tests/vectors, a test for each kind of stanza, on every
 * engine that the CPU has.
 */
#include "vectors.h"

#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/sched.h>

static const enum bls_engine_id engines[] = {
	BLS_ENGINE_PORTABLE, BLS_ENGINE_ADX,
};

static void run_kind(struct kunit *test, enum vector_kind kind)
{
	struct vector_work *w = kvmalloc(sizeof(*w), GFP_KERNEL);
	unsigned int i, e, ran = 0;
	const char *why;

	KUNIT_ASSERT_NOT_NULL(test, w);
	for (e = 0; e < ARRAY_SIZE(engines); e++) {
		if (bls_scratch_init_engine(&w->s, engines[e])) {
			kunit_info(test, "engine %u: %s", engines[e],
				   bls_err_text(BLS_ECPU));
			continue;
		}
		for (i = 0; i < vectors_nr; i++) {
			if (vectors[i].kind != kind || vector_skip(&vectors[i]))
				continue;
			why = vector_run(&vectors[i], w);
			KUNIT_EXPECT_PTR_EQ_MSG(test, why, NULL, "%s: %s: %s",
						bls_scratch_engine(&w->s),
						vectors[i].name, why);
			ran++;
			cond_resched();
		}
	}
	kvfree(w);
	KUNIT_EXPECT_GT(test, ran, 0u);
}

#define VECTOR_TEST(name, ...)						\
	static void test_vectors_##name(struct kunit *test)		\
	{								\
		run_kind(test, VECTOR_KIND_##name);			\
	}
VECTOR_KINDS(VECTOR_TEST)

#define VECTOR_CASE(name, ...)	KUNIT_CASE(test_vectors_##name),
static struct kunit_case vectors_cases[] = {
	VECTOR_KINDS(VECTOR_CASE)
	{}
};

static struct kunit_suite vectors_suite = {
	.name = "bls_vectors",
	.test_cases = vectors_cases,
};

kunit_test_suite(vectors_suite);

MODULE_DESCRIPTION("KUnit suites of lib/bls");
/* the vectors in it are GPL-2.0 */
MODULE_LICENSE("GPL");
