// SPDX-License-Identifier: LGPL-2.1-or-later
/* In front of a program's libfuse: this is always a server. */
#include "instance.h"
#include "handover.h"

#include <stdlib.h>

bool process_starting(void)
{
	return false;
}

void process_captured(struct fuse *f)
{
	(void)f;
	abort();
}

/* What the program starts (ssh) is no part of the file system. */
__attribute__((constructor))
static void begin(void)
{
	struct handover h;

	unsetenv("LD_PRELOAD");
	handover_take(&h);
}
