/* SPDX-License-Identifier: GPL-2.0 */
/* Whole files.  Whatever goes wrong ends the program with exit status 1. */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <stdint.h>

enum { FILE_LEN_MAX = 1 << 20 };

/* "-": standard input.  The bytes are followed by a zero that does not count. */
uint8_t *file_read(const char *path, size_t *len);

/*
 * Write and replace all at once: whoever opens @path finds the old file or the
 * new one.  "-": standard output.  @mode: 0600 for what is secret.
 */
void file_write(const char *path, const void *data, size_t len,
		unsigned int mode);

#endif
