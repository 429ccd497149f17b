// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Base FDs.
 *
 * An open FD makes a mount busy.  So one is kept only while the process makes it
 * busy anyway: it has open handles there, or its working directory.
 * Lock: base_lock, innermost, around the base members of all mounts.
 */
#include "base.h"

#include "fdtable.h"
#include "lock.h"
#include "mailbox.h"
#include "mount.h"
#include "point.h"
#include "private_fd.h"
#include "readonly.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEPTH_MAX	64
#define OPEN_DIR	(O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static pthread_mutex_t base_lock = PTHREAD_MUTEX_INITIALIZER;

/* Changes of the working directory. */
static _Atomic unsigned int cwd_epoch = 1;

static bool is_on(int fd, uint64_t id)
{
	struct defuse_info info = { .size = sizeof(info) };
	long ret = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_INFO, &info);

	return (ret == 0 || ret == -ERANGE) && info.mount_id == id;
}

/* Private FD of the directory if it is on the mount. */
static int open_on(int dirfd, const char *path, uint64_t id)
{
	long fd = dfl_raw(SYS_openat, dirfd, path, OPEN_DIR);

	if (fd < 0)
		return fd;
	if (!is_on(fd, id)) {
		dfl_raw(SYS_close, fd);
		return -EXDEV;
	}
	dfl_point(base_opened);
	return dfl_private_fd(fd);
}

/* @path up to its last component, "." if that is all, in @out. */
static int parent_text(const char *path, size_t len, char *out)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len >= DEFUSE_PATH_MAX)
		return -ENAMETOOLONG;
	memmove(out, path, len);
	if (!len)
		out[len++] = '.';
	out[len] = '\0';
	return 0;
}

/*
 * The name is a symbolic link that leads onto the mount from elsewhere: only the
 * kernel knows to where.
 */
