// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The core that dies on request: DEFUSE_POINT=NAME:N in the environment kills the process
 * when it comes to the point NAME for the N-th time.  Unit tests say it by a call.
 */
#include "point.h"

#include "call.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(name)	#name,
	DFL_POINTS(X) DFL_PAGE_POINTS(X)
#undef X
};

static int wanted = -1, left;

void dfl_point_choose(const char *text)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	unsigned int i;

	wanted = -1;
	for (i = 0; colon && i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == (size_t)(colon - text) &&
		    !strncmp(names[i], text, colon - text))
			wanted = i;
	left = colon ? atoi(colon + 1) : 0;
}

__attribute__((constructor))
static void choose(void)
{
	dfl_point_choose(getenv("DEFUSE_POINT"));
}

void dfl_point_reached(enum dfl_point point)
{
	long pid;

	if ((int)point != wanted || __atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED))
		return;
	pid = dfl_raw(SYS_getpid);
	dfl_raw(SYS_kill, pid, SIGKILL);
}
