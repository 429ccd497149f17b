// SPDX-License-Identifier: LGPL-2.1-or-later
/* Counters of mappings; see maps.h, and kernel/defuse/maps.c for the other half. */
#include "maps.h"

#include "private_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

const _Atomic uint64_t *dfl_maps_get(int fd)
{
	long page, addr;

	page = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_MAPS);
	if (page < 0)
		return NULL;
	addr = dfl_raw(SYS_mmap, 0, DEFUSE_MAPS_SIZE, PROT_READ, MAP_SHARED, page, 0);
	dfl_raw(SYS_close, page);
	if (addr < 0 && addr > -4096)
		return NULL;
	return (const _Atomic uint64_t *)addr;
}

const _Atomic uint64_t *dfl_maps_slot(const struct dfl_mount *m, uint64_t ino)
{
	if (!m->maps)
		return NULL;
	return m->maps + (ino ? defuse_maps_slot(ino) : 0);
}

/* pwrite(2) appends to a file that is open for appending: another FD does not. */
static long write_elsewhere(int fd, const char *buf, size_t n, off_t pos)
{
	char name[sizeof("/proc/self/fd/") + 10];
	long other, ret;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	other = dfl_raw(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CLOEXEC);
	if (other < 0)
		return other;
	ret = dfl_raw(SYS_pwrite64, other, buf, n, pos);
	dfl_raw(SYS_close, other);
	return ret;
}

long dfl_maps_rewrite(int fd, int flags, const char *buf, size_t n, off_t pos)
{
	size_t done = 0;
	long ret;

	while (done < n) {
		ret = flags & O_APPEND ?
		      write_elsewhere(fd, buf + done, n - done, pos + done) :
		      dfl_raw(SYS_pwrite64, fd, buf + done, n - done, pos + done);
		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			return ret ? ret : -EIO;
		done += ret;
	}
	return n;
}
