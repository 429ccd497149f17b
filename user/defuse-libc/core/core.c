// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The core's two entries and its start.
 *
 * hook: asked before a system call.  Calls about names pass: the kernel knows the
 * mounts.  Calls about FDs are served when the FD is in the table.
 * upcall: the kernel answered with the marker.
 */
#include "base.h"
#include "enter.h"
#include "fdtable.h"
#include "fork.h"
#include "mailbox.h"
#include "map.h"
#include "mount.h"
#include "point.h"
#include "position.h"
#include "report.h"
#include "serve.h"
#include "stats.h"

#include <defuse/forget.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/vfs.h>

const struct defuse_libc *dfl_libc;

/* What the hook does about a system call. */
enum wish {
	PASS,
	FD,		/* served if a[0] has a handle */
	FD_NAME,	/* likewise, if the name is empty */
	FD_NULL,	/* likewise, if there is none */
	NUMBER,		/* dup.c, if a[0] has a handle or is private */
	NUMBERS,	/* dup.c, likewise for a[0] or a[1] */
	RANGE,		/* dup.c */
	COPY,		/* data would move past the library */
	CWD,
	MAP,		/* mmap() */
	ADDRESS,	/* map.c, if the range from a[0] on is ours in part */
	OPEN,		/* open.c, if the text of the path tells the mount */
	EXEC,
	EXIT,
};

static const unsigned char wishes[512] = {
#define X(name)	[SYS_##name] = FD,
	DEFUSE_REDIRECTED_FD(X)
#undef X
	[SYS_fstat] = FD, [SYS_lseek] = FD,
	[SYS_newfstatat] = FD_NAME, [SYS_statx] = FD_NAME,
	[SYS_fstatfs] = FD, [SYS_fchmod] = FD, [SYS_fchown] = FD, [SYS_fallocate] = FD,
	[SYS_utimensat] = FD_NULL,
	[SYS_close] = NUMBER, [SYS_dup] = NUMBER, [SYS_fcntl] = NUMBER,
	[DEFUSE_NR_FORGET] = NUMBER,
	[SYS_dup2] = NUMBERS, [SYS_dup3] = NUMBERS,
	[SYS_close_range] = RANGE,
	[SYS_copy_file_range] = COPY, [SYS_sendfile] = COPY, [SYS_splice] = COPY,
	[SYS_chdir] = CWD, [SYS_fchdir] = CWD,
	[SYS_open] = OPEN, [SYS_openat] = OPEN,
	[SYS_mmap] = MAP,
	[SYS_munmap] = ADDRESS, [SYS_mremap] = ADDRESS, [SYS_msync] = ADDRESS,
	[SYS_madvise] = ADDRESS, [SYS_mprotect] = ADDRESS,
	[SYS_execve] = EXEC, [SYS_execveat] = EXEC,
	[SYS_exit_group] = EXIT,
};

/* The thread has opened a file that it has not used yet: it may be this one. */
static bool may_adopt(const struct defuse_thread *t, long fd)
{
	return dfl_mailbox_adoptable(t) && !dfl_fd_peek((unsigned int)fd);
}

static bool fd_is_ours(long fd)
{
	struct dfl_handle *h = dfl_fd_peek((unsigned int)fd);

	return h && h != DFL_FD_PRIVATE;
}

/* lseek() is the kernel's, which has the position, unless it is in a page. */
static bool seek_wanted(const long a[6])
{
	struct dfl_handle *h = dfl_fd_peek((unsigned int)a[0]);

	if (dfl_position_mapped(h))
		return true;
	dfl_position_forget(h);
	return false;
}

static bool is_paged(long fd)
{
	struct dfl_handle *h = dfl_fd_peek((unsigned int)fd);

	return h && h != DFL_FD_PRIVATE && h->mount->paging;
}

