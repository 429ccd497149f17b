// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host.h"

#include "call.h"
#include "private_fd.h"
#include "report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* umask(2) can only be asked by changing it, which other threads would notice. */
static mode_t host_umask(void)
{
	char text[512];
	long fd, n;
	const char *at;

	fd = dfl_raw(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 022;
	n = dfl_raw(SYS_read, fd, text, sizeof(text) - 1);
	dfl_raw(SYS_close, fd);
	if (n <= 0)
		return 022;
	text[n] = '\0';
	at = strstr(text, "\nUmask:");
	return at ? strtoul(at + strlen("\nUmask:"), NULL, 8) & 0777 : 022;
}

static void host_log(const char *text)
{
	if (getenv("DEFUSE_DEBUG"))
		dfl_report_text(text);
}

const struct defuse_host dfl_host = {
	.size = sizeof(dfl_host),
	.private_fd = dfl_private_fd,
	.close_fd = dfl_private_close,
	.umask = host_umask,
	.log = host_log,
};
