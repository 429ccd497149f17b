/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How files are opened, read and written: by system calls, or by the protocol of the
 * dissertation (§4.4) laid over them.
 */
#ifndef BENCH_PROTOCOL_H
#define BENCH_PROTOCOL_H

#include <sys/types.h>

/* As the system calls, for one open file at a time. */
struct protocol {
	int (*open)(const char *path, int flags, mode_t mode);
	ssize_t (*read)(int fd, void *buf, size_t size);
	ssize_t (*write)(int fd, const void *buf, size_t size);
	int (*close)(int fd);
};

extern const struct protocol protocol_plain;

/*
 * What a library behind shadow inodes does that keeps positions and locks as the
 * dissertation says: access() before an open, an inode of its own for each open file
 * (here a file without a name beside it), and for each transfer a lock, the position
 * read, the position set and the lock given back.  The rest of its work is not there:
 * its cost is this or more.
 */
extern const struct protocol protocol_dissertation;

#endif
