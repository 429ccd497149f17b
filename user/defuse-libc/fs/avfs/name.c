// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where a path leads: a plain file of the backend, or an object of an archive. */
#include "avfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <virtual.h>

/* By what a file's name ends: how AVFS is told to see into it.  Longer ends first. */
static const struct ending {
	const char *end, *handlers;
} endings[] = {
	{ ".tar.bz2", "#ubz2#utar" },
	{ ".tar.zst", "#uzstd#utar" },
	{ ".tar.gz", "#ugz#utar" },
	{ ".tar.xz", "#uxz#utar" },
	{ ".tar", "#utar" },
	{ ".tgz", "#ugz#utar" },
	{ ".tbz2", "#ubz2#utar" },
	{ ".tbz", "#ubz2#utar" },
	{ ".txz", "#uxz#utar" },
	{ ".tzst", "#uzstd#utar" },
	{ ".zip", "#uzip" },
	{ ".jar", "#uzip" },
	{ ".war", "#uzip" },
	{ ".apk", "#uzip" },
	{ ".deb", "#uar" },
	{ ".a", "#uar" },
	{ ".gz", "#ugz" },
	{ ".bz2", "#ubz2" },
	{ ".xz", "#uxz" },
	{ ".zst", "#uzstd" },
};

/* The handlers for a component "name#"; NULL: it is what it is called. */
static const char *handlers_of(const char *name, size_t length)
{
	size_t i;

	if (length < 2 || name[length - 1] != '#')
		return NULL;
	length--;
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		const size_t n = strlen(endings[i].end);

		if (length > n && !memcmp(name + length - n, endings[i].end, n))
			return endings[i].handlers;
	}
	return NULL;
}

int name_open_plain(const struct avfs *a, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, a->root, path[1] ? path + 1 : ".", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static int stat_plain(const struct avfs *a, const char *path, struct stat *st)
{
	int fd = name_open_plain(a, path, O_PATH | O_NOFOLLOW), ret = 0;

	if (fd < 0)
		return fd;
	if (fstatat(fd, "", st, AT_EMPTY_PATH))
		ret = -errno;
	close(fd);
	return ret;
}

/* FNV-1a.  The upper bit keeps it apart from the numbers of a file system. */
uint64_t name_inode(const struct stat *base, const char *inner)
{
	const uint64_t numbers[] = { base->st_ino, base->st_size, base->st_mtim.tv_sec,
				     base->st_mtim.tv_nsec };
	uint64_t hash = 0xcbf29ce484222325;
	const unsigned char *p;
	size_t i;

	for (i = 0, p = (const void *)numbers; i < sizeof(numbers); i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	for (p = (const void *)inner; *p; p++)
		hash = (hash ^ *p) * 0x100000001b3;
	return hash | 1ULL << 63;
}

static int append(struct name *n, size_t *at, const char *text, size_t length)
{
	if (*at + length >= sizeof(n->virt))
		return -ENAMETOOLONG;
	memcpy(n->virt + *at, text, length);
	*at += length;
	n->virt[*at] = '\0';
	return 0;
}

/* AVFS would follow a link in the middle; whoever calls us must not be surprised by one. */
static int step_into(const struct name *n)
{
	struct stat st;

	if (virt_lstat(n->virt, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

/* @rest: from the first archive's "#" on.  Called inside of AVFS. */
static int inside(struct name *n, size_t at, const char *rest)
{
	const char *slash;
	int ret = 0;

	while (*rest && !ret) {
		const char *handlers;
		size_t length;

		ret = step_into(n);
		slash = rest++;
		length = strcspn(rest, "/");
		handlers = handlers_of(rest, length);
		if (!ret)
			ret = append(n, &at, slash, 1 + length - !!handlers);
		if (!ret && handlers)
			ret = append(n, &at, handlers, strlen(handlers));
		rest += length;
	}
	return ret;
}

/* @length: bytes of @path up to the first archive, without its "#". */
static int find_archive(const struct avfs *a, const char *path, size_t length,
			const char *handlers, struct name *n)
{
	size_t at = strlen(a->point);
	int ret;

	memcpy(n->plain, path, length);
	n->plain[length] = '\0';
	n->inner = path + length + 1;
	ret = stat_plain(a, n->plain, &n->base);
	if (ret)
		return ret;
	if (!S_ISREG(n->base.st_mode))
		return -ENOENT;
	if (at + length + strlen(handlers) >= sizeof(n->virt))
		return -ENAMETOOLONG;
	memcpy(n->virt, a->point, at);
	append(n, &at, path, length);
	append(n, &at, handlers, strlen(handlers));
	instance_enter();
	ret = inside(n, at, n->inner);
	instance_leave();
	return ret;
}

int name_find(const struct avfs *a, const char *path, struct name *n)
{
	const char *p = path, *handlers;
	size_t length;

	if (strlen(path) >= sizeof(n->plain))
		return -ENAMETOOLONG;
	while (*p) {
		length = strcspn(++p, "/");
		handlers = handlers_of(p, length);
		if (handlers)
			return find_archive(a, path, p + length - 1 - path, handlers, n);
		p += length;
	}
	n->inner = NULL;
	memcpy(n->plain, path, strlen(path) + 1);
	return 0;
}

int name_stat(const struct avfs *a, const struct name *n, struct stat *st)
{
	int ret = 0;

	if (!n->inner)
		return stat_plain(a, n->plain, st);
	instance_enter();
	if (virt_lstat(n->virt, st))
		ret = -errno;
	instance_leave();
	if (ret)
		return ret;
	st->st_dev = n->base.st_dev;
	st->st_ino = name_inode(&n->base, n->inner);
	if (!*n->inner) {	/* AVFS has no time for some */
		st->st_atim = n->base.st_atim;
		st->st_mtim = n->base.st_mtim;
		st->st_ctim = n->base.st_ctim;
	}
	if (!S_ISDIR(st->st_mode))
		st->st_nlink = 1;	/* each name is a file of its own */
	st->st_blksize = 4096;
	st->st_blocks = (st->st_size + 511) / 512;
	return 0;
}
