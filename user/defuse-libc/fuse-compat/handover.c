// SPDX-License-Identifier: LGPL-2.1-or-later
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static int set_flags(const struct handover *h, int flags)
{
	const int fds[] = { h->listener, h->ready, h->gone };
	int i;

	for (i = 0; i < 3; i++)
		if (fds[i] >= 0 && fcntl(fds[i], F_SETFD, flags))
			return -errno;
	return 0;
}

int handover_give(const struct handover *h)
{
	char text[48];

	snprintf(text, sizeof(text), "%d %d %d", h->listener, h->ready, h->gone);
	return setenv(HANDOVER_VARIABLE, text, 1) ? -errno : set_flags(h, 0);
}

int handover_take(struct handover *h)
{
	const char *text = getenv(HANDOVER_VARIABLE);

	if (!text)
		return -ENOENT;
	if (sscanf(text, "%d %d %d", &h->listener, &h->ready, &h->gone) != 3 ||
	    h->listener < 0)
		return -EBADF;
	return set_flags(h, FD_CLOEXEC);
}
