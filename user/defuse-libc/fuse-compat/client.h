/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * instance=shared in a process: each function of <defuse/fs.h> is a call to the server.
 * @fs is what client_init() made.
 */
#ifndef COMPAT_CLIENT_H
#define COMPAT_CLIENT_H

#include <defuse/fs.h>

/* @socket: path of the server's.  Return: 0, or -errno as link_get(). */
int client_init(const char *socket, const struct defuse_host *host, void **fs);

int client_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh);
int client_close(void *fs, uint64_t fh);
int client_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
		       size_t *done);
int client_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
			size_t *done);
int client_fsync(void *fs, uint64_t fh, int data_sync);
int client_ftruncate(void *fs, uint64_t fh, off_t length);
int client_fgetattr(void *fs, uint64_t fh, struct stat *st);
int client_fchmod(void *fs, uint64_t fh, mode_t mode);
int client_fchown(void *fs, uint64_t fh, uid_t uid, gid_t gid);
int client_futime(void *fs, uint64_t fh, const struct timespec times[2]);
int client_fallocate(void *fs, uint64_t fh, int mode, off_t offset, off_t len);
int client_seek(void *fs, uint64_t fh, off_t offset, int whence, off_t *result);
int client_flush(void *fs, uint64_t fh);
int client_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len,
		       int *lower_fd);
int client_restore(void *fs, const char *path, int flags, const void *blob,
			  size_t len, int lower_fd, uint64_t *fh);
int client_getattr(void *fs, const char *path, struct stat *st, int flags);
int client_trunc(void *fs, const char *path, off_t length);
int client_readlink(void *fs, const char *path, char *buf, size_t size,
			   size_t *written);
int client_unlink(void *fs, const char *path);
int client_mkdir(void *fs, const char *path, mode_t mode);
int client_rmdir(void *fs, const char *path);
int client_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
			     size_t *written);
int client_chown(void *fs, const char *path, uid_t uid, gid_t gid);
int client_chmod(void *fs, const char *path, mode_t mode);
int client_access(void *fs, const char *path, int mode, int flags);
int client_rename(void *fs, const char *oldpath, const char *newpath,
			 unsigned int flags);
int client_utime(void *fs, const char *path, const struct timespec times[2]);
int client_symlink(void *fs, const char *target, const char *linkpath);
int client_link(void *fs, const char *oldpath, const char *newpath);
int client_append(void *fs, uint64_t fh, const char *buf, size_t size, size_t *done,
			 off_t *end);
int client_statfs(void *fs, struct statfs *buf);
void client_finalize(void *fs);
int client_atfork_child(void *fs);

#endif /* COMPAT_CLIENT_H */
