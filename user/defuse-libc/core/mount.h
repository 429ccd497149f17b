/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mounts this process has met, each with its loaded library. */
#ifndef DFL_MOUNT_H
#define DFL_MOUNT_H

#include "call.h"

#include <defuse/fs.h>
#include <errno.h>
#include <stdatomic.h>

enum dfl_mount_state {
	DFL_MOUNT_READY,	/* the library serves */
	DFL_MOUNT_BAD,		/* it could not be loaded: everything takes door 2 */
};

/* One line of the statistics file. */
struct dfl_counts {
	_Atomic unsigned long opens, reads, writes, read_bytes, write_bytes, metadata,
		restores, door2, faults, fills, fill_bytes, written_back;
};

/**
 * struct dfl_mount - made once, never freed, fixed but for what says _Atomic or locked
 * @next:       list
 * @id:         of the kernel
 * @state:      see above
 * @lower:      door 2 answers (fallback=lower)
 * @dev:        st_dev of every file
 * @ops:        the library's functions; those it lacks are NULL
 * @fs:         the library's context
 * @host:       what the library was given
 * @private:    the lower files are another way to the library's data: see maps.h
 * @maps:       the counters of mappings then, read-only, else NULL
 * @adopts:     names are the kernel's, and the library takes files over at first use
 * @paging:     the library maps its files, or at least privately (paging=userfaultfd)
 * @live:       of the kernel, mapped, where @paging; else NULL
 * @library, @backend, @point: texts
 * @generation: dfl_mount_generation() when the library was last told of a fork
 * @handles:    open handles; the base FD is kept while there are any
 * @base_fd:    a directory FD of the mount or -1           (base_lock of base.c)
 * @base_users: calls that are using it                     (likewise)
 * @base_cwd:   the working directory was on the mount      (likewise)
 * @cwd_elsewhere: epoch of base.c in which the working directory was not on the mount
 * @elsewhere: the text of a path that begins with @point was last seen to lead elsewhere
 * @counts:     statistics
 */
struct dfl_mount {
	struct dfl_mount *next;
	uint64_t id;
	enum dfl_mount_state state;
	bool lower;
	dev_t dev;
	struct defuse_fs_operations ops;
	void *fs;
	struct defuse_host host;
	bool private;
	const _Atomic uint64_t *maps;
	bool adopts;
	bool paging;
	const struct defuse_live *live;
	char *library, *backend, *point;
	_Atomic unsigned int generation;
	_Atomic long handles;
	int base_fd;
	unsigned int base_users;
	bool base_cwd;
	_Atomic unsigned int cwd_elsewhere;
	atomic_bool elsewhere;
	struct dfl_counts counts;
};

#define dfl_count(m, what)	dfl_count_add(m, what, 1)
#define dfl_count_add(m, what, n)						\
	atomic_fetch_add_explicit(&(m)->counts.what, (n), memory_order_relaxed)

/* The mount if this process knows it. */
struct dfl_mount *dfl_mount_find(uint64_t id);

/**
 * dfl_mount_get() - the mount, its library loaded if this is the first use
 * @c: the call being served
 * @id: of the mount
 * @dirfd, @path: a name whose parent directory is on the mount, or
 *                @path NULL: @dirfd is on it
 *
 * Return: the mount, usable (dfl_mount_usable()) or not; NULL: not reachable now.
 */
struct dfl_mount *dfl_mount_get(const struct dfl_call *c, uint64_t id, int dirfd,
				const char *path);

/* Whether the library serves, after telling it of a fork. */
bool dfl_mount_usable(struct dfl_mount *m);

/* What to do after the library answered @err: DFL_DOOR2, or @err for the caller. */
long dfl_mount_error(struct dfl_mount *m, int err);

/* What a bad address is answered with: the kernel says it itself if it is asked. */
static inline long dfl_bad_address(const struct dfl_mount *m)
{
	return m->lower ? DFL_DOOR2 : -EFAULT;
}

void dfl_mount_pin(struct dfl_mount *m);
void dfl_mount_unpin(struct dfl_mount *m);

/* The newest; the others follow by @next. */
struct dfl_mount *dfl_mount_first(void);

void dfl_mount_finalize(void);
void dfl_mount_fork_prepare(void);
void dfl_mount_fork_parent(void);
void dfl_mount_fork_child(void);

/* library.c: load and initialize @m->library, pinned as @fd (closed).  @m->ops and
 * @m->fs are set, or a line has been printed and -1 is returned. */
int dfl_library_load(struct dfl_mount *m, int fd);

#endif /* DFL_MOUNT_H */
