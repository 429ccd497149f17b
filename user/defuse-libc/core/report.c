// SPDX-License-Identifier: LGPL-2.1-or-later
/* Messages.  One write() each, so that lines of several processes stay whole. */
#include "report.h"

#include "call.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void line(const char *a, const char *b, const char *c, const char *d)
{
	char text[512];
	int n = snprintf(text, sizeof(text) - 1, "defuse: %s%s%s%s", a, b, c, d);

	if (n < 0)
		return;
	if ((size_t)n > sizeof(text) - 2)
		n = sizeof(text) - 2;
	text[n++] = '\n';
	dfl_raw(SYS_write, STDERR_FILENO, text, n);
}

void dfl_report(const char *library, bool lower, const char *reason)
{
	line(library, ": ", reason, lower ? "; using the kernel's way" :
					    "; its mount cannot be used");
}

void dfl_report_signal(const char *library, bool lower, const char *reason, int sig)
{
	char text[128];

	snprintf(text, sizeof(text), "%s (SIG%s)", reason, sigabbrev_np(sig));
	dfl_report(library, lower, text);
}

void dfl_report_errno(const char *library, bool lower, const char *reason, int error)
{
	const char *what = strerrordesc_np(error);
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", reason, what ? what : "unknown error");
	dfl_report(library, lower, text);
}

void dfl_report_text(const char *text)
{
	line(text, "", "", "");
}