/* malloc comes here too: no lock, no memory. */
static bool address_wanted(long nr, const long a[6])
{
	size_t len = a[1] > 0 ? a[1] : 1;

	if (dfl_map_overlaps(a[0], len))
		return true;
	return nr == SYS_mremap && a[3] & MREMAP_FIXED && dfl_map_overlaps(a[4], a[2]);
}

/* Whether the core has anything to do: most calls of a program are not ours. */
static bool wanted(const struct defuse_thread *t, enum wish wish, long nr,
		   const long a[6])
{
	switch (wish) {
	case FD:
		if (nr == SYS_lseek && (unsigned long)a[2] <= SEEK_CUR)
			return fd_is_ours(a[0]) && seek_wanted(a);
		return fd_is_ours(a[0]) || may_adopt(t, a[0]);
	case FD_NAME:
		return (fd_is_ours(a[0]) || may_adopt(t, a[0])) &&
		       (a[nr == SYS_statx ? 2 : 3] & AT_EMPTY_PATH) &&
		       (!a[1] || !*(const char *)a[1]);
	case FD_NULL:
		return !a[1] && (fd_is_ours(a[0]) || may_adopt(t, a[0]));
	case NUMBER:
		return dfl_fd_peek((unsigned int)a[0]);
	case NUMBERS:
		return dfl_fd_peek((unsigned int)a[0]) || dfl_fd_peek((unsigned int)a[1]);
	case COPY:
		return fd_is_ours(a[0]) ||
		       fd_is_ours(a[nr == SYS_sendfile ? 1 : 2]);
	case MAP:
		if (a[3] & MAP_FIXED && dfl_map_overlaps(a[0], a[1]))
			return true;
		return !(a[3] & MAP_ANONYMOUS) && is_paged(a[4]);
	case ADDRESS:
		return address_wanted(nr, a);
	case OPEN:
		return dfl_open_hinted(nr, a);
	case RANGE:
	case CWD:
	case EXEC:
	case EXIT:
		return true;
	case PASS:
		break;
	}
	return false;
}

/* With the kernel's way for @fd made fast: what it would answer to the undeclared. */
static long serve_fd(const struct dfl_call *c, struct dfl_handle *h)
{
	struct dfl_mount *m = h->mount;
	long ret = DFL_DOOR2;

	if (!h->kernel && dfl_mount_usable(m))
		ret = c->nr == SYS_mmap ? dfl_map_file(c, h) : dfl_io_serve(c, h);
	if (ret == DFL_DOOR2) {
		dfl_position_forget(h);
		dfl_count(m, door2);
		ret = dfl_repeat(c);
	}
	return ret;
}

/* The kernel moves data between lower files itself; without them callers must copy. */
static long serve_copy(const struct dfl_call *c)
{
	const int ends[2] = { c->a[0], c->a[c->nr == SYS_sendfile ? 1 : 2] };
	bool lower = true;
	int i;

	for (i = 0; i < 2; i++) {
		struct dfl_handle *h = dfl_fd_get((unsigned int)ends[i]);

		if (h) {
			lower = lower && h->mount->lower;
			dfl_position_forget(h);
			dfl_handle_put(h);
		}
	}
	if (!lower)
		return c->nr == SYS_copy_file_range ? -EXDEV : -EINVAL;
	return dfl_repeat(c);
}

/* Once; a second thread that ends the process waits, or it would cut the first one short. */
static void at_exit(void)
{
	static _Atomic unsigned int begun, ended;
	unsigned int nobody = 0, self = dfl_fork_generation();

	if (atomic_compare_exchange_strong(&begun, &nobody, self)) {
		dfl_map_flush_all();
		dfl_mount_finalize();
		dfl_point(libraries_finalized);
		dfl_stats_write();
		atomic_store(&ended, 1);
		dfl_raw(SYS_futex, &ended, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX);
	}
	/* Not in a child of a process that had begun. */
	while (begun == self && !ended)
		dfl_raw(SYS_futex, &ended, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, 0);
}

