/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * direct: a directory as a file system, with the caller's own credentials.
 *
 * The reference for libraries, and the baseline for measurements: every function is
 * the system call of the same name on the backend directory, nothing is kept.
 * A handle is an FD.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include <defuse/fs.h>

#include <pthread.h>

#define DIRECT_LOCKS	16

/**
 * struct direct - a mount
 * @root: the backend directory, O_PATH
 * @host: services of the core
 * @dir_locks: directory FDs have a position, readers of one must take turns;
 *             by FD number
 */
struct direct {
	int root;
	const struct defuse_host *host;
	pthread_mutex_t dir_locks[DIRECT_LOCKS];
};

/* file.c */
int direct_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh);
int direct_close(void *fs, uint64_t fh);
int direct_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset, size_t *done);
int direct_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		 size_t *done);
int direct_append(void *fs, uint64_t fh, const char *buf, size_t size, size_t *done,
		  off_t *end);
int direct_fallocate(void *fs, uint64_t fh, int mode, off_t offset, off_t len);
int direct_fsync(void *fs, uint64_t fh, int data_sync);
int direct_ftruncate(void *fs, uint64_t fh, off_t length);
int direct_stat_fd(int fd, struct stat *st);
int direct_fgetattr(void *fs, uint64_t fh, struct stat *st);
int direct_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len, int *lower_fd);
int direct_restore(void *fs, const char *path, int flags, const void *blob, size_t len,
		   int lower_fd, uint64_t *fh);
int direct_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
		      size_t *written);

/* beyond.c */
int direct_statfs(void *fs, struct statfs *buf);
int direct_fchmod(void *fs, uint64_t fh, mode_t mode);
int direct_fchown(void *fs, uint64_t fh, uid_t uid, gid_t gid);
int direct_futime(void *fs, uint64_t fh, const struct timespec times[2]);
int direct_seek(void *fs, uint64_t fh, off_t offset, int whence, off_t *result);

/* tree.c */
/* openat2() that no symbolic link and no ".." leads out of @dirfd. */
int direct_openat2(int dirfd, const char *relative, int flags, mode_t mode);
int direct_getattr(void *fs, const char *path, struct stat *st, int flags);
int direct_trunc(void *fs, const char *path, off_t length);
int direct_readlink(void *fs, const char *path, char *buf, size_t size, size_t *written);
int direct_unlink(void *fs, const char *path);
int direct_mkdir(void *fs, const char *path, mode_t mode);
int direct_rmdir(void *fs, const char *path);
int direct_getdircnt(void *fs, const char *path, int *count);
int direct_chown(void *fs, const char *path, uid_t uid, gid_t gid);
int direct_chmod(void *fs, const char *path, mode_t mode);
int direct_access(void *fs, const char *path, int mode, int flags);
int direct_rename(void *fs, const char *oldpath, const char *newpath, unsigned int flags);
int direct_utime(void *fs, const char *path, const struct timespec times[2]);
int direct_symlink(void *fs, const char *target, const char *linkpath);
int direct_link(void *fs, const char *oldpath, const char *newpath);

#endif /* DIRECT_H */
