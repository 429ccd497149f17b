/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libdefuse-avfs.so: a directory, read-only, whose archives are directories too.
 *
 * "a.tar.gz" is a file, "a.tar.gz#" a directory with what is in it (docs/avfs.md).  Plain
 * files are opened here and read with pread(); what lies behind a "#" is
 * AVFS's (libavfs.a of Debian's package avfs, linked in).
 */
#ifndef DEFUSE_AVFS_H
#define DEFUSE_AVFS_H

#include <defuse/fs.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct avfs - the context of a mount
 * @host:  services of the core
 * @root:  private O_PATH FD of the backend
 * @point: its name, absolute, no closing slash
 */
struct avfs {
	const struct defuse_host *host;
	int root;
	char point[PATH_MAX];
};

/**
 * struct name - where a path of the mount leads (name.c)
 * @inner: what follows the first archive of the path, "" or "/...", in the mount's
 *         spelling; NULL: a plain file
 * @virt:  the whole for AVFS, with the handlers spelt out; only with @inner
 * @base:  attributes of the archive file itself; likewise
 */
struct name {
	const char *inner;
	struct stat base;
	char plain[PATH_MAX];
	char virt[2 * PATH_MAX];
};

/* 0 or -errno: ENOENT, ENOTDIR, ELOOP (a symbolic link on the way), ENAMETOOLONG. */
int name_find(const struct avfs *a, const char *path, struct name *n);
/* Attributes of what it names, links not followed. */
int name_stat(const struct avfs *a, const struct name *n, struct stat *st);
/* An FD of a plain file, symbolic links refused everywhere; low, close-on-exec. */
int name_open_plain(const struct avfs *a, const char *path, int flags);
/* st_ino for an object of an archive: the same in every process. */
uint64_t name_inode(const struct stat *base, const char *inner);

/*
 * AVFS in this process (instance.c).  Between enter and leave a fork() of another
 * thread waits.  Each fork() begins a new, empty AVFS in the child: handles of
 * another generation are void.
 */
int instance_start(const struct defuse_host *host);
void instance_enter(void);
void instance_leave(void);
unsigned int instance_generation(void);

/* Open files (file.c), as in the table. */
int file_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh);
int file_close(void *fs, uint64_t fh);
int file_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
	      size_t *bytes_read);
int file_fgetattr(void *fs, uint64_t fh, struct stat *st);
int file_fsync(void *fs, uint64_t fh, int data_sync);
int file_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len, int *lower_fd);
int file_restore(void *fs, const char *path, int flags, const void *blob, size_t len,
		 int lower_fd, uint64_t *fh);
int file_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
		    size_t *written);

#endif /* DEFUSE_AVFS_H */
