/* SPDX-License-Identifier: GPL-2.0 */
/* golden.txt: bytes that golden.py made of the documentation. */
#ifndef AGREE_GOLDEN_H
#define AGREE_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a line; 0: there is none, or no room. */
size_t golden_read(uint8_t *out, size_t room, unsigned int mode,
		   const char *name);

#endif
