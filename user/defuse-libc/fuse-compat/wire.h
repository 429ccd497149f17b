/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a slot of the ring says: the functions of <defuse/fs.h>.
 *
 * Paths are in the data area with their NULs.  "st" is a struct stat in the answer's
 * data area.  Whoever gets a message checks sizes and NULs; the server checks what a
 * path is made of as well.
 */
#ifndef COMPAT_WIRE_H
#define COMPAT_WIRE_H

#include <stdint.h>

#define WIRE_TOKEN	16	/* bytes of an open file's token */
#define WIRE_PATH	4096	/* bytes of a path with its NUL */

enum wire_op {
	WIRE_OPEN = 1,	/* path, a flags, b mode -> a handle, struct wire_file */
	WIRE_ATTACH,	/* token, path or "", a flags -> a handle, struct wire_file */
	WIRE_CLOSE,	/* file, a flushed and not changed since */
	WIRE_READ,	/* file, offset, a size -> data */
	WIRE_WRITE,	/* file, offset, data -> a written */
	WIRE_APPEND,	/* file, data -> a written, b end */
	WIRE_FSYNC,	/* file, a data only */
	WIRE_FTRUNCATE,	/* file, offset length */
	WIRE_FGETATTR,	/* file -> st */
	WIRE_FLUSH,	/* file: one of its descriptors was closed */
	WIRE_FCHMOD,	/* file, a mode */
	WIRE_FCHOWN,	/* file, a uid, b gid */
	WIRE_FUTIME,	/* file, struct timespec [2] */
	WIRE_FALLOCATE,	/* file, offset, a length, b mode */
	WIRE_SEEK,	/* file, offset, a whence -> a offset */
	WIRE_GETDENTS,	/* file, offset cookie, a size -> records, a cookie */
	WIRE_GETATTR,	/* path -> st */
	WIRE_TRUNC,	/* path, offset length */
	WIRE_READLINK,	/* path -> text */
	WIRE_UNLINK,	/* path */
	WIRE_MKDIR,	/* path, a mode */
	WIRE_RMDIR,	/* path */
	WIRE_CHOWN,	/* path, a uid, b gid */
	WIRE_CHMOD,	/* path, a mode */
	WIRE_ACCESS,	/* path, a mask */
	WIRE_RENAME,	/* old path, new path, a flags */
	WIRE_UTIME,	/* path, struct timespec [2] */
	WIRE_SYMLINK,	/* link path, target */
	WIRE_LINK,	/* old path, new path */
	WIRE_STATFS,	/* -> struct statfs */
	WIRE_LEAVE,	/* the process ends: flushes its files */
	WIRE_OPS
};

/* An open file: what proves that a process may have it, and its attributes. */
struct wire_file {
	unsigned char token[WIRE_TOKEN];
	unsigned char st[144];	/* struct stat */
};

/* One byte on the socket asks for one more thread: requests wait for each other. */
#define WIRE_MORE	'+'

#endif /* COMPAT_WIRE_H */
