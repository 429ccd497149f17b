// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Shadow FDs that this process has no handle of: opened by the kernel for a library that
 * adopts, inherited over exec(), received, or made by a part of the program that the
 * C library did not see.  The kernel kept what their opener left (FD stashing); it is
 * believed only if the opener was the same user.
 */
#include "fdtable.h"
#include "mailbox.h"
#include "maps.h"
#include "point.h"
#include "private_fd.h"
#include "serve.h"

#include <errno.h>
#include <sys/ioctl.h>

static long fetch(struct dfl_post *post, const struct dfl_mount *m, int fd,
		  struct defuse_fetch *f)
{
	long ret;

	*f = (struct defuse_fetch){
		.size = sizeof(*f),
		.path = m->adopts ? 0 : (uintptr_t)post->path,
		.stash = (uintptr_t)&post->stash,
		.path_len = m->adopts ? 0 : sizeof(post->path),
		.stash_len = sizeof(post->stash),
	};
	ret = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_FETCH, f);
	if (ret == -ENOENT) {		/* unlinked */
		f->path = 0;
		f->path_len = 0;
		f->stash_len = sizeof(post->stash);
		ret = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_FETCH, f);
	}
	return ret;
}

static bool believable(const struct dfl_post *post, const struct dfl_mount *m,
		       const struct defuse_fetch *f)
{
	const struct dfl_stash *stash = &post->stash;
	const size_t head = offsetof(struct dfl_stash, blob);

	if (!(f->flags & DEFUSE_FD_SHADOW) || (long)f->uid != dfl_raw(SYS_geteuid))
		return false;
	/* What the kernel itself opened needs nobody's word. */
	if (m->adopts && (f->flags & DEFUSE_FD_LOWER))
		return S_ISREG(f->mode) || S_ISDIR(f->mode);
	return f->stash_len >= head && f->stash_len <= sizeof(*stash) &&
	       stash->magic == DFL_STASH_MAGIC && stash->length == f->stash_len - head &&
	       (S_ISREG(f->mode) || S_ISDIR(f->mode));
}

/* The library's handle for @fd, or NULL. */
static struct dfl_handle *revive(struct dfl_post *post, struct dfl_mount *m, int fd,
				 const struct defuse_fetch *f, unsigned int forks)
{
	long lower = -1;
	struct dfl_handle *h;
	uint64_t fh = 0;

	if (!m->lower && !(f->flags & DEFUSE_FD_SHADOW) && S_ISDIR(f->mode) && f->path) {
		/* The root, which the kernel opens itself and nobody but us can list. */
		if (m->ops.open(m->fs, post->path, O_RDONLY | O_DIRECTORY, 0, &fh))
			return NULL;
		goto out;
	}
	if (!m->ops.restore || !believable(post, m, f))
		return NULL;
	if (f->flags & DEFUSE_FD_LOWER && !m->private) {
		lower = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_LOWER);
		if (lower >= 0)
			lower = dfl_private_fd(lower);
		if (lower < 0)
			return NULL;
		dfl_point(lower_taken);
	}
	if (m->ops.restore(m->fs, f->path ? post->path : NULL,
			   (f->open_flags & ~(O_CREAT | O_EXCL | O_TRUNC)) |
			   (S_ISDIR(f->mode) ? O_DIRECTORY : 0), post->stash.blob,
			   f->stash_len ? post->stash.length : 0, lower, &fh))
		return NULL;
out:
	h = dfl_handle_new(m, fh, f->open_flags, S_ISDIR(f->mode));
	if (!h) {
		m->ops.close(m->fs, fh);
		return NULL;
	}
	if (m->private) {
		struct stat st = { 0 };

		/* Without a number: what is counted for all files. */
		m->ops.fgetattr(m->fs, fh, &st);
		h->maps = dfl_maps_slot(m, st.st_ino);
	}
	/* Shared with whoever it came from, or the only one since before @forks. */
	h->forks = f->flags & DEFUSE_FD_ALONE ? forks : forks - 1;
	if (f->stash_len)
		dfl_count(m, restores);
	else
		dfl_count(m, opens);
	return h;
}

struct dfl_handle *dfl_restore(const struct dfl_call *c, int fd, uint64_t mount_id)
{
	struct dfl_post *post = dfl_post(c);
	unsigned int epoch = dfl_fd_epoch(fd), forks = dfl_handle_forks();
	struct dfl_handle *h = NULL, *old = NULL;
	struct defuse_fetch f;
	struct dfl_mount *m;
	bool same;

	m = dfl_mount_get(c, mount_id, fd, NULL);
	if (!m || fetch(post, m, fd, &f) || f.mount_id != m->id)
		return NULL;
	dfl_point(stash_fetched);
	if (dfl_mount_usable(m))
		h = revive(post, m, fd, &f, forks);
	if (!h)
		h = dfl_handle_new_kernel(m);	/* do not ask again at every call */
	if (!h || !dfl_handle_hold(h))
		return NULL;
	dfl_point(handle_restored);
	dfl_fd_lock(fd);
	same = epoch == dfl_fd_epoch(fd) && !dfl_fd_peek(fd);
	if (same)
		same = dfl_fd_set(fd, h, &old) == 0;
	dfl_fd_unlock(fd);
	if (!same)
		dfl_handle_put(h);	/* what the table would have held */
	if (!same || h->kernel) {
		dfl_handle_put(h);
		return NULL;
	}
	return h;
}
