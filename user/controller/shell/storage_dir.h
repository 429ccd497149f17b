/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What storage.c and storage_open.c share.
 */
#ifndef SHELL_STORAGE_DIR_H
#define SHELL_STORAGE_DIR_H

#include <sys/types.h>

#include "storage.h"

enum {
	STORAGE_SEGMENTS_MAX = 4096,
	STORAGE_NAME_MAX = 32,
	STORAGE_AHEAD = 256 * 1024,	/* bytes */
	STORAGE_BUFFER = 512 * 1024,
	STORAGE_SECTOR = 512,		/* what direct writes are multiples of */
	STORAGE_ALIGN = 4096,		/* of their memory */
};

struct storage {
	char dir[256];
	int dir_fd, lock_fd;
	int fd;				/* of the segment being written; -1: none */
	off_t at, zeros_end;
	uint8_t *buffer;		/* of STORAGE_BUFFER: the last bytes before at */
	size_t buffered;
	bool direct;			/* past the page cache */
	bool dirty;			/* appended and not synced */
	bool failed;
	bool used, lost;
	size_t segment_max;
	uint64_t snapshot;		/* height of the newest; 0: none */
	unsigned int segment_nr;
	uint64_t segment[STORAGE_SEGMENTS_MAX];	/* ascending */
	uint8_t *read;			/* what the last storage_read_*() gave */
};

/* All of it, or false and errno */
bool storage_write_all(int fd, const uint8_t *bytes, size_t len, off_t at);

#endif
