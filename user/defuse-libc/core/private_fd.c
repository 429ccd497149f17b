// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private FDs.
 *
 * Rule: they are the last eighth of RLIMIT_NOFILE, or all above 1024.  Below is the
 * application's, so that it finds the lowest numbers free as POSIX promises; not
 * higher, because a process pays for its highest FD in every fork().  An
 * application that needs more than that mixes with them, and when nothing is
 * left above, files are served by door 2, which needs no private FD.
 */
#include "private_fd.h"

#include "call.h"
#include "fdtable.h"
#include "point.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/resource.h>

#define BASE_MAX	1024
#define TIGHT		16

static _Atomic long base, limit;
static atomic_bool tight;

static void base_set(void)
{
	struct rlimit rlim = { .rlim_cur = 64 };
	long n;

	dfl_raw(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &rlim);
	n = rlim.rlim_cur < DFL_FD_MAX ? (long)rlim.rlim_cur : DFL_FD_MAX;
	limit = n;
	base = n - n / 8 < BASE_MAX ? n - n / 8 : BASE_MAX;
}

int dfl_private_fd(int fd)
{
	struct dfl_handle *old;
	long high;

	if (!base)
		base_set();
	high = dfl_raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, base);
	if (high == -EINVAL || high == -EMFILE) {
		base_set();		/* the limit may have been changed */
		high = dfl_raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, base);
	}
	dfl_point(private_copied);
	dfl_raw(SYS_close, fd);
	atomic_store_explicit(&tight, high < 0 || high + TIGHT >= limit,
			      memory_order_relaxed);
	if (high < 0)
		return -EMFILE;
	if (dfl_fd_set(high, DFL_FD_PRIVATE, &old)) {
		dfl_raw(SYS_close, high);
		return -EMFILE;
	}
	/* A number whose owner was closed behind our back; see fdtable.h. */
	if (old)
		dfl_handle_put(old);
	return high;
}

void dfl_private_close(int fd)
{
	struct dfl_handle *old;

	dfl_fd_set(fd, NULL, &old);
	dfl_raw(SYS_close, fd);
	atomic_store_explicit(&tight, false, memory_order_relaxed);
	if (old)
		dfl_handle_put(old);
}

bool dfl_private_tight(void)
{
	return atomic_load_explicit(&tight, memory_order_relaxed);
}
