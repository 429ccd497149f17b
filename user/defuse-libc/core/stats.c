// SPDX-License-Identifier: LGPL-2.1-or-later
#include "stats.h"

#include "call.h"
#include "mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static char *file;

void dfl_stats_init(void)
{
	const char *name = getenv("DEFUSE_STATS");

	/* Kept: the program may change its environment. */
	if (name && name[0] == '/')
		file = strdup(name);
}

static int format(char *text, size_t size, const struct dfl_mount *m)
{
	const struct dfl_counts *n = &m->counts;
	char comm[17] = "?";

	dfl_raw(SYS_prctl, PR_GET_NAME, comm);
	return snprintf(text, size,
			"pid=%ld comm=%s mount=%s library=%s opens=%lu reads=%lu "
			"writes=%lu read_bytes=%lu write_bytes=%lu metadata=%lu "
			"restores=%lu door2=%lu faults=%lu fills=%lu fill_bytes=%lu "
			"written_back=%lu\n",
			dfl_raw(SYS_getpid), comm, m->point,
			m->ops.name ? m->ops.name : "-", n->opens, n->reads, n->writes,
			n->read_bytes, n->write_bytes, n->metadata, n->restores,
			n->door2, n->faults, n->fills, n->fill_bytes, n->written_back);
}

void dfl_stats_write(void)
{
	const struct dfl_mount *m;
	char text[1024];
	long fd;
	int n;

	if (!file || !dfl_mount_first())
		return;
	fd = dfl_raw(SYS_openat, AT_FDCWD, file,
		     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	for (m = dfl_mount_first(); m; m = m->next) {
		n = format(text, sizeof(text), m);
		if (n > 0)
			dfl_raw(SYS_write, fd, text,
				n < (int)sizeof(text) ? n : (int)sizeof(text) - 1);
	}
	dfl_raw(SYS_close, fd);
}
