// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * memfs that dies on request: MEMFS_POINT=LABEL:N in the environment kills the process when
 * it comes to the label for the N-th time.
 */
#include "memfs.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const char *wanted;
static size_t wanted_len;
static int left;

__attribute__((constructor))
static void choose(void)
{
	const char *colon;

	wanted = getenv("MEMFS_POINT");
	colon = wanted ? strchr(wanted, ':') : NULL;
	if (colon) {
		wanted_len = colon - wanted;
		left = atoi(colon + 1);
	}
}

void mf_point(const char *label)
{
	if (!wanted_len || strncmp(label, wanted, wanted_len) || label[wanted_len])
		return;
	if (!__atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED))
		kill(getpid(), SIGKILL);
}