/* A file that the kernel may yet send us, and then we take out what was there. */
static bool is_unknown_file(long fd)
{
	struct statfs st;

	return !dfl_raw(SYS_fstatfs, fd, &st) && st.f_type == DEFUSE_SUPER_MAGIC;
}

static long serve_map(const struct dfl_call *c)
{
	const bool file = !(c->a[3] & MAP_ANONYMOUS);
	struct dfl_handle *h = file ? dfl_fd_get((unsigned int)c->a[4]) : NULL;
	long ret = DFL_DOOR2;

	if (h) {
		if (!h->kernel && dfl_mount_usable(h->mount))
			ret = dfl_map_file(c, h);
		dfl_handle_put(h);
	} else if (file && is_unknown_file(c->a[4])) {
		return DEFUSE_PASS;
	}
	if (ret != DFL_DOOR2)
		return ret;
	if (c->a[3] & MAP_FIXED && dfl_map_overlaps(c->a[0], c->a[1]))
		return dfl_map_serve(c);
	return dfl_repeat(c);
}

static long serve_hook(enum wish wish, const struct dfl_call *c)
{
	struct dfl_handle *h;
	uint64_t mount_id;
	long ret;

	switch (wish) {
	case FD:
	case FD_NAME:
	case FD_NULL:
		h = dfl_fd_get((unsigned int)c->a[0]);
		if (!h && dfl_mailbox_adoption(c->thread, &mount_id))
			h = dfl_restore(c, c->a[0], mount_id);
		if (!h)
			return DEFUSE_PASS;
		ret = serve_fd(c, h);
		dfl_handle_put(h);
		return ret;
	case NUMBER:
	case NUMBERS:
	case RANGE:
		return dfl_dup_serve(c);
	case COPY:
		return serve_copy(c);
	case MAP:
		return serve_map(c);
	case ADDRESS:
		return dfl_map_serve(c);
	case OPEN:
		return dfl_open_claimed(c);
	case EXEC:
		dfl_map_flush_all();
		return DEFUSE_PASS;
	case CWD:
		dfl_base_cwd_changes();
		return DEFUSE_PASS;
	case EXIT:
		at_exit();
		return DEFUSE_PASS;
	case PASS:
		break;
	}
	return DEFUSE_PASS;
}

/*
 * A thread that takes an FD table of its own: the core's is that of the others.  It takes
 * door 2 from now on.  Where it is alone, both are one.
 */
static bool unshares(const struct dfl_call *c)
{
	return c->nr == SYS_close_range && (c->a[2] & CLOSE_RANGE_UNSHARE) &&
	       !__libc_single_threaded;
}

/* Is the thread in the middle of an operation with a position? */
static bool is_holding(const struct defuse_thread *t)
{
	return t->core && ((struct dfl_post *)(uintptr_t)t->core)->hold.active;
}

static long wants(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	const struct defuse_thread *t = dfl_libc->thread();
	const long a[6] = { a1, a2, a3, a4, a5, a6 };

	if (t->vfork || (unsigned long)nr >= sizeof(wishes))
		return false;
	return t->depth ? is_holding(t) : wanted(t, wishes[nr], nr, a);
}

static long hook(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	struct defuse_thread *t = dfl_libc->thread();
	struct dfl_call c = { .nr = nr, .a = { a1, a2, a3, a4, a5, a6 }, .thread = t };
	struct dfl_scope scope;
	enum wish wish;
	long ret;

	if (t->vfork || (unsigned long)nr >= sizeof(wishes))
		return DEFUSE_PASS;
	if (t->depth)
		return is_holding(t) ? dfl_position_nested(&c) : DEFUSE_PASS;
	wish = wishes[nr];
	if (!wanted(t, wish, nr, c.a) || !dfl_fork_known())
		return DEFUSE_PASS;
	if (unshares(&c)) {
		t->magic = 0;
		t->depth++;
		return DEFUSE_PASS;
	}
	dfl_enter(&scope, t);
	dfl_point(hook_entered);
	c.magic = scope.magic;
	ret = serve_hook(wish, &c);
	dfl_leave(&scope);
	return ret;
}