static int open_target(uint64_t id, int dirfd, const char *path, char *scratch)
{
	static const char prefix[] = "/proc/self/fd/";
	char link[sizeof(prefix) + 10];
	long fd, len;
	char *digit;

	fd = dfl_raw(SYS_openat, dirfd, path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return fd;
	memcpy(link, prefix, sizeof(prefix));
	digit = link + sizeof(link) - 1;
	*digit = '\0';
	for (len = fd; len || !*digit; len /= 10)
		*--digit = '0' + len % 10;
	memmove(link + sizeof(prefix) - 1, digit, link + sizeof(link) - digit);
	len = dfl_raw(SYS_readlink, link, scratch, DEFUSE_PATH_MAX - 1);
	dfl_raw(SYS_close, fd);
	if (len <= 0 || scratch[0] != '/')
		return -ENOENT;
	len = parent_text(scratch, len, scratch);
	return len ? len : open_on(AT_FDCWD, scratch, id);
}

/*
 * Without a lower tree the kernel opens the mount's root only.  It is above
 * @scratch, a directory's name; "..", where the text has no more components.
 */
static int open_root(uint64_t id, int dirfd, char *scratch)
{
	int fd = -EOPNOTSUPP, depth;
	size_t len;

	while (fd == -EOPNOTSUPP && strcmp(scratch, ".") && strcmp(scratch, "/") &&
	       !parent_text(scratch, strlen(scratch), scratch))
		fd = open_on(dirfd, scratch, id);
	if (fd != -EOPNOTSUPP || scratch[0] == '/')
		return fd;
	for (depth = 1, len = 0; fd == -EOPNOTSUPP && depth < DEPTH_MAX; depth++) {
		len = stpcpy(scratch + len, depth > 1 ? "/.." : "..") - scratch;
		fd = open_on(dirfd, scratch, id);
	}
	return fd;
}

int dfl_base_open(const struct dfl_call *c, uint64_t id, int dirfd, const char *path)
{
	char *scratch = dfl_post(c)->path;
	int fd = parent_text(path, strlen(path), scratch);

	if (fd)
		return fd;
	fd = open_on(dirfd, scratch, id);
	if (fd == -EXDEV)		/* the mount point itself? */
		fd = open_on(dirfd, path, id);
	if (fd == -EXDEV)
		fd = open_target(id, dirfd, path, scratch);
	else if (fd == -EOPNOTSUPP)
		fd = open_root(id, dirfd, scratch);
	return fd;
}

/* The open directory that the name begins at, if it is one of the mount; to be put. */
static struct dfl_handle *directory(struct dfl_mount *m, int dirfd, const char *path)
{
	struct dfl_handle *h;

	if (dirfd == AT_FDCWD || path[0] == '/')
		return NULL;
	h = dfl_fd_get(dirfd);
	if (h && h->dir && h->mount == m)
		return h;
	if (h)
		dfl_handle_put(h);
	return NULL;
}

bool dfl_base_at_hand(const struct dfl_want *w)
{
	struct dfl_handle *h = directory(w->m, w->dirfd, w->path);
	bool cached;

	if (h)
		dfl_handle_put(h);
	dfl_lock(&base_lock);
	cached = w->m->base_fd >= 0;
	dfl_unlock(&base_lock);
	return cached || w->have || h;
}

bool dfl_base_names_point(const struct dfl_want *w)
{
	size_t n = strlen(w->m->point);

	return !strncmp(w->path, w->m->point, n) && w->path[n] == '/';
}

/* The device as the kernel encodes it in f_fsid (huge_encode_dev). */
static bool is_device(const struct statfs *st, dev_t dev)
{
	const unsigned int low = minor(dev) & 0xff, high = minor(dev) & ~0xffU;

	return st->f_type == DEFUSE_SUPER_MAGIC && !st->f_fsid.__val[1] &&
	       (unsigned int)st->f_fsid.__val[0] == (low | major(dev) << 8 | high << 12);
}

/* The mount point that the name is under, where its text tells. */
static bool ask_point(const struct dfl_want *w, struct statfs *st)
{
	long ret;

	if (dfl_base_names_point(w))
		ret = dfl_raw(SYS_statfs, w->m->point, st);
	else if (w->path[0] == '/' || strstr(w->path, ".."))
		return false;
	else if (w->dirfd == AT_FDCWD)
		ret = dfl_raw(SYS_statfs, ".", st);
	else
		ret = dfl_raw(SYS_fstatfs, w->dirfd, st);
	return !ret && is_device(st, w->m->dev);
}

int dfl_base_readonly(struct dfl_want *w)
{
	struct statfs st;
	bool readonly;
	int fd;

	if (!dfl_base_at_hand(w) && ask_point(w, &st))
		return (st.f_flags & ST_RDONLY) != 0;
	fd = dfl_base_wanted(w);
	if (fd < 0)
		return fd;
	if (!dfl_readonly_fd(fd))
		return 0;
	/* That one; the name may be under another. */
	fd = dfl_base_open(w->c, w->m->id, w->dirfd, w->path);
	if (fd < 0)
		return 1;
	readonly = dfl_readonly_fd(fd);
	dfl_private_close(fd);
	return readonly;
}

/*
 * The kernel asks whether a mount point is writable after it looked names up, that is
 * after it gave the call to us; and a letter does not tell mount points apart.
 */
bool dfl_base_writable(const struct dfl_call *c, struct dfl_mount *m, int dirfd,
		       const char *path)
{
	struct dfl_want want = { .c = c, .m = m, .dirfd = dirfd, .path = path };
	char *scratch = dfl_post(c)->path;
	bool readonly;

	if (!m->lower) {
		/* Not reachable: whoever needs it says why. */
		readonly = dfl_base_readonly(&want) > 0;
		dfl_base_done(&want);
		return !readonly;
	}
	return !parent_text(path, strlen(path), scratch) &&
	       dfl_raw(SYS_faccessat, dirfd, scratch, W_OK) == 0;
}

static bool mount_point_of(int dirfd, const char *path, int flags, uint64_t *id)
{
	struct statx x;

	if (dfl_raw(SYS_statx, dirfd, path, flags, STATX_MNT_ID, &x) ||
	    !(x.stx_mask & STATX_MNT_ID))
		return false;
	*id = x.stx_mnt_id;
	return true;
}

bool dfl_base_same_point(const struct dfl_call *c, int olddirfd, const char *old, int flags,
			 int dirfd, const char *name)
{
	char *scratch = dfl_post(c)->path;
	uint64_t from, to;

	return !parent_text(name, strlen(name), scratch) &&
	       mount_point_of(olddirfd, old,
			      flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW, &from) &&
	       mount_point_of(dirfd, scratch, 0, &to) && from == to;
}

static bool cached_get(struct dfl_mount *m, struct dfl_base *b)
{
	dfl_lock(&base_lock);
	b->fd = m->base_fd;
	if (b->fd >= 0)
		m->base_users++;
	dfl_unlock(&base_lock);
	b->kind = DFL_BASE_CACHED;
	return b->fd >= 0;
}

/* Takes @fd over as the mount's, with one user.  False: it has one already. */
static bool cached_set(struct dfl_mount *m, int fd, bool cwd)
{
	bool ok;

	dfl_lock(&base_lock);
	ok = m->base_fd < 0;
	if (ok) {
		m->base_fd = fd;
		m->base_cwd = cwd;
		m->base_users = 1;
	}
	dfl_unlock(&base_lock);
	return ok;
}

/* Closes what nothing justifies any more. */
static void cached_drop(struct dfl_mount *m, bool user, bool cwd)
{
	int fd = -1;

	dfl_lock(&base_lock);
	if (user)
		m->base_users--;
	if (cwd)
		m->base_cwd = false;
	if (!m->base_users && !m->base_cwd && !atomic_load(&m->handles)) {
		fd = m->base_fd;
		m->base_fd = -1;
	}
	dfl_unlock(&base_lock);
	if (fd >= 0)
		dfl_private_close(fd);
}

int dfl_base_get(const struct dfl_call *c, struct dfl_mount *m, int dirfd,
		 const char *path, bool fresh, struct dfl_base *b)
{
	bool cwd = false;

	b->dir = fresh ? NULL : directory(m, dirfd, path);
	if (b->dir) {
		b->fd = dirfd;
		b->kind = DFL_BASE_DIRFD;
		return 0;
	}
	if (!fresh && cached_get(m, b))
		return 0;
	b->fd = -1;
	if (!m->lower) {
		b->fd = open_on(AT_FDCWD, m->point, m->id);
	} else if (!fresh && m->cwd_elsewhere != cwd_epoch) {
		unsigned int epoch = cwd_epoch;

		b->fd = open_on(AT_FDCWD, ".", m->id);
		cwd = b->fd >= 0;
		if (!cwd)
			m->cwd_elsewhere = epoch;
	}
	if (b->fd < 0)
		b->fd = dfl_base_open(c, m->id, dirfd, path);
	if (b->fd < 0)
		return b->fd;
	b->kind = cached_set(m, b->fd, cwd) ? DFL_BASE_CACHED : DFL_BASE_OPENED;
	return 0;
}

void dfl_base_put(struct dfl_mount *m, struct dfl_base *b)
{
	switch (b->kind) {
	case DFL_BASE_DIRFD:
		dfl_handle_put(b->dir);
		break;
	case DFL_BASE_CACHED:
		cached_drop(m, true, false);
		break;
	case DFL_BASE_OPENED:
		dfl_private_close(b->fd);
		break;
	}
}

int dfl_base_wanted(struct dfl_want *w)
{
	int err;

	if (!w->have) {
		err = dfl_base_get(w->c, w->m, w->dirfd, w->path, false, &w->base);
		if (err)
			return err;
		w->have = true;
	}
	return w->base.fd;
}

void dfl_base_done(struct dfl_want *w)
{
	if (w->have)
		dfl_base_put(w->m, &w->base);
	w->have = false;
}

void dfl_base_release(struct dfl_mount *m)
{
	cached_drop(m, false, false);
}

void dfl_base_cwd_changes(void)
{
	struct dfl_mount *m;

	cwd_epoch++;
	for (m = dfl_mount_first(); m; m = m->next)
		if (m->base_cwd)
			cached_drop(m, false, true);
}

void dfl_base_fork_prepare(void)
{
	dfl_lock(&base_lock);
}

void dfl_base_fork_parent(void)
{
	dfl_unlock(&base_lock);
}

void dfl_base_fork_child(void)
{
	struct dfl_mount *m;

	/* The users were other threads; one FD kept too long is the worst. */
	pthread_mutex_init(&base_lock, NULL);
	for (m = dfl_mount_first(); m; m = m->next)
		m->base_users = 0;
}
