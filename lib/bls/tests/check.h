/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * The two parts of bls_check.ko.
 */
#ifndef BLS_TESTS_CHECK_H
#define BLS_TESTS_CHECK_H

#include "vector.h"

/**
 * check_bench() - print how long calls take on the engine of @w->s
 *
 * Lines `bls: bench ENGINE CALL: N ns`, the median of BENCH_RUNS.  In a virtual
 * machine that counts instructions (tools/vm/run -i) a ns is one of them.
 *
 * Return: how many calls failed.
 */
unsigned int check_bench(struct vector_work *w);

#endif