static long serve_path(const struct dfl_call *c, struct defuse_mailbox *box)
{
	struct dfl_name name;
	struct dfl_mount *m = dfl_mount_find(box->mount_id);
	long ret = DFL_DOOR2;

	if (!m && dfl_path_name(c, &name))
		m = dfl_mount_get(c, box->mount_id, name.dirfd, name.path);
	if (m && dfl_mount_usable(m)) {
		if (m->adopts)
			ret = dfl_mailbox_adopt(c, m->id);
		if (ret == DFL_DOOR2)
			ret = dfl_path_serve(c, m, box);
	}
	if (ret != DFL_DOOR2)
		return ret;
	if (m)
		dfl_count(m, door2);
	ret = dfl_repeat(c);
	/* A library that did not load, and nobody else to ask. */
	if (ret == -EOPNOTSUPP && m && !dfl_mount_usable(m))
		ret = -EIO;
	return ret;
}

static long serve_unknown_fd(const struct dfl_call *c, uint64_t mount_id)
{
	struct dfl_handle *h = dfl_restore(c, c->a[c->nr == SYS_mmap ? 4 : 0], mount_id);
	long ret;

	if (!h)
		return dfl_repeat(c);
	ret = serve_fd(c, h);
	dfl_handle_put(h);
	return ret;
}

/* About the FD, though the letter is one about names: the kernel had but a name. */
static bool is_nameless(const struct dfl_call *c)
{
	struct dfl_name name;

	return dfl_path_name(c, &name) && !*name.path;
}

static long serve_upcall(const struct dfl_call *c)
{
	struct dfl_post *post;
	uint32_t kind;
	long ret;

	post = dfl_mailbox_collect(c, &ret);
	if (!post)
		return ret == DFL_DOOR2 ? dfl_repeat(c) : ret;
	kind = post->box[0].kind;
	post->box[0].kind = DEFUSE_MAIL_NONE;
	if (kind == DEFUSE_MAIL_FD || is_nameless(c))
		return serve_unknown_fd(c, post->box[0].mount_id);
	return serve_path(c, &post->box[0]);
}

static long upcall(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	struct defuse_thread *t = dfl_libc->thread();
	struct dfl_call c = { .nr = nr, .a = { a1, a2, a3, a4, a5, a6 }, .thread = t };
	struct dfl_scope scope;
	long ret;

	dfl_enter(&scope, t);
	dfl_point(upcall_entered);
	c.magic = scope.magic;
	if (t->depth > 1 || t->vfork || !dfl_fork_known()) {
		/* A handler in the middle of a probe of ours, or a copy of the process. */
		dfl_mailbox_spoil(t);
		ret = dfl_repeat(&c);
	} else {
		ret = serve_upcall(&c);
	}
	dfl_leave(&scope);
	return ret;
}

__attribute__((visibility("default")))
const struct defuse_core *defuse_core_init(const struct defuse_libc *libc)
{
	static const struct defuse_core core = {
		.version = DEFUSE_HOOK_VERSION,
		.size = sizeof(core),
		.hook = hook,
		.upcall = upcall,
		.wants = wants,
	};

	if (libc->version != DEFUSE_HOOK_VERSION || libc->size < sizeof(*libc)) {
		static const char text[] = "defuse: this C library speaks another version "
					   "of the hook; using the kernel's way\n";

		if (libc->raw)
			libc->raw(SYS_write, 2, (long)text, sizeof(text) - 1, 0, 0, 0);
		return NULL;
	}
	dfl_libc = libc;
	if (dfl_mailbox_init() || dfl_fork_init()) {
		dfl_report_text("no memory to start; using the kernel's way");
		return NULL;
	}
	dfl_stats_init();
	return &core;
}
