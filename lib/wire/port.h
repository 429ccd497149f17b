/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * All that lib/wire takes from where it runs: integer types and memcpy() with
 * its family.  The only file of lib/wire that knows kernel from user space.
 */
#ifndef WIRE_PORT_H
#define WIRE_PORT_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

/* Of <stdint.h>, which kernel headers lack. */
#define UINT16_MAX	U16_MAX
#define UINT32_MAX	U32_MAX
#define UINT64_MAX	U64_MAX
#else
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/types.h>
#endif

#endif
