/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * What vectors.py makes of tests/vectors.
 */
#ifndef BLS_TESTS_VECTORS_H
#define BLS_TESTS_VECTORS_H

#include "vector.h"

extern const struct vector vectors[];
extern const unsigned int vectors_nr;

#endif
