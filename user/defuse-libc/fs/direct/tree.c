// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names of the backend.
 *
 * The path came resolved; if somebody changes a directory on the way into a link
 * now, that is -ELOOP, and the kernel resolves again.  So a name is taken apart into
 * its directory, opened without following anything, and its last component.
 */
#include "direct.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESOLVE		(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |		\
			 RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)
#define OPEN_PARENT	(O_PATH | O_DIRECTORY | O_CLOEXEC)

int direct_openat2(int dirfd, const char *relative, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode & 07777 : 0,
		.resolve = RESOLVE,
	};
	int fd;

	do {
		fd = syscall(SYS_openat2, dirfd, relative, &how, sizeof(how));
		/* EAGAIN: something was renamed meanwhile, the kernel is not sure. */
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : fd;
}

/* The directory @fd that holds the last component @last of a path. */
struct place {
	int fd;
	const char *last;
};

static int place_get(struct direct *d, const char *path, struct place *p)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash - path;

	p->last = slash[1] ? slash + 1 : ".";
	p->fd = d->root;
	if (len == 0)
		return 0;
	char dir[len];		/* path + 1 up to the slash, and a NUL */

	memcpy(dir, path + 1, len - 1);
	dir[len - 1] = '\0';
	p->fd = direct_openat2(d->root, dir, OPEN_PARENT, 0);
	return p->fd < 0 ? p->fd : 0;
}

static void place_put(struct direct *d, struct place *p)
{
	if (p->fd != d->root)
		close(p->fd);
}

/* Two names, often in one directory. */
static int places_get(struct direct *d, const char *a, struct place *p, const char *b,
		      struct place *q)
{
	size_t len = strrchr(a, '/') + 1 - a;
	int err = place_get(d, a, p);

	if (err)
		return err;
	if (strncmp(a, b, len) == 0 && !strchr(b + len, '/')) {
		q->fd = p->fd;
		q->last = b + len;
		return 0;
	}
	err = place_get(d, b, q);
	if (err)
		place_put(d, p);
	return err;
}

static void places_put(struct direct *d, struct place *p, struct place *q)
{
	if (q->fd != p->fd)
		place_put(d, q);
	place_put(d, p);
}

/* With a call on @p that is 0 or -1 and errno. */
#define AT_PLACE(fs, path, p, call) ({						\
	struct direct *d_ = (fs);						\
	struct place p;								\
	int err_ = place_get(d_, (path), &p);					\
										\
	if (!err_) {								\
		err_ = (call) ? -errno : 0;					\
		place_put(d_, &p);						\
	}									\
	err_; })

int direct_getattr(void *fs, const char *path, struct stat *st, int flags)
{
	struct direct *d = fs;
	int fd, err;

	(void)flags;
	fd = direct_openat2(d->root, path[1] ? path + 1 : ".", O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	err = direct_stat_fd(fd, st);
	close(fd);
	return err;
}

int direct_trunc(void *fs, const char *path, off_t length)
{
	uint64_t fh;
	int err = direct_open(fs, path, O_WRONLY, 0, &fh);

	if (err)
		return err;
	err = direct_ftruncate(fs, fh, length);
	direct_close(fs, fh);
	return err;
}

int direct_readlink(void *fs, const char *path, char *buf, size_t size, size_t *written)
{
	ssize_t n = 0;
	int err;

	err = AT_PLACE(fs, path, p, (n = readlinkat(p.fd, p.last, buf, size)) < 0);
	*written = err ? 0 : n;
	return err;
}

int direct_unlink(void *fs, const char *path)
{
	return AT_PLACE(fs, path, p, unlinkat(p.fd, p.last, 0));
}

int direct_mkdir(void *fs, const char *path, mode_t mode)
{
	return AT_PLACE(fs, path, p, mkdirat(p.fd, p.last, mode));
}

int direct_rmdir(void *fs, const char *path)
{
	return AT_PLACE(fs, path, p, unlinkat(p.fd, p.last, AT_REMOVEDIR));
}

int direct_getdircnt(void *fs, const char *path, int *count)
{
	struct direct *d = fs;
	const char *relative = path[1] ? path + 1 : ".";
	struct dirent *e;
	DIR *dir;
	int fd;

	fd = direct_openat2(d->root, relative, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	*count = 0;
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			++*count;
	closedir(dir);
	return 0;
}

int direct_chown(void *fs, const char *path, uid_t uid, gid_t gid)
{
	return AT_PLACE(fs, path, p, fchownat(p.fd, p.last, uid, gid, AT_SYMLINK_NOFOLLOW));
}

/* A link has no mode; fchmodat() would follow one that was not there a moment ago. */
int direct_chmod(void *fs, const char *path, mode_t mode)
{
	struct direct *d = fs;
	char name[sizeof("/proc/self/fd/") + 10];
	int fd, err;

	fd = direct_openat2(d->root, path[1] ? path + 1 : ".", O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	err = chmod(name, mode) ? -errno : 0;
	close(fd);
	return err == -ENOENT ? -EOPNOTSUPP : err;	/* no /proc here */
}

int direct_access(void *fs, const char *path, int mode, int flags)
{
	/* With a real FD of the object nothing is left to follow. */
	return AT_PLACE(fs, path, p, syscall(SYS_faccessat2, p.fd, p.last, mode,
					     (flags & AT_EACCESS) | AT_SYMLINK_NOFOLLOW));
}

int direct_rename(void *fs, const char *oldpath, const char *newpath, unsigned int flags)
{
	struct direct *d = fs;
	struct place old, new;
	int err = places_get(d, oldpath, &old, newpath, &new);

	if (err)
		return err;
	if (renameat2(old.fd, old.last, new.fd, new.last, flags))
		err = -errno;
	places_put(d, &old, &new);
	return err;
}

int direct_utime(void *fs, const char *path, const struct timespec times[2])
{
	return AT_PLACE(fs, path, p, utimensat(p.fd, p.last, times, AT_SYMLINK_NOFOLLOW));
}

int direct_symlink(void *fs, const char *target, const char *linkpath)
{
	return AT_PLACE(fs, linkpath, p, symlinkat(target, p.fd, p.last));
}

int direct_link(void *fs, const char *oldpath, const char *newpath)
{
	struct direct *d = fs;
	struct place old, new;
	int err = places_get(d, oldpath, &old, newpath, &new);

	if (err)
		return err;
	if (linkat(old.fd, old.last, new.fd, new.last, 0))
		err = -errno;
	places_put(d, &old, &new);
	return err;
}
