// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The mount registry: a list that only grows, readers take no lock.
 *
 * Lock: registry_lock, held while a library is loaded and initialized, which is what
 * promises it that init() is never called twice at once.  A thread waits for it only
 * so long: a constructor run by dlopen() in one thread may itself touch the mount
 * that another thread, waiting for the loader's lock, is loading.
 */
#include "mount.h"

#include "base.h"
#include "host.h"
#include "lock.h"
#include "mailbox.h"
#include "map.h"
#include "maps.h"
#include "point.h"
#include "private_fd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <time.h>

#define LOAD_WAIT_SECONDS	2

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(struct dfl_mount *) registry;
static _Atomic unsigned int generation;

struct dfl_mount *dfl_mount_first(void)
{
	return atomic_load_explicit(&registry, memory_order_acquire);
}

struct dfl_mount *dfl_mount_find(uint64_t id)
{
	struct dfl_mount *m = dfl_mount_first();

	while (m && m->id != id)
		m = m->next;
	return m;
}

static void mount_free(struct dfl_mount *m)
{
	free(m->library);
	free(m->backend);
	free(m->point);
	free(m);
}

/* Without it nobody's mappings could be heeded, so then the mount is not reachable. */
static int map_live(struct dfl_mount *m, int fd)
{
	long live = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_LIVE), addr;

	if (live < 0)
		return live;
	addr = dfl_raw(SYS_mmap, 0, sizeof(*m->live), PROT_READ, MAP_SHARED, live, 0);
	dfl_raw(SYS_close, live);
	if (addr < 0 && addr > -4096)
		return addr;
	m->live = (const struct defuse_live *)addr;
	return 0;
}

/* Everything the kernel knows of the mount that @fd is on. */
static struct dfl_mount *mount_ask(int fd)
{
	struct defuse_info info = { .size = sizeof(info) };
	struct dfl_mount *m = calloc(1, sizeof(*m));
	long ret;

	if (!m)
		return NULL;
	ret = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_INFO, &info);
	if (ret && ret != -ERANGE)
		goto err_free;
	m->library = calloc(1, info.library_len + 1);
	m->backend = calloc(1, info.backend_len + 1);
	m->point = calloc(1, info.mount_point_len + 1);
	if (!m->library || !m->backend || !m->point)
		goto err_free;
	info.library = (uintptr_t)m->library;
	info.backend = (uintptr_t)m->backend;
	info.mount_point = (uintptr_t)m->point;
	/* A mount that is moved between the two calls has a longer name: try later. */
	if (dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_INFO, &info))
		goto err_free;
	m->id = info.mount_id;
	m->dev = makedev(info.dev_major, info.dev_minor);
	m->lower = info.flags & DEFUSE_MOUNT_LOWER;
	m->private = info.flags & DEFUSE_MOUNT_PRIVATE;
	m->paging = info.flags & DEFUSE_MOUNT_PAGING;
	/* With a lower tree only private mappings are ours, which nobody else sees. */
	if (m->paging && !m->lower && map_live(m, fd))
		goto err_free;
	m->base_fd = -1;
	m->host = dfl_host;
	m->host.backend_device = info.root_device;
	m->host.backend_inode = info.root_inode;
	atomic_store(&m->generation, generation);
	return m;

err_free:
	mount_free(m);
	return NULL;
}

/* A switch that is only there to compare the long way with the short. */
static bool forbidden(const char *name)
{
	const char *value = getenv(name);

	return value && strcmp(value, "0") == 0;
}

/* Older mounts of this name are hidden by now, or gone. */
static void supersede(const char *point)
{
	struct dfl_mount *m;

	for (m = atomic_load(&registry); m; m = m->next)
		if (!strcmp(m->point, point))
			atomic_store(&m->elsewhere, true);
}

