// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * bls_check.ko: tests/vectors in a running kernel, on every engine that the
 * CPU has.  Loading it is the test: a line for each kind in the log, then
 * `bls: N passed, M failed`; -EINVAL if any failed.  With bench=1 it measures
 * instead, see check_bench.c.
 */
#include "check.h"
#include "vectors.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>

static bool bench;
module_param(bench, bool, 0);
MODULE_PARM_DESC(bench, "measure times instead of running the vectors");

static unsigned int passed, failed;

static void check_kind(enum vector_kind kind, struct vector_work *w)
{
	unsigned int i, good = 0, bad = 0, skipped = 0;
	const char *why;

	for (i = 0; i < vectors_nr; i++) {
		const struct vector *v = &vectors[i];

		if (v->kind != kind)
			continue;
		if (vector_skip(v)) {
			skipped++;
			continue;
		}
		why = vector_run(v, w);
		if (why) {
			bad++;
			pr_err("bls: FAIL %s: %s\n", v->name, why);
		} else {
			good++;
		}
		cond_resched();
	}
	pr_info("bls: %s %s: %u passed, %u failed, %u skipped\n",
		bls_scratch_engine(&w->s), vector_kind_name(kind), good, bad,
		skipped);
	if (!good)	/* a kind without a vector is not tested */
		bad++;
	passed += good;
	failed += bad;
}

static void check_engine(enum bls_engine_id id, struct vector_work *w)
{
	unsigned int kind;

	if (bls_scratch_init_engine(&w->s, id)) {
		pr_info("bls: engine %u: %s\n", id, bls_err_text(BLS_ECPU));
		return;
	}
	if (bench) {
		failed += check_bench(w);
		passed++;
		return;
	}
	for (kind = 0; kind < VECTOR_KIND_NR; kind++)
		check_kind(kind, w);
}

static int __init check_init(void)
{
	struct vector_work *w = kvmalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	check_engine(BLS_ENGINE_PORTABLE, w);
	check_engine(BLS_ENGINE_ADX, w);
	kvfree(w);
	pr_info("bls: %u passed, %u failed\n", passed, failed);
	return failed ? -EINVAL : 0;
}

/* Nothing to undo, but without it the module could not be removed. */
static void __exit check_exit(void)
{
}

module_init(check_init);
module_exit(check_exit);

MODULE_DESCRIPTION("Test vectors of lib/bls");
/* the vectors in it are GPL-2.0 */
MODULE_LICENSE("GPL");
