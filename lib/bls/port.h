/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * All that lib/bls takes from where it runs: integer types, memcpy() and its
 * family, SHA-256, a way to wipe memory and one question to the CPU.
 *
 * The only file of lib/bls that knows kernel from user space.
 */
#ifndef BLS_PORT_H
#define BLS_PORT_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/string.h>
#include <linux/types.h>
#include <crypto/sha2.h>

#define bls_sha256		sha256_state
#define bls_sha256_init		sha256_init
#define bls_sha256_update	sha256_update
#define bls_sha256_final	sha256_final

#define bls_memzero(p, len)	memzero_explicit(p, len)
#define bls_noinline		noinline
#else
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "sha256.h"

/* The barrier makes the compiler believe that somebody looks at the zeros. */
static inline void bls_memzero(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ volatile("" : : "r"(p) : "memory");
}

#define bls_noinline		__attribute__((noinline))
#endif

/* Kernels zero every variable on the stack where the compiler can.  For the
 * temporaries of field operations that costs half the speed again, and each is
 * written before it is read.
 */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define bls_uninit		__attribute__((uninitialized))
#endif
#endif
#ifndef bls_uninit
#define bls_uninit
#endif

/* Words of big integers.  Both widths have the same bytes in memory on a
 * little-endian machine, but only one of them is in a build.
 */
#ifndef BLS_LIMB_BITS
#ifdef __SIZEOF_INT128__
#define BLS_LIMB_BITS		64
#else
#define BLS_LIMB_BITS		32
#endif
#endif

#if BLS_LIMB_BITS == 64
typedef uint64_t bls_limb;
#elif BLS_LIMB_BITS == 32
typedef uint32_t bls_limb;
#else
#error "BLS_LIMB_BITS is 64 or 32"
#endif

/* The assembly of fp_x86.h, where it can run at all; BLS_NO_X86 leaves it out. */
#if defined(__x86_64__) && BLS_LIMB_BITS == 64 && !defined(BLS_NO_X86)
#define BLS_HAVE_X86		1
#ifdef __KERNEL__
#include <asm/cpufeature.h>
static inline bool bls_cpu_has_adx(void)
{
	return boot_cpu_has(X86_FEATURE_ADX) && boot_cpu_has(X86_FEATURE_BMI2);
}
#else
#include <cpuid.h>
static inline bool bls_cpu_has_adx(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
	       (b & (1u << 19)) && (b & (1u << 8));
}
#endif
#endif

/* for (i = from; i < n; i++) over limbs, with constants: unrolled, it needs no
 * index and no branch.  Twelve limbs are too many for that: on i386 they would
 * spill over 2 KiB of stack.
 */
#if BLS_LIMB_BITS == 32
#define BLS_UNROLL
#elif defined(__clang__)
#define BLS_UNROLL		_Pragma("unroll")
#else
#define BLS_UNROLL		_Pragma("GCC unroll 16")
#endif

#define for_limbs(i, from, n)						\
	BLS_UNROLL							\
	for ((i) = (from); (i) < (n); (i)++)

#endif