static struct dfl_mount *mount_register(const struct dfl_call *c, uint64_t id, int dirfd,
					const char *path)
{
	struct dfl_mount *m = NULL;
	long base, lib;

	base = path ? dfl_base_open(c, id, dirfd, path) : dirfd;
	if (base < 0)
		return NULL;
	m = mount_ask(base);
	dfl_point(mount_asked);
	if (m && m->id != id) {
		mount_free(m);
		m = NULL;
	}
	if (m) {
		lib = dfl_raw(SYS_ioctl, base, DEFUSE_IOC_LIBRARY);
		if (lib >= 0)
			lib = dfl_private_fd(lib);
		if (lib < 0) {		/* no FD left: perhaps next time */
			mount_free(m);
			m = NULL;
		}
	}
	if (m && m->private) {
		m->maps = dfl_maps_get(base);
		if (!m->maps) {		/* no FD or memory left: likewise */
			dfl_private_close(lib);
			mount_free(m);
			m = NULL;
		}
	}
	if (m) {
		m->state = dfl_library_load(m, lib) ? DFL_MOUNT_BAD : DFL_MOUNT_READY;
		dfl_point(library_loaded);
		m->adopts = m->lower && !m->private && m->ops.restore && !forbidden("DEFUSE_ADOPT") &&
			    (m->ops.capabilities & DEFUSE_FS_ADOPTS);
		if (m->paging && dfl_map_fork_handlers())
			m->state = DFL_MOUNT_BAD;
		supersede(m->point);
		m->next = atomic_load(&registry);
		atomic_store_explicit(&registry, m, memory_order_release);
		dfl_point(mount_registered);
	}
	if (path)
		dfl_private_close(base);
	return m;
}

struct dfl_mount *dfl_mount_get(const struct dfl_call *c, uint64_t id, int dirfd,
				const char *path)
{
	struct dfl_mount *m = dfl_mount_find(id);
	struct timespec until;

	if (m)
		return m;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOAD_WAIT_SECONDS;
	if (!dfl_forks_here() &&
	    pthread_mutex_clocklock(&registry_lock, CLOCK_MONOTONIC, &until))
		return NULL;
	m = dfl_mount_find(id);
	if (!m)
		m = mount_register(c, id, dirfd, path);
	dfl_unlock(&registry_lock);
	return m;
}

static void tell_of_fork(struct dfl_mount *m)
{
	dfl_lock(&registry_lock);
	if (m->generation != generation) {
		if (m->ops.atfork_child)
			m->ops.atfork_child(m->fs);
		atomic_store(&m->generation, generation);
	}
	dfl_unlock(&registry_lock);
}

bool dfl_mount_usable(struct dfl_mount *m)
{
	if (m->state == DFL_MOUNT_BAD)
		return false;
	if (atomic_load_explicit(&m->generation, memory_order_acquire) != generation)
		tell_of_fork(m);
	return true;
}

long dfl_mount_error(struct dfl_mount *m, int err)
{
	switch (err) {
	case -ENOSYS:
	case -EOPNOTSUPP:
	case -ELOOP:
	case -EMFILE:
	case -ENFILE:
		return m->lower ? DFL_DOOR2 : err;
	}
	/* A library that answers nonsense must not look like a file offset or DFL_DOOR2. */
	return err < 0 && err > -4096 ? err : -EIO;
}

void dfl_mount_pin(struct dfl_mount *m)
{
	atomic_fetch_add(&m->handles, 1);
}

void dfl_mount_unpin(struct dfl_mount *m)
{
	if (atomic_fetch_sub(&m->handles, 1) == 1)
		dfl_base_release(m);
}

void dfl_mount_finalize(void)
{
	struct dfl_mount *m;

	for (m = dfl_mount_first(); m; m = m->next)
		if (m->state == DFL_MOUNT_READY && m->ops.finalize && dfl_mount_usable(m))
			m->ops.finalize(m->fs);
}

void dfl_mount_fork_prepare(void)
{
	dfl_lock(&registry_lock);
}

void dfl_mount_fork_parent(void)
{
	dfl_unlock(&registry_lock);
}

void dfl_mount_fork_child(void)
{
	pthread_mutex_init(&registry_lock, NULL);
	atomic_fetch_add(&generation, 1);
}
