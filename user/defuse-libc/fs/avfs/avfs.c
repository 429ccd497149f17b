// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table: a context for each mount, names, and why nothing can be changed. */
#include "avfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <virtual.h>

static int avfs_init(const char *mount_point, const char *backend,
		     const struct defuse_host *host, void **fs)
{
	size_t length = strlen(backend);
	struct avfs *a;
	struct stat st;
	int ret;

	(void)mount_point;
	while (length > 1 && backend[length - 1] == '/')
		length--;
	if (backend[0] != '/' || length >= sizeof(a->point)) {
		host->log("avfs: backend= must be a directory, beginning with a slash");
		return -EINVAL;
	}
	ret = instance_start(host);
	if (ret)
		return ret;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->host = host;
	memcpy(a->point, backend, length == 1 ? 0 : length);
	ret = -ENOTDIR;
	a->root = open(backend, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->root < 0) {
		ret = -errno;
		goto err_free;
	}
	if (fstat(a->root, &st) == 0 && host->backend_inode &&
	    (st.st_ino != host->backend_inode || st.st_dev != host->backend_device)) {
		ret = -ESTALE;	/* the name leads elsewhere in this chroot */
		close(a->root);
		goto err_free;
	}
	a->root = host->private_fd(a->root);
	if (a->root < 0) {
		ret = a->root;
		goto err_free;
	}
	*fs = a;
	return 0;

err_free:
	free(a);
	return ret;
}

static int avfs_getattr(void *fs, const char *path, struct stat *st, int flags)
{
	struct name n;
	int ret = name_find(fs, path, &n);

	(void)flags;
	return ret ? ret : name_stat(fs, &n, st);
}

static int readlink_plain(struct avfs *a, const char *path, char *buf, size_t size)
{
	int fd = name_open_plain(a, path, O_PATH | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", buf, size);
	if (n < 0)
		n = errno == ENOENT ? -EINVAL : -errno;	/* no link at all */
	close(fd);
	return n;
}

static int avfs_readlink(void *fs, const char *path, char *buf, size_t size,
			 size_t *bytes_written)
{
	struct name n;
	int ret = name_find(fs, path, &n);

	if (ret)
		return ret;
	if (!n.inner) {
		ret = readlink_plain(fs, path, buf, size);
	} else {
		instance_enter();
		ret = virt_readlink(n.virt, buf, size < INT_MAX ? size : INT_MAX);
		if (ret < 0)
			ret = -errno;
		instance_leave();
	}
	if (ret < 0)
		return ret;
	*bytes_written = ret;
	return 0;
}

/* Who may read an archive may read all that is in it. */
static int avfs_access(void *fs, const char *path, int mode, int flags)
{
	struct avfs *a = fs;
	struct name n;
	struct stat st;
	int ret, fd;

	ret = name_find(a, path, &n);
	if (!ret)
		ret = name_stat(a, &n, &st);
	if (ret)
		return ret;
	if (mode & W_OK)
		return -EROFS;
	if (n.inner)
		return (mode & X_OK) && !(st.st_mode & 0111) ? -EACCES : 0;
	fd = name_open_plain(a, path, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	/* Never a link: the core has followed it. */
	ret = faccessat(fd, "", mode, flags | AT_EMPTY_PATH) ? -errno : 0;
	close(fd);
	return ret;
}

/* What would change something that is there. */
static int refuse(void *fs, const char *path)
{
	struct stat st;
	int ret = avfs_getattr(fs, path, &st, 0);

	return ret ? ret : -EROFS;
}

/* What would make something. */
static int refuse_new(void *fs, const char *path)
{
	struct stat st;
	int ret = avfs_getattr(fs, path, &st, 0);

	return ret == 0 ? -EEXIST : ret == -ENOENT ? -EROFS : ret;
}

static int avfs_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
		      size_t *bytes_written)
{
	(void)fs, (void)fh, (void)buf, (void)size, (void)offset, (void)bytes_written;
	return -EBADF;
}

static int avfs_ftruncate(void *fs, uint64_t fh, off_t length)
{
	(void)fs, (void)fh, (void)length;
	return -EINVAL;
}

static int avfs_trunc(void *fs, const char *path, off_t length)
{
	(void)length;
	return refuse(fs, path);
}

static int avfs_chmod(void *fs, const char *path, mode_t mode)
{
	(void)mode;
	return refuse(fs, path);
}

static int avfs_chown(void *fs, const char *path, uid_t uid, gid_t gid)
{
	(void)uid, (void)gid;
	return refuse(fs, path);
}

static int avfs_utime(void *fs, const char *path, const struct timespec times[2])
{
	(void)times;
	return refuse(fs, path);
}

static int avfs_rename(void *fs, const char *oldpath, const char *newpath,
		       unsigned int flags)
{
	(void)newpath, (void)flags;
	return refuse(fs, oldpath);
}

static int avfs_mkdir(void *fs, const char *path, mode_t mode)
{
	(void)mode;
	return refuse_new(fs, path);
}

static int avfs_symlink(void *fs, const char *target, const char *linkpath)
{
	(void)target;
	return refuse_new(fs, linkpath);
}

static int avfs_link(void *fs, const char *oldpath, const char *newpath)
{
	(void)oldpath;
	return refuse_new(fs, newpath);
}

const struct defuse_fs_operations defuse_fs_operations = {
	.version = DEFUSE_FS_VERSION,
	.size = sizeof(struct defuse_fs_operations),
	.name = "avfs",
	.init = avfs_init,
	.open = file_open,
	.close = file_close,
	.read = file_read,
	.write = avfs_write,
	.fsync = file_fsync,
	.ftruncate = avfs_ftruncate,
	.fgetattr = file_fgetattr,
	.save = file_save,
	.restore = file_restore,
	.getattr = avfs_getattr,
	.trunc = avfs_trunc,
	.readlink = avfs_readlink,
	.unlink = refuse,
	.mkdir = avfs_mkdir,
	.rmdir = refuse,
	.getdirents = file_getdirents,
	.chown = avfs_chown,
	.chmod = avfs_chmod,
	.access = avfs_access,
	.rename = avfs_rename,
	.utime = avfs_utime,
	.symlink = avfs_symlink,
	.link = avfs_link,
};
