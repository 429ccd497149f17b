// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The engine again, with the assembly of fp_x86.h for the field.
 */
#include "port.h"

#ifdef BLS_HAVE_X86
#define BLS_FP_X86		1
#define BLS_ENGINE		bls_engine_adx
#define BLS_ENGINE_NAME		"adx"
#include "engine.c"
#endif
